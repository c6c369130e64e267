//! Two sets of answers side by side: a difference only where both are of the same examples.

use serde_json::{Value, json};

use crate::built::build;
use crate::score::{predictions, project, right, scored};

#[test]
fn means_over_other_datasets_have_no_difference() {
    let project = project();
    let built = build(&project, "all", &[]);
    project.write("said.jsonl", &predictions(&built, right));
    let part = |wanted: &'static [&'static str]| {
        predictions(&built, move |record: &Value| {
            wanted
                .iter()
                .any(|id| record["dataset"] == *id)
                .then(|| json!({ "prediction": record["targets"] }))
        })
    };
    project
        .write("pick.jsonl", &part(&["pick", "mended"]))
        .write("asked.jsonl", &part(&["asked"]));
    let whole = scored(&project, &["--allow-missing", "--baseline", "said.jsonl"]);
    assert_eq!(whole["comparison"]["notes"], json!([]));
    assert_eq!(whole["comparison"]["clusters"][0]["difference"], 0.0);

    let json = scored(&project, &["--allow-missing", "--baseline", "pick.jsonl"]);
    let compared = &json["comparison"];
    let nli = &compared["clusters"][0];
    assert_eq!((&nli["name"], &nli["difference"]), (&json!("nli"), &Value::Null));
    assert_eq!(nli["before"], 100.0);
    let pick = compared["datasets"].as_array().expect("datasets").iter();
    let pick = pick.clone().find(|one| one["name"] == "pick").expect("it is in both");
    assert_eq!(pick["difference"], 0.0);
    assert_eq!(
        compared["notes"],
        json!([
            "only after: `alike`, `asked` and `follows`",
            "the mean of nli has no difference: it is over `pick` before, and over `alike`, `follows` and `pick` after",
            "the mean of qa has no difference: it is over nothing before, and over `asked` after",
        ])
    );
    let args = [
        "score",
        "built/all",
        "said.jsonl",
        "--allow-missing",
        "--baseline",
        "pick.jsonl",
    ];
    let shown = project
        .run(&[&args[..], &["--out", "a.md", "--html", "a.html"]].concat())
        .ok();
    for text in [shown.stdout, project.read("a.md"), project.read("a.html")] {
        assert!(text.contains("the mean of nli has no difference"), "{text}");
    }

    project.write("said.jsonl", &part(&["asked"]));
    let args = [
        "score",
        "built/all",
        "said.jsonl",
        "--allow-missing",
        "--baseline",
        "pick.jsonl",
    ];
    project.run(&args).fails(
        2,
        &[
            "no dataset in common",
            "is about `mended` and `pick`, the other about `asked`",
        ],
    );
}
