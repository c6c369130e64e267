//! Texts to tokens: what a tokenizer may be, what it never does to row text, limits, packing, and the builds made of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use flanc::shard;
use flanc::token::{Dropped, Frame, Join, NO_LOSS, Packer, Row, Settings, Sides, Texts, Tokenizer, TooLong, fit};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::built::files;
use crate::support::Project;

fn bytes() -> Tokenizer {
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
fn changed(change: impl FnOnce(&mut Value)) -> String {
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
fn kinds() -> Vec<(&'static str, Tokenizer)> {
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

/// Any characters at all.
fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), length).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn every_example_is_in_one_row_and_rows_are_full(lengths in prop::collection::vec(1..=100_usize, 0..400)) {
        let rows = fit(&lengths, 100);
        let mut all: Vec<usize> = rows.iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..lengths.len()));
        let sizes = rows.iter().map(|row| row.iter().map(|at| lengths[*at]).sum::<usize>());
        for size in sizes {
            prop_assert!(size <= 100);
        }
        prop_assert!(rows.iter().all(|row| row.is_sorted()));
        prop_assert!(rows.is_sorted_by_key(|row| row[0]));
        // Best fit decreasing needs at most 11/9 of the least number of rows, and four more.
        let least = lengths.iter().sum::<usize>().div_ceil(100);
        let halves = lengths.iter().filter(|length| **length > 50).count();
        prop_assert!(rows.len() * 9 <= least.max(halves) * 11 + 36 || rows.len() <= least.max(halves) * 3 / 2 + 1);
        prop_assert_eq!(rows, fit(&lengths, 100));
    }

    #[test]
    fn rows_do_not_hang_on_how_many_examples_come_at_once_nor_on_threads(
        texts in prop::collection::vec((text(0..60), text(1..20)), 1..120),
        at_once in 1..50_usize,
    ) {
        let tokenizer = bytes();
        let settings = Settings { seq_len: 160, max_inputs: 100, max_targets: 40, ..Settings::default() };
        let all = packed(&tokenizer, settings, &texts, texts.len(), 3);
        prop_assert_eq!(&all, &packed(&tokenizer, settings, &texts, at_once, 1));
        // Each example that a row may hold is in one, whole, and says what it said.
        let mut seen = BTreeSet::new();
        for row in &all.0 {
            let mut start = 0;
            for (at, (length, prompt)) in row.examples.iter().zip(row.sizes()) {
                prop_assert!(seen.insert(*at));
                let ids = &row.input_ids[start..start + length];
                let (inputs, targets) = &texts[*at];
                let cut = |text: &str, most: usize| String::from_utf8_lossy(&text.as_bytes()[..text.len().min(most)]).into_owned();
                prop_assert_eq!(tokenizer.decode(&ids[1..prompt - 1]), cut(inputs, 100));
                prop_assert_eq!(tokenizer.decode(&ids[prompt..length - 1]), cut(targets, 40));
                start += length;
            }
        }
        prop_assert_eq!(seen.len(), texts.len());
        let tokens: usize = all.0.iter().map(Row::len).sum();
        prop_assert_eq!(tokens, all.1);
    }
}

/// The rows of some texts, and the tokens that were counted.
fn packed(
    tokenizer: &Tokenizer,
    settings: Settings,
    texts: &[(String, String)],
    at_once: usize,
    threads: usize,
) -> (Vec<Row>, usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| {
        let frame = Frame::new(tokenizer, settings).expect("settings that fit");
        let mut packer = Packer::new(&frame);
        let (mut rows, mut tokens) = (Vec::new(), 0);
        for some in texts.chunks(at_once) {
            let some: Vec<Texts<'_>> = some
                .iter()
                .map(|(inputs, targets)| Texts {
                    system: None,
                    inputs,
                    targets,
                })
                .collect();
            tokens += packer
                .push(&some)
                .expect("tokens")
                .iter()
                .map(|of| of.tokens as usize)
                .sum::<usize>();
            rows.extend(packer.ready());
        }
        rows.extend(packer.rest().expect("rows"));
        (rows, tokens)
    })
}

fn texts_of<'t>(inputs: &'t str, targets: &'t str) -> Texts<'t> {
    Texts {
        system: None,
        inputs,
        targets,
    }
}

