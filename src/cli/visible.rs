//! White space in sight: `·` at the end of a line, `→` for a tab, `⏎` for an empty last line.

use crate::golden;

/// A text under its name, each line behind a bar.
pub fn marked(name: &str, text: &str) -> String {
    let mut out = String::new();
    let indent = " ".repeat(name.chars().count());
    for (at, line) in text.split('\n').enumerate() {
        let head = if at == 0 { name } else { indent.as_str() };
        out.push_str(format!("{head} │ {}", visible(line)).trim_end_matches(' '));
        out.push('\n');
    }
    if text.ends_with('\n') {
        out.pop();
        out.push_str(" ⏎\n");
    }
    out
}

/// One line with the white space that nobody would see.
pub fn visible(line: &str) -> String {
    let body = line.trim_end_matches(' ');
    let trailing = "·".repeat(line.len() - body.len());
    inside(body) + &trailing
}

/// A piece of a line: tabs, carriage returns, hard spaces, and what has no shape or would command a terminal.
pub fn inside(text: &str) -> String {
    golden::inside(text)
}
