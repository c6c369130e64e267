//! A line of fixed text is longer than a reader keeps in mind.

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT029",
    name: "long-line",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("long_line.md"),
    check: Check::Template(check),
};

/// More words than this in one line are too many.
const WORDS: usize = 80;

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    for body in view.prompts() {
        let sketch = body.sketch();
        let mut start = 0;
        for line in sketch.text.split('\n') {
            let count = words::words(line).len();
            if count > WORDS {
                found.push(Finding::new(
                    body.span(sketch, start..start + line.chars().next().map_or(0, char::len_utf8)),
                    format!("this line has {count} words"),
                ));
            }
            start += line.len() + 1;
        }
    }
    found
}
