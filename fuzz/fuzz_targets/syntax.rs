//! Any text is parsed and checked as a project file, and its mistakes can be shown.

#![no_main]

use flanc::diagnostic::{Sources, to_text};
use flanc::{catalog, syntax};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.flan", text);
    let (items, mut found) = syntax::parse(file, text);
    found.extend(catalog::check(items).1);
    let _ = to_text(&found, &sources, false);
});
