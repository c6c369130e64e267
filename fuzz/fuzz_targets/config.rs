//! Any text is read as a `flanc.toml`, and its mistakes can be shown.

#![no_main]

use flanc::diagnostic::{Sources, to_text};
use flanc::project::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("flanc.toml", text);
    if let Err(found) = Config::parse(file, text) {
        let _ = to_text(&found, &sources, false);
    }
});
