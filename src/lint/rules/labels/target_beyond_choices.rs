//! The target of a forward template has more in it than one of the choices.

use crate::diagnostic::Severity;
use crate::lint::view::{Hole, TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB010",
    name: "target-beyond-choices",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("target_beyond_choices.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    // Options may be printed from a field of the row, under their own heading.
    let said = words::words(&view.input.sketch().text);
    let offered = said
        .iter()
        .any(|word| matches!(word.as_str(), "option" | "options" | "choices"));
    let closed = view.choices().is_some() || view.template.options_shown || offered;
    if !view.is_forward() || !closed {
        return Vec::new();
    }
    let others: Vec<&str> = view
        .target
        .holes()
        .filter(|hole| !hole.reads("answer") && !hole.reads("choices"))
        .map(Hole::name)
        .collect();
    let fields: Vec<&&str> = others
        .iter()
        .filter(|name| {
            view.dataset
                .field(name)
                .is_some_and(|at| Some(at) != view.dataset.answer.as_ref().map(|a| a.field))
        })
        .collect();
    // One value alone is another matter: it may be the answer under another name.
    if fields.is_empty() || view.target.holes().count() < 2 {
        return Vec::new();
    }
    vec![Finding::new(
        view.target.text.span,
        format!(
            "the target prints `{}` beside the answer, and no choice has it",
            fields[0]
        ),
    )]
}
