//! Builds of packed tokens: the rows that a trainer would make of the texts, counted, cached, verified, traced and shown.

use std::path::PathBuf;

use flanc::shard;
use flanc::token::{Frame, NO_LOSS, Packer, Settings, Sides, Texts, TooLong};
use serde_json::{Value, json};

use crate::built::files;
use crate::packing::texts_of;
use crate::support::Project;
use crate::tokenizers::{bytes, changed};

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
