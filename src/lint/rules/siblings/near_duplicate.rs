//! Two templates of a dataset differ in no more than a word, in case or in punctuation.

use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, HOLE, TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB003",
    name: "near-duplicate",
    group: Group::Siblings,
    severity: Severity::Note,
    default: true,
    page: include_str!("near_duplicate.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let tokens: Vec<Vec<String>> = view.templates.iter().map(tokens).collect();
    let mut found = Vec::new();
    for (at, later) in view.templates.iter().enumerate() {
        let same = (0..at).find(|first| {
            let (a, b) = (view.templates[*first].template, later.template);
            let guarded = !later.competes_with(&view.templates[*first]);
            let equal = a.input.value == b.input.value;
            !guarded
                && !equal
                && a.role == b.role
                && a.target.value == b.target.value
                && near(&tokens[*first], &tokens[at])
        });
        if let Some(first) = same {
            let first = view.templates[first].template;
            let message = format!(
                "template `{}` says nearly what `{}` says",
                later.template.name, first.name
            );
            found.push(Finding::new(later.template.span, message).related(first.span, "the other"));
        }
    }
    found
}

/// The words of an input, values by their names; the options, which some show and some do not, left out.
fn tokens(template: &TemplateView) -> Vec<String> {
    let sketch = template.input.sketch();
    let mut out = Vec::new();
    let mut from = 0;
    for hole in &sketch.holes {
        out.extend(words::words(&sketch.text[from..hole.at]));
        if !hole.reads("options") {
            out.push(format!("{{{}}}", hole.print.names.join(" ")));
        }
        from = hole.at + HOLE.len_utf8();
    }
    out.extend(words::words(&sketch.text[from..]));
    out
}

/// Whether two texts are one but for a word in ten.
fn near(a: &[String], b: &[String]) -> bool {
    if a == b {
        return true;
    }
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if short.len() < 8 || long.len() - short.len() > 1 {
        return false;
    }
    // One word more, or one word another.
    let same = long.iter().zip(short).take_while(|(x, y)| x == y).count();
    let rest = if long.len() == short.len() {
        &short[same + 1..]
    } else {
        &short[same..]
    };
    long[same + 1..] == *rest
        && !long[same].starts_with('{')
        && short
            .get(same)
            .is_none_or(|word| !word.starts_with('{') || long.len() > short.len())
}
