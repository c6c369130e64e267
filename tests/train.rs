//! `flanc train`: what a run leaves, that it goes on exactly where it was killed, and what it says of what cannot be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::schema::fits;
use crate::support::{Project, Run};

/// A project of one dataset whose labels can be told from the text, built; and the settings of a small model.
fn project(rows: usize) -> Project {
    let project = Project::new();
    project.write(
        "all.flan",
        r#"cluster misc { title "Rest" }
dataset t in misc {
  title "T"
  field text: text
  field label: choice { good bad }
  source sample { train { rows jsonl "t/rows.jsonl" } }
  reserve 40
}
templates t for t {
  template say { input "{{ text }}" target "{{ answer }}" }
  template ask { input "Is it? {{ text }}" target "{{ answer }}" }
}
mixture flan { title "All" include all cap none rates proportional }
"#,
    );
    let row = |at: usize| {
        let (word, label) = [("sunny", "good"), ("rainy", "bad")][at % 2];
        format!("{{\"text\": \"day {at} is {word}\", \"label\": \"{label}\"}}\n")
    };
    project.write("datasets/samples/t/rows.jsonl", &(0..rows).map(row).collect::<String>());
    let config = serde_json::json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "intermediate_size": 48,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 260,
        "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "bos_token_id": 1,
        "eos_token_id": 2
    });
    project.write("small.json", &config.to_string());
    project.run(&["build"]).ok();
    project
}

/// Writes a tokenizer like that of a run into `other/`, whose file has other bytes.
fn write_another_tokenizer(project: &Project, run: &str) {
    let tokenizer = project.read(&format!("{run}/tokenizer.json"));
    project.write(
        "other/tokenizer.json",
        &tokenizer.replace("\"version\"", " \"version\""),
    );
    let config = project.read(&format!("{run}/tokenizer_config.json"));
    project.write("other/tokenizer_config.json", &config);
}

/// The arguments of a run into `out`, with more of them.
fn args<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "train",
        "build/flan",
        "--from-scratch",
        "small.json",
        "--tokenizer",
        "bytes",
        "--seq-len",
        "128",
        "--max-inputs",
        "90",
        "--max-targets",
        "20",
        "--batch-tokens",
        "512",
        "--out",
        out,
    ];
    args.extend(more);
    args
}

fn train(project: &Project, out: &str, more: &[&str]) -> Run {
    project.run(&args(out, more))
}

/// The files of a run, without how long things took.
fn run_files(project: &Project, out: &str) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, all);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                all.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    let (root, mut all) = (project.path(out), BTreeMap::new());
    walk(&root, &root, &mut all);
    all.remove("times.jsonl");
    all
}

#[track_caller]
fn same_files(project: &Project, one: &str, other: &str) {
    let (one, other) = (run_files(project, one), run_files(project, other));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{name} differs");
    }
}

