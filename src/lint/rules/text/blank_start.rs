//! A prompt begins with white space.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT011",
    name: "blank-start",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("blank_start.md"),
    check: Check::Template(check),
};

static BLANK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\s+)[^\s]"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &BLANK, |hit| {
        let together = hit.sketch.origin(hit.at.clone()).len() == hit.text().len();
        let fix = if together { hit.replace("") } else { None };
        Some(hit.finding("this text begins with white space").fix_if(fix))
    })
}
