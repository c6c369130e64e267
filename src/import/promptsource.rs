//! promptsource: one YAML file a dataset, templates in Jinja with `|||` between prompt and reply.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::closed::{self, Closed, Seen};
use super::divide::Parts;
use super::emit::{name, slug, string, unique};
use super::print::{self, Names};
use super::project::{self, Column, Imported, Set, Template};
use super::report::{Entry, Report};
use super::template::{Choices, Draft};
use super::tree::{Expr, Node, walk_exprs, walk_nodes};
use super::uses::{self, Kind, Use};
use super::yaml::{self, Is, Value};
use crate::catalog::{METRICS, RESERVED};

const ABOUT: &str = "\
promptsource renders a template whole, cuts it at `|||` and takes white space off the ends. Here a template is cut in two
before anything is rendered. A value that brings white space of its own to an end of a turn keeps it. Values are not cut off
after 2,048 characters, as promptsource cuts them unless told otherwise.

Types of fields follow from how templates use them, since there was no data to look at. A number that only says which of a
template's answers is right became a `choice`; the answers of each template are its words (`says`). Nested values became
fields of their own, read from the paths that the `columns` of each source name. Templates that are marked as not the
dataset's own task are `turned`.

Sources are read from `data/DATASET/train.jsonl`, `validation.jsonl` and `test.jsonl`, as
`load_dataset(..)[\"train\"].to_json(..)` writes them.

`choice` and `random` pick by a digest of the row, so that a row gets the same text in every build.";

/// Reads the collection at a path: a clone of the repository, a folder below it, or one file.
pub fn promptsource(path: &Path) -> anyhow::Result<Imported> {
    let mut report = Report {
        collection: "promptsource".to_string(),
        ..Report::default()
    };
    let mut sets = Vec::new();
    let mut ids = Vec::new();
    let files = files(path)?;
    ensure!(
        !files.is_empty(),
        "no templates.yaml is at {} or below it",
        path.display()
    );
    for (file, shown) in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let value = match yaml::parse(&text) {
            Ok(value) => value,
            Err(fault) => {
                report.entries.push(Entry {
                    file: shown,
                    line: fault.at,
                    name: "(the file)".to_string(),
                    reason: Some(format!("this is no YAML: {}", fault.reason)),
                    ..Entry::default()
                });
                continue;
            }
        };
        sets.extend(set(&value, &shown, &mut ids, &mut report));
    }
    Ok(project::write(("promptsource", "PromptSource"), ABOUT, sets, report))
}

/// The files of a collection in the order of their paths, each with its path below the folder of all.
fn files(path: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    if path.is_file() {
        let shown = path.file_name().map(|name| name.to_string_lossy().into_owned());
        return Ok(vec![(path.to_path_buf(), shown.unwrap_or_default())]);
    }
    ensure!(path.is_dir(), "nothing is at {}", path.display());
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot list {}", path.display()))?;
        if entry.file_type().is_file() && entry.file_name() == "templates.yaml" {
            let shown = entry.path().strip_prefix(path).unwrap_or(entry.path());
            let shown = shown.to_string_lossy().replace('\\', "/");
            found.push((entry.into_path(), shown));
        }
    }
    found.sort();
    Ok(found)
}

/// A template as the file has it, and as far as it was read.
struct Source<'v> {
    entry: usize,
    name: String,
    value: &'v Value,
    draft: Draft,
}

impl Source<'_> {
    fn metadata(&self, key: &str) -> Option<&Value> {
        self.value.get("metadata").and_then(|metadata| metadata.get(key))
    }

    fn is_own_task(&self) -> bool {
        self.metadata("original_task").and_then(Value::flag) != Some(false)
    }
}

/// The names of a dataset's fields.
struct Fields(BTreeMap<String, String>);

impl Names for Fields {
    fn field(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_else(|| slug(path))
    }
}

