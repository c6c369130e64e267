//! A line begins with a stray space.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT010",
    name: "space-at-line-start",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("space_at_line_start.md"),
    check: Check::Template(check),
};

static LEADING: LazyLock<Regex> = LazyLock::new(|| pattern(r"\n([ ]+)[^\s]"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &LEADING, |hit| {
        let spaces = hit.text().len();
        if matches!(spaces, 2 | 4 | 8) {
            return None;
        }
        let together = hit.sketch.origin(hit.at.clone()).len() == spaces;
        let fix = if together { hit.replace("") } else { None };
        Some(hit.finding("this line begins with a stray space").fix_if(fix))
    })
}
