//! A label that counts stands before the field of another number.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{Hit, TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB008",
    name: "swapped-fields",
    group: Group::Siblings,
    severity: Severity::Warning,
    default: true,
    page: include_str!("swapped_fields.md"),
    check: Check::Template(check),
};

static COUNTED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)\b[a-z]+ ?([12ab])\b[:.)]*\s*"?▢"#));

/// What comes first in a pair by its name, and what second.
const PAIRS: &[(&str, &str)] = &[("premise", "hypothesis"), ("question", "answer"), ("cause", "effect")];

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &COUNTED, |hit| {
        let whole = hit.captures.get(0)?;
        let hole = hit.sketch.hole_before(whole.end())?;
        let said = if matches!(hit.text(), "1" | "A" | "a") { 1 } else { 2 };
        let name = hole.name();
        let own = match name.chars().next_back() {
            Some('1') => 1,
            Some('2') => 2,
            _ if name.ends_with("_a") || name.ends_with("_A") => 1,
            _ if name.ends_with("_b") || name.ends_with("_B") => 2,
            _ => paired(hit, name)?,
        };
        (own != said).then(|| {
            let span = hit.body.span(hit.sketch, whole.range());
            Finding::new(
                span,
                format!("the label counts {}, and `{name}` is the other one", hit.text()),
            )
        })
    })
}

/// The place of a field in a pair, where the prompt prints both and counts both.
fn paired(hit: &Hit, name: &str) -> Option<i32> {
    let (first, second) = PAIRS.iter().find(|(first, second)| [*first, *second].contains(&name))?;
    let both = [first, second].iter().all(|name| hit.body.prints(name));
    both.then_some(if name == *first { 1 } else { 2 })
}
