//! The predictions that `flanc score` reads: what fits a build and what does not, in any order and format.

use serde_json::{Value, json};

use crate::built::{build, text};
use crate::score::{ROWS, predictions, project, right, score, scored};

#[test]
fn what_does_not_fit_together_is_an_error_until_it_is_allowed() {
    let project = project();
    let built = build(&project, "all", &[]);
    let all = predictions(&built, right);
    let lines: Vec<&str> = all.lines().collect();
    // One is missing, one stands twice, and one is of no example.
    let unknown = json!({ "row_key": "0".repeat(32), "template": "ask", "prediction": "x" }).to_string();
    let mut broken: Vec<&str> = lines[1..].to_vec();
    broken.extend([lines[1], &unknown]);
    project.write("said.jsonl", &(broken.join("\n") + "\n"));
    let (twice, last) = (broken.len() - 1, broken.len());
    let twice = format!("said.jsonl:{twice}, after line 1");
    let last = format!("said.jsonl:{last}: row 0000");
    score(&project, &[]).fails(
        2,
        &[
            "1 example without a prediction",
            "1 prediction of an example that has one already",
            "1 prediction of no example",
            &twice,
            &last,
            "help: `--allow-missing`",
        ],
    );
    let json = scored(&project, &["--allow-missing"]);
    let counts = ["missing", "double", "unknown"].map(|name| json[name].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1)]);
    assert_eq!(json["scored"], 6 * ROWS - 1);
}

#[test]
fn what_is_no_prediction_is_named_with_its_line() {
    let project = project();
    let built = build(&project, "all", &[]);
    let all = predictions(&built, right);
    let key = text(&built.split("test")[0]["row_key"]);
    let cases = [
        ("{\"row_key\": ".to_string(), "this is no JSON"),
        (
            json!({ "template": "ask", "prediction": "x" }).to_string(),
            "it has no text `row_key`",
        ),
        (
            json!({ "row_key": key, "prediction": "x" }).to_string(),
            "it has no text `template`",
        ),
        (
            json!({ "row_key": key, "template": "ask" }).to_string(),
            "it predicts nothing",
        ),
        (
            json!({ "row_key": key, "template": "ask", "prediction": 3 }).to_string(),
            "its `prediction` is no text",
        ),
        (
            json!({ "row_key": key, "template": "ask", "option_scores": ["x"] }).to_string(),
            "is no number",
        ),
        (
            json!({ "row_key": key, "template": "ask", "predictions": ["x"] }).to_string(),
            "is not true or false",
        ),
        (
            json!({ "row_key": key, "template": "ask", "prediction": "x", "predictions": [] }).to_string(),
            "in more than one way",
        ),
    ];
    for (line, why) in cases {
        project.write(
            "said.jsonl",
            &format!("{}\n\n{line}\n{all}", all.lines().next().expect("a line")),
        );
        score(&project, &[]).fails(2, &["said.jsonl:3", why]);
    }
    project.write("said.jsonl", "");
    score(&project, &["--allow-missing"]).fails(2, &["none of its predictions"]);
    score(&project, &["--split", "validation"]).fails(2, &["no examples to score in the split `validation`", "test"]);
    project
        .run(&["score", "built/all", "none.jsonl"])
        .fails(2, &["cannot open none.jsonl"]);
    project
        .run(&["score", "nowhere", "said.jsonl"])
        .fails(2, &["is this a build of flanc?"]);
}

#[test]
fn neither_order_nor_format_changes_a_score() {
    let project = project();
    let built = build(&project, "all", &[]);
    let said = |record: &Value| {
        let odd = text(&record["row_key"])
            .bytes()
            .next()
            .is_some_and(|byte| byte % 2 == 1);
        if odd {
            Some(json!({ "prediction": "No" }))
        } else {
            right(record)
        }
    };
    let all = predictions(&built, said);
    project.write("said.jsonl", &all);
    let first = scored(&project, &[]);
    let mut lines: Vec<&str> = all.lines().collect();
    lines.reverse();
    project.write("said.jsonl", &lines.join("\n"));
    assert_eq!(scored(&project, &[]), first);
    project
        .run(&[
            "build",
            "all",
            "--no-cache",
            "--out",
            "built/all",
            "--layout",
            "messages",
        ])
        .ok();
    assert_eq!(scored(&project, &[]), first);
}
