//! Any text that is a project file is laid out once and for all, and says the same afterwards.

#![no_main]

use flanc::diagnostic::Sources;
use flanc::syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Sources::default().add("fuzz.flan", text);
    if let Ok(once) = syntax::format(file, text) {
        let twice = syntax::format(file, &once).expect("what was laid out can be read");
        assert_eq!(once, twice);
    }
});
