//! The target of a forward template has nothing to do with the answer.

use crate::diagnostic::Severity;
use crate::jinja::Part;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB025",
    name: "forward-past-answer",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("forward_past_answer.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(answer) = &view.dataset.answer else {
        return Vec::new();
    };
    let name = &view.dataset.fields[answer.field].name;
    // A fixed text, or choices that conditions pick, may follow from the answer.
    let prints = ["answer", "choices", name.as_str()]
        .iter()
        .any(|name| view.target.prints(name));
    let bare = matches!(view.target.parts.as_slice(), [Part::Print(print)] if print.bare);
    let closed = view.choices().is_some();
    if !view.is_forward() || prints || !bare || !closed {
        return Vec::new();
    }
    vec![
        Finding::new(
            view.target.text.span,
            "this target does not ask for the dataset's answer",
        )
        .help("declare the template with `turned`"),
    ]
}
