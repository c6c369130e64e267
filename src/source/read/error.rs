//! What goes wrong while files are read, with the place a person has to look at.

use std::fmt;

/// What could not be read, naming file and record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Relative to the data directory; empty where no file is to blame.
    pub file: String,
    /// The record in that file, from 1.
    pub row: Option<u64>,
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Only this record is wrong: whoever gave the error stands at the next one.
    pub(crate) passable: bool,
}

impl ReadError {
    pub(crate) fn new(message: impl Into<String>) -> ReadError {
        ReadError {
            file: String::new(),
            row: None,
            message: message.into(),
            help: None,
            passable: false,
        }
    }

    /// The same, of one record only.
    pub(crate) fn passable(mut self) -> ReadError {
        self.passable = true;
        self
    }

    /// The same, where nobody can tell any more where the next record begins.
    pub(crate) fn fatal(mut self) -> ReadError {
        self.passable = false;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> ReadError {
        self.help = Some(help.into());
        self
    }

    /// "did you mean", where one of the names that do occur is close; otherwise what there is.
    pub(crate) fn suggesting<'a>(self, typed: &str, names: impl IntoIterator<Item = &'a str>) -> ReadError {
        let names: Vec<&str> = names.into_iter().collect();
        match crate::text::suggest(typed, names.iter().copied()) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None if names.is_empty() => self,
            None => {
                let shown = &names[..names.len().min(12)];
                let more = if shown.len() < names.len() { ", and others" } else { "" };
                self.help(format!("there are {}{more}", crate::text::list(shown)))
            }
        }
    }

    /// Places that are known already are kept: the innermost caller knows best.
    pub(crate) fn at(mut self, row: u64) -> ReadError {
        self.row.get_or_insert(row);
        self
    }

    pub(crate) fn in_file(mut self, file: &str) -> ReadError {
        if self.file.is_empty() {
            self.file = file.to_string();
        }
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.row) {
            ("", _) => f.write_str(&self.message),
            (file, None) => write!(f, "{file}: {}", self.message),
            (file, Some(row)) => write!(f, "{file}, row {row}: {}", self.message),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> ReadError {
        within(&error).unwrap_or_else(|| ReadError::new(error.to_string()))
    }
}

impl From<ReadError> for std::io::Error {
    fn from(error: ReadError) -> std::io::Error {
        std::io::Error::new(std::io::ErrorKind::InvalidData, error)
    }
}

/// The error of this module that a stream gave to whoever reads it, however deep that is wrapped.
fn within(error: &std::io::Error) -> Option<ReadError> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(own) = error.downcast_ref::<ReadError>() {
            return Some(own.clone());
        }
        next = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        };
    }
    None
}
