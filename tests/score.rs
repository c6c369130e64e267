//! `flanc score`: predictions joined with a build's examples, every dataset by its metrics over all templates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flanc::metrics::{Item, METRICS};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::built::{Built, build, text};
use crate::schema::fits;
use crate::support::{Project, Run};

const DATASETS: &str = r#"cluster nli { title "Inference" }
cluster qa { title "Questions" }
dataset follows in nli {
  title "Follows"
  metric accuracy, f1, macro_f1, matthews
  field text: text
  field label: choice { no yes } says { "No" "Yes" } says verdict { "wrong" "right" }
  source sample {
    train { rows jsonl "follows/train.jsonl" }
    test { rows jsonl "follows/test.jsonl" }
  }
}
dataset pick in nli {
  title "Pick"
  field question: text
  field items: list
  field right: index of items
  source sample {
    train { rows jsonl "pick/train.jsonl" }
    test { rows jsonl "pick/test.jsonl" }
  }
}
dataset asked in qa {
  title "Asked"
  metric squad, rouge, bleu, chrf
  stop "\n", "Q:"
  field question: text
  field answers: list
  answer any of answers
  source sample {
    train { rows jsonl "asked/train.jsonl" }
    test { rows jsonl "asked/test.jsonl" }
  }
}
dataset mended in qa {
  title "Mended"
  metric edit_distance
  field question: text
  field fixed: text
  answer fixed
  source sample {
    train { rows jsonl "mended/train.jsonl" }
    test { rows jsonl "mended/test.jsonl" }
  }
}
dataset alike in nli {
  title "Alike"
  metric pearson, spearman
  field text: text
  field grade: choice { "0" "1" "2" }
  source sample {
    train { rows jsonl "alike/train.jsonl" }
    test { rows jsonl "alike/test.jsonl" }
  }
}
mixture all { title "All" include all }
mixture mixed extends all { options shuffled }
"#;

const TEMPLATES: &str = r#"templates follows for follows {
  template ask { input "{{ text }}\n{{ options }}" target "{{ answer }}" }
  template judge says verdict { input "Right or wrong? {{ text }}\n{{ options }}" target "{{ answer }}" }
  turned write { input "Write something: {{ answer }}." target "{{ text }}" }
}
templates pick for pick { template choose { input "{{ question }}\n{{ options }}" target "{{ answer }}" } }
templates asked for asked { template ask { input "{{ question }}" target "{{ answer }}" } }
templates mended for mended { template mend { input "{{ question }}" target "{{ answer }}" } }
templates alike for alike { template grade { input "{{ text }}\n{{ options }}" target "{{ answer }}" } }
"#;

/// How many test rows each dataset has; one in four of `follows` is a yes.
pub const ROWS: usize = 20;

