//! The files of an imported collection, held to what `flanc check` accepts.

use std::collections::BTreeMap;

use super::emit::{name, string, text};
use super::report::Report;
use super::uses::Kind;
use crate::catalog;
use crate::diagnostic::{FileId, Sources};
use crate::syntax;

/// A collection in flanc's words.
pub struct Imported {
    /// Paths relative to the project, and what each file holds.
    pub files: Vec<(String, String)>,
    pub report: Report,
    /// The fields of all datasets, and what is known of each.
    pub columns: Vec<Column>,
}

/// A field of a dataset, as the templates made it known.
#[derive(Clone, Debug)]
pub struct Column {
    pub dataset: String,
    pub name: String,
    /// Where a row of JSON has it.
    pub path: String,
    pub kind: Kind,
    pub nullable: bool,
    /// The labels of a choice, by their numbers; empty for others.
    pub labels: Vec<String>,
    /// Values that templates compare it with.
    pub values: Vec<String>,
    /// For a number that is an index: one more than the highest that all templates can take.
    pub below: Option<usize>,
    /// For a list: so many items are read by their places.
    pub at_least: usize,
    /// For a text: templates make a number of it.
    pub numeric: bool,
}

/// A dataset with its templates, ready to be written.
pub struct Set {
    pub id: String,
    /// Where it is from, for a comment.
    pub origin: String,
    /// The statements before the fields and after them, each on lines of its own.
    pub facts: Vec<String>,
    /// The fields as they are declared.
    pub fields: Vec<String>,
    pub after: Vec<String>,
    pub columns: Vec<Column>,
    pub templates: Vec<Template>,
}

/// A translated template.
pub struct Template {
    /// Its place in the report.
    pub entry: usize,
    pub role: &'static str,
    pub name: String,
    pub says: Option<String>,
    pub when: Option<String>,
    pub note: Option<String>,
    pub input: String,
    pub target: String,
}

/// How often templates that `flanc check` refuses are taken out; each round can bring others to light.
const ROUNDS: usize = 8;

/// Writes a collection. What is not accepted is taken out, and listed with the words of `flanc check`.
pub fn write(cluster: (&str, &str), about: &str, mut sets: Vec<Set>, mut report: Report) -> Imported {
    sets.retain(|set| !set.templates.is_empty());
    for _ in 0..ROUNDS {
        let files = files(cluster, &sets);
        let refused = refused(&files);
        if refused.is_empty() {
            break;
        }
        for set in &mut sets {
            let whole = refused.get(&(format!("datasets/{}.flan", set.id), None));
            let mut at = 0;
            set.templates.retain(|template| {
                let own = refused.get(&(format!("templates/{}.flan", set.id), Some(at)));
                at += 1;
                let Some(reason) = own.or(whole) else { return true };
                report.entries[template.entry].reason = Some(reason.clone());
                false
            });
        }
        sets.retain(|set| !set.templates.is_empty());
    }
    report.datasets = sets.len();
    report.count();
    let mut files: Vec<(String, String)> = files(cluster, &sets)
        .into_iter()
        .map(|file| {
            let text = if file.path.ends_with(".flan") {
                syntax::format(FileId::default(), &file.text).unwrap_or(file.text)
            } else {
                file.text
            };
            (file.path, text)
        })
        .collect();
    files.push(("IMPORT.md".to_string(), report.page(about)));
    files.sort();
    Imported {
        files,
        report,
        columns: sets.into_iter().flat_map(|set| set.columns).collect(),
    }
}

struct File {
    path: String,
    text: String,
    /// Where each template begins.
    starts: Vec<usize>,
}

fn files((cluster, title): (&str, &str), sets: &[Set]) -> Vec<File> {
    let file = |path: String, text: String| File {
        path,
        text,
        starts: Vec::new(),
    };
    let mut all = vec![
        file(
            "datasets/clusters.flan".to_string(),
            format!(
                "cluster {cluster} {{\n  title {}\n}}\n\nmixture everything {{\n  include all\n}}\n",
                string(title)
            ),
        ),
        file(
            "flanc.toml".to_string(),
            "[build]\nmixture = \"everything\"\nsource = \"original\"\ndata = \"data\"\n".to_string(),
        ),
    ];
    for set in sets {
        all.push(file(format!("datasets/{}.flan", set.id), dataset(cluster, set)));
        all.push(templates(set));
    }
    all
}

fn dataset(cluster: &str, set: &Set) -> String {
    let mut out = format!("// {}\ndataset {} in {cluster} {{\n", set.origin, name(&set.id));
    for line in set.facts.iter().chain(&set.fields).chain(&set.after) {
        out.push_str(&format!("  {line}\n"));
    }
    let own = set.columns.iter().all(|column| column.path == column.name);
    out.push_str("  source original {\n");
    for split in ["train", "validation", "test"] {
        let path = string(&format!("{}/{split}.jsonl", set.id));
        if own {
            out.push_str(&format!("    {split} {{ rows jsonl {path} }}\n"));
            continue;
        }
        out.push_str(&format!("    {split} {{\n      rows jsonl {path} columns {{\n"));
        for column in &set.columns {
            let from = if column.path == column.name {
                String::new()
            } else {
                format!(" {}", string(&column.path))
            };
            out.push_str(&format!("        {}{from}\n", column.name));
        }
        out.push_str("      }\n    }\n");
    }
    out + "  }\n}\n"
}

fn templates(set: &Set) -> File {
    let mut out = format!("templates {0} for {0} {{\n", name(&set.id));
    let mut starts = Vec::new();
    for (at, template) in set.templates.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        starts.push(out.len());
        out.push_str(&format!("  {} {}", template.role, name(&template.name)));
        if let Some(says) = &template.says {
            out.push_str(&format!(" says {says}"));
        }
        if let Some(when) = &template.when {
            out.push_str(&format!(" when {when}"));
        }
        out.push_str(" {\n");
        if let Some(note) = &template.note {
            out.push_str(&format!("    note {}\n", string(note)));
        }
        for (turn, body) in [("input", &template.input), ("target", &template.target)] {
            out.push_str(&format!("    {turn} {}\n", text(body, "      ")));
        }
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    File {
        path: format!("templates/{}.flan", set.id),
        text: out,
        starts,
    }
}

/// What `flanc check` refuses: the file, and which template of it where it is one.
fn refused(files: &[File]) -> BTreeMap<(String, Option<usize>), String> {
    let mut sources = Sources::default();
    let mut items = Vec::new();
    let mut found = Vec::new();
    let mut ids: Vec<(FileId, &File)> = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".flan")) {
        let id = sources.add(file.path.clone(), file.text.clone());
        let (mut parsed, mut mistakes) = syntax::parse(id, &file.text);
        items.append(&mut parsed);
        found.append(&mut mistakes);
        ids.push((id, file));
    }
    found.extend(catalog::check(items).1);
    let mut refused = BTreeMap::new();
    for mistake in found.iter().filter(|mistake| mistake.is_error()) {
        let Some((_, file)) = ids.iter().find(|(id, _)| *id == mistake.span.file) else {
            continue;
        };
        let at = file
            .starts
            .partition_point(|start| *start <= mistake.span.start)
            .checked_sub(1);
        let reason = format!("flanc does not take it: {}", mistake.message);
        refused.entry((file.path.clone(), at)).or_insert(reason);
    }
    refused
}
