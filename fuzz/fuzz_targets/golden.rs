//! What the reader of golden files takes in, the writer gives back; nothing makes either fail.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(golden) = flanc::golden::read(text) {
        assert_eq!(flanc::golden::write(&golden), text);
    }
});
