//! A dataset of promptsource's as its templates make it known: its facts, its fields, and which of them is the answer.

use std::collections::{BTreeMap, BTreeSet};

use super::closed::Closed;
use super::emit::{name, slug, string, unique};
use super::print::Names;
use super::project::Column;
use super::template::{Choices, Draft};
use super::tree::Expr;
use super::uses::{Kind, Use};
use super::yaml::Value;
use crate::catalog::METRICS;

/// A template as the file has it, and as far as it was read.
pub struct Source<'v> {
    pub entry: usize,
    pub name: String,
    pub value: &'v Value,
    pub draft: Draft,
}

impl Source<'_> {
    pub fn metadata(&self, key: &str) -> Option<&Value> {
        self.value.get("metadata").and_then(|metadata| metadata.get(key))
    }

    pub fn is_own_task(&self) -> bool {
        self.metadata("original_task").and_then(Value::flag) != Some(false)
    }
}

/// The names of a dataset's fields.
pub struct Fields(pub BTreeMap<String, String>);

impl Names for Fields {
    fn field(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_else(|| slug(path))
    }
}

/// Ways a value is used, over all templates of a dataset.
pub type All = BTreeMap<String, BTreeSet<Use>>;

/// The sets of words that templates have for a label.
#[derive(Default)]
pub struct Verbalizers {
    sets: Vec<(String, Vec<String>)>,
    names: Vec<String>,
}

impl Verbalizers {
    /// The name of a set; `None` for the first, which needs none.
    pub fn name(&mut self, template: &str, words: &[String]) -> Option<String> {
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

/// Title, languages and metrics.
pub fn facts(upstream: &str, sources: &[Source<'_>]) -> Vec<String> {
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

/// The fields, by how templates use them.
pub fn columns(
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
            at_least: used
                .iter()
                .map(|used| if let Use::At(place) = used { place + 1 } else { 0 })
                .max()
                .unwrap_or(0),
            numeric: used.contains(&Use::Converted),
        }
    };
    all.iter().map(column).collect()
}

/// A field's declaration.
pub fn declared(column: &Column, label: Option<&Closed>, says: &Verbalizers) -> String {
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
pub fn after(
    columns: &[Column],
    label: Option<&Closed>,
    replies: &BTreeMap<String, usize>,
    fields: &Fields,
) -> Vec<String> {
    if let Some(label) = label.filter(|label| columns.iter().any(|column| column.path == label.path)) {
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
