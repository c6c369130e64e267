//! Values end in a mark, and the template puts another right after them.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::{in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW007",
    name: "marks-collide",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("marks_collide.md"),
    check: Check::Rows(check),
};

/// So many rows there have to be, and such a part of them.
const LEAST: usize = 8;

static JOIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"▢([.?!,;:])"));

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for template in &view.view.templates {
        found.extend(in_prompts(template, &JOIN, |hit| {
            let hole = hit.hole_before()?;
            let field = view.view.dataset.field(hole.name()).filter(|_| hole.print.bare)?;
            let marked = view
                .texts(field)
                .filter(|(_, text)| text.ends_with(['.', '?', '!']))
                .count();
            let all = view.texts(field).count();
            let gap = hit.after().starts_with("..");
            (all >= LEAST && marked * 2 > all && !gap).then(|| {
                hit.finding(format!(
                    "{marked} of {all} values of `{}` end in a mark, and `{}` follows",
                    hole.name(),
                    hit.text()
                ))
            })
        }));
    }
    found
}
