//! Clusters, datasets and template sets: from the pairs of the grammar to the tree.

use pest::iterators::Pair;

use super::ast::{
    At, Cluster, Column, Dataset, DatasetStatement, Drop, Field, Kind, Label, OneOrList, Role, Says, Several, Source,
    Split, Step, Table, TableOption, Template, Templates, Word,
};
use super::parse::{Rule, Walk, parts};
use super::recover::{self, Context};

type Node<'a> = Pair<'a, Rule>;

pub(super) fn cluster(walk: &mut Walk, pair: Node) -> Cluster {
    let mut inner = parts(pair);
    let mut cluster = Cluster {
        name: take(walk, &mut inner),
        title: None,
        overlaps: Vec::new(),
    };
    for part in inner {
        match part.as_rule() {
            Rule::title => cluster.title = Some(only(walk, part)),
            Rule::overlaps => cluster.overlaps.extend(list_of(walk, part)),
            Rule::bad => walk.bad(Context::Cluster, &part),
            _ => {}
        }
    }
    cluster
}

pub(super) fn dataset(walk: &mut Walk, pair: Node) -> Dataset {
    let span = walk.span(&pair);
    let mut inner = parts(pair);
    let name = take(walk, &mut inner);
    let clusters = walk.words(inner.next().expect("a dataset names its clusters"));
    let mut statements = Vec::new();
    let mut broken = false;
    for part in inner {
        if part.as_rule() == Rule::bad {
            let of_type = match statements.last() {
                Some(DatasetStatement::Field(field)) if part.as_str().starts_with('{') => match &field.kind {
                    Kind::Plain(word) => Some(word.value.clone()),
                    _ => None,
                },
                _ => None,
            };
            match of_type.as_deref() {
                Some(kind @ ("bool" | "list" | "number" | "text")) => walk.braces(kind, &part),
                Some(_) => walk.left_to_catalog(&part),
                None => {
                    broken |= recover::may_be_field(part.as_str());
                    walk.bad(Context::Dataset, &part);
                }
            }
        } else {
            statements.push(dataset_statement(walk, part));
        }
    }
    Dataset {
        name,
        clusters,
        statements,
        broken,
        span,
    }
}

fn dataset_statement(walk: &mut Walk, part: Node) -> DatasetStatement {
    use DatasetStatement as S;
    match part.as_rule() {
        Rule::title => S::Title(only(walk, part)),
        Rule::license => {
            let mut inner = parts(part);
            let name = take(walk, &mut inner);
            S::License(name, inner.next().map(|p| walk.word(p)))
        }
        Rule::cite => S::Cite(only(walk, part)),
        Rule::language => S::Language(list_of(walk, part)),
        Rule::family => S::Family(only(walk, part)),
        Rule::task => S::Task(only(walk, part)),
        Rule::published => S::Published(walk.number(&parts(part).next().expect("a number"))),
        Rule::metric => S::Metric(list_of(walk, part)),
        Rule::stop => S::Stop(parts(part).map(|p| walk.word(p)).collect()),
        Rule::field => S::Field(field(walk, part)),
        Rule::key => S::Key(list_of(walk, part)),
        Rule::group => S::Group(list_of(walk, part)),
        Rule::drop => S::Drop(drop(walk, part)),
        Rule::quarantine => {
            let mut inner = parts(part);
            let number = walk.number(&inner.next().expect("a number"));
            S::Quarantine(number, inner.next().is_some())
        }
        Rule::answer => {
            let mut several = Several::One;
            let mut name = None;
            for p in parts(part) {
                match p.as_rule() {
                    Rule::several if p.as_str().starts_with("any") => several = Several::Any,
                    Rule::several => several = Several::Each,
                    _ => name = Some(walk.word(p)),
                }
            }
            S::Answer(several, name.expect("an answer names its field"))
        }
        Rule::offer => S::Offer(only(walk, part)),
        Rule::reserve => {
            let mut inner = parts(part);
            let number = walk.number(&inner.next().expect("a number"));
            S::Reserve(number, inner.next().map(|p| walk.word(p)))
        }
        Rule::train_on => S::TrainOn(list_of(walk, part)),
        Rule::evaluate_on => S::EvaluateOn(list_of(walk, part)),
        Rule::source => S::Source(source(walk, part)),
        Rule::note => S::Note(walk.text(parts(part).next().expect("a text"))),
        other => unreachable!("the grammar has no dataset statement {other:?}"),
    }
}

