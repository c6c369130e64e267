//! Any text is read as a YAML file with templates, and as a template in Jinja.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = flanc::import::read_yaml(text);
    let _ = flanc::import::read_jinja(text);
});
