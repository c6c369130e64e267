//! A prompt shows the options twice.

use crate::diagnostic::Severity;
use crate::lint::view::{Hole, TemplateView};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB018",
    name: "options-twice",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("options_twice.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    for way in &view.input.ways {
        let lists = |hole: &&Hole| {
            hole.reads("options") && hole.print.bare
                || hole.reads("choices") && hole.print.filters.iter().any(|f| f == "join")
        };
        if let Some(second) = way.sketch.holes.iter().filter(lists).nth(1) {
            found.push(Finding::new(
                view.input.place(second.print.at.clone()),
                "the options are shown here again",
            ));
        }
    }
    found
}
