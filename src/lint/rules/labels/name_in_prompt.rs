//! The fixed text of a prompt has a name of the catalog in it.

use std::sync::LazyLock;

use regex::Regex;

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB022",
    name: "name-in-prompt",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("name_in_prompt.md"),
    check: Check::Template(check),
};

static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\p{L}+_\p{L}[\p{L}_]*|\p{Ll}+\p{Lu}\p{L}*)\b"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &NAME, |hit| {
        let name = hit.text();
        let known = view.dataset.fields.iter().any(|field| {
            let label = match &field.kind {
                FieldKind::Choice(labels) => labels
                    .iter()
                    .any(|label| label.name == name || label.codes.iter().any(|code| code == name)),
                _ => false,
            };
            label || field.name == name || field.source_column() == name
        });
        known.then(|| hit.finding(format!("`{name}` is a name of the catalog and no word")))
    })
}
