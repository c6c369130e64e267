//! Any text is read as a Python file with tables.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = flanc::import::read_python(text);
});
