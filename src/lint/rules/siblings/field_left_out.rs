//! An input leaves out a field that the inputs of its siblings print.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, TemplateView};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB009",
    name: "field-left-out",
    group: Group::Siblings,
    severity: Severity::Note,
    default: true,
    page: include_str!("field_left_out.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let forward: Vec<&TemplateView> = view.templates.iter().filter(|template| template.is_forward()).collect();
    if forward.len() < 4 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for field in &view.dataset.fields {
        let printing = forward
            .iter()
            .filter(|t| t.prompts().any(|body| body.prints(&field.name)))
            .count();
        if printing == forward.len()
            || printing * 4 < forward.len() * 3
            || field.nullable
            || !matches!(field.kind, FieldKind::Text)
        {
            continue;
        }
        for template in &forward {
            let used = template
                .prompts()
                .any(|body| body.prints(&field.name) || body.text.value.contains(&field.name));
            if !used && template.input.holes().next().is_some() {
                let message = format!(
                    "`{}` is left out, and {printing} of {} inputs print it",
                    field.name,
                    forward.len()
                );
                found.push(Finding::new(template.template.span, message));
            }
        }
    }
    found
}
