//! Text to tree: what was written, with the place of every word, and nothing resolved.
//!
//! [`parse`] never fails. What it cannot read becomes a diagnostic, and the rest of the file is still there.
//! This module knows nothing of rows, of Arrow or of what a name refers to.

pub mod ast;
mod items;
mod layout;
mod literal;
mod mixtures;
mod once;
mod parse;
mod recover;
mod tokens;

pub use layout::format;
pub use literal::only_tags;
pub use parse::parse;