fn set(value: &Value, shown: &str, ids: &mut Vec<String>, report: &mut Report) -> Option<Set> {
    let given = |key: &str| value.get(key).and_then(Value::text).filter(|text| !text.is_empty());
    let upstream = match (given("dataset"), given("subset")) {
        (Some(dataset), Some(subset)) => format!("{dataset}/{subset}"),
        (Some(dataset), None) => dataset.to_string(),
        _ => shown.trim_end_matches("/templates.yaml").to_string(),
    };
    let id = unique(&slug(&upstream), ids);
    let Some(Value { is: Is::Map(pairs), .. }) = value.get("templates") else {
        return None;
    };
    let mut sources = Vec::new();
    for (key, value) in pairs {
        let own = value.get("name").and_then(Value::text);
        let name = own.or(key.text()).unwrap_or_default().to_string();
        let entry = report.entries.len();
        report.entries.push(Entry {
            file: shown.to_string(),
            line: key.line,
            set: upstream.clone(),
            name: name.clone(),
            dataset: Some(id.clone()),
            template: name.clone(),
            ..Entry::default()
        });
        let draft = match value.get("jinja").and_then(Value::text) {
            Some(jinja) => Draft::read(jinja, value.get("answer_choices").and_then(Value::text)),
            None => Err("it has no `jinja`".to_string()),
        };
        match draft {
            Ok(draft) => sources.push(Source {
                entry,
                name,
                value,
                draft,
            }),
            Err(reason) => report.entries[entry].reason = Some(reason),
        }
    }
    Some(whole(id, upstream, shown, &sources, report))
}

/// Ways a value is used, over all templates of a dataset.
type All = BTreeMap<String, BTreeSet<Use>>;

