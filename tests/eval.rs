//! `flanc eval`: a model asked about a build, scored as `flanc score` scores; stopped and continued; refused what it has seen.

use std::fs;
use std::path::Path;

use flanc::digest::{hex, sha256_of};
use flanc::model::{Config, Llama};
use flanc::token::Tokenizer;
use serde_json::{Value, json};

use crate::built::{Built, build, text};
use crate::schema::fits;
use crate::support::{Project, Run};

const PROJECT: &str = r#"cluster nli { title "Inference" }
cluster qa { title "Questions" }
cluster near { title "Near inference" overlaps nli }
dataset follows in nli {
  title "Follows"
  metric accuracy, f1
  field text: text
  field label: choice { no yes } says { "No" "Yes" }
  reserve 6
  source sample {
    train { rows jsonl "follows/train.jsonl" }
    test { rows jsonl "follows/test.jsonl" }
  }
}
dataset beside in near {
  title "Beside"
  field text: text
  field label: choice { no yes }
  source sample {
    train { rows jsonl "follows/train.jsonl" }
    test { rows jsonl "follows/test.jsonl" }
  }
}
dataset asked in qa {
  title "Asked"
  metric squad
  stop "Q:"
  field question: text
  field answers: list
  answer any of answers
  source sample {
    train { rows jsonl "asked/train.jsonl" }
    test { rows jsonl "asked/test.jsonl" }
  }
}
templates follows for follows {
  template ask { input "{{ text }}\n{{ options }}" target "{{ answer }}" }
  template judge { input "Right or wrong? {{ text }}" target "{{ answer }}" }
}
templates beside for beside { template ask { input "{{ text }}\n{{ options }}" target "{{ answer }}" } }
templates asked for asked { template ask { input "{{ question }}" target "{{ answer }}" } }
mixture all { title "All" include all }
mixture without_nli extends all { hold_out nli }
"#;

/// Test rows of each dataset.
const ROWS: usize = 8;

fn project() -> Project {
    let project = Project::new();
    project.write("all.flan", PROJECT);
    let label = |n: usize| if n.is_multiple_of(3) { "yes" } else { "no" };
    let follows = |n: usize| json!({ "text": format!("Text {n}."), "label": label(n) });
    let asked = |n: usize| json!({ "question": format!("Who is {n}?"), "answers": [format!("Number {n}")] });
    for (split, from, to) in [("train", 0, 40), ("test", 40, 40 + ROWS)] {
        let rows = |row: &dyn Fn(usize) -> Value| (from..to).map(|n| format!("{}\n", row(n))).collect::<String>();
        project.write(&format!("datasets/samples/follows/{split}.jsonl"), &rows(&follows));
        project.write(&format!("datasets/samples/asked/{split}.jsonl"), &rows(&asked));
    }
    project
}

/// A small model that knows nothing, with the built-in tokenizer.
fn model(project: &Project, name: &str, seed: u64) {
    let config = json!({
        "model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "vocab_size": 259, "max_position_embeddings": 192, "tie_word_embeddings": true,
        "initializer_range": 0.3, "bos_token_id": 1, "eos_token_id": 2
    });
    let folder = project.path(name);
    fs::create_dir_all(&folder).expect("a folder");
    let config = Config::parse(&config.to_string()).expect("settings");
    let llama = Llama::fresh(config, seed).expect("a model");
    llama.save(&folder).expect("its files");
    let tokenizer = Tokenizer::open(Path::new("bytes")).expect("the built-in tokenizer");
    tokenizer.write_to(&folder).expect("its files");
}

fn ready() -> (Project, Built) {
    let project = project();
    model(&project, "base", 1);
    let built = build(&project, "all", &[]);
    (project, built)
}

fn eval(project: &Project, more: &[&str]) -> Run {
    project.run(
        &[
            &["eval", "base", "built/all", "--format", "json", "--max-new-tokens", "8"],
            more,
        ]
        .concat(),
    )
}

fn evaluated(project: &Project, more: &[&str]) -> Value {
    let json = eval(project, more).ok().json();
    fits(project, "eval", &json);
    fits(project, "score", &json["scores"]);
    json
}

