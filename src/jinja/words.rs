//! The words of a body or a condition, or what is no word among them, with its place and the way out.

use std::ops::Range;

use minijinja::machinery::{Token, tokenize};

use super::engine;
use super::names::Mistake;

/// A word and its bytes.
pub(super) type Word<'t> = (Token<'t>, Range<usize>);

/// All words of a text. The first that is none is a mistake: past it, minijinja finds it again for ever.
pub(super) fn of(text: &str, condition: bool) -> Result<Vec<Word<'_>>, Mistake> {
    let mut words: Vec<Word<'_>> = Vec::new();
    for word in tokenize(text, condition, engine::syntax()) {
        match word {
            Ok((token, span)) => words.push((token, span.start_offset as usize..span.end_offset as usize)),
            Err(error) => {
                let after = words.last().map_or(0, |(_, at)| at.end);
                return Err(no_word(text, after, error.detail().unwrap_or("bad escape")));
            }
        }
    }
    Ok(words)
}

/// What is no word, behind the byte where the last word ends.
fn no_word(text: &str, after: usize, reason: &str) -> Mistake {
    let start = begin(text, after);
    let rest = &text[start..];
    let first = rest.chars().next().unwrap_or(' ');
    let (length, message, help) = match reason {
        "unexpected character" => (first.len_utf8(), character(first), instead_of(first).to_string()),
        "unexpected end of string" => (
            rest.find('\n').unwrap_or(rest.len()),
            format!("a text is opened by `{first}` here, and nothing closes it"),
            format!("close it with `{first}`; a text that holds such a quote stands between the other kind"),
        ),
        "bad escape" => (
            string(rest),
            "this text holds an escape that means nothing".to_string(),
            "a backslash that is meant as text is written twice".to_string(),
        ),
        "unexpected end of comment" => (
            2,
            "a comment is opened here, and nothing closes it".to_string(),
            "`{#` is closed by `#}`".to_string(),
        ),
        "unexpected end of raw block" => (
            rest.find("%}").map_or(rest.len(), |end| end + 2),
            "`{% raw %}` is opened here, and nothing closes it".to_string(),
            "it is closed by `{% endraw %}`".to_string(),
        ),
        _ if first.is_ascii_digit() => (
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                .unwrap_or(rest.len()),
            "this is no number, or one that is too large".to_string(),
            "a number is written in digits, with a point before its decimals".to_string(),
        ),
        _ => (
            first.len_utf8(),
            reason.to_string(),
            "what is meant as text stands between quotes".to_string(),
        ),
    };
    Mistake {
        message,
        at: start..start + length,
        help: Some(help),
    }
}

/// The first byte behind another that is neither white space nor in a comment that is closed.
fn begin(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
        match text[at..].strip_prefix("{#").and_then(|rest| rest.find("#}")) {
            Some(end) => at += end + 4,
            None => return at,
        }
    }
}

/// The length of the quoted text that something begins with.
fn string(text: &str) -> usize {
    let quote = text.as_bytes().first();
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|c| {
        let closes = !escaped && Some(&c) == quote;
        escaped = !escaped && c == b'\\';
        closes
    });
    end.map_or(text.len(), |end| end + 2)
}

fn character(c: char) -> String {
    if c.is_whitespace() || c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c) || c == '\u{feff}' {
        format!(
            "U+{:04X}, which looks like a space or like nothing, separates no words",
            c as u32
        )
    } else {
        format!(
            "{} means nothing in an expression",
            if c == '`' {
                "a backtick".to_string()
            } else {
                format!("`{c}`")
            }
        )
    }
}

fn instead_of(c: char) -> &'static str {
    match c {
        '&' => "`and` is written in letters",
        '!' => "`not` is written in letters; `!=` is one word",
        '?' => "a choice between two values is written `A if CONDITION else B`",
        '$' | '@' => "a field goes by its name alone",
        '‘' | '’' | '“' | '”' | '„' | '«' | '»' | '`' => "a text stands between `\"` or between `'`",
        '–' | '—' | '−' => "a minus is written `-`",
        '≤' | '≥' | '≠' => "comparisons are written `<=`, `>=` and `!=`",
        c if c.is_alphabetic() => "names are written in letters of ASCII; a text stands between quotes",
        c if c.is_whitespace() => "write a plain space",
        _ => "what is meant as text stands between quotes",
    }
}