pub fn project() -> Project {
    let project = Project::new();
    let rows = |from: usize, to: usize, row: &dyn Fn(usize) -> Value| -> String {
        (from..to).map(|n| format!("{}\n", row(n))).collect()
    };
    type Row<'a> = &'a dyn Fn(usize) -> Value;
    let datasets: [(&str, Row<'_>); 5] = [
        (
            "follows",
            &|n| json!({ "text": format!("Text {n}"), "label": if n.is_multiple_of(4) { "yes" } else { "no" } }),
        ),
        ("pick", &|n| {
            let items: Vec<String> = (0..3).map(|item| format!("item {item} of {n}")).collect();
            json!({ "question": format!("Which {n}?"), "items": items, "right": usize::from(n.is_multiple_of(2)) })
        }),
        (
            "asked",
            &|n| json!({ "question": format!("Who {n}?"), "answers": [format!("The Person of number {n}"), format!("P of the {n}")] }),
        ),
        (
            "mended",
            &|n| json!({ "question": format!("mend {n}"), "fixed": format!("Well, number {n}.") }),
        ),
        (
            "alike",
            &|n| json!({ "text": format!("Pair {n}"), "grade": (n % 3).to_string() }),
        ),
    ];
    project
        .write("all.flan", DATASETS)
        .write("templates/all.flan", TEMPLATES);
    for (name, row) in datasets {
        project.write(&format!("datasets/samples/{name}/train.jsonl"), &rows(0, 30, row));
        project.write(
            &format!("datasets/samples/{name}/test.jsonl"),
            &rows(30, 30 + ROWS, row),
        );
    }
    project
}

/// A line for each example of the test split, of which `said` makes the part that predicts.
pub fn predictions(built: &Built, said: impl Fn(&Value) -> Option<Value>) -> String {
    predictions_of(built, "test", said)
}

fn predictions_of(built: &Built, split: &str, said: impl Fn(&Value) -> Option<Value>) -> String {
    let mut out = String::new();
    for record in built.split(split) {
        if let Some(said) = said(record) {
            let mut line = json!({ "row_key": record["row_key"], "template": record["template"] });
            line.as_object_mut()
                .expect("an object")
                .extend(said.as_object().expect("an object").clone());
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

pub fn right(record: &Value) -> Option<Value> {
    Some(json!({ "prediction": record["targets"] }))
}

pub fn score(project: &Project, more: &[&str]) -> Run {
    project.run(&[&["score", "built/all", "said.jsonl", "--format", "json"], more].concat())
}

pub fn scored(project: &Project, more: &[&str]) -> Value {
    let json = score(project, more).ok().json();
    fits(project, "score", &json);
    json
}

fn of<'a>(json: &'a Value, dataset: &str, score: &str) -> &'a Value {
    let datasets = json["datasets"].as_array().expect("datasets");
    let dataset = datasets.iter().find(|d| d["dataset"] == dataset).expect("the dataset");
    let mut scores = dataset["scores"].as_array().expect("scores").iter();
    scores
        .find(|found| found["score"] == score)
        .unwrap_or_else(|| panic!("no {score} in {dataset}"))
}

fn near(value: &Value, wanted: f64) {
    let value = value.as_f64().unwrap_or(f64::NAN);
    assert!((value - wanted).abs() < 1e-9, "{value}, not {wanted}");
}

#[test]
fn right_answers_have_the_best_scores() {
    let project = project();
    let built = build(&project, "all", &[]);
    project.write("said.jsonl", &predictions(&built, right));
    let json = scored(&project, &[]);
    for dataset in json["datasets"].as_array().expect("datasets") {
        for score in dataset["scores"].as_array().expect("scores") {
            let best = if score["rises"] == true { 100.0 } else { 0.0 };
            for part in ["mean", "low", "high", "best"] {
                let value = score[part].as_f64().unwrap_or(f64::NAN);
                assert!((value - best).abs() < 1e-9, "{} {part}: {value}", score["score"]);
            }
        }
    }
    // Twice for `follows`, once for each of the others; what is turned around is not asked for.
    assert_eq!(json["examples"], 6 * ROWS);
    assert_eq!(json["scored"], 6 * ROWS);
    assert_eq!(of(&json, "pick", "accuracy")["deviation"], Value::Null);
    assert!(
        text(&json["datasets"][4]["notes"][0]).contains("declares no metric"),
        "{json:#}"
    );
    let clusters = json["clusters"].as_array().expect("clusters");
    assert_eq!(clusters[1]["left_out"], json!(["mended"]));
    near(&clusters[0]["mean"], 100.0);
}

#[test]
fn templates_are_taken_together_and_baselines_stand_beside_them() {
    let project = project();
    let built = build(&project, "all", &[]);
    // Through `ask` always no, through `judge` always right.
    let said = |record: &Value| match (text(&record["dataset"]), text(&record["template"])) {
        ("follows", "ask") => Some(json!({ "prediction": " No\n" })),
        _ => right(record),
    };
    project.write("said.jsonl", &predictions(&built, said));
    let json = scored(&project, &[]);
    let accuracy = of(&json, "follows", "accuracy");
    near(&accuracy["mean"], 87.5);
    near(&accuracy["deviation"], 25.0 / 2.0_f64.sqrt());
    assert_eq!(accuracy["best_template"], "judge");
    near(&accuracy["majority"], 75.0);
    near(&accuracy["random"], 50.0);
    let (low, high) = (
        accuracy["low"].as_f64().expect("low"),
        accuracy["high"].as_f64().expect("high"),
    );
    assert!(
        (70.0..87.5).contains(&low) && (87.5..=100.0).contains(&high),
        "{low} {high}"
    );
    // Of the class `yes`: nothing through one template, everything through the other.
    near(&of(&json, "follows", "f1")["mean"], 50.0);
    near(&of(&json, "follows", "f1")["majority"], 0.0);
    near(
        &of(&json, "follows", "macro_f1")["mean"],
        (100.0 + 100.0 * (6.0 / 7.0) / 2.0) / 2.0,
    );
    near(&of(&json, "follows", "matthews")["mean"], 50.0);
    // Options differ from row to row: the most frequent place, and one of three.
    near(&of(&json, "pick", "accuracy")["majority"], 50.0);
    near(&of(&json, "pick", "accuracy")["random"], 100.0 / 3.0);
    assert_eq!(of(&json, "asked", "squad_f1")["majority"], Value::Null);
    near(&json["clusters"][0]["mean"], (87.5 + 100.0 + 100.0) / 3.0);

    // Beside answers that are all right: as much worse as the template is.
    project.write("right.jsonl", &predictions(&built, right));
    let json = scored(&project, &["--baseline", "right.jsonl"]);
    let compared = json["comparison"]["datasets"].as_array().expect("datasets");
    let accuracy = compared
        .iter()
        .find(|one| one["name"] == "follows" && one["score"] == "accuracy")
        .expect("the score");
    near(&accuracy["before"], 100.0);
    near(&accuracy["difference"], -12.5);
    assert!(
        accuracy["high"]
            .as_f64()
            .is_some_and(|high| (-12.5..=0.0).contains(&high))
    );

    let page = project
        .run(&["score", "built/all", "said.jsonl", "--out", "scores.md"])
        .ok();
    for part in ["follows", "87.50", "17.68", "judge", "120 examples of `test` scored"] {
        assert!(page.stdout.contains(part), "`{part}` is not in:\n{}", page.stdout);
    }
    project
        .run(&["score", "built/all", "said.jsonl", "--html", "scores.html", "--quiet"])
        .ok();
    let html = project.read("scores.html");
    for part in ["<svg class=\"score\"", "judge: 100.00", "majority 75.00", "</html>"] {
        assert!(html.contains(part), "`{part}` is not in the page");
    }
    assert!(
        !html.contains("<script") && !html.contains("http"),
        "the page loads something"
    );
    let written = project.read("scores.md");
    assert!(
        written.contains("| follows/ask | 20 | accuracy 75.00, f1 0.00,"),
        "{written}"
    );
}

#[test]
fn a_template_may_be_chosen_on_other_examples() {
    let project = project();
    project.write(
        "all.flan",
        &DATASETS.replace("  title \"Follows\"\n", "  title \"Follows\"\n  reserve 6\n"),
    );
    let built = build(&project, "all", &[]);
    // On test `judge` is better, on the reserve `ask`.
    let said = |better: &'static str| {
        move |record: &Value| {
            let is_better = text(&record["template"]) == better || record["dataset"] != "follows";
            match text(&record["role"]) {
                "turned" => None,
                _ if is_better => right(record),
                _ => Some(json!({ "prediction": "neither" })),
            }
        }
    };
    project.write("said.jsonl", &predictions(&built, said("judge")));
    project.write("dev.jsonl", &predictions_of(&built, "validation", said("ask")));
    let json = scored(&project, &["--dev", "dev.jsonl"]);
    let accuracy = of(&json, "follows", "accuracy");
    assert_eq!(accuracy["best_template"], "judge");
    let templates: BTreeSet<&str> = built
        .split("validation")
        .iter()
        .filter(|record| record["dataset"] == "follows" && record["role"] != "turned")
        .map(|record| text(&record["template"]))
        .collect();
    assert_eq!(templates.len(), 2, "the reserve has rows through both templates");
    assert_eq!(accuracy["chosen_template"], "ask");
    near(&accuracy["chosen"], 0.0);
    let page = project
        .run(&["score", "built/all", "said.jsonl", "--dev", "dev.jsonl"])
        .ok();
    assert!(page.stdout.contains("chosen template"), "{}", page.stdout);
    assert!(page.stdout.contains("no template could be chosen"), "{}", page.stdout);
}

#[test]
fn an_option_may_be_chosen_by_scores_or_flags() {
    let project = project();
    let built = build(&project, "all", &[]);
    let scores = |record: &Value| {
        let count = record["options"].as_array().map_or(0, Vec::len);
        let at = record["answer_index"].as_u64().unwrap_or(0) as usize;
        match text(&record["dataset"]) {
            // All alike: the first is taken, which is `No`.
            "follows" => Some(json!({ "option_scores": vec![-1.5; count] })),
            "pick" => {
                let score = |place: usize| if place == at { json!(-0.25) } else { json!(null) };
                Some(json!({ "option_scores": (0..count).map(score).collect::<Vec<_>>(), "dataset": "pick" }))
            }
            "alike" => Some(json!({ "predictions": (0..count).map(|place| place == at).collect::<Vec<_>>() })),
            _ => right(record),
        }
    };
    project.write("said.jsonl", &predictions(&built, scores));
    let json = scored(&project, &[]);
    near(&of(&json, "follows", "accuracy")["mean"], 75.0);
    near(&of(&json, "pick", "accuracy")["mean"], 100.0);
    near(&of(&json, "alike", "pearson")["mean"], 100.0);

    // Another list of numbers chooses where it is asked to.
    let both = |record: &Value| {
        let count = record["options"].as_array().map_or(0, Vec::len);
        let at = record["answer_index"].as_u64().unwrap_or(0) as usize;
        let scores: Vec<f64> = (0..count).map(|place| f64::from(u8::from(place == at))).collect();
        match text(&record["dataset"]) {
            "follows" => Some(json!({ "option_scores": vec![0; count], "option_scores_pmi": scores })),
            _ => None,
        }
    };
    project.write("said.jsonl", &predictions(&built, both));
    let json = scored(&project, &["--allow-missing", "--rule", "option_scores_pmi"]);
    near(&of(&json, "follows", "accuracy")["mean"], 100.0);
    let json = scored(&project, &["--allow-missing"]);
    near(&of(&json, "follows", "accuracy")["mean"], 75.0);

    for (said, why) in [
        (
            json!({ "option_scores": [1, 2] }),
            "`option_scores` has 2 items for 3 options",
        ),
        (
            json!({ "predictions": [true] }),
            "`predictions` has 1 items for 3 options",
        ),
        (
            json!({ "dataset": "other", "prediction": "x" }),
            "of the dataset `pick`, not of `other`",
        ),
    ] {
        let wrong = |record: &Value| match record["dataset"] == "pick" {
            true => Some(said.clone()),
            false => None,
        };
        project.write("said.jsonl", &predictions(&built, wrong));
        score(&project, &["--allow-missing"]).fails(2, &["said.jsonl:", "pick/choose", why]);
    }
}

#[test]
fn every_answer_counts_and_generations_are_cut() {
    let project = project();
    let built = build(&project, "all", &[]);
    let said = |record: &Value| match text(&record["dataset"]) {
        "asked" => {
            // The second of the answers, and what a model goes on with.
            let answers = record["answers"].as_array().expect("answers");
            let other = answers
                .iter()
                .find(|answer| **answer != record["targets"])
                .expect("another");
            Some(json!({ "prediction": format!("\n {} Q: and then?", text(other)) }))
        }
        _ => right(record),
    };
    project.write("said.jsonl", &predictions(&built, said));
    let json = scored(&project, &[]);
    near(&of(&json, "asked", "squad_em")["mean"], 100.0);
    near(&of(&json, "asked", "rouge1")["mean"], 100.0);
}

#[test]
fn where_options_are_shuffled_labels_go_by_their_texts() {
    let project = project();
    let built = build(&project, "mixed", &[]);
    project.write("said.jsonl", &predictions(&built, right));
    let json = project
        .run(&["score", "built/mixed", "said.jsonl", "--format", "json"])
        .ok()
        .json();
    near(&of(&json, "follows", "macro_f1")["mean"], 100.0);
    near(&of(&json, "follows", "accuracy")["majority"], 75.0);
    assert_eq!(of(&json, "follows", "f1")["mean"], Value::Null);
    assert!(json["datasets"].to_string().contains("options are shuffled"));
}

#[test]
fn every_metric_that_can_be_declared_is_known() {
    let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(names, flanc::catalog::METRICS);
}

/// The fenced blocks of the page: the words after the fence, and the body.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let parts = text.split("\n```").skip(1).step_by(2);
    parts
        .filter_map(|part| part.split_once('\n'))
        .map(|(fence, body)| (fence, format!("{body}\n")))
        .collect()
}

