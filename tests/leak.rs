//! Nothing that is set aside or tested is trained on, whatever copies and groups the rows come in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::built::{Built, build, text};
use crate::support::Project;

const READING: &str = r#"
cluster c {}

dataset reading in c {
  field paragraph: text
  field question: text
  field said: text
  key question
  group paragraph
  answer said
  reserve 120
  source sample {
    train { rows jsonl "train.jsonl" }
    test { rows jsonl "test.jsonl" }
  }
}

templates reading for reading {
  template ask { input "{{ paragraph }} {{ question }}" target "{{ answer }}" }
  template tell { input "{{ question }} {{ paragraph }}" target "{{ answer }}" }
  template only_some when "7" not in question { input "{{ question }}" target "{{ answer }}" }
}

mixture shown { include all  cap none  size 2 epochs  shots 3 }
mixture tested { include all  hold_out c  shots 3  exemplars at most 5_000 }
"#;

/// A row whose answer names its question and its paragraph, which are its content and its group.
fn line(question: usize, paragraph: usize) -> String {
    format!(
        "{{\"paragraph\": \"P{paragraph}\", \"question\": \"Q{question}?\", \"said\": \"{question} {paragraph}\"}}\n"
    )
}

/// 250 paragraphs of four questions, every row twice; one question in forty is asked of another paragraph, too.
fn project() -> Project {
    let (mut train, mut test) = (String::new(), String::new());
    for row in 0..1_000 {
        let _ = write!(train, "{0}{0}", line(row, row / 4));
        if row % 40 == 0 {
            train += &line(row, (row / 4 + 50) % 250);
        }
        if row % 25 == 0 {
            // Copies of training rows, under the same and under another paragraph.
            test += &line(row, if row % 50 == 0 { row / 4 } else { 900 });
        }
    }
    for row in 2_000..2_050 {
        test += &line(row, row / 4);
    }
    let project = Project::new();
    project
        .write("flanc.toml", "[build]\ndata = \"data\"\n")
        .write("project.flan", READING);
    project
        .write("data/train.jsonl", &train)
        .write("data/test.jsonl", &test);
    project
}

/// The question and the paragraph of an example.
fn facts(record: &Value) -> (usize, usize) {
    let answer = record["answers"][0].as_str().unwrap_or(text(&record["targets"]));
    let (question, paragraph) = answer.split_once(' ').expect("two numbers");
    (
        question.parse().expect("a number"),
        paragraph.parse().expect("a number"),
    )
}

/// The splits that a question or a paragraph is in, by its number.
type Sides = BTreeMap<usize, BTreeSet<String>>;

/// Where each question and each paragraph of some splits stands.
fn sides(built: &Built, splits: &[&str]) -> (Sides, Sides) {
    let (mut questions, mut paragraphs) = (BTreeMap::new(), BTreeMap::new());
    for split in splits {
        assert!(
            built.split(split).len() > 20,
            "{split} has {}",
            built.split(split).len()
        );
        for record in built.split(split) {
            let (question, paragraph) = facts(record);
            questions
                .entry(question)
                .or_insert_with(BTreeSet::new)
                .insert((*split).to_string());
            paragraphs
                .entry(paragraph)
                .or_insert_with(BTreeSet::new)
                .insert((*split).to_string());
        }
    }
    (questions, paragraphs)
}

#[test]
fn no_content_and_no_group_stands_on_both_sides_of_the_reserve() {
    let built = build(&project(), "shown", &[]);
    let (questions, paragraphs) = sides(&built, &["train", "validation"]);
    assert!(questions.len() > 700 && paragraphs.len() > 150);
    for (what, sides) in questions.iter().chain(&paragraphs) {
        assert_eq!(sides.len(), 1, "{what} is in {sides:?}");
    }
    // The rows of a group share its name in the shards, and a question in two paragraphs ties them.
    let mut groups: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for record in built.split("train") {
        let (question, paragraph) = facts(record);
        groups.entry(question).or_default().insert(text(&record["group"]));
        groups
            .entry(100_000 + paragraph)
            .or_default()
            .insert(text(&record["group"]));
    }
    assert!(groups.values().all(|names| names.len() == 1), "{groups:?}");
}

#[test]
fn copies_of_test_rows_are_not_trained_on() {
    let built = build(&project(), "shown", &[]);
    let (questions, _) = sides(&built, &["train", "test"]);
    for (question, sides) in &questions {
        assert_eq!(sides.len(), 1, "question {question} is in {sides:?}");
    }
    // 40 questions are tested; each has two rows of train, and those of 0, 40, .. three.
    let copies = built.dataset("reading")["rows"]["copy"].as_u64().expect("copies");
    assert!(copies >= 60, "{copies}");
}

#[test]
fn no_example_is_its_own_exemplar_or_has_one_of_its_group() {
    for (mixture, splits) in [("shown", vec!["train", "validation", "test"]), ("tested", vec!["test"])] {
        let built = build(&project(), mixture, &[]);
        // Who a row is: every row that may be shown is an example of train, or of exemplars.
        let mut rows: BTreeMap<&str, (usize, usize, &str)> = BTreeMap::new();
        for record in built.split("train").iter().chain(built.split("exemplars")) {
            let (question, paragraph) = facts(record);
            rows.insert(text(&record["row_key"]), (question, paragraph, text(&record["group"])));
        }
        let mut shown = 0;
        for record in splits.iter().flat_map(|split| built.split(split)) {
            let (question, paragraph) = facts(record);
            let exemplars = record["exemplars"].as_array().expect("a list");
            assert_eq!(exemplars.len(), 3);
            let mut questions = BTreeSet::from([question]);
            for exemplar in exemplars {
                let (other, of, group) = rows[text(exemplar)];
                assert!(questions.insert(other), "question {other} is shown to itself, or twice");
                assert_ne!(of, paragraph);
                assert_ne!(group, text(&record["group"]));
                assert!(text(&record["inputs"]).contains(&format!("Q{other}?")));
                shown += 1;
            }
        }
        assert!(shown > 100, "{shown}");
    }
}
