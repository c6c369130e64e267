//! Other people's prompt collections as projects of flanc's: what can be said in its language is translated, and the rest
//! is listed with a reason. Nothing is executed, and nothing is guessed.
//!
//! A collection is read into `tree`s, `fields` and `uses` say what a row has to hold, `divide` cuts a template into
//! its two turns, and `project` writes the files and holds them to what `flanc check` accepts.

mod closed;
mod dataset;
mod divide;
mod emit;
mod expression;
mod fields;
mod flan;
mod lexer;
mod parser;
mod print;
mod project;
mod promptsource;
mod python;
mod report;
mod statements;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod uses;
mod yaml;

pub use flan::flan;
pub use lexer::Fault;
pub use project::{Column, Imported};
pub use promptsource::promptsource;
pub use report::{Entry, Report};
pub use uses::Kind;

/// Reads a Jinja template as Python's Jinja2 does, or says where it cannot be read: for tests and fuzzers.
pub fn read_jinja(source: &str) -> Result<(), Fault> {
    parser::parse(source).map(|_| ())
}

/// Reads a file of Python literals: for tests and fuzzers.
pub fn read_python(source: &str) -> Result<(), Fault> {
    python::parse(source).map(|_| ())
}

/// Reads a YAML file: for tests and fuzzers.
pub fn read_yaml(source: &str) -> Result<(), Fault> {
    yaml::parse(source).map(|_| ())
}