#[test]
fn limits_take_what_they_say_and_count_it() {
    let tokenizer = bytes();
    let settings = |too_long| Settings {
        seq_len: 32,
        max_inputs: 6,
        max_targets: 4,
        too_long,
        ..Settings::default()
    };
    let said = |too_long, texts| {
        let frame = Frame::new(&tokenizer, settings(too_long)).expect("settings that fit");
        frame.example(texts).expect("an example").map(|example| {
            let text = |ids: &[u32]| tokenizer.decode_marked(ids);
            (
                text(&example.ids[..example.prompt]),
                text(&example.ids[example.prompt..]),
                example.lost,
            )
        })
    };
    let text = |a: &str, b: &str, lost| Ok((a.to_string(), b.to_string(), lost));
    assert_eq!(
        said(TooLong::Trim, texts_of("abcdef", "wxyz")),
        text("<s>abcdef\n", "wxyz</s>", (0, 0))
    );
    assert_eq!(
        said(TooLong::Trim, texts_of("abcdefgh", "vwxyz")),
        text("<s>abcdef\n", "vwxy</s>", (2, 1))
    );
    assert_eq!(
        said(TooLong::TrimStart, texts_of("abcdefgh", "vwxyz")),
        text("<s>cdefgh\n", "vwxy</s>", (2, 1))
    );
    assert_eq!(said(TooLong::Drop, texts_of("abcdefgh", "wxyz")), Err(Dropped::TooLong));
    assert_eq!(said(TooLong::Drop, texts_of("abc", "vwxyz")), Err(Dropped::TooLong));
    assert_eq!(said(TooLong::Trim, texts_of("abc", "")), Err(Dropped::NoTarget));
    let with = Texts {
        system: Some("S"),
        inputs: "abc",
        targets: "t",
    };
    assert_eq!(said(TooLong::Trim, with), text("<s>S\nabc\n", "t</s>", (0, 0)));
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let tokenizer = bytes();
    let refused = |settings: Settings| format!("{:#}", Frame::new(&tokenizer, settings).err().expect("a refusal"));
    let rest = Settings::default();
    let small = refused(Settings { seq_len: 512, ..rest });
    assert!(
        small.contains("do not fit a row of 512") && small.contains("--max-inputs"),
        "{small}"
    );
    assert!(
        Frame::new(
            &tokenizer,
            Settings {
                seq_len: 512,
                too_long: TooLong::Drop,
                ..rest
            }
        )
        .is_ok()
    );
    let joined = refused(Settings {
        join: Join::Eos,
        sides: Sides::Jointly,
        ..rest
    });
    assert!(joined.contains("tokenise them apart"), "{joined}");
    assert!(refused(Settings { max_targets: 0, ..rest }).contains("leaves nothing"));
}

#[test]
fn an_example_longer_than_a_row_is_left_out_and_never_cut() {
    let tokenizer = bytes();
    let settings = Settings {
        seq_len: 10,
        max_inputs: 9,
        max_targets: 9,
        too_long: TooLong::Drop,
        ..Settings::default()
    };
    let texts: Vec<(String, String)> = [("abc", "def"), ("abcd", "defg"), ("abcd", "def")]
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .into();
    let (rows, tokens) = packed(&tokenizer, settings, &texts, 1, 1);
    assert_eq!(rows.iter().flat_map(|row| &row.examples).collect::<Vec<_>>(), [&0, &2]);
    assert_eq!(tokens, 9 + 10);
}

#[test]
fn both_joins_and_both_ways_mask_by_what_was_rendered() {
    for (name, tokenizer) in kinds() {
        for join in [Join::Newline, Join::Eos, Join::Nothing] {
            for sides in [Sides::Apart, Sides::Jointly] {
                let Ok(frame) = Frame::new(
                    &tokenizer,
                    Settings {
                        join,
                        sides,
                        ..Settings::default()
                    },
                ) else {
                    // The words and the unigram model know no line's end.
                    assert!(matches!(name, "words" | "unigram") || (join, sides) == (Join::Eos, Sides::Jointly));
                    continue;
                };
                if (name, sides) == ("words", Sides::Jointly) {
                    // A word across the border is one that it does not know.
                    continue;
                }
                // The target's text is in the inputs as well, where it has no loss.
                let example = frame
                    .example(texts_of("a b s", "b a"))
                    .expect("an example")
                    .expect("tokens");
                let target = &example.ids[example.prompt..];
                assert_eq!(target.last(), Some(&tokenizer.eos()), "{name}");
                let said = tokenizer.decode(&target[..target.len() - 1]);
                let wanted = tokenizer.decode(&tokenizer.encode("b a"));
                assert_eq!(said.trim_start(), wanted.trim_start(), "{name} {join:?} {sides:?}");
                if sides == Sides::Apart {
                    assert_eq!(
                        example.ids[..example.prompt],
                        frame.prompt(None, "a b s").expect("a prompt"),
                        "{name}"
                    );
                }
            }
        }
    }
}

