//! A tokenizer that needs no file: a token for each byte, and three special ones.

use serde_json::{Map, Value, json};

/// What the tokenizer is asked for by.
pub const BYTES: &str = "bytes";

/// Its special tokens, whose ids are 0, 1 and 2. Byte `b` is the token `3 + b`.
const SPECIAL: [&str; 3] = ["<pad>", "<s>", "</s>"];

/// Its `tokenizer.json`.
pub fn tokenizer() -> String {
    let mut vocab = Map::new();
    for (id, token) in SPECIAL.into_iter().enumerate() {
        vocab.insert(token.to_string(), json!(id));
    }
    for (byte, character) in alphabet().into_iter().enumerate() {
        vocab.insert(character.to_string(), json!(byte + SPECIAL.len()));
    }
    let added = SPECIAL.iter().enumerate().map(|(id, token)| {
        json!({ "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true })
    });
    let begin = json!({ "SpecialToken": { "id": SPECIAL[1], "type_id": 0 } });
    let text = |id: &str, kind: u32| json!({ "Sequence": { "id": id, "type_id": kind } });
    let tokenizer = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<Value>>(),
        "normalizer": null,
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, text("A", 0)],
            "pair": [begin, text("A", 0), text("B", 1)],
            "special_tokens": { SPECIAL[1]: { "id": SPECIAL[1], "ids": [1], "tokens": [SPECIAL[1]] } },
        },
        "decoder": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false },
        "model": { "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocab, "merges": [] },
    });
    format!("{tokenizer:#}\n")
}

/// Its `tokenizer_config.json`.
pub fn config() -> Value {
    let [pad, bos, eos] = SPECIAL;
    json!({ "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": bos, "eos_token": eos, "pad_token": pad,
        "clean_up_tokenization_spaces": false })
}

/// The character that byte-level vocabularies write for each byte: itself where it can be seen, else one from 256 on.
pub fn alphabet() -> [char; 256] {
    let mut alphabet = ['\0'; 256];
    let mut next = 256;
    for byte in 0..=255_u8 {
        let seen = matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
        alphabet[usize::from(byte)] = match seen {
            true => char::from(byte),
            false => {
                next += 1;
                char::from_u32(next - 1).unwrap_or_default()
            }
        };
    }
    alphabet
}
