//! An input or a target ends in white space.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::jinja::Part;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT012",
    name: "blank-end",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("blank_end.md"),
    check: Check::Template(check),
};

static BLANK: LazyLock<Regex> = LazyLock::new(|| pattern(r"[^\s](\s+)$"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &BLANK, |hit| {
        // What a branch or a loop ends in, others may follow.
        let last = hit.body.parts.last();
        let fixed = match last {
            Some(Part::Text(_)) => true,
            Some(Part::Print(print)) => print.constant.is_some(),
            _ => false,
        };
        if !fixed {
            return None;
        }
        let together = hit.sketch.origin(hit.at.clone()).len() == hit.text().len();
        let fix = if together { hit.replace("") } else { None };
        Some(hit.finding("this text ends in white space").fix_if(fix))
    })
}
