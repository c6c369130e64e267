//! Reports as texts: one file for each form.

mod concise;
mod full;
mod github;
mod json;
mod junit;
mod sarif;
mod statistics;

pub use concise::concise;
pub use full::full;
pub use github::github;
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;
pub use statistics::statistics;