/// A project with rows of several lengths, in two datasets.
fn project() -> Project {
    let project = Project::new();
    let row = |at: usize| {
        let story = "once upon a time ".repeat(at % 13);
        format!(
            "{{\"story\": \"{story}{at}\", \"question\": \"Why {at}?\", \"reply\": \"since {}\"}}\n",
            "so ".repeat(at % 7)
        )
    };
    let sum = |at: usize| format!("{{\"left\": {at}, \"total\": {}}}\n", at * 2);
    project
        .write(
            "flanc.toml",
            "[build]\nmixture = \"all\"\nsource = \"sample\"\ndata = \"data\"\nshards = 3\n",
        )
        .write(
            "project.flan",
            r#"
cluster tales {}
cluster numbers {}
dataset tales in tales {
  field story: text
  field question: text
  field reply: text
  answer reply
  reserve 20
  source sample { train { rows jsonl "tales.jsonl" } test { rows jsonl "tales-test.jsonl" } }
}
dataset doubles in numbers {
  field left: number
  field total: number
  answer total
  reserve 20
  source sample { train { rows jsonl "doubles.jsonl" } }
}
templates tales for tales {
  template ask { input "{{ story }}\n\n{{ question }}" target "{{ answer }}" }
  template first { input "{{ question }}\n{{ story }}" target "{{ answer }}" }
}
templates doubles for doubles {
  template plus { input "{{ left }} + {{ left }} =" target "{{ total }}" }
}
mixture all { include all rates proportional maximum 3000 }
mixture as_paper extends all { profile paper }
mixture few extends all { shots 3 budget 120 tokens { shot "{{ inputs }}\n{{ targets }}" between "\n\n" } }
mixture few_bytes extends all { shots 3 budget 120 bytes { shot "{{ inputs }}\n{{ targets }}" between "\n\n" } }
"#,
        )
        .write("data/tales.jsonl", &(0..300).map(row).collect::<String>())
        .write("data/tales-test.jsonl", &(1000..1040).map(row).collect::<String>())
        .write("data/doubles.jsonl", &(0..200).map(sum).collect::<String>());
    project
}

const TOKENS: &[&str] = &[
    "--tokenizer",
    "bytes",
    "--layout",
    "tokens",
    "--seq-len",
    "256",
    "--max-inputs",
    "100",
    "--max-targets",
    "20",
];

fn build(project: &Project, out: &str, more: &[&str]) -> Value {
    let args = [&["build", "--format", "json", "--out", out], more].concat();
    project.run(&args).ok().json()["manifest"].clone()
}

fn token_rows(project: &Project, out: &str, manifest: &Value, split: &str) -> Vec<Vec<shard::TokenRow>> {
    let shards = manifest["shards"].as_array().expect("shards").iter();
    shards
        .filter(|shard| shard["split"] == split)
        .map(|shard| {
            let path = project.path(out).join(shard["file"].as_str().expect("a file"));
            let mut rows = Vec::new();
            shard::read_token_rows(&path, |row| {
                rows.push(row);
                Ok(())
            })
            .expect("rows");
            rows
        })
        .collect()
}

