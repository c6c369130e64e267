//! The workload of the benchmark: row number N goes through template N modulo 10, and every row is used once.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::Project;

/// Two rows for each template of both datasets, as JSON lines.
fn rows() -> (String, String) {
    let (mut nli, mut summ) = (String::new(), String::new());
    for idx in 0..20 {
        let label = idx % 3;
        let _ = writeln!(
            nli,
            r#"{{"idx":{idx},"premise":"P{idx}.","hypothesis":"H{idx}.","label":{label}}}"#
        );
        let _ = writeln!(summ, r#"{{"idx":{idx},"article":"A{idx}.","summary":"S{idx}."}}"#);
    }
    (nli, summ)
}

#[test]
fn the_workload_renders_each_row_through_the_template_of_its_number() {
    let workload = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workload");
    let workload = workload.to_str().expect("a path in UTF-8");
    let project = Project::new();
    let (nli, summ) = rows();
    project.write("data/nli.jsonl", &nli).write("data/summ.jsonl", &summ);
    let build = [
        "build", "--source", "jsonl", "--data", "data", "--format", "jsonl", "--shards", "1",
    ];
    project
        .run(&[&["--project", workload], &build[..], &["--out", "out"]].concat())
        .ok();

    let mut found: Vec<(String, String)> = Vec::new();
    for line in project.read("out/data/train-00000-of-00001.jsonl").lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("a row");
        let text = |name: &str| row[name].as_str().expect("a text").to_string();
        let (inputs, targets) = (text("inputs"), text("targets"));
        let all = format!("{inputs} {targets}");
        let number = all
            .split(['P', 'A'])
            .find_map(|part| part.split_once('.')?.0.parse::<usize>().ok())
            .unwrap_or_else(|| panic!("no number in {all}"));
        assert_eq!(text("template"), format!("t{}", number % 10), "{all}");
        found.push((inputs, targets));
    }
    assert_eq!(found.len(), 40);
    let expected = [
        (
            "Premise: P17.\nHypothesis: H17.\nPick one of the following.\nOPTIONS:\n- yes\n- it is not possible to tell\n- no\nAnswer:",
            "no",
        ),
        (
            "Write a short passage and a claim whose relation is: yes",
            "Passage: P9.\n\nClaim: H9.",
        ),
        ("A14.\n\nTL;DR:", "S14."),
        ("Summary: S9.\n\nThe whole article:", "A9."),
    ];
    for (inputs, targets) in expected {
        let here = found.iter().any(|(i, t)| i == inputs && t == targets);
        assert!(here, "{inputs:?} with {targets:?} is not in {found:#?}");
    }
}
