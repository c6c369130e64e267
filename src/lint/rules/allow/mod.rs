//! Rules about the comments that allow findings; `suppress` judges by them.

pub mod malformed_allow;
pub mod unknown_rule;
pub mod unused_allow;
