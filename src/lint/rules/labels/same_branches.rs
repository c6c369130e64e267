//! Both branches of a condition print the same.

use crate::diagnostic::Severity;
use crate::jinja::Part;
use crate::lint::view::{BodyView, TemplateView};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB021",
    name: "same-branches",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("same_branches.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    for body in view.bodies() {
        walk(body, &body.parts, &mut found);
    }
    found
}

fn walk(body: &BodyView, parts: &[Part], found: &mut Vec<Finding>) {
    for part in parts {
        match part {
            Part::If { test, then, other } => {
                let same = !then.is_empty() && said(body, then) == said(body, other);
                if same {
                    found.push(Finding::new(
                        body.place(test.clone()),
                        "both branches of this condition print the same",
                    ));
                }
                walk(body, then, found);
                walk(body, other, found);
            }
            Part::Inner(inside) => walk(body, inside, found),
            Part::Text(_) | Part::Print(_) => {}
        }
    }
}

/// What parts are, without their places.
fn said(body: &BodyView, parts: &[Part]) -> String {
    let text = &body.text.value;
    let each = parts.iter().map(|part| match part {
        Part::Text(at) => text[at.clone()].to_string(),
        Part::Print(print) => format!("{{{{{}}}}}", text[print.expr.clone()].trim()),
        Part::If { test, then, other } => format!(
            "{{%{}%}}{}{{%%}}{}",
            &text[test.clone()],
            said(body, then),
            said(body, other)
        ),
        Part::Inner(inside) => said(body, inside),
    });
    each.collect()
}
