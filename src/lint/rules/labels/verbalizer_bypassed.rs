//! A target prints the label itself, where verbalizers are declared for it.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB011",
    name: "verbalizer-bypassed",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("verbalizer_bypassed.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(answer) = &view.dataset.answer else {
        return Vec::new();
    };
    let field = &view.dataset.fields[answer.field];
    let said = !field.says.is_empty() || matches!(field.kind, FieldKind::Index { .. });
    let raw = view
        .target
        .holes()
        .find(|hole| hole.print.bare && hole.name() == field.name);
    match raw {
        Some(hole) if said => {
            let fix = Fix::in_body(&view.target, hole.print.expr.clone(), "answer");
            let message = format!("`{}` prints the label and not the words for it", field.name);
            vec![Finding::new(view.target.place(hole.print.at.clone()), message).fix_if(fix.map(Fix::unsafely))]
        }
        _ => Vec::new(),
    }
}
