//! A template and a row to an example. Knows nothing of files, of rates or of which rows were chosen.

mod answer;
mod branches;
mod example;
mod plain;
mod sight;
mod single;

pub use answer::{Facts, answers};
pub use branches::{Branches, Decision};
pub use example::{Failure, Rendered, Renderer, Texts, Variant};
pub use single::Example;
