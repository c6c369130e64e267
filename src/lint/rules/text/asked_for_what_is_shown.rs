//! A prompt asks for something that it shows, and the target is something else.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{Hole, TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT028",
    name: "asked-for-what-is-shown",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("asked_for_what_is_shown.md"),
    check: Check::Template(check),
};

static ASKED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b((?:[Ww]rite|[Gg]enerate|[Cc]ompose|[Cc]reate|[Pp]roduce|[Ff]ormulate|[Ww]hat is|[Gg]ive(?: me)?|[Cc]ome up with) (?:a|an|one) (?:possible |potential |good |short |new |suitable |relevant )*(question|summary|title|headline|hypothesis|review|premise|claim))\b",
    )
});

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &ASKED, |hit| {
        let noun = hit.captures.get(2)?.as_str();
        let named = |hole: &Hole| {
            hole.print
                .names
                .iter()
                .any(|name| name.split('_').any(|part| part == noun))
        };
        let shown = hit.body.holes().any(named);
        let asked = view.target.holes().any(named);
        let answer = view.target.holes().any(|hole| hole.reads("answer"));
        (shown && !asked && answer && view.is_forward())
            .then(|| hit.finding(format!("a {noun} is asked for and shown, and the target is the answer")))
    })
}
