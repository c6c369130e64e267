//! Tokenizers of every kind: what one may be, what it never does to the text of a row, and what is said of one that is broken.

use std::fs;
use std::path::Path;

use flanc::token::Tokenizer;
use serde_json::{Value, json};

pub fn bytes() -> Tokenizer {
    Tokenizer::open(Path::new("bytes")).expect("the built-in tokenizer")
}

/// Opens what is written into a folder of its own.
fn opened(files: &[(&str, &str)]) -> anyhow::Result<Tokenizer> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    Tokenizer::open(folder.path())
}

fn refused(files: &[(&str, &str)]) -> String {
    format!("{:#}", opened(files).expect_err("no tokenizer"))
}

/// The built-in tokenizer's file, changed.
pub fn changed(change: impl FnOnce(&mut Value)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    bytes().write_to(folder.path()).expect("its files");
    let text = fs::read_to_string(folder.path().join("tokenizer.json")).expect("its file");
    let mut tree = serde_json::from_str(&text).expect("JSON");
    change(&mut tree);
    tree.to_string()
}

fn special(id: u32, content: &str) -> Value {
    json!({ "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true })
}

/// Tokenizers of every kind, made up: byte-level as GPT-2 splits, as sentencepiece writes, a unigram model, and one of words.
pub fn kinds() -> Vec<(&'static str, Tokenizer)> {
    let gpt2 = changed(|tree| {
        tree["pre_tokenizer"]["use_regex"] = json!(true);
        tree["post_processor"] = Value::Null;
        for (id, token) in ["th", "the", "Ġt", "Ġthe", "in", "ing", "ĠĠ", "</"]
            .into_iter()
            .enumerate()
        {
            tree["model"]["vocab"][token] = json!(259 + id);
        }
        tree["model"]["merges"] = json!([
            ["t", "h"],
            ["th", "e"],
            ["Ġ", "t"],
            ["Ġt", "he"],
            ["i", "n"],
            ["in", "g"],
            ["Ġ", "Ġ"],
            ["<", "/"]
        ]);
        // "he" is needed by a merge.
        tree["model"]["vocab"]["he"] = json!(267);
        tree["added_tokens"] = json!([
            special(2, "</s>"),
            special(268, "<|endoftext|>"),
            special(269, "<|im_end|>")
        ]);
    });
    let mut vocab = serde_json::Map::new();
    for (id, token) in ["<unk>", "<s>", "</s>"].into_iter().enumerate() {
        vocab.insert(token.to_string(), json!(id));
    }
    for byte in 0..256 {
        vocab.insert(format!("<0x{byte:02X}>"), json!(3 + byte));
    }
    for (at, token) in ["▁", "a", "b", "s", "/", "<", ">", "▁a"].into_iter().enumerate() {
        vocab.insert(token.to_string(), json!(259 + at));
    }
    let sentencepiece = json!({
        "version": "1.0", "truncation": { "max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right" },
        "padding": null, "added_tokens": [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
        "normalizer": { "type": "Sequence", "normalizers": [{ "type": "Prepend", "prepend": "▁" },
            { "type": "Replace", "pattern": { "String": " " }, "content": "▁" }] },
        "pre_tokenizer": null,
        "post_processor": { "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "<s>": { "id": "<s>", "ids": [1], "tokens": ["<s>"] } } },
        "decoder": { "type": "Sequence", "decoders": [{ "type": "Replace", "pattern": { "String": "▁" }, "content": " " },
            { "type": "ByteFallback" }, { "type": "Fuse" }, { "type": "Strip", "content": " ", "start": 1, "stop": 0 }] },
        "model": { "type": "BPE", "dropout": 0.5, "unk_token": "<unk>", "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
            "vocab": vocab, "merges": [["▁", "a"]] },
    });
    let pieces: Vec<Value> = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
        .into_iter()
        .chain(
            [
                "▁", "a", "b", "s", "/", "<", ">", "x", "|", "e", "n", "d", "o", "f", "t",
            ]
            .map(|piece| (piece, -3.0)),
        )
        .map(|(piece, score)| json!([piece, score]))
        .collect();
    let unigram = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0, "<pad>"), special(1, "</s>"), special(2, "<unk>")],
        "normalizer": null,
        "pre_tokenizer": { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        "post_processor": { "type": "TemplateProcessing",
            "single": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "</s>", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 0 } }],
            "special_tokens": { "</s>": { "id": "</s>", "ids": [1], "tokens": ["</s>"] } } },
        "decoder": { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        "model": { "type": "Unigram", "unk_id": 2, "vocab": pieces, "byte_fallback": false },
    });
    let words = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0, "[UNK]"), special(1, "</s>")],
        "normalizer": null, "pre_tokenizer": { "type": "WhitespaceSplit" }, "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "unk_token": "[UNK]", "vocab": { "[UNK]": 0, "</s>": 1, "a": 2, "b": 3 } },
    });
    let all = [
        ("gpt2", gpt2),
        ("sentencepiece", sentencepiece.to_string()),
        ("unigram", unigram.to_string()),
        ("words", words.to_string()),
    ];
    let mut kinds: Vec<(&str, Tokenizer)> = all
        .into_iter()
        .map(|(name, text)| (name, opened(&[("tokenizer.json", &text)]).expect(name)))
        .collect();
    kinds.push(("bytes", bytes()));
    kinds
}

