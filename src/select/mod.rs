//! What `cluster:nli` means on a command line: words to terms, terms against subjects, and what nothing goes by.
//!
//! Knows neither projects nor builds: who asks lists the subjects, each a template of a dataset or a dataset that has
//! none. docs/review.md says the language at length.

mod subject;
mod term;

pub use subject::{Kind, State, Subject};
pub use term::{Nothing, Select};
