//! The guard of a forward template reads the answer.

use crate::diagnostic::Severity;
use crate::jinja;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB026",
    name: "guard-tells-answer",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("guard_tells_answer.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let (Some(answer), Some(when)) = (&view.dataset.answer, &view.template.when) else {
        return Vec::new();
    };
    let name = &view.dataset.fields[answer.field].name;
    let reads = jinja::names_in_condition(when)
        .into_iter()
        .flatten()
        .any(|found| found.name == *name);
    // A guard that lets several labels through tells little.
    let several = when.contains(" in ") && when.contains(',');
    let about_null = when.contains("none") || when.contains("defined");
    if !view.is_forward() || !reads || about_null || several || !view.target.prints("answer") {
        return Vec::new();
    }
    vec![Finding::new(
        view.template.span,
        format!("the guard reads `{name}`, which is the answer"),
    )]
}
