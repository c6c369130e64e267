//! FLAN: tables of format strings in Python, ten pairs of input and target for each task.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::emit::{slug, string, unique};
use super::print::{self, Names};
use super::project::{self, Column, Imported, Set, Template};
use super::python::{self, Is, Value};
use super::report::{Entry, Report};
use super::tree::{Expr, Node};
use super::uses::Kind;
use crate::catalog::RESERVED;

const ABOUT: &str = "\
A task of FLAN is a list of format strings, which have no names: here they are numbered from 0, as they stand. Each table
became datasets of its own; tasks of one name are one family.

`{options_}` became `{{ options }}`, printed as FLAN prints it. Every other hole is a field of text, read from the column of
its name: what FLAN's preprocessing of a task makes, a row has to have. The answer is the field that most targets print, and a
template whose target does not print it is `turned`.

A few-shot pattern of FLAN says how its exemplars are joined. The prefixes and the delimiter stand in its input here;
`shot \"{{ inputs }}{{ targets }}\"` joins them as FLAN does, with the separator that the note of each names.

Tables that are computed by code (`PATTERNS_NO_OPTIONS` and the like) are not run, and listed below.

Sources are read from `data/DATASET/train.jsonl`, `validation.jsonl` and `test.jsonl`.";

/// Where the tables are in a clone, and the prefix of what they declare.
const TABLES: &[(&str, &str)] = &[
    ("flan/templates.py", ""),
    ("flan/baseline_templates.py", "baseline"),
    ("flan/v2/templates.py", "v2"),
    ("flan/v2/flan_templates_branched.py", "branched"),
];

/// Reads the tables at a path: a clone of the repository, its `flan` folder, or one file.
pub fn flan(path: &Path) -> anyhow::Result<Imported> {
    let mut report = Report {
        collection: "flan".to_string(),
        ..Report::default()
    };
    let files = files(path)?;
    ensure!(
        !files.is_empty(),
        "no table of FLAN is at {}: neither flan/templates.py nor a file with PATTERNS",
        path.display()
    );
    let (mut sets, mut ids) = (Vec::new(), Vec::new());
    for (file, shown, prefix) in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let module = match python::parse(&text) {
            Ok(module) => module,
            Err(fault) => {
                report.entries.push(Entry {
                    file: shown,
                    line: fault.at,
                    name: "(the file)".to_string(),
                    reason: Some(format!("its literals cannot be read: {}", fault.reason)),
                    ..Entry::default()
                });
                continue;
            }
        };
        for (name, value) in &module.values {
            let Some(prefix) = table(name, &prefix) else { continue };
            match &value.is {
                Is::Map(tasks) => {
                    for (key, list) in tasks {
                        sets.extend(task(key, list, name, &prefix, &shown, &mut ids, &mut report));
                    }
                }
                _ => report
                    .entries
                    .push(computed(name, value.line, &shown, "code computes it")),
            }
        }
        for (name, (line, reason)) in &module.unread {
            if table(name, "").is_some() {
                report.entries.push(computed(name, *line, &shown, reason));
            }
        }
    }
    let mut imported = project::write(("flan", "FLAN"), ABOUT, sets, report);
    let tables = imported
        .report
        .entries
        .iter_mut()
        .filter(|entry| entry.dataset.is_none());
    // A table that is not read is no template.
    imported.report.templates -= tables.count();
    Ok(imported)
}

fn computed(name: &str, line: usize, file: &str, reason: &str) -> Entry {
    Entry {
        file: file.to_string(),
        line,
        name: format!("(all of {name})"),
        reason: Some(format!("not read: {reason}")),
        ..Entry::default()
    }
}

/// The prefix of the datasets of a table, where a name is that of one.
fn table(name: &str, prefix: &str) -> Option<String> {
    let own = name.strip_suffix("PATTERNS").or_else(|| {
        // Computed tables are listed, so their names count.
        name.contains("PATTERNS").then_some(name)
    })?;
    let own = match own.trim_end_matches('_') {
        "FEWSHOT" => "few_shot".to_string(),
        "INLINE_FS" => "inline".to_string(),
        other => slug(other),
    };
    let both = [prefix, &own];
    let parts: Vec<&str> = both.into_iter().filter(|part| !part.is_empty()).collect();
    Some(parts.join("_"))
}

