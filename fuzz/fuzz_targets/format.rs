//! Any text that is a project file is laid out once and for all, and says the same afterwards.

#![no_main]

use std::sync::LazyLock;

use flanc::diagnostic::Sources;
use flanc::syntax;
use libfuzzer_sys::fuzz_target;
use regex::Regex;

/// Where something stands in a file, as trees print it.
static PLACES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"Span \{[^}]*\}|map: \[[^\]]*\]").expect("a pattern"));

/// The tree of a file without its places.
fn tree(text: &str) -> String {
    let file = Sources::default().add("fuzz.flan", text);
    let (items, _) = syntax::parse(file, text);
    PLACES.replace_all(&format!("{items:?}"), "_").into_owned()
}

fuzz_target!(|text: &str| {
    let file = Sources::default().add("fuzz.flan", text);
    if let Ok(once) = syntax::format(file, text) {
        assert_eq!(tree(text), tree(&once), "what was laid out says something else");
        let twice = syntax::format(file, &once).expect("what was laid out can be read");
        assert_eq!(once, twice);
    }
});
