//! A comment that is addressed to lint lacks its reason, or says nothing lint knows.

use crate::diagnostic::Severity;
use crate::lint::{Check, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ALW002",
    name: "malformed-allow",
    group: Group::Allow,
    severity: Severity::Warning,
    default: true,
    page: include_str!("malformed_allow.md"),
    check: Check::Comments,
};
