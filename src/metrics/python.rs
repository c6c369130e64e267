//! What Python's `str` and `re` do with a text. The metrics' reference implementations are written in it, and a score
//! turns on what they call white space, a word and a number.

use std::sync::LazyLock;

use regex::Regex;

/// `string.punctuation`: the 32 ASCII characters that the metrics take for punctuation.
pub const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// `str.isspace` of one character: Unicode's white space, and the four ASCII separators.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// `str.split()`: the pieces between white space, none of them empty.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|piece| !piece.is_empty())
}

/// `" ".join(text.split())`.
pub fn join_split(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in split(text) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

/// What `\w` matches in a pattern over `str`: letters, numbers and the underscore. Marks are none of these, as they are
/// in the `\w` of Unicode's own recommendation.
pub fn is_word(c: char) -> bool {
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}]$").ok());
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    is_one_of(&WORD, c)
}

fn is_one_of(class: &Option<Regex>, c: char) -> bool {
    let mut buffer = [0; 4];
    class
        .as_ref()
        .is_some_and(|class| class.is_match(c.encode_utf8(&mut buffer)))
}

/// The value of a decimal digit of any script (Unicode's class Nd, whose digits stand in runs from 0 to 9).
fn decimal(c: char) -> Option<char> {
    static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    if !is_one_of(&DIGIT, c) {
        return None;
    }
    let mut zero = u32::from(c);
    while char::from_u32(zero - 1).is_some_and(|before| is_one_of(&DIGIT, before)) {
        zero -= 1;
    }
    char::from_digit((u32::from(c) - zero) % 10, 10)
}

/// `float(text)`: white space around it, underscores between digits and digits of every script are fine.
pub fn float(text: &str) -> Option<f64> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r');
    let plain: String = text
        .chars()
        .map(|c| match c {
            c if c.is_ascii() => c,
            c if is_space(c) => ' ',
            c => decimal(c).unwrap_or('?'),
        })
        .collect();
    let written = plain.trim_matches(blank);
    let mut digits = String::with_capacity(written.len());
    let mut before = '\0';
    for c in written.chars() {
        let misplaced = match (before, c) {
            ('_', c) => !c.is_ascii_digit(),
            (before, '_') => !before.is_ascii_digit(),
            _ => false,
        };
        if misplaced {
            return None;
        }
        if c != '_' {
            digits.push(c);
        }
        before = c;
    }
    // Rust reads the same numbers, the words for infinity and none included.
    (before != '_').then(|| digits.parse().ok()).flatten()
}

/// `str(number)`: the shortest decimal that reads back, with an exponent below 1e-4 and from 1e16 on.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_string();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    let shortest = format!("{number:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        let read = [
            ("1_000", 1000.0),
            ("٣", 3.0),
            ("１２", 12.0),
            ("\u{1d7d9}\u{1d7e2}", 10.0),
            ("1_0e1_0", 1e11),
            (".5", 0.5),
            ("5.", 5.0),
            ("+.5", 0.5),
            (" 5\t", 5.0),
            ("\u{a0}5", 5.0),
            ("Infinity", f64::INFINITY),
            ("1e400", f64::INFINITY),
        ];
        for (text, number) in read {
            assert_eq!(float(text), Some(number), "{text:?}");
        }
        for text in [
            "", ".", "1e", "0x10", "1__0", "_1", "1_", "1_.5", "1._5", "\x1c5", "5\0", "½",
        ] {
            assert_eq!(float(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        let written = [
            (5.0, "5.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e300, "1.5e+300"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in written {
            assert_eq!(float_text(number), text);
        }
    }

    #[test]
    fn words_hold_letters_and_numbers_but_no_marks() {
        assert!("aé_9٣½Ⅷ日".chars().all(is_word));
        assert!(!"-\u{301}—ⓐ\u{200d}".chars().any(is_word));
    }
}
