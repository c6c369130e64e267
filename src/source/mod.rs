//! Files to rows: the tables of a split, its `select`, and the dataset's own fields out of them.
//!
//! Everything arrives as text. Types come from the declared fields alone, so that `1`, `"1"` and a Parquet
//! integer are one value, and nothing is inferred from data. A value that does not fit its field is an error that
//! names file and row, unless a named drop takes the row out first or the dataset puts such rows aside.

mod again;
mod budget;
mod depot;
mod direct;
mod drops;
mod error;
mod fetch;
mod identity;
pub mod kept;
mod number;
mod packed;
mod place;
mod places;
mod quarantine;
pub mod read;
mod remote;
mod rows;
mod select;
pub mod sniff;
mod split;
mod store;
mod typed;

pub use budget::Budget;
pub use depot::Depot;
pub use error::SourceError;
pub use fetch::{Fetch, FetchReport, FetchedFile, State, fetch};
pub use identity::Identities;
pub use packed::{Cell, Items, Row, pack};
pub use place::Place;
pub use quarantine::{Quarantined, TooMany};
pub use read::on_disk;
pub use remote::{Report, Transfer};
pub use rows::{Reader, Rows};
pub use split::{SplitReport, read_split, split_files};
pub use store::Damaged;
pub use typed::{Typed, seen};
