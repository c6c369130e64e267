//! A second look at a row that lacks a value: whether it has the name at all under which the value was looked for.

use super::place::Place;
use super::read::TableReader;
use crate::catalog::model::ColumnPlace;
use crate::catalog::{Split, Table};
use crate::text;

/// Names that are told, at most.
const MOST: usize = 12;

/// The tables of a split, and where their files are.
pub(super) struct Again {
    tables: Vec<Table>,
    place: Place,
}

/// What a row lacks.
pub(super) struct Lacking {
    pub reason: String,
    /// The name that was meant, it seems.
    near: Option<String>,
}

impl Lacking {
    /// The way out, for a field.
    pub(super) fn help(&self, field: &str) -> String {
        let name = self.near.as_deref().unwrap_or("NAME");
        format!(
            "say `from \"{name}\"` where the source has that name for it; where rows may go without, declare `field {field}: ..?`"
        )
    }
}

impl Again {
    pub(super) fn new(split: &Split, place: &Place) -> Self {
        Self {
            tables: split.tables.clone(),
            place: place.clone(),
        }
    }

    /// What to say of a row that has no such name as a column is read by; `None` where it has, or where rows of the format
    /// have no names of their own.
    pub(super) fn lacking(&self, column: &str, file: &str, record: u32) -> Option<Lacking> {
        self.tables.iter().find_map(|table| {
            let name = name_in(table, column)?;
            let reader = TableReader::open(table, &self.place, Some(&[])).ok()?;
            let names = reader.names(file, u64::from(record))?;
            if names.iter().any(|known| known == name) {
                return None;
            }
            let near = text::suggest(name, names.iter().map(String::as_str)).map(str::to_string);
            let more = if names.len() > MOST { ", and others" } else { "" };
            let meant = near
                .as_ref()
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let has = text::list(&names[..names.len().min(MOST)]);
            Some(Lacking {
                reason: format!("the row has no `{name}`; it has {has}{more}{meant}"),
                near,
            })
        })
    }
}

/// The name by which a table reads a column, where that is a name and no path.
fn name_in<'t>(table: &'t Table, column: &'t str) -> Option<&'t str> {
    let Some(declared) = table.columns.iter().find(|declared| declared.name == column) else {
        return table.columns.is_empty().then_some(column);
    };
    match &declared.place {
        ColumnPlace::Own => Some(column),
        ColumnPlace::Path(path) if !path.contains(['.', '[', '{', '^', '/']) => Some(path),
        ColumnPlace::Path(_) | ColumnPlace::Position(_) => None,
    }
}
