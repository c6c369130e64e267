//! Words of flanc's language: names, strings, blocks.

use super::print::quoted;
use crate::syntax::only_tags;

/// Whether a text can stand as a bare name.
pub fn bare(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A name: bare where it can be.
pub fn name(name: &str) -> String {
    if bare(name) { name.to_string() } else { string(name) }
}

/// A text as letters, digits and `_`, to be part of a name.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    let out = out.trim_end_matches('_').to_string();
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        format!("n_{out}")
    } else {
        out
    }
}

/// A name that is not taken yet: itself, or with a number after it. It is taken from then on.
pub fn unique(wanted: &str, taken: &mut Vec<String>) -> String {
    let numbered = (2..).map(|n| format!("{wanted}_{n}"));
    let free = std::iter::once(wanted.to_string())
        .chain(numbered)
        .find(|name| !taken.contains(name))
        .unwrap_or_default();
    taken.push(free.clone());
    free
}

/// A quoted string.
pub fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Strings up to this length stay on one line.
const SHORT: usize = 80;

/// A template's text: a block where it has lines or quotes, with `margin` before each line; else a string.
pub fn text(body: &str, margin: &str) -> String {
    let plain = !body.contains(['\n', '"', '\\']) && body.chars().count() <= SHORT;
    if plain || body.contains("\"\"\"") || body.contains('\r') || body.is_empty() {
        return string(body);
    }
    let mut out = String::from("\"\"\"\n");
    let mut lines = body.split('\n').peekable();
    while let Some(line) = lines.next() {
        let content = line.trim_end_matches([' ', '\t']);
        let end = &line[content.len()..];
        let tags = only_tags(content);
        let (start, content) = if tags {
            let inner = content.trim_start();
            (&content[..content.len() - inner.len()], inner)
        } else {
            ("", content)
        };
        // White space that nobody would see, or that a line of tags would lose, is printed by name.
        let named = |space: &str| {
            if space.is_empty() {
                String::new()
            } else {
                format!("{{{{ {} }}}}", quoted(space))
            }
        };
        let whole = format!("{}{content}{}", named(start), named(end));
        if !whole.is_empty() {
            out.push_str(margin);
            out.push_str(&whole);
        }
        out.push('\n');
        // A line of tags alone takes its newline with it.
        if only_tags(&whole) && lines.peek().is_some() {
            out.push('\n');
        }
    }
    out.push_str(margin);
    out.push_str("\"\"\"");
    out
}
