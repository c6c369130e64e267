//! What goes wrong when a split is read, in words.

use std::fmt;

use super::quarantine::TooMany;
use super::read::ReadError;

/// Why a split could not be read.
#[derive(Debug)]
pub enum SourceError {
    /// The source or its files are not there.
    Absent {
        dataset: String,
        split: String,
        reason: String,
    },
    Read(ReadError),
    /// A value that does not fit its field.
    Value {
        dataset: String,
        file: String,
        record: u32,
        reason: String,
        help: String,
    },
    Select {
        dataset: String,
        split: String,
        reason: String,
    },
    /// More rows do not fit than the dataset puts aside.
    Quarantine(TooMany),
    /// Rows that are more than the memory may hold could not be kept on the disk.
    Disk(std::io::Error),
}

impl From<std::io::Error> for SourceError {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<ReadError> for SourceError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { dataset, split, reason } => write!(f, "dataset `{dataset}`, split `{split}`: {reason}"),
            Self::Read(error) => {
                write!(f, "{error}")?;
                error.help.as_ref().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
            }
            Self::Value {
                dataset,
                file,
                record,
                reason,
                help,
            } => {
                write!(
                    f,
                    "{file}, row {record}: in dataset `{dataset}`, {reason}\n  help: {help}"
                )
            }
            Self::Select { dataset, split, reason } => {
                write!(
                    f,
                    "the `select` of dataset `{dataset}`, split `{split}`, failed: {reason}"
                )
            }
            Self::Quarantine(too_many) => write!(f, "{too_many}"),
            Self::Disk(error) => write!(
                f,
                "cannot keep rows beside the build: {error}\n  help: free some space, or let more of them stay in memory with --memory"
            ),
        }
    }
}

impl std::error::Error for SourceError {}
