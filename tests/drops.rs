//! Conditions of drops over the values of rows: what they see, what they take out, and what is said where one fails.

use flanc::project;
use flanc::source::{self, Budget, SourceError};

use crate::support::Project;

const ROWS: &str = r#"{"text": "a b", "n": "1e2", "flag": "1", "l": ["x", "y"], "label": "good"}
{"text": null, "n": null, "flag": null, "l": [], "label": "bad"}
{"text": "c", "n": 7, "flag": true, "l": ["y"], "label": "-"}
{"text": "dd", "n": -0.50, "flag": false, "l": ["x"], "label": "bad"}
"#;

/// How many rows a drop takes out after `label == "-"` took its own.
fn dropped(condition: &str) -> Result<u64, SourceError> {
    let project = Project::new();
    project.write("datasets/samples/t/rows.jsonl", ROWS).write(
        "all.flan",
        &format!(
            r#"cluster misc {{}}
dataset t in misc {{
  field text: text?
  field n: number?
  field flag: bool?
  field l: list
  field label: choice {{ good bad }}
  answer label
  drop "first" when label == "-"
  drop "second" when {condition}
  source sample {{ train {{ rows jsonl "t/rows.jsonl" }} }}
}}
"#
        ),
    );
    let loaded = project::load(project.dir.path()).expect("a project");
    let dataset = &loaded.catalog.datasets["t"];
    let split = &dataset.sources["sample"].splits["train"];
    let place = project.path("datasets/samples");
    let (rows, report) = source::read_split(dataset, "train", split, &place, &Budget::unlimited())?;
    assert_eq!(report.dropped[0], ("first".to_string(), 1), "{condition}");
    assert_eq!(rows.len() as u64 + report.dropped[1].1, 3, "{condition}");
    Ok(report.dropped[1].1)
}

#[test]
fn drops_see_values_in_their_types() {
    for (condition, count) in [
        ("text is none", 1),
        ("not text", 1),
        ("n == 100", 1),
        ("n is none or n < 0", 2),
        ("flag", 1),
        ("flag is false", 1),
        ("'x' in l", 2),
        ("l | length == 0", 1),
        ("l | join(',') == 'x,y'", 1),
        ("l[-1] | default('') == 'x'", 1),
        ("label == bad and text", 1),
        ("(text or '') | upper == 'DD'", 1),
        ("n is not none and n * 2 == -1", 1),
        ("n is not none and n / 4 == 25", 1),
        ("label == '-'", 0),
    ] {
        assert_eq!(dropped(condition).expect("it holds or not"), count, "{condition}");
    }
}

#[test]
fn a_drop_that_fails_on_a_row_says_so() {
    for (condition, why) in [("text | length > 2", "of type none"), ("l[0] == 'x'", "undefined")] {
        let error = dropped(condition).expect_err(condition).to_string();
        for said in [
            "t/rows.jsonl, row 2: in dataset `t`, the condition of drop `second` fails: ",
            why,
            "\n  help: a null compares as `none`: say `not FIELD` or `FIELD is none`",
        ] {
            assert!(error.contains(said), "`{said}` is not in: {error}");
        }
    }
}
