//! Golden files: what every template makes of some pinned rows, accepted by a person and kept as text beside the project.
//!
//! Rows are pinned by who they are; [`current`] renders them anew, [`compare`] says what differs from the file and what
//! made it, `store` reads and writes the files. Nothing here prints.

mod compare;
mod cover;
mod coverage;
mod current;
mod file;
mod model;
mod odd;
mod page;
mod sample;
mod spell;
mod store;

pub use compare::{Cause, Change, Difference, compare};
pub use coverage::{Coverage, Lacking};
pub use current::{Current, current};
pub use file::{Damage, read, write};
pub use model::{Evidence, Golden, Pinned, Rendering, Templated};
pub use page::{Affected, affected, page};
pub use spell::{inside, spell};
pub use store::{Entry, Store};
