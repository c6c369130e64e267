//! Rows without an instruction, for the two ablations of FLAN (section 4.3): the bare fields, or the dataset's name
//! and the bare fields.

use crate::catalog::{Dataset, FieldKind, IndexOf};
use crate::source::{Rows, Typed};

/// The fields of a row that are its input, a line each, in the order of their declaration: not the answer, and not
/// the texts that it chooses among.
pub fn bare(dataset: &Dataset, rows: &Rows, row: usize) -> String {
    let mut hidden: Vec<usize> = Vec::new();
    if let Some(answer) = &dataset.answer {
        hidden.push(answer.field);
        hidden.extend(answer.options);
        match &dataset.fields[answer.field].kind {
            FieldKind::Index {
                of: IndexOf::List(list),
                ..
            } => hidden.push(*list),
            FieldKind::Index {
                of: IndexOf::Fields(fields),
                ..
            } => hidden.extend(fields),
            _ => {}
        }
    }
    let shown = (0..dataset.fields.len()).filter(|at| !hidden.contains(at));
    let texts = shown.filter_map(|at| match rows.value(row, at) {
        Typed::Text(text) => Some(text),
        Typed::List(items) => Some(items.join(", ")),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