#[test]
fn a_build_of_tokens_holds_the_rows_that_a_trainer_makes_of_its_texts() {
    let project = project();
    let texts = build(&project, "texts", &[]);
    for (policy, sides) in [("trim", "apart"), ("trim-start", "jointly"), ("drop", "apart")] {
        let more = [TOKENS, &["--too-long", policy, "--tokenise", sides]].concat();
        let tokens = build(&project, "tokens", &more);
        let tokenizer = bytes();
        let settings = Settings {
            seq_len: 256,
            max_inputs: 100,
            max_targets: 20,
            too_long: match policy {
                "trim" => TooLong::Trim,
                "trim-start" => TooLong::TrimStart,
                _ => TooLong::Drop,
            },
            sides: if sides == "apart" { Sides::Apart } else { Sides::Jointly },
            ..Settings::default()
        };
        let frame = Frame::new(&tokenizer, settings).expect("settings that fit");
        for split in ["train", "validation"] {
            let built = token_rows(&project, "tokens", &tokens, split);
            let shards = texts["shards"].as_array().expect("shards").iter();
            let shards: Vec<&Value> = shards.filter(|shard| shard["split"] == split).collect();
            assert_eq!(built.len(), shards.len());
            for (built, shard) in built.iter().zip(shards) {
                let mut packer = Packer::new(&frame);
                let mut records = Vec::new();
                let path = project.path("texts").join(shard["file"].as_str().expect("a file"));
                shard::read_records(&path, |record| records.push(record)).expect("records");
                let all: Vec<Texts<'_>> = records.iter().map(|of| texts_of(&of.inputs, &of.targets)).collect();
                packer.push(&all).expect("tokens");
                let made = packer.rest().expect("rows");
                assert_eq!(built.len(), made.len());
                for (built, made) in built.iter().zip(&made) {
                    assert_eq!(built.input_ids, made.input_ids);
                    assert_eq!(built.labels, made.labels);
                    assert_eq!(built.position_ids, made.position_ids);
                    assert_eq!(built.segment_ids, made.segment_ids);
                    let keys = made.examples.iter().map(|at| &records[*at].row_key);
                    assert!(built.examples.iter().map(|of| &of.row_key).eq(keys));
                    built.check().expect("a sound row");
                    assert!(built.labels.iter().any(|label| *label != NO_LOSS));
                }
            }
        }
        assert_eq!(
            project
                .run(&["verify", "tokens"])
                .ok()
                .stdout
                .matches("all as the manifest says")
                .count(),
            1
        );
    }
}

#[test]
fn every_row_is_used_or_counted_and_every_lost_token_too() {
    let project = project();
    let texts = build(&project, "texts", &[]);
    let trimmed = build(&project, "trimmed", TOKENS);
    let dropped = build(&project, "dropped", &[TOKENS, &["--too-long", "drop"]].concat());
    let sum = |manifest: &Value, dataset: &str, field: &str| -> u64 {
        let splits = manifest["datasets"][dataset]["tokens"]
            .as_object()
            .expect("counts")
            .values();
        splits
            .flat_map(|split| split.as_object().expect("templates").values())
            .map(|count| count[field].as_u64().expect(field))
            .sum()
    };
    // The rest is as in a build of texts.
    for manifest in [&trimmed, &dropped] {
        assert_eq!(manifest["settings"], texts["settings"]);
        assert_eq!(manifest["catalog"], texts["catalog"]);
        assert_eq!(manifest["layout"], "tokens");
        assert_eq!(manifest["tokens"]["seq_len"], 256);
        assert_eq!(manifest["tokens"]["bos"], 1);
        let test = |manifest: &Value| -> Vec<Value> {
            let shards = manifest["shards"].as_array().expect("shards").iter();
            shards.filter(|shard| shard["split"] == "test").cloned().collect()
        };
        assert_eq!(test(manifest), test(&texts));
    }
    assert_eq!(
        trimmed["datasets"]["tales"]["content"],
        texts["datasets"]["tales"]["content"]
    );
    assert!(sum(&trimmed, "tales", "inputs_lost") > 0 && sum(&trimmed, "tales", "targets_lost") > 0);
    assert_eq!(sum(&trimmed, "tales", "too_long"), 0);
    assert_eq!(sum(&dropped, "tales", "inputs_lost"), 0);
    let left = dropped["datasets"]["tales"]["rows"]["too long"]
        .as_u64()
        .expect("rows too long");
    assert!(left > 0 && sum(&dropped, "tales", "too_long") >= left);
    let rows = |manifest: &Value| manifest["datasets"]["tales"]["rows"]["used"].as_u64().expect("rows");
    assert_eq!(rows(&dropped) + left, rows(&texts));
    let achieved = |manifest: &Value| {
        manifest["datasets"]["tales"]["examples"]["train"]
            .as_u64()
            .expect("examples")
    };
    assert!(achieved(&dropped) < achieved(&texts));
    assert_eq!(sum(&dropped, "doubles", "too_long"), 0);
    // The shards add up to the same.
    let tokens: u64 = ["tales", "doubles"].map(|id| sum(&dropped, id, "tokens")).iter().sum();
    let shards = dropped["shards"].as_array().expect("shards").iter();
    assert_eq!(
        shards
            .map(|shard| shard["tokens"]["tokens"].as_u64().unwrap_or(0))
            .sum::<u64>(),
        tokens
    );
    let said = project
        .run(&[
            "build",
            "--out",
            "again",
            "--too-long",
            "drop",
            "--tokenizer",
            "bytes",
            "--layout",
            "tokens",
            "--seq-len",
            "256",
            "--max-inputs",
            "100",
            "--max-targets",
            "20",
        ])
        .ok();
    assert!(
        said.stdout.contains("too long") && said.stdout.contains("% full"),
        "{}",
        said.stdout
    );
}

