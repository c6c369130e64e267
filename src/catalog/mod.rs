//! The checked model of a project: what lint, build, golden review and the language server share.

pub mod model;
