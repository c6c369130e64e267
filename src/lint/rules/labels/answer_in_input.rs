//! The input of a forward template prints the answer.

use crate::diagnostic::Severity;
use crate::jinja::Part;
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
    // The whole answer, as the target prints it: a part of it, or a word of it, may well be shown.
    let asked = matches!(view.target.parts.as_slice(), [Part::Print(print)] if print.bare && (print.names == ["answer"] || print.names == [name.as_str()]));
    if !view.is_forward() || !asked {
        return Vec::new();
    }
    let mut found = Vec::new();
    for body in view.prompts() {
        let holes = body
            .holes()
            .filter(|hole| hole.print.bare && (hole.reads("answer") || hole.reads(name)));
        found.extend(holes.map(|hole| {
            Finding::new(
                body.place(hole.print.at.clone()),
                "the input prints what the target asks for",
            )
        }));
    }
    found
}
