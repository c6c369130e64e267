//! Any text is read as a `select`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = flanc::sql::tables(text);
});
