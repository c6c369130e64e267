//! `flanc lint`: what a careful editor would say of templates, datasets, rows and mixtures that compile.
//!
//! What is broken is `check`'s business and stays out. Each rule is one file in `rules`, with its page beside it; the
//! page's examples are its tests. Rules see templates through [`view`], made once for all of them, and return findings;
//! nothing here prints, and only [`fix`] says what a file would hold.

mod comments;
pub mod findings;
pub mod fix;
pub mod output;
pub mod page;
mod places;
pub mod rows;
pub mod rule;
mod rules;
mod run;
pub mod settings;
mod suppress;
pub mod view;

pub use findings::Finding;
pub use rule::{Check, Group, Rule};
pub use run::{Part, Report, Request, lint};
