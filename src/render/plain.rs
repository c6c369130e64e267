//! Rows without an instruction, for the two ablations of FLAN (section 4.3): the bare fields, or the dataset's name
//! and the bare fields.

use crate::catalog::{Dataset, FieldKind, IndexOf};
use crate::source::{Cell, Row};

/// The fields that are a dataset's input, in the order of their declaration: not the answer, and not the texts that
/// it chooses among.
pub fn shown(dataset: &Dataset) -> Vec<usize> {
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
    (0..dataset.fields.len()).filter(|at| !hidden.contains(at)).collect()
}

/// Appends these fields of a row, a line each; a null has none.
pub fn bare(shown: &[usize], row: Row<'_>, out: &mut String) {
    let mut first = true;
    for at in shown {
        let cell = row.cell(*at);
        if matches!(cell, Cell::Null) {
            continue;
        }
        if !first {
            out.push('\n');
        }
        first = false;
        for (at, item) in cell.items().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(item);
        }
    }
}