#[test]
fn the_example_of_the_documentation_is_as_shown() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scoring.md");
    let page = std::fs::read_to_string(path).expect("docs/scoring.md");
    let project = Project::new();
    let mut shown = BTreeMap::new();
    for (fence, body) in blocks(&page) {
        match fence.split_once(' ') {
            None if fence == "flan" => drop(project.write("project.flan", &body)),
            Some(("json", file)) => drop(project.write(file, &body)),
            Some(("text", name)) => drop(shown.insert(name.to_string(), body)),
            _ => {}
        }
    }
    project.run(&["build", "small"]).ok();
    let run = project.run(&["score", "build/small", "predictions.jsonl"]).ok();
    assert_eq!(run.stdout, shown["score"]);
}

/// A text of any characters, and of those that metrics look at.
fn any_text() -> impl Strategy<Value = String> {
    const SEEN: &[char] = &[
        'a', 'b', 'T', ' ', '\n', '.', ',', '-', '&', '1', '0', '_', 'é', '\u{301}', '٣', '“', '中', 'Σ',
    ];
    let c = prop_oneof![4 => prop::sample::select(SEEN), 1 => any::<char>()];
    prop::collection::vec(c, 0..24).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn no_text_makes_a_metric_panic(
        said in any_text(),
        answers in prop::collection::vec(any_text(), 1..3),
        options in prop::collection::vec(any_text(), 0..3),
        gold in 0_usize..3,
        in_order: bool,
    ) {
        let item = Item {
            prediction: &said,
            answers: answers.iter().map(String::as_str).collect(),
            gold: (gold < options.len()).then_some(gold),
            options: options.iter().map(String::as_str).collect(),
            in_order,
        };
        for metric in METRICS {
            let tally = metric.tally(&[item.clone(), item.clone()]);
            for weights in [[1, 1], [0, 3], [0, 0]] {
                for score in tally.scores(&weights).into_iter().flatten() {
                    prop_assert!(score.is_finite(), "{} is {score}", metric.name);
                    prop_assert!(!metric.rises || (-100.000001..=100.000001).contains(&score), "{} is {score}", metric.name);
                }
            }
        }
    }
}
