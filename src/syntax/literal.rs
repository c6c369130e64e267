//! Strings and blocks: escapes, margins, and the places their bytes come from.

use std::ops::Range;

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
    let mut text = Text {
        value: String::new(),
        span: Span {
            file,
            start,
            end: start + raw.len(),
        },
        map: Vec::new(),
        ends_in_tag: false,
    };
    let mut mistakes = Mistakes { file, diagnostics };
    let Some(layout) = layout(raw, start, &mut mistakes) else {
        return as_it_stands(&raw[3..raw.len() - 3], text);
    };
    let mut at = layout.start;
    let mut newline_due = false;
    for line in layout.lines.iter().flat_map(|lines| lines.split('\n')) {
        let (kept, place) = without_margin(line, at, layout.margin, &mut mistakes);
        at += line.len() + 1;
        if newline_due {
            text.value.push('\n');
        }
        let tag = only_tags(kept);
        let inner = if tag { kept.trim_start() } else { kept };
        text.map.push((text.value.len(), place + kept.len() - inner.len()));
        text.value.push_str(inner);
        newline_due = !tag;
        text.ends_in_tag = tag;
    }
    text
}

/// What is wrong with the layout of a block of a file.
struct Mistakes<'d> {
    file: FileId,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Mistakes<'_> {
    fn push(&mut self, code: &'static str, bytes: Range<usize>, message: &str, help: &str) {
        let place = Span {
            file: self.file,
            start: bytes.start,
            end: bytes.end,
        };
        self.diagnostics
            .push(Diagnostic::error(code, place, message).help(help));
    }
}

/// What stands between the quotes of a block.
struct Layout<'r> {
    /// None where the closing quotes stand on the line after the opening ones.
    lines: Option<&'r str>,
    margin: &'r str,
    /// The byte of the file that the lines begin at.
    start: usize,
}

/// The lines of a block and its margin; none where its quotes do not stand where they belong.
fn layout<'r>(raw: &'r str, start: usize, mistakes: &mut Mistakes) -> Option<Layout<'r>> {
    let inner = &raw[3..raw.len() - 3];
    let end = start + raw.len() - 3;
    let Some(body) = inner.strip_prefix('\n').or_else(|| inner.strip_prefix("\r\n")) else {
        mistakes.push(
            "block-start",
            start..start + 3,
            "a block begins on the line after its quotes",
            "break the line after the quotes, or write a \"string\" for one line",
        );
        return None;
    };
    let (lines, margin) = match body.rsplit_once('\n') {
        Some((lines, margin)) => (Some(lines), margin),
        None => (None, body),
    };
    if !margin.chars().all(|c| c == ' ' || c == '\t') {
        mistakes.push(
            "block-end",
            end..end + 3,
            "the closing quotes of a block stand on a line of their own",
            "break the line before the quotes; that newline is not part of the text",
        );
        return None;
    }
    if margin.contains('\t') {
        mistakes.push(
            "tab-in-margin",
            end - margin.len()..end,
            "a tab in the margin of a block",
            "indent with spaces: the margin is taken off every line",
        );
    }
    Some(Layout {
        lines,
        margin,
        start: end - body.len(),
    })
}

/// What is text of a line that begins at byte `start` of the file, and the byte where that begins: without the margin, and
/// without the white space at the end.
fn without_margin<'r>(line: &'r str, start: usize, margin: &str, mistakes: &mut Mistakes) -> (&'r str, usize) {
    let line = match line.strip_suffix('\r') {
        Some(line) => {
            let place = start + line.len();
            mistakes.push(
                "carriage-return",
                place..place + 1,
                "a carriage return inside a block",
                "save the file with plain newlines: the template would print the carriage return",
            );
            line
        }
        None => line,
    };
    let content = line.trim_end_matches([' ', '\t']);
    if content.len() < line.len() {
        mistakes.push(
            "trailing-space",
            start + content.len()..start + line.len(),
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
            mistakes.push(
                "outside-margin",
                start..start + indent.max(first),
                "this line stands left of the block's closing quotes",
                "the closing quotes set the margin: indent the line, or move the quotes to the left",
            );
        }
        content.trim_start()
    };
    (kept, start + content.len() - kept.len())
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
