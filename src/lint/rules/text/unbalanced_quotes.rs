//! A quotation mark or a bracket is opened and not closed, or closed and not opened.

use crate::diagnostic::Severity;
use crate::lint::view::{HOLE, TemplateView};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT017",
    name: "unbalanced-quotes",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("unbalanced_quotes.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    for body in view.prompts() {
        for way in &body.ways {
            let mut start = 0;
            // A quotation may run over lines; it ends with its paragraph.
            for paragraph in way.sketch.text.split("\n\n") {
                if let Some((at, mark)) = unpaired(paragraph) {
                    let at = start + at;
                    let span = body.span(&way.sketch, at..at + mark.len_utf8());
                    found.push(Finding::new(span, format!("this `{mark}` has no partner")));
                }
                start += paragraph.len() + 2;
            }
        }
    }
    found
}

/// The first mark of a paragraph that stands alone.
fn unpaired(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote: Option<usize> = None;
    let mut before = '\n';
    for (at, c) in text.char_indices() {
        match c {
            // Inches after a digit are no quotation.
            '"' if !(before.is_ascii_digit() && quote.is_none()) => {
                quote = if quote.is_some() { None } else { Some(at) }
            }
            '(' | '[' | '“' => open.push((at, c)),
            ')' | ']' | '”' => {
                let partner = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '“',
                };
                match open.iter().rposition(|(_, mark)| *mark == partner) {
                    Some(last) => {
                        open.remove(last);
                    }
                    // `1)` counts, `:)` smiles.
                    None if c == ')'
                        && (before.is_alphanumeric() && lone(text, at) || matches!(before, ':' | ';' | '-' | HOLE)) => {
                    }
                    None => return Some((at, c)),
                }
            }
            _ => {}
        }
        before = c;
    }
    quote.map(|at| (at, '"')).or(open.first().copied())
}

/// Whether the word before a place is a number or a letter, as in a list.
fn lone(text: &str, at: usize) -> bool {
    let word = text[..at]
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    word.chars().count() <= 2 || word.chars().all(|c| c.is_ascii_digit())
}
