//! An input prints no value of the row.

use crate::diagnostic::Severity;
use crate::lint::view::{BodyView, Hole, TemplateView};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT018",
    name: "unconditional-input",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("unconditional_input.md"),
    check: Check::Template(check),
};

/// Parts of names of fields that are the same on every row, as a rule: which language, and not what is said in it.
const SETTINGS: &[&str] = &["lang", "language", "locale", "tongue"];

fn check(view: &TemplateView) -> Vec<Finding> {
    // What a way through the input leaves out is another matter: the others may print it.
    let mut printed = view.prompts().flat_map(BodyView::holes).map(Hole::name).peekable();
    let varies = view.target.holes().any(|hole| !setting(hole.name()));
    // A guard makes the input follow from the row, and so does a branch.
    let chosen = view
        .prompts()
        .any(|body| body.ways.iter().any(|way| way.sketch.text != body.sketch().text));
    if !varies || chosen || view.template.when.is_some() {
        return Vec::new();
    }
    let span = view.input.text.span;
    if printed.peek().is_none() {
        let finding = Finding::new(span, "this input prints no value of the row");
        return vec![finding.help("every row has this input, each with another target")];
    }
    let names: Vec<&str> = printed.collect();
    if !names.iter().all(|name| setting(name)) {
        return Vec::new();
    }
    let message = format!("this input prints nothing of the row but `{}`", names[0]);
    vec![Finding::new(span, message).help("most rows have this input, each with another target")]
}

fn setting(name: &str) -> bool {
    let mut parts = name
        .split(|c: char| !c.is_alphabetic())
        .filter(|part| !part.is_empty())
        .peekable();
    parts.peek().is_some() && parts.all(|part| SETTINGS.contains(&part.to_lowercase().as_str()))
}
