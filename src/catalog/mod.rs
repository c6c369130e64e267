//! The checked model of a project: what lint, build, golden review and the language server share.
//!
//! [`check`] takes the trees of all files at once and returns what is sound, with every mistake it found.
//! A broken item stays out, and what refers to it is passed over in silence: one mistake, one diagnostic.

mod check;
mod dataset;
mod field;
mod location;
mod mixture;
pub mod model;
mod select;
mod source;
mod template;

pub use check::check;
pub use dataset::label_names;
pub use field::{METRICS, RESERVED};
pub use location::{At, BadLocation, Location, has_wildcard, name_in_braces};
pub use model::*;
pub use select::{HeldOut, Selection, selection};