fn files(path: &Path) -> anyhow::Result<Vec<(PathBuf, String, String)>> {
    if path.is_file() {
        let shown = path.file_name().map(|name| name.to_string_lossy().into_owned());
        return Ok(vec![(path.to_path_buf(), shown.unwrap_or_default(), String::new())]);
    }
    ensure!(path.is_dir(), "nothing is at {}", path.display());
    let roots = [path.to_path_buf(), path.join("..")];
    for root in roots {
        let found: Vec<_> = TABLES
            .iter()
            .map(|(table, prefix)| (root.join(table), (*table).to_string(), (*prefix).to_string()))
            .filter(|(file, ..)| file.is_file())
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// A pattern as the table has it.
struct Pattern {
    entry: usize,
    at: usize,
    input: Vec<Node>,
    target: Vec<Node>,
    note: Option<String>,
}

fn task(
    key: &Value,
    list: &Value,
    table: &str,
    prefix: &str,
    shown: &str,
    ids: &mut Vec<String>,
    report: &mut Report,
) -> Option<Set> {
    let key = key.text()?;
    let wanted = if prefix.is_empty() {
        slug(key)
    } else {
        format!("{prefix}_{}", slug(key))
    };
    let id = unique(&wanted, ids);
    let Is::List(items) = &list.is else {
        report.entries.push(computed(
            &format!("{table}[{key:?}]"),
            list.line,
            shown,
            "it is no list",
        ));
        return None;
    };
    let mut patterns = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let entry = report.entries.len();
        let mut told = Entry {
            file: shown.to_string(),
            line: item.line,
            set: key.to_string(),
            name: format!("{table}[{key:?}][{at}]"),
            dataset: Some(id.clone()),
            template: format!("template_{at}"),
            ..Entry::default()
        };
        match pattern(item) {
            Ok((input, target, note)) => patterns.push(Pattern {
                entry,
                at,
                input,
                target,
                note,
            }),
            Err(reason) => told.reason = Some(reason),
        }
        report.entries.push(told);
    }
    let origin = format!("{table}[{key:?}] of {shown}");
    (!patterns.is_empty()).then(|| whole(id, key, origin, patterns))
}

type Turns = (Vec<Node>, Vec<Node>, Option<String>);

fn pattern(item: &Value) -> Result<Turns, String> {
    match &item.is {
        Is::List(pair) => match pair.as_slice() {
            [
                Value {
                    is: Is::Text(input), ..
                },
                Value {
                    is: Is::Text(target), ..
                },
            ] => Ok((holes(input)?, holes(target)?, None)),
            _ => Err("it is no pair of two texts".to_string()),
        },
        Is::Call(_, arguments) => few_shot(arguments),
        _ => Err("it is no pair of two texts".to_string()),
    }
}

/// A few-shot pattern, with what FLAN writes where it says nothing.
fn few_shot(arguments: &[(Option<String>, Value)]) -> Result<Turns, String> {
    const ORDER: &[&str] = &[
        "inputs",
        "targets",
        "inputs_prefix",
        "targets_prefix",
        "x_y_delimiter",
        "example_separator",
    ];
    let mut given: BTreeMap<&str, &str> = BTreeMap::from([("x_y_delimiter", "\n\n"), ("example_separator", "\n\n\n")]);
    for (at, (name, value)) in arguments.iter().enumerate() {
        let name = name.as_deref().or(ORDER.get(at).copied()).unwrap_or_default();
        match (name, value.text()) {
            ("in_template_mix", _) => {}
            ("final_suffix", Some("")) => {}
            (name, Some(text)) if ORDER.contains(&name) => {
                given.insert(name, text);
            }
            (name, _) => return Err(format!("its `{name}` has no equal")),
        }
    }
    let part = |name: &str| given.get(name).copied().unwrap_or_default();
    if !given.contains_key("inputs") || !given.contains_key("targets") {
        return Err("it has no inputs or no targets".to_string());
    }
    let input = [
        part("inputs_prefix"),
        part("inputs"),
        part("x_y_delimiter"),
        part("targets_prefix"),
    ]
    .concat();
    let note = format!("between shots: {:?}", part("example_separator"));
    Ok((holes(&input)?, holes(part("targets"))?, Some(note)))
}

/// A format string: `{name}` is a hole, and any other brace is text.
fn holes(format: &str) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(open) = rest.find('{') {
        let inner = &rest[open + 1..];
        let length = inner
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(inner.len());
        if !inner[length..].starts_with('}') {
            text.push_str(&rest[..=open]);
            rest = inner;
            continue;
        }
        if length == 0 {
            return Err("a hole `{}` without a name".to_string());
        }
        text.push_str(&rest[..open]);
        if !text.is_empty() {
            nodes.push(Node::Text(std::mem::take(&mut text)));
        }
        nodes.push(Node::Print(match &inner[..length] {
            "options_" => Expr::name("options"),
            name => Expr::Field(name.to_string()),
        }));
        rest = &inner[length + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        nodes.push(Node::Text(text));
    }
    Ok(nodes)
}

struct Fields(BTreeMap<String, String>);

impl Names for Fields {
    fn field(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_else(|| path.to_string())
    }
}

fn fields_of(nodes: &[Node]) -> impl Iterator<Item = &str> {
    nodes.iter().filter_map(|node| match node {
        Node::Print(Expr::Field(name)) => Some(name.as_str()),
        _ => None,
    })
}

fn options_in(nodes: &[Node]) -> bool {
    nodes.contains(&Node::Print(Expr::name("options")))
}

fn whole(id: String, key: &str, origin: String, patterns: Vec<Pattern>) -> Set {
    let options = patterns
        .iter()
        .any(|pattern| options_in(&pattern.input) || options_in(&pattern.target));
    let mut paths: Vec<&str> = patterns
        .iter()
        .flat_map(|pattern| fields_of(&pattern.input).chain(fields_of(&pattern.target)))
        .collect();
    if options {
        paths.push("options");
    }
    paths.sort_unstable();
    paths.dedup();
    let mut taken: Vec<String> = RESERVED.iter().map(|name| (*name).to_string()).collect();
    let named = paths.iter().map(|path| {
        let wanted = if RESERVED.contains(path) {
            format!("{path}_column")
        } else {
            (*path).to_string()
        };
        ((*path).to_string(), unique(&wanted, &mut taken))
    });
    let fields = Fields(named.collect());
    let answer = answer(&patterns);
    let columns: Vec<Column> = paths
        .iter()
        .map(|path| Column {
            dataset: id.clone(),
            name: fields.field(path),
            path: (*path).to_string(),
            kind: if *path == "options" && options {
                Kind::List
            } else {
                Kind::Text
            },
            nullable: false,
            labels: Vec::new(),
            values: Vec::new(),
            below: None,
            at_least: 0,
            numeric: false,
        })
        .collect();
    let mut after = Vec::new();
    if let Some(answer) = &answer {
        after.push(format!("answer {}", fields.field(answer)));
        if options {
            after.push(format!("options of {}", fields.field("options")));
        }
    }
    let template = |mut pattern: Pattern| {
        let own = answer
            .as_deref()
            .is_some_and(|answer| fields_of(&pattern.target).any(|f| f == answer));
        for node in &mut pattern.target {
            if matches!((&*node, &answer), (Node::Print(Expr::Field(name)), Some(answer)) if name == answer) {
                *node = Node::Print(Expr::name("answer"));
            }
        }
        Template {
            entry: pattern.entry,
            role: if own { "template" } else { "turned" },
            name: format!("template_{}", pattern.at),
            says: None,
            when: None,
            note: pattern.note,
            input: print::nodes(&pattern.input, &fields),
            target: print::nodes(&pattern.target, &fields),
        }
    };
    Set {
        facts: vec![format!("title {}", string(key)), format!("family {}", string(key))],
        fields: columns
            .iter()
            .map(|column| {
                let kind = if column.kind == Kind::List { "list" } else { "text" };
                format!("field {}: {kind}", column.name)
            })
            .collect(),
        templates: patterns.into_iter().map(template).collect(),
        after,
        columns,
        origin,
        id,
    }
}

/// What most targets are, of those whose input shows options where some do; else what most targets print.
fn answer(patterns: &[Pattern]) -> Option<String> {
    let shows = patterns.iter().any(|pattern| options_in(&pattern.input));
    let most = |alone: bool| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for pattern in patterns {
            if shows && !options_in(&pattern.input) || alone && pattern.target.len() > 1 {
                continue;
            }
            for name in fields_of(&pattern.target) {
                *counts.entry(name).or_default() += 1;
            }
        }
        let best = counts
            .into_iter()
            .max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
        best.map(|(name, _)| name.to_string())
    };
    most(true).or_else(|| most(false))
}
