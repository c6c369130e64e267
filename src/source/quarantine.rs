//! Rows that cannot be read as their dataset declares, put aside where it allows for some.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::read::ReadError;
use super::split::SplitReport;
use crate::catalog::Dataset;
use crate::text;

/// A row that was put aside: where it stands and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quarantined {
    pub split: String,
    /// The file's name, or words for the result of a `select` that does not say.
    pub file: String,
    /// The record in that file, from 1.
    pub row: u64,
    /// Of the row's content it has no more than a short excerpt.
    pub reason: String,
}

/// More rows of a split than its dataset puts aside.
#[derive(Debug)]
pub struct TooMany {
    dataset: String,
    split: String,
    most: crate::catalog::Quarantine,
    found: usize,
    read: u64,
    first: Vec<Quarantined>,
}

/// How many of them an error shows.
const SHOWN: usize = 3;

/// Adds the records that the readers passed over to the rows put aside so far, and sees whether these are too many.
pub(super) fn settle(
    dataset: &Dataset,
    split: &str,
    passed: Vec<ReadError>,
    report: &mut SplitReport,
) -> Result<(), TooMany> {
    let Some(most) = dataset.quarantine else {
        return Ok(());
    };
    report.read += passed.len() as u64;
    report.quarantined.extend(passed.into_iter().map(|error| Quarantined {
        split: split.to_string(),
        file: error.file,
        row: error.row.unwrap_or(1),
        reason: error.message,
    }));
    report.quarantined.sort();
    if most.allows(report.quarantined.len() as u64, report.read) {
        return Ok(());
    }
    Err(TooMany {
        dataset: dataset.id.clone(),
        split: split.to_string(),
        most,
        found: report.quarantined.len(),
        read: report.read,
        first: report.quarantined.iter().take(SHOWN).cloned().collect(),
    })
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = text::thousands(self.found as u64);
        writeln!(
            f,
            "dataset `{}`, split `{}`: {found} of {} cannot be read as declared, and `quarantine at most {}` allows fewer",
            self.dataset,
            self.split,
            text::count(self.read as usize, "row"),
            self.most,
        )?;
        for row in &self.first {
            writeln!(f, "  {}, row {}: {}", row.file, row.row, row.reason)?;
        }
        if self.found > self.first.len() {
            writeln!(
                f,
                "  and {} more",
                text::thousands((self.found - self.first.len()) as u64)
            )?;
        }
        write!(
            f,
            "  help: mend the files or the declaration, or allow for more of them"
        )
    }
}