#[test]
fn the_threads_and_the_cache_do_not_show() {
    let project = project();
    for more in [
        &[][..],
        &["--shard-by", "dataset"],
        &["--max-inputs", "50"],
        &["--join", "eos"],
        &["--format", "jsonl"],
    ] {
        let more = [TOKENS, more].concat();
        let more: Vec<&str> = match more.iter().filter(|word| **word == "--max-inputs").count() {
            2 => {
                let first = more.iter().position(|word| *word == "--max-inputs").expect("one");
                [&more[..first], &more[first + 2..]].concat()
            }
            _ => more,
        };
        build(
            &project,
            "one",
            &[&more[..], &["--threads", "1", "--no-cache"]].concat(),
        );
        build(&project, "four", &[&more[..], &["--threads", "4"]].concat());
        assert!(
            files(&project.path("one")) == files(&project.path("four")),
            "{more:?}: the threads show"
        );
        let args = [&["build", "--format", "json", "--out", "again"], &more[..]].concat();
        if !more.contains(&"jsonl") {
            let work = project.run(&args).ok().json()["work"].clone();
            assert_eq!(work["tokenised"], 0, "{more:?}");
            assert!(
                files(&project.path("one")) == files(&project.path("again")),
                "{more:?}: the cache shows"
            );
        }
        project.run(&["verify", "four"]).ok();
    }
}

#[test]
fn the_cache_knows_the_tokenizer_by_what_it_says() {
    let project = project();
    let file = |tree: &str| project.write("mine/tokenizer.json", tree);
    let flags = ["--tokenizer", "mine", "--layout", "tokens"];
    file(&changed(|_| {}));
    build(&project, "with", &flags);
    // The same place, other ids.
    file(
        &changed(|tree| tree["model"]["vocab"]["th"] = json!(259))
            .replace("\"merges\":[]", "\"merges\":[[\"t\",\"h\"]]"),
    );
    build(&project, "with", &flags);
    build(&project, "without", &[&flags[..], &["--no-cache"]].concat());
    assert!(
        files(&project.path("with")) == files(&project.path("without")),
        "the cache shows"
    );
    // Other texts of the same rows.
    let text = project
        .read("project.flan")
        .replace("{{ left }} + {{ left }} =", "{{ left }} twice is");
    project.write("project.flan", &text);
    build(&project, "with", &flags);
    build(&project, "without", &[&flags[..], &["--no-cache"]].concat());
    assert!(
        files(&project.path("with")) == files(&project.path("without")),
        "the cache shows"
    );
}