fn field(walk: &mut Walk, part: Node) -> Field {
    let mut inner = parts(part);
    let name = take(walk, &mut inner);
    let kind = inner.next().expect("a field has a type");
    let kind_span = walk.span(&kind);
    let kind = match kind.as_rule() {
        Rule::choice => Kind::Choice(parts(kind).map(|p| label(walk, p)).collect()),
        Rule::index => index(walk, kind),
        _ => Kind::Plain(walk.word(kind)),
    };
    let mut field = Field {
        name,
        kind,
        kind_span,
        nullable: false,
        column: None,
        empty_is_text: false,
        says: Vec::new(),
        clean: Vec::new(),
    };
    for p in inner {
        let span = walk.span(&p);
        match p.as_rule() {
            Rule::nullable => field.nullable = true,
            Rule::from_column => field.column = Some(only(walk, p)),
            Rule::empty_text => field.empty_is_text = true,
            Rule::says => {
                let mut says = Says {
                    name: None,
                    texts: Vec::new(),
                    span,
                };
                for q in parts(p) {
                    match q.as_rule() {
                        Rule::ident => says.name = Some(walk.word(q)),
                        _ => says.texts.push(walk.word(q)),
                    }
                }
                field.says.push(says);
            }
            Rule::clean => field.clean.extend(parts(p).map(|q| step(walk, q))),
            _ => {}
        }
    }
    field
}

fn label(walk: &mut Walk, part: Node) -> Label {
    let mut inner = parts(part);
    Label {
        name: take(walk, &mut inner),
        codes: inner.map(|p| walk.word(p)).collect(),
    }
}

fn index(walk: &mut Walk, part: Node) -> Kind {
    let (mut from, mut of, mut keyed) = (None, None, None);
    for p in parts(part) {
        match p.as_rule() {
            Rule::number => from = Some(walk.number(&p)),
            Rule::keyed => keyed = parts(p).next().map(|q| one_or_list(walk, q)),
            _ => of = Some(one_or_list(walk, p)),
        }
    }
    Kind::Index {
        from,
        of: of.expect("an index is of something"),
        keyed,
    }
}

fn one_or_list(walk: &mut Walk, part: Node) -> OneOrList {
    match part.as_rule() {
        Rule::list => OneOrList::List(walk.words(part)),
        _ => OneOrList::One(walk.word(part)),
    }
}

fn step(walk: &mut Walk, part: Node) -> Step {
    let span = walk.span(&part);
    let mut inner = parts(part);
    Step {
        name: take(walk, &mut inner),
        arguments: inner.map(|p| walk.word(p)).collect(),
        span,
    }
}

fn drop(walk: &mut Walk, part: Node) -> Drop {
    let mut inner = parts(part);
    let reason = take(walk, &mut inner);
    let mut splits = Vec::new();
    let mut when = None;
    for p in inner {
        match p.as_rule() {
            Rule::names => splits = walk.words(p),
            _ => when = Some(walk.condition(&p)),
        }
    }
    Drop {
        reason,
        splits,
        when: when.expect("a drop has a condition"),
    }
}

fn source(walk: &mut Walk, part: Node) -> Source {
    let mut inner = part
        .into_inner()
        .filter(|p| p.as_rule() != Rule::k_source && p.as_rule() != Rule::open);
    let name = take(walk, &mut inner);
    let mut source = Source {
        name,
        ordered: false,
        absent: None,
        select: None,
        splits: Vec::new(),
    };
    for p in inner {
        match p.as_rule() {
            Rule::k_ordered => source.ordered = true,
            Rule::absent => source.absent = Some(only(walk, p)),
            Rule::select => source.select = Some(walk.text(parts(p).next().expect("a text"))),
            Rule::split => source.splits.push(split(walk, p)),
            Rule::bad => walk.bad(Context::Source, &p),
            _ => {}
        }
    }
    source
}

fn split(walk: &mut Walk, part: Node) -> Split {
    let mut inner = parts(part);
    let mut split = Split {
        name: take(walk, &mut inner),
        absent: None,
        select: None,
        tables: Vec::new(),
        broken: false,
    };
    for p in inner {
        match p.as_rule() {
            Rule::absent => split.absent = Some(only(walk, p)),
            Rule::select => split.select = Some(walk.text(parts(p).next().expect("a text"))),
            Rule::table => split.tables.push(table(walk, p)),
            Rule::bad => {
                split.broken = true;
                walk.bad(Context::Split, &p);
            }
            _ => {}
        }
    }
    split
}

