//! A value that is a question by its name is followed by a full stop or a comma.

use std::sync::LazyLock;

use regex::Regex;

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{TemplateView, in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT006",
    name: "question-then-mark",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("question_then_mark.md"),
    check: Check::Template(check),
};

static FOLLOWED: LazyLock<Regex> = LazyLock::new(|| pattern(r"▢([.])(?:\s|$)"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &FOLLOWED, |hit| {
        let hole = hit.hole_before()?;
        let text = view
            .dataset
            .field(hole.name())
            .is_some_and(|at| matches!(view.dataset.fields[at].kind, FieldKind::Text));
        if !words::names_question(hole.name()) || !text || !hole.print.bare {
            return None;
        }
        let message = format!(
            "`{}` ends in a question mark as a rule, and a `{}` follows it",
            hole.name(),
            hit.text()
        );
        Some(hit.finding(message).fix_if(hit.replace("").map(Fix::unsafely)))
    })
}