fn log(project: &Project, out: &str) -> Vec<Value> {
    let text = project.read(&format!("{out}/log.jsonl"));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[test]
fn a_run_learns_and_leaves_a_model_with_its_recipe() {
    let project = project(400);
    let run = train(
        &project,
        "run",
        &[
            "--steps",
            "40",
            "--eval-every",
            "10",
            "--clip",
            "1",
            "--learning-rate",
            "0.003",
            "--format",
            "json",
        ],
    )
    .ok();
    fits(&project, "train", &run.json());
    let log = log(&project, "run");
    let held = |line: &&Value| line["held_in"].is_object();
    let (first, last) = (log.iter().find(held).unwrap(), log.iter().rfind(held).unwrap());
    let loss = |line: &Value, of: &str| line["held_in"].pointer(of).and_then(Value::as_f64).expect("a loss");
    for of in [
        "/loss",
        "/clusters/misc/loss",
        "/datasets/t/loss",
        "/templates/t~1say/loss",
        "/templates/t~1ask/loss",
    ] {
        assert!(
            loss(last, of) < 0.7 * loss(first, of),
            "{of}: {} then {}",
            loss(first, of),
            loss(last, of)
        );
    }
    assert_eq!(log.iter().filter(|line| line["gradient_norm"].is_number()).count(), 40);
    for name in [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "recipe.json",
        "trained.json",
        "checkpoints/best/model.safetensors",
        "checkpoints/last/optimizer.safetensors",
    ] {
        assert!(project.path("run").join(name).is_file(), "{name} is missing");
    }
    let recipe: Value = serde_json::from_str(&project.read("run/recipe.json")).unwrap();
    assert_eq!(
        (&recipe["steps"], &recipe["optimizer"]["name"]),
        (&40.into(), &"adafactor".into())
    );
    // What was trained is a model to begin with.
    let more = [
        "train",
        "build/flan",
        "--model",
        "run",
        "--out",
        "more",
        "--steps",
        "2",
        "--max-inputs",
        "90",
        "--max-targets",
        "20",
    ];
    project.run(&more).ok();
}

#[test]
fn the_same_recipe_gives_the_same_bytes_whatever_the_threads() {
    let project = project(200);
    let more = |threads| {
        [
            "--epochs",
            "2",
            "--learning-rate",
            "0.003",
            "--optimizer",
            "adamw",
            "--accumulate",
            "3",
            "--schedule",
            "cosine",
            "--threads",
            threads,
        ]
    };
    train(&project, "one", &more("1")).ok();
    train(&project, "two", &more("3")).ok();
    same_files(&project, "one", "two");
    train(&project, "other", &[&more("1")[..], &["--seed", "9"]].concat()).ok();
    assert_ne!(project_bytes(&project, "one"), project_bytes(&project, "other"));
}

fn project_bytes(project: &Project, out: &str) -> Vec<u8> {
    fs::read(project.path(out).join("model.safetensors")).expect("a model")
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    let project = project(300);
    let more = [
        "--steps",
        "60",
        "--learning-rate",
        "0.003",
        "--eval-every",
        "7",
        "--save-every",
        "2",
        "--optimizer",
        "adamw",
    ];
    train(&project, "whole", &more).ok();
    let mut killed = 0;
    let mut wait = 20;
    for attempt in 0.. {
        let go_on = ["--continue"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_flanc"))
            .current_dir(project.dir.path())
            .args(args("killed", &[&more[..], &go_on[..]].concat()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        // Other moments each time; ten kills, then to the end.
        wait = (wait * 37 + 11) % 150 + 15 * (attempt + 1);
        std::thread::sleep(Duration::from_millis(wait));
        if killed < 10 && child.try_wait().expect("a state").is_none() {
            child.kill().expect("a kill");
            child.wait().expect("an end");
            killed += 1;
            continue;
        }
        assert!(child.wait().expect("an end").success());
        break;
    }
    assert!(killed > 2, "only {killed} runs were killed");
    same_files(&project, "whole", "killed");
    // Again changes nothing.
    train(&project, "killed", &[&more[..], &["--continue"]].concat()).ok();
    same_files(&project, "whole", "killed");
}

#[test]
fn a_run_goes_on_only_with_its_own_recipe() {
    let project = project(100);
    train(&project, "run", &["--steps", "2"]).ok();
    train(&project, "run", &["--steps", "2"]).fails(2, &["has a run already", "--continue"]);
    let again = |more: &[&str]| train(&project, "run", &[more, &["--continue"]].concat());
    again(&["--steps", "3"]).fails(2, &["its recipe is another", "`steps` was 2, and is 3"]);
    again(&["--steps", "2", "--seed", "1"]).fails(2, &["`seed` was 0, and is 1"]);
    project.write(
        "datasets/samples/t/rows.jsonl",
        "{\"text\": \"new\", \"label\": \"good\"}\n{\"text\": \"more\", \"label\": \"bad\"}\n",
    );
    project.run(&["build"]).ok();
    again(&["--steps", "2"]).fails(2, &["the build is another", "manifest"]);
    project.write("foreign/file.txt", "mine");
    train(&project, "foreign", &["--steps", "2"]).fails(2, &["holds no run"]);
}

#[test]
fn a_checkpoint_that_is_torn_is_named() {
    let project = project(100);
    train(&project, "run", &["--steps", "2"]).ok();
    for name in ["model.safetensors", "optimizer.safetensors", "state.json"] {
        let path = project.path("run/checkpoints/last").join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let again = train(&project, "run", &["--steps", "2", "--continue"]);
        again.fails(2, &["checkpoints/last", name, "torn"]);
        fs::write(&path, &whole).unwrap();
    }
    let log = project.read("run/log.jsonl");
    project.write("run/log.jsonl", &log[..10]);
    train(&project, "run", &["--steps", "2", "--continue"]).fails(2, &["log.jsonl", "torn"]);
}

#[test]
fn a_loss_that_is_no_number_names_its_rows_and_keeps_the_last_checkpoint() {
    let project = project(100);
    let more = ["--steps", "30", "--learning-rate", "1e30", "--save-every", "1"];
    let run = train(&project, "run", &more);
    run.fails(2, &["is no number", " of t/", "checkpoints/last", "--learning-rate"]);
    for name in ["model.safetensors", "state.json"] {
        assert!(project.path("run/checkpoints/last").join(name).is_file());
    }
}

#[test]
fn shards_that_are_not_those_of_the_manifest_are_named() {
    let project = project(100);
    let shard = fs::read_dir(project.path("build/flan/data")).unwrap().flatten();
    let shard = shard
        .map(|e| e.path())
        .find(|path| path.to_string_lossy().contains("train"))
        .unwrap();
    let whole = fs::read(&shard).unwrap();
    fs::write(&shard, &whole[..whole.len() - 20]).unwrap();
    train(&project, "run", &["--steps", "2"]).fails(2, &["train-", "is not the shard that manifest.json names"]);
    fs::remove_file(&shard).unwrap();
    train(&project, "run", &["--steps", "2"]).fails(2, &["train-", "cannot read"]);
}

#[test]
fn what_does_not_fit_together_is_said() {
    let project = project(100);
    train(&project, "run", &["--steps", "2"]).ok();
    let model = |more: &[&str]| {
        let first = ["train", "build/flan", "--model", "run", "--out", "next", "--steps", "1"];
        project.run(&[&first, more].concat())
    };
    let lengths = ["--max-inputs", "90", "--max-targets", "20"];
    model(&["--seq-len", "256"]).fails(2, &["128 positions", "--seq-len 128"]);
    // A longer row is no way out where the model has no more positions.
    let run = model(&[]);
    assert!(!run.stderr.contains("--seq-len"), "{}", run.stderr);
    run.fails(
        2,
        &[
            "a row of 128, which is all that the model has positions for",
            "--max-inputs",
        ],
    );
    project
        .run(&["train", "build/flan", "--tokenizer", "bytes", "--out", "x"])
        .fails(2, &["--model <DIR>", "--from-scratch <SIZE>"]);
    write_another_tokenizer(&project, "run");
    model(&[&lengths[..], &["--tokenizer", "other"]].concat()).fails(2, &["not that of the model"]);
    model(&[&lengths[..], &["--learning-rate=-1"]].concat()).fails(2, &["--learning-rate"]);
    model(&[&lengths[..], &["--optimizer", "adamw", "--scale-parameter"]].concat()).fails(2, &["Adafactor"]);
    train(&project, "run2", &["--from-scratch", "huge"]).fails(2, &[]);
    project
        .run(&[
            "train",
            "nowhere",
            "--from-scratch",
            "260K",
            "--tokenizer",
            "bytes",
            "--out",
            "x",
        ])
        .fails(2, &["nowhere"]);
    project
        .run(&[
            "train",
            "build/flan",
            "--from-scratch",
            "huge",
            "--tokenizer",
            "bytes",
            "--out",
            "x",
        ])
        .fails(2, &["no size is called `huge`", "15M"]);
}

#[test]
fn a_disk_that_is_full_keeps_the_checkpoint_before() {
    let project = project(100);
    train(&project, "run", &["--steps", "2", "--save-every", "1"]).ok();
    let limited = ["--steps", "2", "--save-every", "1"];
    project
        .run_limited(20, &args("full", &limited))
        .fails(2, &["cannot", "File too large"]);
    let left = |path: &str| {
        fs::read_dir(project.path(path))
            .unwrap()
            .flatten()
            .map(|e| e.file_name())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        left("full/checkpoints"),
        Vec::<std::ffi::OsString>::new(),
        "something is left"
    );
    // With room, it goes on.
    train(&project, "full", &["--steps", "2", "--save-every", "1", "--continue"]).ok();
    same_files(&project, "run", "full");
    assert!(Path::new(&project.path("full/model.safetensors")).is_file());
}

#[test]
fn a_build_of_tokens_gives_what_a_build_of_texts_gives() {
    let project = project(300);
    let limits = ["--seq-len", "128", "--max-inputs", "90", "--max-targets", "20"];
    let build = [
        "build",
        "--layout",
        "tokens",
        "--tokenizer",
        "bytes",
        "--out",
        "build/tokens",
    ];
    project.run(&[&build[..], &limits].concat()).ok();
    let run = |build: &str, out: &str, more: &[&str]| {
        let first = [
            "train",
            build,
            "--from-scratch",
            "small.json",
            "--tokenizer",
            "bytes",
            "--batch-tokens",
            "512",
        ];
        let rest = ["--learning-rate", "0.003", "--epochs", "2", "--out", out];
        project.run(&[&first[..], &rest, more].concat())
    };
    run("build/flan", "texts", &limits).ok();
    run("build/tokens", "tokens", &[]).ok();
    for name in [
        "model.safetensors",
        "log.jsonl",
        "checkpoints/last/optimizer.safetensors",
    ] {
        let bytes = |out: &str| fs::read(project.path(out).join(name)).expect("a file");
        assert!(bytes("texts") == bytes("tokens"), "{name} differs");
    }
    run("build/tokens", "other", &["--max-inputs", "80"]).fails(2, &["made with other limits"]);
    write_another_tokenizer(&project, "texts");
    let other = [
        "train",
        "build/tokens",
        "--from-scratch",
        "small.json",
        "--tokenizer",
        "other",
        "--out",
        "x",
    ];
    project.run(&other).fails(2, &["made with another tokenizer"]);
}
