//! A comment allows a finding that is not there.

use crate::diagnostic::Severity;
use crate::lint::{Check, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ALW001",
    name: "unused-allow",
    group: Group::Allow,
    severity: Severity::Warning,
    default: true,
    page: include_str!("unused_allow.md"),
    check: Check::Comments,
};
