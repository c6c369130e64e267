//! What a body sees of a row: its fields, its answer, its options, and the names of labels.

use super::answer::Facts;
use crate::catalog::{Dataset, label_names};
use crate::jinja::{Scope, Seen};
use crate::source::{Items, Row, seen};

/// What stands before the options, and between two of them: as FLAN prints them, each after a dash on its own line.
const HEAD: &str = "OPTIONS:\n- ";
const BETWEEN: &str = "\n- ";

/// Names that every body may read, after those of the fields and before those of the labels.
const OWN: [&str; 3] = ["answer", "choices", "options"];

/// The names that the bodies of a dataset may read, in the order of [`Sight`].
pub fn names(dataset: &Dataset) -> Vec<String> {
    let fields = dataset.fields.iter().map(|field| field.name.as_str());
    let names = fields.chain(OWN).chain(label_names(dataset));
    names.map(str::to_string).collect()
}

/// A row and its answer side.
pub struct Sight<'s> {
    pub dataset: &'s Dataset,
    /// The names of all labels, each of which means itself.
    pub labels: &'s [&'s str],
    pub row: Row<'s>,
    pub facts: &'s Facts<'s>,
    pub reference: usize,
}

/// The items of a list: of the row, or its options.
#[derive(Clone)]
pub enum Texts<'s> {
    Row(Items<'s>),
    Options(std::slice::Iter<'s, &'s str>),
}

impl<'s> Iterator for Texts<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        match self {
            Self::Row(items) => items.next(),
            Self::Options(options) => options.next().copied(),
        }
    }

    fn nth(&mut self, count: usize) -> Option<&'s str> {
        match self {
            Self::Row(items) => items.nth(count),
            Self::Options(options) => options.nth(count).copied(),
        }
    }

    fn count(self) -> usize {
        match self {
            Self::Row(items) => items.count(),
            Self::Options(options) => options.len(),
        }
    }
}

impl<'s> Scope<'s> for Sight<'s> {
    type List = Texts<'s>;

    fn value(&self, name: usize) -> Seen<'s, Texts<'s>> {
        let fields = &self.dataset.fields;
        if let Some(field) = fields.get(name) {
            return seen(&field.kind, self.row.cell(name)).map_list(Texts::Row);
        }
        let options = || self.facts.options().map(|options| Texts::Options(options.iter()));
        match name - fields.len() {
            0 => self.facts.answer(self.reference).map_or(Seen::Undefined, Seen::Text),
            1 => options().map_or(Seen::Undefined, Seen::List),
            2 => options().map_or(Seen::Undefined, |items| Seen::Joined {
                head: HEAD,
                between: BETWEEN,
                items,
            }),
            label => self
                .labels
                .get(label - OWN.len())
                .map_or(Seen::Undefined, |name| Seen::Text(name)),
        }
    }
}

/// Appends the options as [`Sight`] shows them.
pub fn push_options(options: &[&str], out: &mut String) {
    out.push_str(HEAD);
    for (at, option) in options.iter().enumerate() {
        if at > 0 {
            out.push_str(BETWEEN);
        }
        out.push_str(option);
    }
}
