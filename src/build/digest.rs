//! The digest of what a catalog means for a mixture: equal for projects that say the same in other files, in another
//! order, or over other sources.

use crate::catalog::{Dataset, FieldKind, IndexOf, Keyed, Mixture, Template};
use crate::digest::{Digest, Hasher};

/// Over the datasets of a mixture, in the order of their names, and the mixture's settings.
pub fn meaning<'a>(datasets: impl Iterator<Item = &'a Dataset>, mixture: &Mixture) -> Digest {
    let mut hasher = Hasher::new("meaning");
    for dataset in datasets {
        of_dataset(&mut hasher, dataset);
        for template in dataset.templates.iter().filter(|t| mixture.uses(t)) {
            of_template(&mut hasher, template);
        }
    }
    hasher.part(super::facts::settings(mixture).to_string().as_bytes());
    hasher.finish()
}

fn of_dataset(hasher: &mut Hasher, dataset: &Dataset) {
    let mut part = |text: &str| {
        hasher.part(text.as_bytes());
    };
    part("dataset");
    part(&dataset.id);
    part(&dataset.family);
    part(&dataset.clusters.join(" "));
    for field in &dataset.fields {
        part("field");
        part(&field.name);
        let names = |at: &[usize]| {
            at.iter()
                .map(|f| dataset.fields[*f].name.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        match &field.kind {
            FieldKind::Text => part("text"),
            FieldKind::Number => part("number"),
            FieldKind::Bool => part("bool"),
            FieldKind::List => part("list"),
            FieldKind::Choice(labels) => {
                part("choice");
                labels.iter().for_each(|label| part(&label.name));
            }
            FieldKind::Index { from, of, keyed } => {
                part(&format!("index from {from}"));
                match of {
                    IndexOf::Fields(fields) => part(&names(fields)),
                    IndexOf::List(list) => part(&names(&[*list])),
                }
                match keyed {
                    None => {}
                    Some(Keyed::Words(words)) => words.iter().for_each(|word| part(word)),
                    Some(Keyed::List(list)) => part(&names(&[*list])),
                }
            }
        }
        for (name, texts) in &field.says {
            part(name);
            texts.iter().for_each(|text| part(text));
        }
    }
    for at in &dataset.key {
        part(&dataset.fields[*at].name);
    }
    part("group");
    for at in &dataset.group {
        part(&dataset.fields[*at].name);
    }
    for drop in &dataset.drops {
        part(&drop.reason);
        part(&drop.when);
    }
    if let Some(answer) = &dataset.answer {
        part(&format!(
            "answer {} {:?}",
            dataset.fields[answer.field].name, answer.several
        ));
    }
    if let Some(reserve) = &dataset.reserve {
        part(&format!("reserve {} {:?}", reserve.rows, reserve.split));
    }
    part(&dataset.train_on.join(" "));
    part(&dataset.evaluate_on.join(" "));
}

fn of_template(hasher: &mut Hasher, template: &Template) {
    hasher.part(b"template");
    for text in [
        &template.name,
        &template.identity,
        &template.input.value,
        &template.target.value,
    ] {
        hasher.part(text.as_bytes());
    }
    hasher.part(template.system.as_ref().map_or("", |s| &s.value).as_bytes());
    hasher.part(template.when.as_deref().unwrap_or("").as_bytes());
    hasher.part(format!("{:?} {} {}", template.role, template.tickets, template.says).as_bytes());
}
