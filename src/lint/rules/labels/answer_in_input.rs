//! The input of a forward template prints the answer.

use crate::diagnostic::Severity;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB012",
    name: "answer-in-input",
    group: Group::Labels,
    severity: Severity::Error,
    default: true,
    page: include_str!("answer_in_input.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(answer) = &view.dataset.answer else {
        return Vec::new();
    };
    let name = &view.dataset.fields[answer.field].name;
    let target_is_answer = view.target.prints("answer") || view.target.prints(name);
    if !view.is_forward() || !target_is_answer {
        return Vec::new();
    }
    let mut found = Vec::new();
    for body in view.prompts() {
        let holes = body
            .holes()
            .filter(|hole| hole.reads("answer") || (hole.reads(name) && !hole.reads("choices")));
        // The number of answers says nothing.
        let holes = holes.filter(|hole| {
            !hole
                .print
                .filters
                .iter()
                .any(|filter| matches!(filter.as_str(), "length" | "count"))
        });
        found.extend(holes.map(|hole| {
            Finding::new(
                body.place(hole.print.at.clone()),
                "the input prints what the target asks for",
            )
        }));
    }
    found
}
