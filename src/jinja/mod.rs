//! The template language of bodies and conditions: the only module that sees minijinja.
//!
//! Undefined is an error, and so is printing a null or a whole list. Nothing here reads a clock, draws a
//! number or escapes anything; a template that runs too long runs out of fuel.

mod engine;
mod names;

pub use engine::{Engine, Rendered, Row};
pub use minijinja::Value;
pub use names::{Mistake, Use, names_in_body, names_in_condition};
