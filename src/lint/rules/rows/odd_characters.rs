//! A value has characters in it that nobody sees or nobody wrote.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW011",
    name: "odd-characters",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("odd_characters.md"),
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

/// What is odd about a text.
fn judge(text: &str) -> Option<String> {
    let odd = text.chars().find(|c| {
        matches!(*c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{FFFD}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{AD}')
            || (c.is_control() && !matches!(*c, '\n' | '\t' | '\r'))
    })?;
    Some(format!("U+{:04X}", odd as u32))
}
