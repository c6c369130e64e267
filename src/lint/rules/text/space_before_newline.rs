//! A space stands at the end of a line.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT009",
    name: "space-before-newline",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("space_before_newline.md"),
    check: Check::Template(check),
};

static TRAILING: LazyLock<Regex> = LazyLock::new(|| pattern(r"[^\s]([ \t]+)\n"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &TRAILING, |hit| {
        let together = hit.sketch.origin(hit.at.clone()).len() == hit.text().len();
        let fix = if together { hit.replace("") } else { None };
        Some(hit.finding("a space is left at the end of this line").fix_if(fix))
    })
}
