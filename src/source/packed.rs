//! A row as bytes: its cells one after another, in the form that identities are digests of.
//!
//! A cell is its length as four big-endian bytes and its value: the byte 0 for a null; 1 and a text; 2 and, for every
//! item of a list, four bytes of length and the item. So the bytes of a row are what docs/determinism.md hashes.

use super::typed::Typed;

/// One row, in the order of the dataset's fields.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a>(&'a [u8]);

/// The value of one field of a row.
#[derive(Clone, Debug)]
pub enum Cell<'a> {
    Null,
    /// Text as it is; a number in its canonical form; `true` or `false`; a label's name; an index from 0.
    Text(&'a str),
    List(Items<'a>),
}

/// The items of a list.
#[derive(Clone, Debug)]
pub struct Items<'a>(&'a [u8]);

const NULL: u8 = 0;
const TEXT: u8 = 1;
const LIST: u8 = 2;

impl<'a> Row<'a> {
    /// Over bytes that [`pack`] wrote, a cell for each field.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value of the field at an index; null where the row has none.
    pub fn cell(&self, field: usize) -> Cell<'a> {
        split(self.packed(field)).map_or(Cell::Null, |(cell, _)| Cell::of(cell))
    }

    /// The bytes of a field's cell, with its length before it; none where the row has no such field.
    pub(super) fn packed(&self, field: usize) -> &'a [u8] {
        let mut rest = self.0;
        for _ in 0..field {
            match split(rest) {
                Some((_, after)) => rest = after,
                None => return &[],
            }
        }
        split(rest).map_or(&[], |(cell, _)| &rest[..4 + cell.len()])
    }

    /// All values, in the order of the fields.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'a>> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (cell, after) = split(rest)?;
            rest = after;
            Some(Cell::of(cell))
        })
    }
}

impl<'a> Cell<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match bytes.split_first() {
            Some((&TEXT, text)) => Self::Text(as_text(text)),
            Some((&LIST, items)) => Self::List(Items(items)),
            _ => Self::Null,
        }
    }

    /// The text of a cell that is one.
    pub fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A list's items; a text as the only one; nothing of a null.
    pub fn items(self) -> impl Iterator<Item = &'a str> + Clone {
        let (one, many) = match self {
            Self::Null => (None, Items(&[])),
            Self::Text(text) => (Some(text), Items(&[])),
            Self::List(items) => (None, items),
        };
        one.into_iter().chain(many)
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (item, rest) = split(self.0)?;
        self.0 = rest;
        Some(as_text(item))
    }

    /// Passes over items without reading their texts.
    fn nth(&mut self, count: usize) -> Option<&'a str> {
        for _ in 0..count {
            self.0 = split(self.0)?.1;
        }
        self.next()
    }

    fn count(self) -> usize {
        let mut rest = self.0;
        std::iter::from_fn(|| {
            rest = split(rest)?.1;
            Some(())
        })
        .count()
    }
}

/// A length, so many bytes, and the rest.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// Only texts are packed, so this always is one.
fn as_text(bytes: &[u8]) -> &str {
    simdutf8::basic::from_utf8(bytes).unwrap_or_default()
}

fn length(bytes: usize) -> [u8; 4] {
    // Readers hold a value to 64 MiB and a record to 1 GiB.
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

/// Adds a cell that is null.
pub fn pack_null(out: &mut Vec<u8>) {
    out.extend_from_slice(&length(1));
    out.push(NULL);
}

/// Adds a cell of text.
pub fn pack_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&length(1 + text.len()));
    out.push(TEXT);
    out.extend_from_slice(text.as_bytes());
}

/// Adds a cell of any value. A bad one is packed as a null; rows that keep one are never packed.
pub fn pack(out: &mut Vec<u8>, value: &Typed) {
    match value {
        Typed::Null | Typed::Bad { .. } => pack_null(out),
        Typed::Text(text) => pack_text(out, text),
        Typed::List(items) => {
            let bytes: usize = items.iter().map(|item| 4 + item.len()).sum();
            out.extend_from_slice(&length(1 + bytes));
            out.push(LIST);
            for item in items {
                out.extend_from_slice(&length(item.len()));
                out.extend_from_slice(item.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_read_again() {
        let mut bytes = Vec::new();
        let list = Typed::List(vec!["a".to_string(), String::new(), "ü".to_string()]);
        for value in [
            Typed::Text("é\n".to_string()),
            Typed::Null,
            list,
            Typed::Text(String::new()),
        ] {
            pack(&mut bytes, &value);
        }
        let row = Row::new(&bytes);
        assert_eq!(row.cell(0).text(), Some("é\n"));
        assert!(matches!(row.cell(1), Cell::Null));
        assert_eq!(row.cell(2).items().collect::<Vec<_>>(), ["a", "", "ü"]);
        assert_eq!(row.cell(2).items().nth(2), Some("ü"));
        let Cell::List(items) = row.cell(2) else {
            panic!("a list")
        };
        assert_eq!((items.clone().count(), items.clone().nth(1)), (3, Some("")));
        assert_eq!(items.clone().nth(3), None);
        assert_eq!(row.cell(3).text(), Some(""));
        assert!(matches!(row.cell(4), Cell::Null));
        assert_eq!(row.cells().count(), 4);
    }
}
