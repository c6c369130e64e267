//! The content digest: what a shard says, whatever its format, layout or compression.

use sha2::{Digest as _, Sha256};

use super::columns::Record;
use crate::digest::Digest;

/// SHA-256 over the cells of records in their order. A text is its length as four big-endian bytes and its bytes; a
/// list the number of its items and the items; a number its decimal text; a null the length 2^32 - 1.
pub struct Content(Sha256);

impl Default for Content {
    fn default() -> Self {
        Self(Sha256::new())
    }
}

impl Content {
    /// Adds a record, column by column in the order of the schema `inputs-targets`.
    pub fn add(&mut self, record: &Record) {
        self.text(&record.inputs);
        self.text(&record.targets);
        self.maybe(record.system.as_deref());
        match &record.options {
            Some(options) => self.list(options),
            None => self.null(),
        }
        match record.options_span {
            Some((start, end)) => self.list(&[start.to_string(), end.to_string()]),
            None => self.null(),
        }
        self.list(&record.answers);
        self.maybe(record.answer_index.map(|at| at.to_string()).as_deref());
        self.text(&record.group);
        self.list(&record.exemplars);
        for text in [
            &record.dataset,
            &record.family,
            &record.cluster,
            &record.template,
            &record.role,
            &record.split,
        ] {
            self.text(text);
        }
        self.text(&record.row_key);
        self.text(&record.pass.to_string());
    }

    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.update(text.as_bytes());
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    fn list(&mut self, items: &[String]) {
        self.length(items.len());
        items.iter().for_each(|item| self.text(item));
    }

    fn null(&mut self) {
        self.0.update(u32::MAX.to_be_bytes());
    }

    fn length(&mut self, length: usize) {
        let length = u32::try_from(length).expect("a cell of less than 4 GiB");
        self.0.update(length.to_be_bytes());
    }
}
