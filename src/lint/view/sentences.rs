//! The sentences of a sketch: by end marks and by lines, which is how prompts are written.

use std::ops::Range;

use super::sketch::{HOLE, OPTIONS};

/// How a sentence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In this mark, closing quotes and brackets aside.
    Mark(char),
    /// In a value, closing quotes aside.
    Hole,
    /// In a letter or anything else.
    Bare,
}

/// One sentence, without white space around it.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Its bytes in the sketch.
    pub at: Range<usize>,
    pub end: End,
    /// It stands at the beginning of its line.
    pub begins_line: bool,
    /// It stands at the end of its line.
    pub ends_line: bool,
}

/// Shortened words whose full stop ends nothing.
const SHORT: &[&str] = &[
    "e.g", "i.e", "etc", "vs", "mr", "mrs", "dr", "st", "no", "fig", "cf", "approx", "a.k.a",
];

/// Divides a sketch. A sentence ends at its line's end or after `.`, `!` or `?` (with closing quotes) and a space.
pub fn sentences(sketch: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in sketch.split('\n') {
        let mut from = 0;
        let mut chars = line.char_indices().peekable();
        let mut begins = true;
        while let Some((at, c)) = chars.next() {
            if c == HOLE {
                // A value is most often a sentence of its own, where a capital follows it.
                let rest = &line[at + c.len_utf8()..];
                let next = rest.trim_start_matches(['"', '”', ')']);
                let closing = rest.len() - next.len();
                if next.starts_with(' ') && next[1..].starts_with(char::is_uppercase) {
                    push(
                        &mut found,
                        line_start,
                        line,
                        from..at + c.len_utf8() + closing,
                        &mut begins,
                    );
                    from = at + c.len_utf8() + closing;
                }
                continue;
            }
            if !matches!(c, '.' | '!' | '?') {
                continue;
            }
            let mut end = at + c.len_utf8();
            while let Some((next, c)) = chars.peek().copied() {
                if !matches!(c, '.' | '!' | '?' | '"' | '\'' | ')' | '”' | '’' | ']') {
                    break;
                }
                end = next + c.len_utf8();
                chars.next();
            }
            let spaced = chars.peek().is_none_or(|(_, c)| c.is_whitespace());
            let last = line[from..at]
                .rsplit(|c: char| c.is_whitespace() || c == '(')
                .next()
                .unwrap_or("");
            let shortened = c == '.' && SHORT.contains(&last.to_lowercase().as_str());
            let counted = c == '.' && !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
            if spaced && !shortened && !counted {
                push(&mut found, line_start, line, from..end, &mut begins);
                from = end;
            }
        }
        push(&mut found, line_start, line, from..line.len(), &mut begins);
        if let Some(last) = found.last_mut()
            && last.at.start >= line_start
        {
            last.ends_line = true;
        }
        line_start += line.len() + 1;
    }
    found
}

fn push(found: &mut Vec<Sentence>, line_start: usize, line: &str, at: Range<usize>, begins: &mut bool) {
    let text = &line[at.clone()];
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    let start = line_start + at.start + (text.len() - text.trim_start().len());
    let bare = trimmed.trim_end_matches(['"', '\'', ')', '”', '’', ']', '*', '_']);
    let end = match bare.chars().next_back() {
        Some(HOLE | OPTIONS) => End::Hole,
        Some(c) if c.is_ascii_punctuation() || "…。？！".contains(c) => End::Mark(c),
        _ => End::Bare,
    };
    found.push(Sentence {
        at: start..start + trimmed.len(),
        end,
        begins_line: std::mem::take(begins),
        ends_line: false,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_marks_and_lines() {
        let text = "Is \"this\" so? E.g. 1. one, i.e. it. \nNext line: x\n\nGo!";
        let found: Vec<&str> = sentences(text).iter().map(|s| &text[s.at.clone()]).collect();
        assert_eq!(
            found,
            ["Is \"this\" so?", "E.g. 1. one, i.e. it.", "Next line: x", "Go!"]
        );
        assert_eq!(sentences("Is it \"so\"")[0].end, End::Bare);
    }
}
