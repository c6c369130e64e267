//! Digests of what a catalog means: equal for projects that say the same in other files, in another order, or over
//! other sources. `flanc diff` and `state:modified` go by them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::catalog::{Clean, ColumnPlace, Dataset, Field, FieldKind, IndexOf, Keyed, Mixture, Split, Style, Template};
use crate::digest::{Digest, Hasher, hex, mix64, word};
use crate::mix::Pool;
use crate::source::Reader;

/// Over the datasets of a mixture, in the order of their names, and the mixture's settings.
pub fn meaning<'a>(datasets: impl Iterator<Item = &'a Dataset>, mixture: &Mixture) -> Digest {
    let mut hasher = Hasher::new("meaning");
    for dataset in datasets {
        hasher.part(dataset.id.as_bytes()).part(&dataset_meaning(dataset));
        if mixture.instruct == Style::DatasetName {
            hasher.part(dataset.title.as_bytes());
        }
        for template in dataset.templates.iter().filter(|t| mixture.uses(t)) {
            hasher.part(template.name.as_bytes()).part(&template_meaning(template));
        }
    }
    hasher.part(super::facts::settings(mixture).to_string().as_bytes());
    hasher.finish()
}

/// What a dataset declares of its rows: fields, clean-ups, verbalizers, identity, drops, answer, splits and clusters.
/// Neither its sources nor its title, license or notes are in it.
pub fn dataset_meaning(dataset: &Dataset) -> Digest {
    let mut hasher = Hasher::new("dataset meaning");
    let mut part = |text: &str| {
        hasher.part(text.as_bytes());
    };
    part(&dataset.id);
    part(&dataset.family);
    part(&dataset.task);
    part(&dataset.clusters.join(" "));
    let name = |at: &usize| dataset.fields[*at].name.as_str();
    let names = |at: &[usize]| at.iter().map(name).collect::<Vec<_>>().join(" ");
    for field in &dataset.fields {
        part("field");
        part(&field.name);
        part(field.source_column());
        part(&format!("{} {}", field.nullable, field.empty_is_text));
        kind(dataset, field, &mut part);
        says(field, &mut part);
        cleans(field, &mut part);
    }
    part("key");
    part(&names(&dataset.key));
    part("group");
    part(&names(&dataset.group));
    for drop in &dataset.drops {
        part("drop");
        part(&drop.reason);
        part(&drop.when);
        part(&drop.splits.join(" "));
    }
    if let Some(most) = dataset.quarantine {
        part(&format!("quarantine {most}"));
    }
    if let Some(answer) = &dataset.answer {
        part(&format!("answer {} {:?}", name(&answer.field), answer.several));
        answer.options.iter().for_each(|at| part(name(at)));
    }
    if let Some(reserve) = &dataset.reserve {
        part(&format!("reserve {} {:?}", reserve.rows, reserve.split));
    }
    part(&dataset.train_on.join(" "));
    part(&dataset.evaluate_on.join(" "));
    hasher.finish()
}

/// What a dataset's fields declare, their verbalizers apart: what a row holds once it is read.
pub fn field_meaning(dataset: &Dataset) -> Digest {
    let mut hasher = Hasher::new("field meaning");
    let mut part = |text: &str| {
        hasher.part(text.as_bytes());
    };
    for field in &dataset.fields {
        part(&field.name);
        part(field.source_column());
        part(&format!("{} {}", field.nullable, field.empty_is_text));
        kind(dataset, field, &mut part);
        cleans(field, &mut part);
    }
    if let Some(answer) = &dataset.answer {
        part(&format!(
            "answer {} {:?}",
            dataset.fields[answer.field].name, answer.several
        ));
        answer.options.iter().for_each(|at| part(&dataset.fields[*at].name));
    }
    hasher.finish()
}

/// The words that a dataset says its labels in.
pub fn verbalizer_meaning(dataset: &Dataset) -> Digest {
    let mut hasher = Hasher::new("verbalizer meaning");
    let mut part = |text: &str| {
        hasher.part(text.as_bytes());
    };
    for field in &dataset.fields {
        part(&field.name);
        says(field, &mut part);
    }
    hasher.finish()
}

/// What a field's values are.
fn kind(dataset: &Dataset, field: &Field, part: &mut impl FnMut(&str)) {
    let names = |at: &[usize]| {
        let names: Vec<&str> = at.iter().map(|at| dataset.fields[*at].name.as_str()).collect();
        names.join(" ")
    };
    match &field.kind {
        FieldKind::Text => part("text"),
        FieldKind::Number => part("number"),
        FieldKind::Bool => part("bool"),
        FieldKind::List => part("list"),
        FieldKind::Choice(labels) => {
            part("choice");
            for label in labels {
                part(&label.name);
                label.codes.iter().for_each(|code| part(code));
                part("label");
            }
        }
        FieldKind::Index { from, of, keyed } => {
            part(&format!("index from {from}"));
            match of {
                IndexOf::Fields(fields) => part(&names(fields)),
                IndexOf::List(list) => part(&names(&[*list])),
            }
            match keyed {
                None => part("by number"),
                Some(Keyed::Words(words)) => words.iter().for_each(|word| part(word)),
                Some(Keyed::List(list)) => part(&names(&[*list])),
            }
        }
    }
}

