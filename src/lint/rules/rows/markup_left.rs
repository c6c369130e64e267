//! A value has markup of a web page in it.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW018",
    name: "markup-left",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("markup_left.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, field) in view.view.dataset.fields.iter().enumerate() {
        let mut odd = view.texts(at).filter_map(|(row, text)| Some((row, judge(text)?)));
        if let Some((row, what)) = odd.next() {
            let more = odd.count();
            let others = if more == 0 {
                String::new()
            } else {
                format!(", and {} more", text::count(more, "value"))
            };
            found.push(Finding::new(
                field.span,
                format!("{what} in `{}` of {}{others}", field.name, row.place),
            ));
        }
    }
    found
}

/// What is left in a text.
fn judge(text: &str) -> Option<String> {
    const MARKUP: &[&str] = &[
        "<br", "</p>", "<p>", "</a>", "<a href", "</div>", "</span>", "<i>", "</i>", "<b>", "</b>", "&amp;", "&quot;",
        "&lt;", "&gt;", "&nbsp;", "&#39;", "&#x27;",
    ];
    let lower = text.to_lowercase();
    MARKUP
        .iter()
        .find(|markup| lower.contains(**markup))
        .map(|markup| format!("`{markup}`"))
}
