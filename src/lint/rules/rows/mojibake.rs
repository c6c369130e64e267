//! A value was read in the wrong encoding somewhere on its way.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW017",
    name: "mojibake",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("mojibake.md"),
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

/// What is wrong with a text.
fn judge(text: &str) -> Option<String> {
    const BROKEN: &[&str] = &[
        "â€™",
        "â€œ",
        "â€\u{9d}",
        "â€“",
        "â€”",
        "â€¦",
        "Ã©",
        "Ã¨",
        "Ã¼",
        "Ã¶",
        "Ã¤",
        "Ã±",
        "Ã³",
        "Ã§",
        "Â\u{a0}",
        "Â£",
        "ï»¿",
    ];
    BROKEN
        .iter()
        .find(|broken| text.contains(**broken))
        .map(|broken| format!("`{broken}`"))
}