fn table(walk: &mut Walk, part: Node) -> Table {
    let span = walk.span(&part);
    let mut inner = parts(part);
    let (name, format) = (take(walk, &mut inner), take(walk, &mut inner));
    let mut table = Table {
        name,
        format,
        paths: Vec::new(),
        options: Vec::new(),
        span,
    };
    for p in inner {
        let span = walk.span(&p);
        let option = match p.as_rule() {
            Rule::string => {
                table.paths.push(walk.word(p));
                continue;
            }
            Rule::columns => TableOption::Columns(parts(p).map(|q| column(walk, q)).collect()),
            Rule::each => TableOption::Each(only(walk, p)),
            Rule::matching => {
                let mut inner = parts(p);
                TableOption::Match {
                    pattern: take(walk, &mut inner),
                    skip_others: inner.next().is_some(),
                }
            }
            Rule::encoding => TableOption::Encoding(only(walk, p)),
            Rule::delimiter => TableOption::Delimiter(only(walk, p)),
            Rule::headerless => TableOption::Headerless(span),
            Rule::ragged => TableOption::Ragged(span),
            Rule::of_lines => TableOption::OfLines(walk.number(&parts(p).next().expect("a number"))),
            Rule::skip => TableOption::Skip(walk.number(&parts(p).next().expect("a number"))),
            other => unreachable!("the grammar has no table option {other:?}"),
        };
        table.options.push(option);
    }
    table
}

fn column(walk: &mut Walk, part: Node) -> Column {
    let mut inner = parts(part);
    let mut column = Column {
        name: take(walk, &mut inner),
        path: None,
        position: None,
    };
    for p in inner {
        match p.as_rule() {
            Rule::number => column.position = Some(walk.number(&p)),
            _ => column.path = Some(walk.word(p)),
        }
    }
    column
}

pub(super) fn templates(walk: &mut Walk, pair: Node) -> Templates {
    let span = walk.span(&pair);
    let mut inner = parts(pair);
    let name = take(walk, &mut inner);
    let datasets = walk.words(inner.next().expect("a template set names its datasets"));
    let mut set = Templates {
        name,
        datasets,
        author: None,
        templates: Vec::new(),
        span,
    };
    for part in inner {
        match part.as_rule() {
            Rule::template => set.templates.push(template(walk, part)),
            Rule::author => set.author = Some(only(walk, part)),
            Rule::bad => walk.bad(Context::Templates, &part),
            _ => {}
        }
    }
    set
}

fn template(walk: &mut Walk, pair: Node) -> Template {
    let span = walk.span(&pair);
    let mut inner = parts(pair);
    let role = match inner.next().expect("a template begins with its role").as_str() {
        "turned" => Role::Turned,
        "reverse" => Role::Reverse,
        _ => Role::Forward,
    };
    let mut template = Template {
        role,
        name: take(walk, &mut inner),
        was: Vec::new(),
        tickets: None,
        says: None,
        options_hidden: None,
        when: None,
        system: None,
        input: None,
        target: None,
        author: None,
        note: None,
        broken: false,
        span,
    };
    for part in inner {
        let span = walk.span(&part);
        match part.as_rule() {
            Rule::was => template.was.push(only(walk, part)),
            Rule::tickets => template.tickets = parts(part).next().map(|p| walk.number(&p)),
            Rule::says_set => template.says = Some(only(walk, part)),
            Rule::options_mode => {
                let hidden = part.as_str().ends_with("hidden");
                template.options_hidden = Some(At { value: hidden, span });
            }
            Rule::guard => template.when = parts(part).next().map(|p| walk.condition(&p)),
            Rule::turn => {
                let mut turn = parts(part);
                let name = turn.next().expect("a turn has a name");
                let text = walk.text(turn.next().expect("a turn has a text"));
                let slot = match name.as_str() {
                    "system" => &mut template.system,
                    "input" => &mut template.input,
                    _ => &mut template.target,
                };
                if slot.is_some() {
                    let message = format!("a second `{}` in one template", name.as_str());
                    let help = "a template has one input and one target";
                    walk.diagnostics
                        .push(crate::diagnostic::Diagnostic::error("repeated", span, message).help(help));
                }
                *slot = Some(text);
            }
            Rule::author => template.author = Some(only(walk, part)),
            Rule::note => template.note = Some(walk.text(parts(part).next().expect("a text"))),
            Rule::bad => {
                template.broken = true;
                walk.bad(Context::Template, &part);
            }
            _ => {}
        }
    }
    template
}

/// The next part as a word; the grammar promises it.
pub(super) fn take<'a>(walk: &mut Walk, inner: &mut impl Iterator<Item = Node<'a>>) -> Word {
    walk.word(inner.next().expect("the grammar has a name here"))
}

/// The word of a statement that has one.
pub(super) fn only(walk: &mut Walk, part: Node) -> Word {
    take(walk, &mut parts(part))
}

/// The words of a statement that has a list of names.
pub(super) fn list_of(walk: &mut Walk, part: Node) -> Vec<Word> {
    parts(part).flat_map(|names| walk.words(names)).collect()
}
