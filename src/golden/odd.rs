//! What is odd about the characters of a text: what templates and tokenizers trip over.

use std::collections::BTreeSet;

use super::spell::hidden;

/// The names of what occurs in a text.
pub fn odd(text: &str, out: &mut BTreeSet<&'static str>) {
    if text.is_ascii() && !text.bytes().any(|b| b < b' ' || b == b'{') {
        return;
    }
    for c in text.chars() {
        out.extend(match c {
            '\n' => Some("line breaks"),
            '\t' | '\r' => Some("control characters"),
            c if c.is_ascii() && !c.is_control() => None,
            c if hidden(c) && c.is_whitespace() => Some("odd spaces"),
            c if hidden(c) => Some("hidden characters"),
            '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' => {
                Some("combining marks")
            }
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => Some("right to left"),
            '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' => Some("wide letters"),
            c if u32::from(c) > 0xffff => Some("beyond the first plane"),
            '‘' | '’' | '“' | '”' | '„' | '«' | '»' | '–' | '—' | '…' => Some("typographic signs"),
            c if c.is_alphabetic() => Some("letters beyond ASCII"),
            _ => Some("signs beyond ASCII"),
        });
    }
    if ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) {
        out.insert("template marks");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oddities_have_names() {
        let of = |text: &str| {
            let mut found = BTreeSet::new();
            odd(text, &mut found);
            found.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(of("Plain text, {x}."), [] as [&str; 0]);
        assert_eq!(of("e\u{301} {{ x }}"), ["combining marks", "template marks"]);
        assert_eq!(of("a\u{a0}b\u{200b}"), ["hidden characters", "odd spaces"]);
        assert_eq!(
            of("“é”\n🙂 שלום 日本 °"),
            [
                "beyond the first plane",
                "letters beyond ASCII",
                "line breaks",
                "right to left",
                "signs beyond ASCII",
                "typographic signs",
                "wide letters"
            ]
        );
    }
}