fn whole(id: String, upstream: String, shown: &str, sources: &[Source<'_>], report: &mut Report) -> Set {
    let mut all = All::new();
    for source in sources {
        for (path, used) in &source.draft.uses {
            all.entry(path.clone()).or_default().extend(used.iter().cloned());
        }
    }
    let mut taken: Vec<String> = RESERVED.iter().map(|name| (*name).to_string()).collect();
    let named = all.keys().map(|path| {
        let plain: String = path
            .replace("[]", "")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let plain = if RESERVED.contains(&plain.as_str()) {
            format!("{plain}_column")
        } else {
            plain
        };
        (path.clone(), unique(&plain, &mut taken))
    });
    let fields = Fields(named.collect());
    let seen: Vec<Seen<'_>> = sources
        .iter()
        .map(|source| Seen {
            choices: source.draft.fixed(),
            uses: &source.draft.uses,
        })
        .collect();
    let label = closed::find(&seen, &taken);
    let kinds: BTreeMap<&str, Kind> = all
        .iter()
        .map(|(path, used)| (path.as_str(), uses::kind(path, used)))
        .collect();
    let kind = |path: &str| kinds.get(path).copied().unwrap_or(Kind::Text);

    let mut says = Verbalizers::default();
    let mut templates = Vec::new();
    let mut replies: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources {
        match finished(source, label.as_ref(), &kind, &fields, &mut says) {
            Ok((template, parts)) => {
                if source.is_own_task() {
                    printed(&parts.target, &mut replies);
                }
                templates.push(template);
            }
            Err(reason) => report.entries[source.entry].reason = Some(reason),
        }
    }
    let columns = columns(&id, sources, &all, label.as_ref(), &kind, &fields);
    let mut set = Set {
        facts: facts(&upstream, sources),
        fields: columns
            .iter()
            .map(|column| declared(column, label.as_ref(), &says))
            .collect(),
        after: Vec::new(),
        columns,
        templates,
        origin: format!("{shown} of promptsource"),
        id,
    };
    set.after = after(&set.columns, label.as_ref(), &replies, &fields);
    set
}

/// The sets of words that templates have for a label.
#[derive(Default)]
struct Verbalizers {
    sets: Vec<(String, Vec<String>)>,
    names: Vec<String>,
}

impl Verbalizers {
    /// The name of a set; `None` for the first, which needs none.
    fn name(&mut self, template: &str, words: &[String]) -> Option<String> {
        if let Some(at) = self.sets.iter().position(|(_, other)| other == words) {
            return (at > 0).then(|| self.sets[at].0.clone());
        }
        let first = self.sets.is_empty();
        let wanted = if first { "default".to_string() } else { slug(template) };
        let wanted = if wanted.is_empty() { "words".to_string() } else { wanted };
        let name = unique(&wanted, &mut self.names);
        self.sets.push((name.clone(), words.to_vec()));
        (!first).then_some(name)
    }
}

fn finished(
    source: &Source<'_>,
    label: Option<&Closed>,
    kind: &dyn Fn(&str) -> Kind,
    fields: &Fields,
    says: &mut Verbalizers,
) -> Result<(Template, Parts), String> {
    let draft = &source.draft;
    for (path, used) in &draft.uses {
        fits(path, used, kind(path))?;
    }
    let words = draft
        .fixed()
        .filter(|words| label.is_some_and(|label| label.labels.len() == words.len()));
    let words = words.filter(|_| {
        let path = label.map(|label| &label.path);
        path.is_some_and(|path| draft.uses.contains_key(path)) || closed::reads_choices(&draft.nodes)
    });
    let mut parts = draft.parts(label, words.is_some(), kind)?;
    if let Some(guard) = parts.when.take() {
        let text = print::expr(&guard, fields);
        let mut variables = false;
        guard.walk(&mut |part| variables |= matches!(part, Expr::Name(_)));
        if variables || text.contains(['{', '}', '\n']) || text.contains("//") {
            let inner = std::mem::take(&mut parts.target);
            parts.target = vec![Node::If(vec![(Some(guard), inner)])];
        } else {
            parts.when = Some(guard);
        }
    }
    let text = |value: &str| {
        let found = source.value.get(value).and_then(Value::text);
        found.map(str::trim).filter(|text| !text.is_empty()).map(str::to_string)
    };
    let template = Template {
        entry: source.entry,
        role: if source.is_own_task() { "template" } else { "turned" },
        name: source.name.clone(),
        says: words.and_then(|words| says.name(&source.name, words)),
        when: parts.when.as_ref().map(|guard| print::expr(guard, fields)),
        note: text("reference"),
        input: print::nodes(&parts.input, fields),
        target: print::nodes(&parts.target, fields),
    };
    if template.input.trim().is_empty() {
        return Err("its prompt is empty".to_string());
    }
    if template.target.trim().is_empty() {
        return Err("its reply is empty".to_string());
    }
    Ok((template, parts))
}

/// Whether a template's own uses of a value fit the type that all templates give it.
fn fits(path: &str, used: &BTreeSet<Use>, kind: Kind) -> Result<(), String> {
    let list = matches!(kind, Kind::List | Kind::Numbers);
    if list && used.contains(&Use::Printed) {
        return Err(format!("it prints the list `{path}` as Python would write it"));
    }
    let text = used.contains(&Use::Text) || used.iter().any(|one| matches!(one, Use::Is(text) if !text.is_empty()));
    if list && text {
        return Err(format!("it takes `{path}` for a text, and others take it for a list"));
    }
    let number = used
        .iter()
        .any(|one| matches!(one, Use::Number | Use::Index(_) | Use::Equals(_)));
    if kind == Kind::Text && number {
        return Err(format!(
            "it takes `{path}` for a number, and it or others take it for a text"
        ));
    }
    Ok(())
}

/// Counts the fields that a reply prints.
fn printed(nodes: &[Node], replies: &mut BTreeMap<String, usize>) {
    walk_nodes(nodes, &mut |node| {
        if let Node::Print(expr) = node {
            expr.walk(&mut |part| {
                if let Expr::Field(path) = part {
                    *replies.entry(path.clone()).or_default() += 1;
                }
            });
        }
    });
    walk_exprs(nodes, &mut |part| {
        if let Expr::Field(path) = part {
            replies.entry(path.clone()).or_default();
        }
    });
}

fn facts(upstream: &str, sources: &[Source<'_>]) -> Vec<String> {
    let mut facts = vec![format!("title {}", string(upstream))];
    let collected = |key: &str| {
        let mut found: Vec<(String, usize)> = Vec::new();
        for text in sources
            .iter()
            .filter_map(|source| source.metadata(key))
            .flat_map(Value::texts)
        {
            match found.iter_mut().find(|(other, _)| other == text) {
                Some((_, count)) => *count += 1,
                None => found.push((text.to_string(), 1)),
            }
        }
        found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        found.into_iter().map(|(text, _)| text)
    };
    let languages: Vec<String> = collected("languages").map(|language| name(&language)).collect();
    if !languages.is_empty() {
        facts.push(format!("language {}", languages.join(", ")));
    }
    let metrics: Vec<String> = collected("metrics")
        .filter_map(|metric| {
            let wanted = match metric.as_str() {
                "COQA F1" => "f1".to_string(),
                "Pearson Correlation" => "pearson".to_string(),
                "Spearman Correlation" => "spearman".to_string(),
                other => slug(other),
            };
            METRICS.contains(&wanted.as_str()).then_some(wanted)
        })
        .collect();
    if !metrics.is_empty() {
        facts.push(format!("metric {}", metrics.join(", ")));
    }
    facts
}

fn columns(
    id: &str,
    sources: &[Source<'_>],
    all: &All,
    label: Option<&Closed>,
    kind: &dyn Fn(&str) -> Kind,
    fields: &Fields,
) -> Vec<Column> {
    let column = |(path, used): (&String, &BTreeSet<Use>)| {
        let below = sources
            .iter()
            .flat_map(|source| {
                let own = source.draft.uses.get(path).into_iter().flatten();
                own.filter_map(|used| match (used, &source.draft.choices) {
                    (Use::Index(0), Choices::Fixed(words)) => Some(words.len()),
                    (Use::Index(0), Choices::Listed(Expr::List(items))) => Some(items.len()),
                    (Use::Index(0), _) => Some(2),
                    (Use::Index(count), _) => Some(*count),
                    _ => None,
                })
            })
            .min();
        let values = used.iter().filter_map(|used| match used {
            Use::Is(text) => Some(text.clone()),
            Use::Equals(number) => Some(number.clone()),
            _ => None,
        });
        let label = label.filter(|label| label.path == *path);
        let nullable = [Use::Null, Use::Truth, Use::Is(String::new())]
            .iter()
            .any(|one| used.contains(one));
        Column {
            dataset: id.to_string(),
            name: fields.field(path),
            path: path.clone(),
            kind: kind(path),
            nullable: nullable && label.is_none(),
            labels: label.map(|label| label.labels.clone()).unwrap_or_default(),
            values: values.collect(),
            below,
        }
    };
    all.iter().map(column).collect()
}

fn declared(column: &Column, label: Option<&Closed>, says: &Verbalizers) -> String {
    let null = if column.nullable { "?" } else { "" };
    let name = &column.name;
    if !column.labels.is_empty() && label.is_some() {
        let labels: Vec<String> = column
            .labels
            .iter()
            .enumerate()
            .map(|(at, label)| format!("{label} = \"{at}\""))
            .collect();
        let mut out = format!("field {name}: choice {{ {} }}", labels.join(" "));
        for (at, (set, words)) in says.sets.iter().enumerate() {
            let words: Vec<String> = words.iter().map(|word| string(word)).collect();
            let set = if at == 0 { String::new() } else { format!(" {set}") };
            out.push_str(&format!("\n    says{set} {{ {} }}", words.join(" ")));
        }
        return out;
    }
    match column.kind {
        Kind::Text if column.nullable => format!("field {name}: text? empty is text"),
        Kind::Text => format!("field {name}: text"),
        Kind::Number => format!("field {name}: number{null}"),
        Kind::Bool => format!("field {name}: bool{null}"),
        Kind::List | Kind::Numbers => format!("field {name}: list{null}"),
    }
}

/// The statements after the fields: rows without a label, and which field is the answer.
fn after(
    columns: &[Column],
    label: Option<&Closed>,
    replies: &BTreeMap<String, usize>,
    fields: &Fields,
) -> Vec<String> {
    if let Some(label) = label {
        let name = fields.field(&label.path);
        let mut lines = Vec::new();
        if label.unlabelled {
            lines.push(format!("drop \"no label\" when {name} == \"-1\""));
        }
        lines.push(format!("answer {name}"));
        return lines;
    }
    // What most replies print; where none prints a field, the last that there is.
    let best = replies
        .iter()
        .max_by_key(|(path, count)| (**count, std::cmp::Reverse(*path)));
    let answer = match best {
        Some((path, _)) => columns.iter().find(|column| column.path == *path),
        None => columns.last(),
    };
    match answer {
        Some(Column {
            kind: Kind::List | Kind::Numbers,
            name,
            ..
        }) => vec![format!("answer any of {name}")],
        Some(Column { name, .. }) => vec![format!("answer {name}")],
        None => Vec::new(),
    }
}