#[test]
fn a_model_is_asked_and_scored_as_any_answers_are() {
    let (project, built) = ready();
    let json = evaluated(&project, &["--out", "run"]);
    let answers = project.read("run/predictions.jsonl");
    assert_eq!(answers.lines().count(), 4 * ROWS);
    for (line, record) in answers.lines().zip(built.split("test")) {
        let line: Value = serde_json::from_str(line).expect("a line");
        assert_eq!(
            (&line["row_key"], &line["template"]),
            (&record["row_key"], &record["template"])
        );
        if record["dataset"] == "asked" {
            assert!(line["prediction"].is_string() && line["ended"].is_string(), "{line}");
        } else {
            for rule in ["", "_per_token", "_per_byte", "_pmi"] {
                let numbers = line[format!("option_scores{rule}")].as_array().expect("numbers");
                assert!(numbers.len() == 2 && numbers.iter().all(Value::is_number), "{line}");
            }
        }
    }
    // The report is that of `flanc score`.
    let scored = project
        .run(&[
            "score",
            "built/all",
            "run/predictions.jsonl",
            "--dev",
            "run/validation.jsonl",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(scored["clusters"], json["scores"]["clusters"]);
    assert_eq!(scored["datasets"], json["scores"]["datasets"]);
    let follows = &json["scores"]["datasets"][2];
    assert_eq!(
        (text(&follows["dataset"]), follows["examples"].as_u64()),
        ("follows", Some(2 * ROWS as u64))
    );
    assert!(follows["scores"][0]["chosen_template"].is_string(), "{follows:#}");
    let notes = json["scores"]["datasets"][0]["notes"].to_string();
    assert!(notes.contains("no template could be chosen"), "{notes}");
    let rules = json["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 2, "two of the three datasets have options");
    assert_eq!(json["run"]["trained"], Value::Null);
    for (file, parts) in [
        ("run/report.md", ["## Run", "mean of bytes", "tokens lost"]),
        ("run/report.html", ["<svg", "mean of bytes", "nobody can know"]),
    ] {
        let page = project.read(file);
        parts
            .iter()
            .for_each(|part| assert!(page.contains(part), "`{part}` is not in {file}"));
    }
    let again: Value = serde_json::from_str(&project.read("run/report.json")).expect("JSON");
    assert_eq!(again, json);
    let shown = project
        .run(&["eval", "base", "built/all", "--max-new-tokens", "8", "--out", "run"])
        .ok();
    for part in ["zero-shot", "follows", "mean tokens", "32 of 32 examples"] {
        assert!(shown.stdout.contains(part), "`{part}` is not in:\n{}", shown.stdout);
    }
}

#[test]
fn neither_batches_nor_threads_change_an_answer() {
    let (project, _) = ready();
    for (out, tokens, threads) in [("a", "1", "1"), ("b", "300", "2"), ("c", "100000", "3")] {
        evaluated(
            &project,
            &["--out", out, "--batch-tokens", tokens, "--threads", threads],
        );
    }
    for name in ["predictions.jsonl", "validation.jsonl"] {
        let [a, b, c] = ["a", "b", "c"].map(|out| project.read(&format!("{out}/{name}")));
        assert!(!a.is_empty() && a == b && b == c, "{name} differs");
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_and_ends_the_same() {
    let (project, _) = ready();
    evaluated(&project, &["--out", "whole"]);
    let whole = project.read("whole/predictions.jsonl");
    let run = project.read("whole/run.json");
    for bytes in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let out = format!("cut{bytes}");
        project.write(&format!("{out}/run.json"), &run);
        project.write(&format!("{out}/predictions.jsonl.part"), &whole[..bytes]);
        evaluated(&project, &["--out", &out]);
        for name in ["predictions.jsonl", "validation.jsonl", "report.md"] {
            assert_eq!(
                project.read(&format!("{out}/{name}")).replace(&out, "whole"),
                project.read(&format!("whole/{name}")),
                "{name} after {bytes} bytes"
            );
        }
        assert!(!project.path(&format!("{out}/predictions.jsonl.part")).exists());
    }
    eval(&project, &["--out", "whole", "--limit", "2"]).fails(2, &["was asked otherwise", "limit was null, is 2"]);
    project.write("thesis/chapter.tex", "x");
    eval(&project, &["--out", "thesis"]).fails(2, &["holds no run of `flanc eval`"]);
}

#[test]
fn exemplars_come_from_the_build_and_never_from_the_row() {
    let (project, built) = ready();
    assert!(!built.split("exemplars").is_empty(), "the build has exemplars");
    let json = evaluated(&project, &["asked", "--out", "few", "--shots", "2"]);
    let lengths = &json["lengths"]["asked"];
    assert_eq!(lengths["examples"], ROWS);
    assert_eq!(lengths["exemplars"], 2 * ROWS);
    // None fits so small a budget; and where the model has no positions, they are counted.
    let json = evaluated(&project, &["asked", "--out", "small", "--shots", "2", "--budget", "20"]);
    assert_eq!(json["lengths"]["asked"]["exemplars"], 0);
    let json = evaluated(&project, &["asked", "--out", "many", "--shots", "12"]);
    let lengths = &json["lengths"]["asked"];
    let (shown, out) = (&lengths["exemplars"], &lengths["exemplars_left_out"]);
    assert!(shown.as_u64() > Some(0) && out.as_u64() > Some(0), "{lengths}");
    assert_eq!(lengths["trimmed"], 0);
    assert!(
        lengths["longest"].as_u64().is_some_and(|longest| longest + 8 <= 192),
        "{lengths}"
    );
}

#[test]
fn prompts_that_do_not_fit_lose_their_beginning_and_are_counted() {
    let project = project();
    model(&project, "base", 1);
    let long = |n: usize| json!({ "text": format!("{} {n}", "word ".repeat(60)), "label": "no" });
    let rows: String = (0..3).map(|n| format!("{}\n", long(n))).collect();
    project.write("datasets/samples/follows/test.jsonl", &rows);
    build(&project, "all", &[]);
    let json = evaluated(&project, &["follows", "--out", "run"]);
    let lengths = &json["lengths"]["follows"];
    assert_eq!((&lengths["examples"], &lengths["trimmed"]), (&json!(6), &json!(6)));
    assert!(lengths["tokens_lost"].as_u64() > Some(6 * 100), "{lengths}");
    assert!(lengths["longest"].as_u64() <= Some(192), "{lengths}");
}

#[test]
fn what_was_selected_is_asked_and_two_runs_stand_side_by_side() {
    let (project, _) = ready();
    model(&project, "tuned", 2);
    let json = evaluated(&project, &["cluster:nli", "--limit", "3", "--out", "base_run"]);
    assert_eq!(json["scores"]["scored"], 6);
    // What was not asked for is not missing.
    assert_eq!(
        (
            &json["scores"]["examples"],
            &json["scores"]["missing"],
            &json["scores"]["not_asked"]
        ),
        (&json!(6), &json!(0), &json!(4 * ROWS - 6))
    );
    let tuned = [
        "eval",
        "tuned",
        "built/all",
        "cluster:nli",
        "--limit",
        "3",
        "--out",
        "tuned_run",
    ];
    let beside = project.run(&[&tuned[..], &["--baseline", "base_run"]].concat()).ok();
    assert!(
        beside.stdout.contains("beside base_run/predictions.jsonl"),
        "{}",
        beside.stdout
    );
    let compared = project
        .run(&["eval", "--compare", "base_run", "tuned_run", "--html", "two.html"])
        .ok();
    let said = "6 of 6 examples of `test` scored; 0 missing, 0 double, 0 unknown; 26 further examples not asked for";
    for part in ["before", "difference", "follows", "nli", said] {
        assert!(
            compared.stdout.contains(part),
            "`{part}` is not in:\n{}",
            compared.stdout
        );
    }
    assert!(project.read("two.html").contains("<svg"));
    // Over other rows there is no difference, and without a dataset in common nothing to compare.
    evaluated(&project, &["cluster:nli", "--limit", "2", "--out", "fewer"]);
    evaluated(&project, &["asked", "--limit", "2", "--out", "other"]);
    let run = project.run(&["eval", "--compare", "fewer", "tuned_run", "--format", "json"]);
    let compared = &run.ok().json()["comparison"];
    for kind in ["datasets", "clusters"] {
        assert_eq!(compared[kind][0]["difference"], Value::Null, "{compared:#}");
    }
    let said = compared["notes"][0].to_string();
    assert!(
        said.contains("over 2 rows, 4 examples of 2 templates before, and over 3 rows"),
        "{said}"
    );
    project
        .run(&["eval", "--compare", "other", "tuned_run"])
        .fails(2, &["no dataset in common", "`asked`", "`follows`"]);
    project
        .run(&["eval", "--compare", "base_run", "nowhere"])
        .fails(2, &["is this a run of `flanc eval`?"]);
    eval(&project, &["nothing_like_it", "--out", "x"]).fails(2, &["nothing_like_it"]);
    build(&project, "all", &["--seed", "5"]);
    project
        .run(&["eval", "--compare", "base_run", "tuned_run"])
        .fails(2, &["built anew", "run `flanc eval` again"]);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (project, built) = ready();
    let shard = built.manifest["shards"]
        .as_array()
        .expect("shards")
        .iter()
        .find(|shard| shard["split"] == "test")
        .map(|shard| format!("built/all/{}", text(&shard["file"])))
        .expect("a test shard");
    let whole = project.read(&shard);
    project.write(&shard, &whole.replace("Text 41", "Text 42"));
    eval(&project, &["--out", "run"]).fails(2, &["its bytes are not those", "help: build it again"]);
    project.write(&shard, &whole);
    assert!(!project.path("run").exists(), "nothing is begun");

    let weights = fs::read(project.path("base/model.safetensors")).expect("weights");
    fs::write(project.path("base/model.safetensors"), &weights[..weights.len() / 2]).expect("half of them");
    eval(&project, &["--out", "run"]).fails(2, &["model.safetensors"]);
    fs::write(project.path("base/model.safetensors"), &weights).expect("weights");

    project
        .run(&["eval", "built/all", "built/all", "--out", "run"])
        .fails(2, &["there is no tokenizer at built/all"]);
    project
        .run(&["eval", "base", "base", "--out", "run"])
        .fails(2, &["is this a build of flanc?"]);
    eval(&project, &["--out", "run", "--max-new-tokens", "400"]).fails(2, &[]);
    let large = json!({
        "model_type": "llama", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
        "vocab_size": 100, "tie_word_embeddings": true
    });
    fs::create_dir_all(project.path("small")).expect("a folder");
    let small = Llama::fresh(Config::parse(&large.to_string()).expect("settings"), 1).expect("a model");
    small.save(&project.path("small")).expect("its files");
    project
        .run(&["eval", "small", "built/all", "--tokenizer", "bytes", "--out", "run"])
        .fails(2, &["the tokenizer has 259 tokens and the model 100"]);
}

/// Says in a model's directory that it was trained on a build, as `flanc train` does.
fn trained_on(project: &Project, model: &str, build: &str) {
    let digest = |path: &str| {
        let bytes = fs::read(project.path(path)).expect("a file");
        hex(&sha256_of(bytes.as_slice()).expect("bytes"))
    };
    let recipe = json!({
        "version": 1, "mixture": "a mixture", "manifest": digest(&format!("{build}/manifest.json")),
        "tokenizer": digest(&format!("{model}/tokenizer.json")),
        "tokens": { "seq_len": 192, "max_inputs": 150, "max_targets": 30, "too_long": "trim", "join": "eos", "sides": "apart" },
        "seed": 1
    });
    project.write(&format!("{model}/recipe.json"), &recipe.to_string());
}

#[test]
fn what_a_model_has_seen_is_refused() {
    let (project, _) = ready();
    build(&project, "without_nli", &[]);
    trained_on(&project, "base", "built/without_nli");
    let eval = |build: &str, more: &[&str]| {
        let args = ["eval", "base", build, "--format", "json", "--max-new-tokens", "8"];
        project.run(&[&args[..], more].concat())
    };
    // Holding out a cluster holds out what overlaps it, so only `asked` was trained on.
    let named = ["--trained-on", "built/without_nli", "--out", "run"];
    let wanted = [
        "asked: it was trained on",
        "select what it has not seen, `beside` and `follows`",
        "`--allow-seen`",
    ];
    eval("built/all", &named).fails(1, &wanted);
    assert!(!project.path("run").exists(), "nothing is begun");
    eval("built/without_nli", &["asked", "--out", "run"]).fails(
        2,
        &[
            "`asked` is trained on, and has no test examples in this build",
            "help: tested are `follows`",
        ],
    );
    let json = eval("built/without_nli", &["--out", "run"]).ok().json();
    fits(&project, "eval", &json);
    assert_eq!(json["run"]["seen"], json!({}));
    assert_eq!(json["run"]["trained"]["mixture"], "a mixture");
    // As it was trained, so it is asked.
    assert_eq!(json["run"]["asked"]["join"], "eos");
    let named = ["--trained-on", "built/without_nli", "--allow-seen", "--out", "all"];
    let json = eval("built/all", &named).ok().json();
    assert_eq!(json["run"]["seen"], json!({ "asked": ["it was trained on"] }));
    assert!(project.read("all/report.md").contains("asked was seen in training"));

    // Trained on everything: the held-out cluster, and its neighbour.
    trained_on(&project, "base", "built/all");
    eval("built/without_nli", &["--out", "other"]).fails(
        2,
        &[
            "nobody can tell what the model has seen",
            "help: name that build with `--trained-on DIR`",
        ],
    );
    eval("built/without_nli", &["--trained-on", "built/all", "--out", "other"])
        .fails(1, &["follows: it was trained on", "overlaps `"]);
    project.write(
        "base/tokenizer.json",
        &project
            .read("base/tokenizer.json")
            .replace("\"dropout\": null", "\"dropout\": 0.0"),
    );
    eval("built/without_nli", &["cluster:nli", "--out", "third"])
        .fails(2, &["the model was trained with the tokenizer"]);
    project.write("base/recipe.json", "{");
    eval("built/without_nli", &["cluster:nli", "--out", "third"]).fails(2, &["recipe.json is torn"]);
}

#[test]
fn a_trained_model_is_asked_about_what_was_held_out_and_nothing_else() {
    let project = project();
    build(&project, "without_nli", &[]);
    build(&project, "all", &[]);
    let train = |build: &str, out: &str, weights: &[&str]| {
        let args = [
            "train",
            build,
            "--tokenizer",
            "bytes",
            "--seq-len",
            "128",
            "--max-inputs",
            "80",
            "--max-targets",
            "30",
        ];
        let more = ["--batch-tokens", "256", "--steps", "2", "--out", out];
        project.run(&[&args[..], &more, weights].concat()).ok();
    };
    train("built/without_nli", "tuned", &["--from-scratch", "260K"]);
    let eval =
        |model: &str, more: &[&str]| project.run(&[&["eval", model, "built/all", "--format", "json"], more].concat());
    eval("tuned", &["--out", "run"]).fails(1, &["asked: it was trained on", "`beside` and `follows`"]);
    let json = eval("tuned", &["cluster:nli", "--out", "run"]).ok().json();
    assert_eq!(json["run"]["trained"]["mixture"], "without_nli");
    assert_eq!(json["run"]["asked"]["new_tokens"], 30, "as many as targets had");
    eval(
        "tuned/checkpoints/last",
        &["asked", "--tokenizer", "tuned", "--out", "best"],
    )
    .fails(1, &["asked: it was trained on"]);
    // What the weights had seen that training began with has been seen.
    train("built/all", "first", &["--from-scratch", "260K"]);
    train("built/without_nli", "second", &["--model", "first"]);
    eval("second", &["cluster:nli", "--out", "x"]).fails(1, &["follows: it was trained on"]);
    fs::remove_file(project.path("first/trained.json")).expect("it was there");
    train("built/without_nli", "third", &["--model", "first"]);
    eval("third", &["cluster:nli", "--out", "x"]).fails(2, &["began with weights that had been trained on `all`"]);
}
