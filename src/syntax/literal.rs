//! Strings and blocks: escapes, margins, and the places their bytes come from.

use super::ast::{Text, Word};
use crate::diagnostic::{Diagnostic, FileId, Span};

/// A quoted string at `start` of the file, quotes included, with its escapes resolved.
pub(super) fn string(raw: &str, file: FileId, start: usize, diagnostics: &mut Vec<Diagnostic>) -> Text {
    let span = Span {
        file,
        start,
        end: start + raw.len(),
    };
    let inner = &raw[1..raw.len() - 1];
    let mut value = String::with_capacity(inner.len());
    let mut map = vec![(0, start + 1)];
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        let (next, escaped) = chars.next().expect("the grammar ends no string in a backslash");
        match escaped {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            '"' | '\\' => value.push(escaped),
            other => {
                let place = Span {
                    file,
                    start: start + 1 + at,
                    end: start + 1 + next + other.len_utf8(),
                };
                diagnostics.push(
                    Diagnostic::error("unknown-escape", place, format!("`\\{other}` is no escape"))
                        .help("a string knows \\n, \\t, \\r, \\\" and \\\\; write \\\\ for a backslash"),
                );
                map.push((value.len(), start + 1 + next));
                value.push(other);
            }
        }
        map.push((value.len(), start + 1 + next + escaped.len_utf8()));
    }
    Text {
        value,
        span,
        map,
        ends_in_tag: false,
    }
}

/// A quoted string where only its value matters.
pub(super) fn word(raw: &str, file: FileId, start: usize, diagnostics: &mut Vec<Diagnostic>) -> Word {
    let text = string(raw, file, start, diagnostics);
    Word {
        value: text.value,
        span: text.span,
    }
}

/// A `"""` block at `start` of the file, quotes included, without its margin.
///
/// The margin is what stands before the closing quotes. The newline before them is not text. A line that holds
/// only tags of the template language vanishes.
pub(super) fn block(raw: &str, file: FileId, start: usize, diagnostics: &mut Vec<Diagnostic>) -> Text {
    let span = Span {
        file,
        start,
        end: start + raw.len(),
    };
    let mut text = Text {
        value: String::new(),
        span,
        map: Vec::new(),
        ends_in_tag: false,
    };
    let mut mistake = |code, from: usize, to: usize, message: &str, help: &str| {
        let place = Span {
            file,
            start: from,
            end: to,
        };
        diagnostics.push(Diagnostic::error(code, place, message).help(help));
    };
    let inner = &raw[3..raw.len() - 3];
    let Some(body) = inner.strip_prefix('\n').or_else(|| inner.strip_prefix("\r\n")) else {
        mistake(
            "block-start",
            start,
            start + 3,
            "a block begins on the line after its quotes",
            "break the line after the quotes, or write a \"string\" for one line",
        );
        return as_it_stands(inner, text);
    };
    let body_start = start + 3 + (inner.len() - body.len());
    let (lines, margin) = body.rsplit_once('\n').unwrap_or(("", body));
    if !margin.chars().all(|c| c == ' ' || c == '\t') {
        let end = start + raw.len();
        mistake(
            "block-end",
            end - 3,
            end,
            "the closing quotes of a block stand on a line of their own",
            "break the line before the quotes; that newline is not part of the text",
        );
        return as_it_stands(inner, text);
    }
    if margin.contains('\t') {
        let from = body_start + body.len() - margin.len();
        mistake(
            "tab-in-margin",
            from,
            from + margin.len(),
            "a tab in the margin of a block",
            "indent with spaces: the margin is taken off every line",
        );
    }
    if lines.is_empty() && !body.contains('\n') {
        return text;
    }
    let mut at = body_start;
    let mut newline_due = false;
    for line in lines.split('\n') {
        let line_start = at;
        at += line.len() + 1;
        let line = match line.strip_suffix('\r') {
            Some(line) => {
                let place = line_start + line.len();
                mistake(
                    "carriage-return",
                    place,
                    place + 1,
                    "a carriage return inside a block",
                    "save the file with plain newlines: the template would print the carriage return",
                );
                line
            }
            None => line,
        };
        let content = line.trim_end_matches([' ', '\t']);
        if content.len() < line.len() {
            mistake(
                "trailing-space",
                line_start + content.len(),
                line_start + line.len(),
                "spaces at the end of a line of a block",
                "take them off, or write {{ \" \" }} where the text needs them",
            );
        }
        let kept = if content.is_empty() {
            ""
        } else if let Some(kept) = content.strip_prefix(margin) {
            kept
        } else {
            let indent = content.len() - content.trim_start_matches([' ', '\t']).len();
            let first = content.chars().next().map_or(1, char::len_utf8);
            // A margin that is wrong itself says nothing about the lines.
            if !margin.contains('\t') {
                mistake(
                    "outside-margin",
                    line_start,
                    line_start + indent.max(first),
                    "this line stands left of the block's closing quotes",
                    "the closing quotes set the margin: indent the line, or move the quotes to the left",
                );
            }
            content.trim_start()
        };
        if newline_due {
            text.value.push('\n');
        }
        let tag = only_tags(kept);
        let kept = if tag { kept.trim_start() } else { kept };
        text.map
            .push((text.value.len(), line_start + content.len() - kept.len()));
        text.value.push_str(kept);
        newline_due = !tag;
        text.ends_in_tag = tag;
    }
    text
}

/// The text between the quotes of a block whose layout is reported, so that what it says is checked all the same.
fn as_it_stands(inner: &str, text: Text) -> Text {
    Text {
        value: inner.to_string(),
        map: vec![(0, text.span.start + 3)],
        ..text
    }
}

/// Whether a line holds nothing but `{% %}` and `{# #}`: such a line vanishes.
pub fn only_tags(line: &str) -> bool {
    let mut rest = line.trim();
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let close = match rest.get(..2) {
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => return false,
        };
        let Some(end) = rest.find(close) else { return false };
        rest = rest[end + 2..].trim_start();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> (Text, Vec<&'static str>) {
        let mut diagnostics = Vec::new();
        let text = block(raw, FileId::default(), 0, &mut diagnostics);
        (text, diagnostics.into_iter().map(|d| d.code).collect())
    }

    #[test]
    fn the_margin_comes_from_the_closing_quotes() {
        let (text, mistakes) = of("\"\"\"\n  a\n    b\n\n  c\n  \"\"\"");
        assert_eq!(text.value, "a\n  b\n\nc");
        assert!(mistakes.is_empty());
        assert_eq!(text.place(2, 3).start, 10);
    }

    #[test]
    fn a_blank_line_before_the_quotes_keeps_a_newline() {
        assert_eq!(of("\"\"\"\n  a\n\n  \"\"\"").0.value, "a\n");
        assert_eq!(of("\"\"\"\n  \"\"\"").0.value, "");
    }

    #[test]
    fn tag_lines_vanish() {
        let (text, _) = of("\"\"\"\na\n  {% if b %}\nc\n{% endif %}\n\"\"\"");
        assert_eq!(text.value, "a\n{% if b %}c\n{% endif %}");
        assert!(text.ends_in_tag);
    }

    #[test]
    fn what_would_print_unseen_is_a_mistake() {
        assert_eq!(of("\"\"\"\n  a \n b\n  \"\"\"").1, ["trailing-space", "outside-margin"]);
        assert_eq!(of("\"\"\"\n  a\r\n  \"\"\"").1, ["carriage-return"]);
        assert_eq!(of("\"\"\"a\"\"\"").1, ["block-start"]);
    }
}
