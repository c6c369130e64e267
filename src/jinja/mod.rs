//! The template language of bodies and conditions: the only module that sees minijinja.
//!
//! Undefined is an error, and so is printing a null or a whole list. Nothing here reads a clock or escapes anything, and
//! `choice` draws by a digest of the row; a template that runs too long runs out of fuel.
//!
//! [`Bodies`] lowers what it can to programs that write straight into a column; [`Engine`] is minijinja itself.

mod bodies;
mod branches;
mod engine;
mod eval;
mod filters;
mod known;
mod lower;
mod more;
mod names;
mod parts;
mod program;
mod run;
#[cfg(test)]
mod tests;
mod value;
mod words;

pub use bodies::Bodies;
pub use branches::{Branches, Taken};
pub use engine::{Engine, Rendered, Row};
pub use minijinja::Value;
pub use names::{Mistake, Use, names_in_body, names_in_condition};
pub use parts::{Part, Print, parts_of, prints};
pub use program::Reason;
pub use value::{Scope, Seen};
