//! The content digest: what a shard says, whatever its format, layout or compression.

use arrow::array::{Array, StringArray};
use sha2::{Digest as _, Sha256};

use super::columns::{Columns, span, texts};
use crate::digest::{Digest, Messages};

/// SHA-256 over the digests of records in their order.
///
/// A record is digested by itself, so that one pass over its text serves the digest of its shard and that of its dataset.
#[derive(Default)]
pub struct Content(Sha256);

impl Content {
    /// Adds a record by its digest.
    pub fn add(&mut self, record: &Digest) {
        self.0.update(record);
    }

    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }
}

/// The digests of records: SHA-256 over the cells of each, column by column in the order of the schema
/// `inputs-targets`. A text is its length as four big-endian bytes and its bytes; a list the number of its items and the
/// items; a number its decimal text; a null the length 2^32 - 1.
pub fn digests(columns: &Columns) -> Vec<Digest> {
    fill(columns, &[])
}

/// The same, where the digests of some rows are known.
pub fn fill(columns: &Columns, known: &[Option<Digest>]) -> Vec<Digest> {
    let mut digests = vec![Digest::default(); columns.len()];
    let mut cells = Cells::default();
    let mut waiting = Vec::new();
    for row in 0..columns.len() {
        match known.get(row).copied().flatten() {
            Some(digest) => digests[row] = digest,
            None => {
                cells.add(columns, row);
                waiting.push(row);
            }
        }
        if cells.0.is_full() || row + 1 == columns.len() {
            let made = waiting.drain(..).zip(cells.0.digests());
            made.for_each(|(row, digest)| digests[row] = digest);
        }
    }
    digests
}

/// The cells of records, one message each.
#[derive(Default)]
struct Cells(Messages);

impl Cells {
    fn add(&mut self, columns: &Columns, row: usize) {
        self.text(columns.inputs.value(row));
        self.text(columns.targets.value(row));
        self.maybe(&columns.system, row);
        self.list(texts(&columns.options, row));
        match span(&columns.options_span, row) {
            Some((start, end)) => {
                self.length(2);
                self.number(start);
                self.number(end);
            }
            None => self.null(),
        }
        self.list(texts(&columns.answers, row));
        match columns.answer_index.is_null(row) {
            true => self.null(),
            false => self.number(columns.answer_index.value(row) as u32),
        }
        self.maybe(&columns.group, row);
        self.list(texts(&columns.exemplars, row));
        let names = [
            &columns.dataset,
            &columns.family,
            &columns.cluster,
            &columns.template,
            &columns.role,
            &columns.split,
            &columns.row_key,
        ];
        names.into_iter().for_each(|column| self.maybe(column, row));
        self.number(columns.pass.value(row) as u32);
        self.0.end();
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.write(text.as_bytes());
    }

    fn maybe(&mut self, column: &StringArray, row: usize) {
        match column.is_null(row) {
            true => self.null(),
            false => self.text(column.value(row)),
        }
    }

    fn list<'t>(&mut self, items: Option<impl ExactSizeIterator<Item = &'t str>>) {
        match items {
            Some(items) => {
                self.length(items.len());
                items.for_each(|item| self.text(item));
            }
            None => self.null(),
        }
    }

    fn number(&mut self, number: u32) {
        let mut digits = [0; 10];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.length(digits.len() - at);
        self.0.write(&digits[at..]);
    }

    fn null(&mut self) {
        self.0.write(&u32::MAX.to_be_bytes());
    }

    fn length(&mut self, length: usize) {
        let length = u32::try_from(length).expect("a cell of less than 4 GiB");
        self.0.write(&length.to_be_bytes());
    }
}