/// The verbalizers of a field.
fn says(field: &Field, part: &mut impl FnMut(&str)) {
    for (name, texts) in &field.says {
        part("says");
        part(name);
        texts.iter().for_each(|text| part(text));
    }
}

/// The clean-ups of a field.
fn cleans(field: &Field, part: &mut impl FnMut(&str)) {
    part("clean");
    field.clean.iter().for_each(|step| part(&step_of(step)));
}

/// How the files of a split are read: its tables with all their options, and its select.
pub fn source_meaning(split: &Split) -> Digest {
    let mut hasher = Hasher::new("source meaning");
    let mut part = |text: &str| {
        hasher.part(text.as_bytes());
    };
    for table in &split.tables {
        part(&table.name);
        part(&format!("{:?} {:?}", table.format, table.paths));
        for column in &table.columns {
            part(&column.name);
            part(&match &column.place {
                ColumnPlace::Own => "own".to_string(),
                ColumnPlace::Path(path) => format!("path {path}"),
                ColumnPlace::Position(at) => format!("position {at}"),
            });
        }
        part(&format!("each {:?}", table.each));
        let matching = table.matching.as_ref();
        part(&format!("{:?}", matching.map(|m| (m.pattern.as_str(), m.skip_others))));
        part(&format!("{:?} {:?}", table.encoding, table.delimiter));
        part(&format!(
            "{} {} {} {}",
            table.headerless, table.ragged, table.lines, table.skip
        ));
    }
    part(split.select.as_ref().map_or("", |select| &select.value));
    hasher.finish()
}

fn step_of(step: &Clean) -> String {
    match step {
        Clean::Trim => "trim".to_string(),
        Clean::Collapse => "collapse".to_string(),
        Clean::Lower => "lower".to_string(),
        Clean::Upper(None) => "upper".to_string(),
        Clean::Upper(Some(pattern)) => format!("upper {:?}", pattern.as_str()),
        Clean::Replace(from, to) => format!("replace {from:?} {to:?}"),
        Clean::Rewrite(pattern, to) => format!("rewrite {:?} {to:?}", pattern.as_str()),
        Clean::Unescape => "unescape".to_string(),
        Clean::Before(marker) => format!("before {marker:?}"),
        Clean::After(marker) => format!("after {marker:?}"),
        Clean::Round => "round".to_string(),
        Clean::Split(separator) => format!("split {separator:?}"),
    }
}

/// What a template says, whatever its present name: a renamed one whose draws go by its first name means the same.
pub fn template_meaning(template: &Template) -> Digest {
    let mut hasher = Hasher::new("template meaning");
    for text in [&template.identity, &template.input.value, &template.target.value] {
        hasher.part(text.as_bytes());
    }
    hasher.part(template.system.as_ref().map_or("", |s| &s.value).as_bytes());
    hasher.part(template.when.as_deref().unwrap_or("").as_bytes());
    hasher.part(format!("{:?} {} {}", template.role, template.tickets, template.says).as_bytes());
    // The newline that a last line of tags ends in is not printed.
    let endings = [&template.input, &template.target].map(|text| text.ends_in_tag);
    hasher.part(format!("{endings:?}").as_bytes());
    hasher.finish()
}

/// For each source split, over the set of its rows, dropped and unlabelled ones apart: who each row is, and all that its
/// fields hold. The order of rows is not in it: it is a sum, lane by lane, of mixed words.
pub fn rows_meaning(pool: &Pool) -> BTreeMap<String, String> {
    let lanes = |reader: &mut Reader<'_>, row: usize| {
        let identities = reader.of(row);
        let (key, whole) = (pool.key_of(row, &identities), identities.whole());
        std::array::from_fn(|at| mix64(word(&key, at) ^ mix64(word(&whole, at))))
    };
    let add = |a: [u64; 4], b: [u64; 4]| std::array::from_fn(|at| a[at].wrapping_add(b[at]));
    let text = |lanes: [u64; 4]| lanes.map(|sum| hex(&sum.to_be_bytes())).concat();
    let of_split = |(split, rows): (&str, std::ops::Range<usize>)| {
        let lanes = rows.into_par_iter().map_init(|| pool.rows.identities(128), lanes);
        let sum = lanes.reduce(|| [0; 4], add);
        (split.to_string(), text(sum))
    };
    pool.rows.splits().map(of_split).collect()
}
