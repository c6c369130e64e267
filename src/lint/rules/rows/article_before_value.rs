//! `a` or `an` stands before a value that takes the other.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::{in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW008",
    name: "article-before-value",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("article_before_value.md"),
    check: Check::Rows(check),
};

/// So many rows there have to be.
const LEAST: usize = 8;

static ARTICLE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\b([Aa]n?) "?▢"#));

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for template in view.view.templates.iter().filter(|template| template.in_english()) {
        found.extend(in_prompts(template, &ARTICLE, |hit| {
            let hole = hit.sketch.hole_before(hit.captures.get(0)?.end())?;
            let field = view.view.dataset.field(hole.name()).filter(|_| hole.print.bare)?;
            let first = |text: &str| text.split_whitespace().next().and_then(words::article);
            let known: Vec<&str> = view.texts(field).filter_map(|(_, text)| first(text)).collect();
            let wrong = known
                .iter()
                .filter(|article| !hit.text().eq_ignore_ascii_case(article))
                .count();
            (known.len() >= LEAST && wrong * 10 > known.len()).then(|| {
                hit.finding(format!(
                    "{wrong} of {} values of `{}` take the other article",
                    known.len(),
                    hole.name()
                ))
            })
        }));
    }
    found
}
