//! promptsource: one YAML file a dataset, templates in Jinja with `|||` between prompt and reply.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::closed::{self, Closed, Seen};
use super::dataset::{All, Fields, Source, Verbalizers, after, columns, declared, facts};
use super::divide::Parts;
use super::emit::{slug, unique};
use super::print;
use super::project::{self, Imported, Set, Template};
use super::report::{Entry, Report};
use super::template::Draft;
use super::tree::{Expr, Node, walk_exprs, walk_nodes};
use super::uses::{self, Kind, Use};
use super::yaml::{self, Is, Value};
use crate::catalog::RESERVED;

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

fn whole(id: String, upstream: String, shown: &str, sources: &[Source<'_>], report: &mut Report) -> Set {
    let mut all = All::new();
    for source in sources {
        for (path, used) in &source.draft.uses {
            all.entry(path.clone()).or_default().extend(used.iter().cloned());
        }
    }
    let nested: BTreeSet<String> = all.keys().filter(|path| holds_others(path, &all)).cloned().collect();
    all.retain(|path, _| !nested.contains(path));
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
        if let Some(path) = source.draft.uses.keys().find(|path| nested.contains(*path)) {
            let reason = format!("it takes the nested value `{path}` as a whole");
            report.entries[source.entry].reason = Some(reason);
            continue;
        }
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
    // What only templates read that were not translated is no field.
    let read: BTreeSet<&String> = sources
        .iter()
        .filter(|source| report.entries[source.entry].reason.is_none())
        .flat_map(|source| source.draft.uses.keys())
        .collect();
    let mut columns = columns(&id, sources, &all, label.as_ref(), &kind, &fields);
    columns.retain(|column| read.contains(&column.path));
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

/// Whether other values of the row are found inside of this one.
fn holds_others(path: &str, all: &All) -> bool {
    all.keys()
        .filter_map(|other| other.strip_prefix(path))
        .any(|rest| rest.starts_with(['.', '[']))
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
    for nodes in [&parts.input, &parts.target] {
        prints_no_list(nodes)?;
    }
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
    if path.matches("[]").count() > 1 {
        return Err(format!(
            "`{path}` is a list of lists, and a list of flanc's holds texts"
        ));
    }
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

/// A list that is printed whole would be Python's form of it.
fn prints_no_list(nodes: &[Node]) -> Result<(), String> {
    let mut found = false;
    walk_nodes(nodes, &mut |node| {
        found |= matches!(node, Node::Print(expr) if is_list(expr))
    });
    if found {
        return Err("it prints a list as Python would write it".to_string());
    }
    Ok(())
}

fn is_list(expr: &Expr) -> bool {
    const MAKERS: &[&str] = &[
        "list",
        "map",
        "reject",
        "select",
        "selectattr",
        "sort",
        "split",
        "unique",
        "zip",
    ];
    match expr {
        Expr::List(_) | Expr::Tuple(_) | Expr::Dict(_) => true,
        Expr::Filter(of, name, _) if name == "trim" => is_list(of),
        Expr::Filter(_, name, _) => MAKERS.contains(&name.as_str()),
        Expr::Slice(of, _) => is_list(of),
        Expr::Choose(then, _, other) => is_list(then) || other.as_ref().is_some_and(|other| is_list(other)),
        _ => false,
    }
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
