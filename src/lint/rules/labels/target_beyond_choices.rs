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
    let own = view
        .dataset
        .answer
        .as_ref()
        .map(|answer| view.dataset.fields[answer.field].name.as_str());
    let is_answer =
        |hole: &Hole| hole.reads("answer") || hole.reads("choices") || own.is_some_and(|own| hole.reads(own));
    // Of one row: what stands in two branches is one or the other.
    let beside = view.target.ways.iter().find_map(|way| {
        let holes = &way.sketch.holes;
        let other = holes
            .iter()
            .find(|hole| !is_answer(hole) && view.dataset.field(hole.name()).is_some())?;
        holes.iter().any(is_answer).then_some(other)
    });
    let Some(other) = beside else { return Vec::new() };
    vec![Finding::new(
        view.target.text.span,
        format!(
            "the target prints `{}` beside the answer, and no choice has it",
            other.name()
        ),
    )]
}
