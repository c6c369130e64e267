//! A letter `n` or `t` is left of a line break or tab whose backslash was lost, or a `\n` is printed as two
//! characters.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT003",
    name: "lost-escape",
    group: Group::Text,
    severity: Severity::Error,
    default: true,
    page: include_str!("lost_escape.md"),
    check: Check::Template(check),
};

static LOST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:▢([nt])(?:\n|$)|(\\[nrt])(?:[^a-z]|$)",
        r"|▢(n|nn)[▢\p{Lu}]|▢(nn)(?:\n|$)|\n(n)▢|\p{L}[.?!:](n|nn)(?:\n|$)|[▢.?!:\s](/n)(?:/n|\s|[▢\p{Lu}]|$))"
    ))
});

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &LOST, |hit| {
        if let Some(letter) = hit.captures.get(1) {
            let message = format!("the backslash of this `{}` seems to be lost", letter.as_str());
            let fix = hit.replace(if letter.as_str() == "n" { "\n" } else { "\t" });
            return Some(hit.finding(message).fix_if(fix));
        }
        if let Some(left) = (3..=7).find_map(|group| hit.captures.get(group)) {
            let span = hit.body.span(hit.sketch, left.range());
            let message = format!("`{}` seems to be left of a line break, `\\n`", left.as_str());
            return Some(Finding::new(span, message));
        }
        let escape = hit.captures.get(2)?;
        let before = &hit.body.text.value[..hit.sketch.origin(escape.range()).start];
        // In `{{ "\\n" }}` somebody has gone to the trouble of saying so.
        if before.rfind("{{") > before.rfind("}}") {
            return None;
        }
        let span = hit.body.span(hit.sketch, escape.range());
        let message = format!("`{}` is printed as two characters", escape.as_str());
        Some(
            Finding::new(span, message)
                .help("the escape was escaped once too often, or stands in a block, which knows none"),
        )
    })
}
