//! A template and a row to an example. Knows nothing of files, of rates or of which rows were chosen.

mod answer;
mod example;
mod plain;

pub use answer::{Facts, facts, references};
pub use example::{Example, Failure, Renderer, Variant};
