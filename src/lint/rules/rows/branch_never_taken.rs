//! No row goes through a branch of a template.

use crate::diagnostic::Severity;
use crate::jinja::Part;
use crate::lint::rows::RowsView;
use crate::lint::view::BodyView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW006",
    name: "branch-never-taken",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("branch_never_taken.md"),
    check: Check::Rows(check),
};

/// So many examples there have to be.
const LEAST: usize = 8;

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        if examples.len() < LEAST {
            continue;
        }
        for (body, input) in [(&template.input, true), (&template.target, false)] {
            let seen = |said: &str| {
                examples.iter().any(|(_, e)| {
                    if input {
                        e.inputs.contains(said)
                    } else {
                        e.targets.contains(said)
                    }
                })
            };
            walk(body, &body.parts, &seen, &mut found);
        }
    }
    found
}

/// A branch is taken where its fixed text is printed.
fn walk(body: &BodyView, parts: &[Part], seen: &dyn Fn(&str) -> bool, found: &mut Vec<Finding>) {
    for part in parts {
        match part {
            Part::If { test, then, other } => {
                for branch in [then, other] {
                    if let Some(said) = fixed(body, branch)
                        && !seen(said)
                    {
                        let message = format!("no row prints `{}`", text::excerpt(said.trim(), 40));
                        found.push(Finding::new(body.place(test.clone()), message));
                    } else {
                        walk(body, branch, seen, found);
                    }
                }
            }
            Part::Inner(inside) => walk(body, inside, seen, found),
            Part::Text(_) | Part::Print(_) => {}
        }
    }
}

/// The longest fixed text of a branch, where it is long enough to be known by.
fn fixed<'b>(body: &BodyView<'b>, branch: &[Part]) -> Option<&'b str> {
    let texts = branch.iter().filter_map(|part| match part {
        Part::Text(at) => body.text.value.get(at.clone()),
        _ => None,
    });
    texts
        .max_by_key(|text| text.trim().len())
        .map(str::trim)
        .filter(|text| text.len() >= 3)
}