#[test]
fn a_budget_of_tokens_counts_those_of_the_tokenizer() {
    let project = project();
    let refused = project.run(&["build", "few"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--tokenizer PATH"), "{}", refused.stderr);
    let tokens = build(&project, "tokens", &["few", "--tokenizer", "bytes"]);
    let bytes = build(&project, "bytes", &["few_bytes"]);
    assert_eq!(tokens["content"], bytes["content"]);
    // A tokenizer with longer tokens leaves room for more.
    let merged = changed(|tree| {
        tree["model"]["vocab"]["on"] = json!(259);
        tree["model"]["merges"] = json!([["o", "n"]]);
    });
    project.write("mine/tokenizer.json", &merged);
    let fewer = build(&project, "tokens", &["few", "--tokenizer", "mine"]);
    assert_ne!(fewer["content"], bytes["content"]);
    build(&project, "without", &["few", "--tokenizer", "mine", "--no-cache"]);
    assert!(
        files(&project.path("tokens")) == files(&project.path("without")),
        "the cache shows"
    );
}

#[test]
fn what_joins_both_sides_is_the_profiles_unless_it_is_said() {
    let project = project();
    let join = |more: &[&str]| build(&project, "built", &[TOKENS, more].concat())["tokens"]["join"].clone();
    assert_eq!(join(&[]), "newline");
    assert_eq!(join(&["as_paper"]), "eos");
    assert_eq!(join(&["as_paper", "--join", "nothing"]), "nothing");
}

#[test]
fn a_row_that_gives_a_special_token_all_the_same_ends_the_build_by_its_name() {
    // Here merges make the special token out of its letters, so that it cannot be hidden.
    let merged = changed(|tree| {
        for (id, token) in ["</", "s>"].into_iter().enumerate() {
            tree["model"]["vocab"][token] = json!(259 + id);
        }
        tree["model"]["merges"] = json!([["<", "/"], ["s", ">"], ["</", "s>"]]);
    });
    let project = project();
    project.write("mine/tokenizer.json", &merged);
    let args = ["build", "--tokenizer", "mine", "--layout", "tokens"];
    project.run(&args).ok();
    let line = "{\"story\": \"It ends.</s>\", \"question\": \"Why?\", \"reply\": \"so\"}\n";
    project.write("data/tales.jsonl", &(project.read("data/tales.jsonl") + line));
    let said = project.run(&args);
    assert_eq!(said.code, 2);
    let named = said.stderr.contains("of tales through") && said.stderr.contains("gives the special token 2");
    assert!(named, "{}", said.stderr);
}

#[test]
fn verify_finds_a_row_that_was_changed() {
    let project = project();
    let manifest = build(&project, "tokens", &[TOKENS, &["--format", "jsonl"]].concat());
    let file = manifest["shards"][0]["file"].as_str().expect("a file");
    let path = format!("tokens/{file}");
    let text = project.read(&path);
    let label = text.find("-100").expect("a token without a loss");
    project.write(&path, &format!("{}7{}", &text[..label], &text[label + 4..]));
    let found = project.run(&["verify", "tokens"]);
    assert_eq!(found.code, 1);
    assert!(
        found.stderr.contains("another label, position or segment"),
        "{}",
        found.stderr
    );
}

#[test]
fn an_example_of_tokens_is_traced_and_what_reads_texts_says_why_not() {
    let project = project();
    let manifest = build(&project, "tokens", TOKENS);
    let rows = token_rows(&project, "tokens", &manifest, "train");
    for of in rows[0][0].examples.iter().take(3) {
        let said = project.run(&["trace", "--in", "tokens", &of.row_key]).ok();
        assert!(said.stdout.contains("rendered again: equal"), "{}", said.stdout);
    }
    for args in [&["stats", "tokens"][..], &["diff", "tokens", "tokens"]] {
        let said = project.run(args);
        assert_eq!(said.code, 2);
        assert!(
            said.stderr.contains("holds tokens, and this is about texts"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn show_draws_the_mask_over_the_text() {
    let project = project();
    let said = project
        .run(&["show", "doubles", "--tokens", "--tokenizer", "bytes"])
        .ok()
        .stdout;
    assert!(said.contains("tokens │ <s>╎"), "{said}");
    assert!(said.contains("=╎⏎\n       │ ⟦"), "{said}");
    assert!(said.contains("╎</s>⟧") && said.contains("with a loss"), "{said}");
    let value = project
        .run(&[
            "show",
            "doubles",
            "--tokens",
            "--tokenizer",
            "bytes",
            "--format",
            "json",
        ])
        .ok()
        .json();
    let tokens = &value["examples"][0]["tokens"];
    let (ids, labels) = (tokens["input_ids"].as_array(), tokens["labels"].as_array());
    assert_eq!(ids.map(Vec::len), labels.map(Vec::len));
    assert_eq!(labels.and_then(|labels| labels.last()), Some(&json!(2)));
    let short = project
        .run(&[
            "show",
            "tales",
            "--tokens",
            "--tokenizer",
            "bytes",
            "--max-targets",
            "3",
        ])
        .ok()
        .stdout;
    assert!(short.contains("of the targets are lost"), "{short}");
    assert_eq!(project.run(&["show", "tales", "--tokens"]).code, 2);
    let missing = project.run(&["build", "--layout", "tokens"]);
    assert!(
        missing.code == 2 && missing.stderr.contains("--tokenizer bytes"),
        "{}",
        missing.stderr
    );
    let none = PathBuf::from("nowhere");
    let gone = project.run(&[
        "build",
        "--layout",
        "tokens",
        "--tokenizer",
        none.to_str().expect("a path"),
    ]);
    assert!(
        gone.code == 2 && gone.stderr.contains("there is no tokenizer at"),
        "{}",
        gone.stderr
    );
}
