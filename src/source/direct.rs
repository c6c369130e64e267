//! Rows that go from the columns of a table straight into their packed form: those of datasets whose fields are texts,
//! numbers, flags and labels as they stand, without clean-ups, drops or anything else to compute.
//!
//! It packs what `typed::read` would read, or nothing: a row in which something is wrong is left to be read slowly, so
//! that there is one place where mistakes get their words.

use arrow::array::{Array, ArrayRef, AsArray};

use super::number;
use super::packed::{pack_null, pack_text};
use crate::catalog::{Dataset, Field, FieldKind};

/// How each field of a dataset goes.
pub struct Direct(Vec<Column>);

struct Column {
    kind: Kind,
    empty_is_text: bool,
    /// Whether a row may lack it; one without an answer is not packed, but counted.
    nullable: bool,
}

enum Kind {
    Text,
    Number,
    Bool,
    /// What the source writes, and the name of the label.
    Choice(Vec<(String, String)>),
}

impl Direct {
    /// `None` where the rows of a split need more.
    pub fn of(dataset: &Dataset, split: &str) -> Option<Self> {
        let dropped = |names: &[String]| names.is_empty() || names.iter().any(|name| name == split);
        if dataset.drops.iter().any(|drop| dropped(&drop.splits)) {
            return None;
        }
        let answer = dataset.answer.as_ref().map(|answer| answer.field);
        let fields = dataset.fields.iter().enumerate();
        let columns = fields.map(|(at, field)| {
            Some(Column {
                kind: kind(field)?,
                empty_is_text: field.empty_is_text,
                nullable: field.nullable && Some(at) != answer,
            })
        });
        columns.collect::<Option<_>>().map(Self)
    }

    /// Appends the cells of a row; false where the row is not one for this way, with some of them appended.
    pub fn pack(&self, columns: &[Option<ArrayRef>], row: usize, out: &mut Vec<u8>) -> bool {
        self.0.iter().zip(columns).all(|(column, array)| {
            let text = match array {
                None => None,
                Some(array) => match array.as_string_opt::<i32>() {
                    Some(_) if array.is_null(row) => None,
                    Some(texts) => Some(texts.value(row)),
                    None => return false,
                },
            };
            match text.filter(|text| column.empty_is_text || !text.is_empty()) {
                Some(text) => column.pack(text, out),
                None if column.nullable => {
                    pack_null(out);
                    true
                }
                None => false,
            }
        })
    }

    /// Counts the cells of a packed row that hold something.
    pub fn count(&self, columns: &[Option<ArrayRef>], row: usize, present: &mut [u64]) {
        for ((column, array), present) in self.0.iter().zip(columns).zip(present) {
            let there = !column.nullable
                || array
                    .as_ref()
                    .is_some_and(|array| holds(array, row, column.empty_is_text));
            *present += u64::from(there);
        }
    }
}

fn holds(array: &ArrayRef, row: usize, empty_is_text: bool) -> bool {
    let texts = array.as_string_opt::<i32>();
    texts.is_some_and(|texts| !texts.is_null(row) && (empty_is_text || !texts.value(row).is_empty()))
}

fn kind(field: &Field) -> Option<Kind> {
    if !field.clean.is_empty() {
        return None;
    }
    match &field.kind {
        FieldKind::Text => Some(Kind::Text),
        FieldKind::Number => Some(Kind::Number),
        FieldKind::Bool => Some(Kind::Bool),
        FieldKind::Choice(labels) => {
            let codes = |label: &crate::catalog::Label| {
                let pair = |code: &String| (code.clone(), label.name.clone());
                label.codes.iter().map(pair).collect::<Vec<_>>()
            };
            Some(Kind::Choice(labels.iter().flat_map(codes).collect()))
        }
        FieldKind::List | FieldKind::Index { .. } => None,
    }
}

impl Column {
    fn pack(&self, text: &str, out: &mut Vec<u8>) -> bool {
        match &self.kind {
            Kind::Text => pack_text(out, text),
            Kind::Number if is_plain(text) => pack_text(out, text),
            Kind::Number => match number::canonical(text) {
                Some(number) => pack_text(out, &number),
                None => return false,
            },
            Kind::Bool => match text {
                "true" | "1" => pack_text(out, "true"),
                "false" | "0" => pack_text(out, "false"),
                _ => return false,
            },
            Kind::Choice(codes) => match codes.iter().find(|(code, _)| code == text) {
                Some((_, name)) => pack_text(out, name),
                None => return false,
            },
        }
        true
    }
}

/// Whether a number is in its canonical form already: a whole one without a sign.
fn is_plain(text: &str) -> bool {
    match text.as_bytes() {
        [b'0'] => true,
        [first, rest @ ..] => matches!(first, b'1'..=b'9') && rest.iter().all(u8::is_ascii_digit),
        [] => false,
    }
}
