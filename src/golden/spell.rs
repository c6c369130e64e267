//! Texts spelled so that nothing in them is out of sight, and read back as they were.
//!
//! A space at the end of a line is `·`, a tab `→`, a hard space `⍽`, a carriage return `␍`, a line break at the very end
//! ` ⏎`; everything else that has no shape of its own is its number: `⟨U+200B⟩`. So are these signs themselves.

/// Signs that stand for something else.
const SIGNS: [char; 5] = ['→', '⍽', '␍', '⏎', '⟨'];

/// The lines of a text, spelled. There is at least one.
pub fn spell(text: &str) -> Vec<String> {
    let (text, ended) = match text.strip_suffix('\n') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    if ended && let Some(last) = lines.last_mut() {
        last.push_str(" ⏎");
    }
    lines
}

/// The text of spelled lines; an error is the line, counted from 0, and what is wrong with it.
pub fn unspell(lines: &[&str]) -> Result<String, (usize, String)> {
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let (line, ended) = match line.strip_suffix(" ⏎") {
            Some(line) if at + 1 == lines.len() => (line, true),
            _ => (*line, false),
        };
        unspell_line(line, &mut out).map_err(|reason| (at, reason))?;
        if ended {
            out.push('\n');
        }
    }
    Ok(out)
}

fn line(text: &str) -> String {
    let body = text.trim_end_matches(' ');
    let spaces = text.len() - body.len();
    // Dots at the end are the text's own.
    let worded = body.trim_end_matches('·');
    let mut out = inside(worded);
    for dot in body[worded.len()..].chars() {
        out.push_str(&number(dot));
    }
    out.extend(std::iter::repeat_n('·', spaces));
    out
}

/// A piece of a line, spelled: everything but what only stands at the ends of lines.
pub fn inside(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push('→'),
            '\u{a0}' => out.push('⍽'),
            '\r' => out.push('␍'),
            c if SIGNS.contains(&c) || hidden(c) => out.push_str(&number(c)),
            c => out.push(c),
        }
    }
    out
}

fn number(c: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(c))
}

/// Whether a character has no shape that tells it from nothing or from another.
pub fn hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}'
            | '\u{f0000}'..='\u{10ffff}')
}

fn unspell_line(line: &str, out: &mut String) -> Result<(), String> {
    let body = line.trim_end_matches('·');
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '→' => out.push('\t'),
            '⍽' => out.push('\u{a0}'),
            '␍' => out.push('\r'),
            '⟨' => {
                let (digits, after) = after
                    .strip_prefix("U+")
                    .and_then(|after| after.split_once('⟩'))
                    .ok_or("`⟨` begins a number such as ⟨U+200B⟩")?;
                let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                out.push(c.ok_or_else(|| format!("no character has the number {digits}"))?);
                rest = after;
            }
            '⏎' => return Err("`⏎` stands at the end of a text alone".to_string()),
            c => out.push(c),
        }
    }
    out.extend(std::iter::repeat_n(' ', line[body.len()..].chars().count()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn again(text: &str) -> String {
        let lines = spell(text);
        assert!(
            lines.iter().all(|line| !line.contains('\n') && !line.ends_with(' ')),
            "{lines:?}"
        );
        unspell(&lines.iter().map(String::as_str).collect::<Vec<_>>()).expect("what was spelled")
    }

    #[test]
    fn what_nobody_sees_is_spelled() {
        assert_eq!(spell("a \tb  \n"), ["a →b·· ⏎"]);
        assert_eq!(spell("x\u{200b}\u{a0}y\r\n\n"), ["x⟨U+200B⟩⍽y␍", " ⏎"]);
        assert_eq!(spell("1 · 2 ·"), ["1 · 2 ⟨U+00B7⟩"]);
        assert_eq!(spell(""), [""]);
        assert_eq!(spell("→ ⟨"), ["⟨U+2192⟩ ⟨U+27E8⟩"]);
    }

    #[test]
    fn a_damaged_spelling_is_an_error_with_its_line() {
        assert_eq!(unspell(&["a", "⟨U+D800⟩"]).unwrap_err().0, 1);
        assert_eq!(unspell(&["⟨x"]).unwrap_err().0, 0);
        assert_eq!(unspell(&["a ⏎", "b"]).unwrap_err().0, 0);
    }

    /// Texts of what is spelled and of any characters.
    fn texts() -> impl Strategy<Value = String> {
        let signs = [
            " ", "a", "·", "→", "⍽", "␍", "⏎", "⟨", "⟩", "\n", "\r", "\t", "\u{200b}", "\u{a0}", "\u{2028}", "│",
        ];
        let piece = prop_oneof![
            proptest::sample::select(signs.to_vec()).prop_map(str::to_string),
            any::<char>().prop_map(String::from)
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn spelled_texts_are_read_as_they_were(text in texts()) {
            prop_assert_eq!(again(&text), text);
        }
    }
}
