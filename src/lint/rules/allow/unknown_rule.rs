//! A comment allows a rule that does not exist.

use crate::diagnostic::Severity;
use crate::lint::{Check, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ALW003",
    name: "unknown-rule",
    group: Group::Allow,
    severity: Severity::Warning,
    default: true,
    page: include_str!("unknown_rule.md"),
    check: Check::Comments,
};
