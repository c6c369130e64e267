//! What is right for a row, and what it offers: options, answers, and which option is the right one.

use crate::catalog::{Answer, Dataset, FieldKind, IndexOf, Several};
use crate::source::{Rows, Typed};

/// The answer side of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// In the order of the declaration; `None` where the answer is free text.
    pub options: Option<Vec<String>>,
    /// Every accepted answer; the first is the one a choice has.
    pub answers: Vec<String>,
    /// Which option is right.
    pub gold: Option<usize>,
}

/// Reads the answer side of a row, in the words of a verbalizer set of the answer's field.
pub fn facts(dataset: &Dataset, rows: &Rows, row: usize, says: usize) -> Facts {
    let Some(answer) = &dataset.answer else {
        return Facts::default();
    };
    let field = &dataset.fields[answer.field];
    let value = rows.value(row, answer.field);
    match (&field.kind, value) {
        (FieldKind::Choice(labels), Typed::Text(name)) => {
            let gold = labels.iter().position(|label| label.name == name);
            let own = || labels.iter().map(|label| label.name.clone()).collect();
            closed(field.says.get(says).map_or_else(own, |(_, texts)| texts.clone()), gold)
        }
        (FieldKind::Bool, Typed::Text(flag)) => {
            let own = || vec!["false".to_string(), "true".to_string()];
            closed(
                field.says.get(says).map_or_else(own, |(_, texts)| texts.clone()),
                Some(usize::from(flag == "true")),
            )
        }
        (FieldKind::Index { of, .. }, Typed::Text(index)) => {
            let options = match of {
                IndexOf::List(list) => items(rows.value(row, *list)),
                IndexOf::Fields(fields) => fields.iter().map(|f| text(rows.value(row, *f))).collect(),
            };
            closed(options, index.parse().ok())
        }
        (_, Typed::Text(text)) => free(rows, row, answer, vec![text]),
        (_, Typed::List(texts)) => free(rows, row, answer, texts),
        _ => Facts::default(),
    }
}

fn closed(options: Vec<String>, gold: Option<usize>) -> Facts {
    let answers = gold.and_then(|gold| options.get(gold).cloned()).into_iter().collect();
    Facts {
        options: Some(options),
        answers,
        gold,
    }
}

fn free(rows: &Rows, row: usize, answer: &Answer, answers: Vec<String>) -> Facts {
    let options = answer.options.map(|list| items(rows.value(row, list)));
    let gold = options
        .as_ref()
        .and_then(|options| options.iter().position(|option| answers.contains(option)));
    Facts { options, answers, gold }
}

fn items(value: Typed) -> Vec<String> {
    match value {
        Typed::List(items) => items,
        Typed::Text(text) => vec![text],
        _ => Vec::new(),
    }
}

fn text(value: Typed) -> String {
    items(value).join(" ")
}

/// How many training examples a row makes: one, or one for each reference.
pub fn references(dataset: &Dataset, rows: &Rows, row: usize) -> usize {
    match &dataset.answer {
        Some(answer) if answer.several == Several::Each => items(rows.value(row, answer.field)).len().max(1),
        _ => 1,
    }
}