#[test]
fn special_token_text_in_a_row_is_text() {
    for (name, tokenizer) in kinds() {
        for text in [
            "</s>",
            "a </s> b",
            "a</s>b",
            "<|endoftext|>",
            "x<|im_end|></s>",
            "<s>",
            "<pad> </s></s>",
        ] {
            let ids = tokenizer.encode(text);
            let special: Vec<&u32> = ids.iter().filter(|id| tokenizer.is_special(**id)).collect();
            assert!(special.is_empty(), "{name} {text:?}: {special:?} of {ids:?}");
            if matches!(name, "bytes" | "gpt2" | "sentencepiece") {
                assert_eq!(tokenizer.decode(&ids), text, "{name}");
            }
            assert_eq!(ids, tokenizer.encode_by_library(text).expect("ids"), "{name} {text:?}");
        }
        // Where it is meant, it is the token.
        let meant = tokenizer.encode_marked("a</s>").expect("ids");
        assert!(
            meant.iter().any(|id| tokenizer.is_special(*id)) || name == "words",
            "{name}: {meant:?}"
        );
    }
}

#[test]
fn what_stands_around_a_text_is_asked_of_the_tokenizer() {
    let expected = [
        ("gpt2", None, 2),
        ("sentencepiece", Some(1), 2),
        ("unigram", None, 1),
        ("words", None, 1),
        ("bytes", Some(1), 2),
    ];
    for ((name, tokenizer), (_, bos, eos)) in kinds().into_iter().zip(expected) {
        assert_eq!((tokenizer.bos(), tokenizer.eos()), (bos, eos), "{name}");
        // A truncation, a padding or a dropout in the file changes no row.
        let text = "a b a b a b a b a a a";
        assert_eq!(tokenizer.encode(text), tokenizer.encode(text), "{name}");
        assert!(tokenizer.encode(text).len() >= 11, "{name}");
    }
    let base =
        changed(|tree| tree["added_tokens"] = json!([special(0, "<pad>"), special(1, "<s>"), special(2, "</s>")]));
    let named = |config: &str, text: &str| opened(&[("tokenizer.json", &base), (config, text)]).map(|t| t.eos());
    assert_eq!(
        named("tokenizer_config.json", "{\"eos_token\": \"<s>\"}").expect("a tokenizer"),
        1
    );
    let object = "{\"eos_token\": {\"content\": \"<s>\"}}";
    assert_eq!(named("special_tokens_map.json", object).expect("a tokenizer"), 1);
    assert_eq!(
        named("generation_config.json", "{\"eos_token_id\": [1, 2]}").expect("a tokenizer"),
        1
    );
    assert_eq!(named("config.json", "{\"eos_token_id\": 0}").expect("a tokenizer"), 0);
    let wrong = format!(
        "{:#}",
        named("tokenizer_config.json", "{\"eos_token\": \"<end>\"}").expect_err("no such token")
    );
    assert!(
        wrong.contains("`<end>` ends a text, which the tokenizer does not have"),
        "{wrong}"
    );
    assert!(named("tokenizer_config.json", "{\"eos").is_err());
}

#[test]
fn a_hostile_tokenizer_is_an_error_that_says_so() {
    let whole = changed(|_| {});
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "it is no JSON, or not all of it is there"),
        (
            whole[..whole.len() / 2].to_string(),
            "it is no JSON, or not all of it is there",
        ),
        ("[1, 2]".to_string(), "it has no `model`"),
        ("{\"model\": {}}".to_string(), "the library does not take it"),
        (
            changed(|tree| tree["model"]["type"] = json!("Oracle")),
            "the library does not take it",
        ),
        (
            changed(|tree| tree["model"]["merges"] = json!([["no", "such"]])),
            "the library does not take it",
        ),
        (
            changed(|tree| {
                tree["model"]["vocab"] = json!({});
                tree["added_tokens"] = json!([]);
                tree["post_processor"] = Value::Null;
            }),
            "it has no token",
        ),
        (
            changed(|tree| {
                tree["added_tokens"] = json!([]);
                tree["model"]["vocab"] = json!({ "a": 0 });
                tree["post_processor"] = Value::Null;
            }),
            "name it with `--eos TOKEN`",
        ),
        (
            json!({ "version": "1.0", "added_tokens": [special(0, "</s>")], "model":
                { "type": "WordLevel", "unk_token": "[UNK]", "vocab": { "</s>": 0, "a": 1 } } })
            .to_string(),
            "what it does not know",
        ),
    ];
    for (text, expected) in cases {
        let said = refused(&[("tokenizer.json", &text)]);
        assert!(said.contains(expected), "{expected:?} is not in {said:?}");
        assert!(said.contains("tokenizer.json"), "{said}");
    }
    let nowhere = Tokenizer::open(Path::new("no/such/folder")).expect_err("nothing there");
    assert!(format!("{nowhere:#}").contains("there is no tokenizer at no/such/folder"));
}

#[test]
fn the_files_that_are_written_open_again() {
    for (name, tokenizer) in kinds() {
        let folder = tempfile::tempdir().expect("a folder");
        tokenizer.write_to(folder.path()).expect("its files");
        let again = Tokenizer::open(folder.path()).expect(name);
        assert_eq!(again.digest(), tokenizer.digest(), "{name}");
        assert_eq!((again.bos(), again.eos()), (tokenizer.bos(), tokenizer.eos()), "{name}");
    }
}
