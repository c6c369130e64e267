//! Records that could not be read and were passed over, from wherever the reader of their table runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::error::ReadError;

/// Where the errors of such records are kept; its clones are one.
#[derive(Clone, Debug, Default)]
pub struct Aside(Arc<Mutex<Vec<ReadError>>>);

impl Aside {
    pub(super) fn put(&self, error: ReadError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(error);
    }

    /// Each once, though a table be read twice, by file and record.
    pub fn take(&self) -> Vec<ReadError> {
        let mut errors = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        errors.sort_by(|a, b| (&a.file, a.row, &a.message).cmp(&(&b.file, b.row, &b.message)));
        errors.dedup();
        errors
    }
}
