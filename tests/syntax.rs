//! The parser and the catalog take any text: no panic, and nothing is lost without a word.

use flanc::diagnostic::Sources;
use flanc::{catalog, syntax};
use proptest::collection::vec;
use proptest::prelude::*;

/// Words, signs and broken pieces of the language, the more of them a text has the further the parser gets.
const TOKENS: &[&str] = &[
    "cluster",
    "dataset",
    "templates",
    "mixture",
    "template",
    "turned",
    "source",
    "train",
    "rows",
    "jsonl",
    "field",
    "label",
    "text",
    "list",
    "choice",
    "index",
    "of",
    "in",
    "for",
    "from",
    "says",
    "clean",
    "trim",
    "split",
    "key",
    "drop",
    "when",
    "answer",
    "any",
    "each",
    "options",
    "shown",
    "select",
    "columns",
    "match",
    "else",
    "skip",
    "include",
    "all",
    "rates",
    "fixed",
    "temperature",
    "over",
    "clusters",
    "then",
    "size",
    "epochs",
    "shots",
    "budget",
    "words",
    "shot",
    "extends",
    "input",
    "target",
    "system",
    "a",
    "b",
    "nli",
    "{",
    "}",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "=",
    "|",
    "?",
    "1",
    "2.5",
    "-3",
    "1_000",
    "\n",
    "\n",
    "\n  ",
    "\t",
    "\r\n",
    "//",
    "// x\n",
    "\"",
    "\"a\"",
    "\"\\n\"",
    "\"\\q\"",
    "\"\"\"",
    "\"\"\"\n",
    "\"\"\"\n  {{ a }}\n  \"\"\"",
    "{{",
    "}}",
    "{{ a }}",
    "{% if a %}",
    "{% endif %}",
    "{#",
    "é",
    "🦀",
    "\u{0}",
    "'",
    "\\",
    "#",
];

/// A sound text, to be cut and mended.
const SOUND: &str = r#"cluster c { title "C" overlaps c }
dataset d in c {
  field a: text? from "A" clean { trim replace "x" "y" }
  field l: choice { yes = "1"|"2"  no } says { "Y" "N" } says other { "y" "n" }
  drop "none" when a == "" // a comment
  source s { train { rows csv "a.csv" columns { a 1 l "b" } } select "select * from rows" }
}
templates t for d {
  template x was y tickets 2 says other when l == yes {
    input """
      {{ a }}
      {% if a %}
      é
      {% endif %}
      """
    target "{{ answer }}\n"
  }
}
mixture m extends n { rates fixed { c 2 } over clusters then equal shots 2 { shot "{{ inputs }}" between "\n" } }
mixture n { include all, cluster c exclude dataset d hold_out c size 1 epoch }
"#;

/// Reads and checks a text as the only file of a project. Every place of every finding lies inside of the text.
fn read(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("any.flan", text);
    let (items, mut found) = syntax::parse(file, text);
    let declares = ["cluster ", "dataset ", "templates ", "mixture "];
    let silent = items.is_empty() && found.is_empty() && declares.iter().any(|word| text.starts_with(word));
    assert!(!silent, "an item vanished");
    let (_, mistakes) = catalog::check(items);
    found.extend(mistakes);
    for diagnostic in &found {
        let spans = diagnostic
            .related
            .iter()
            .map(|(span, _)| *span)
            .chain([diagnostic.span]);
        for span in spans {
            assert!(
                text.get(span.start..span.end).is_some(),
                "{}: {span:?} is no place in it",
                diagnostic.code
            );
        }
    }
    let shown = flanc::diagnostic::to_text(&found, &sources, false);
    assert_eq!(shown.is_empty(), found.is_empty());
}

/// Any row of characters; without its `std` feature proptest has no strategy for strings of its own.
fn text_of_anything() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..80).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in text_of_anything()) {
        read(&text);
    }

    #[test]
    fn any_row_of_tokens_is_read(words in vec(prop::sample::select(TOKENS), 0..60), spaced in any::<bool>()) {
        read(&words.join(if spaced { " " } else { "" }));
    }

    #[test]
    fn any_text_cut_and_mended_is_read(
        from in 0..SOUND.len(),
        to in 0..SOUND.len(),
        words in vec(prop::sample::select(TOKENS), 0..4),
    ) {
        let (from, to) = (from.min(to), from.max(to));
        if let (Some(before), Some(after)) = (SOUND.get(..from), SOUND.get(to..)) {
            read(&(before.to_string() + &words.join(" ") + after));
        }
    }
}

#[test]
fn the_text_that_is_cut_is_sound() {
    let (items, found) = syntax::parse(Sources::default().add("sound.flan", SOUND), SOUND);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(items.len(), 5);
    let (_, found) = catalog::check(items);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn braces_without_end_are_a_mistake_and_no_crash() {
    for piece in ["{", "dataset a in b {", "\"\"\"", "templates a for b { template c {"] {
        read(&piece.repeat(2_000));
    }
}
