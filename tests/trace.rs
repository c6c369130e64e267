//! `flanc trace` and `flanc verify`: an example back to its row, and a build against its manifest.

use std::fs;

use serde_json::Value;

use crate::schema::fits;
use crate::support::Project;
use crate::weather::{TEMPLATES, project};

/// The row keys of a dataset in the training split of `build/flan`.
pub fn keys(project: &Project, dataset: &str) -> Vec<String> {
    let manifest: Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("JSON");
    let mut keys = Vec::new();
    for shard in manifest["shards"]
        .as_array()
        .expect("shards")
        .iter()
        .filter(|s| s["split"] == "train")
    {
        let path = project.path("build/flan").join(shard["file"].as_str().expect("a file"));
        flanc::shard::read_records(&path, |record| {
            if record.dataset == dataset {
                keys.push(record.row_key);
            }
        })
        .expect("a shard");
    }
    keys
}

#[test]
fn trace_finds_the_row_and_proves_the_example_equal() {
    let project = project();
    project.run(&["build"]).ok();
    let key = keys(&project, "weather").remove(0);
    let text = project.run(&["trace", &key]).ok().stdout;
    assert!(
        text.contains("weather · ")
            && text.contains("from weather/train.jsonl, row ")
            && text.contains("rendered again: equal"),
        "{text}"
    );
    fits(
        &project,
        "trace",
        &project.run(&["trace", &key[..8], "--format", "json"]).ok().json(),
    );
    project.run(&["trace", "zz"]).fails(2, &["`zz` is no row key"]);
    project
        .run(&["trace", "00000000000000000000000000000000"])
        .fails(2, &["no example of"]);
    project
        .run(&["trace", &key, "--in", "nowhere"])
        .fails(2, &["nowhere/manifest.json"]);
}

#[test]
fn trace_tells_copies_of_a_row_from_a_row_of_its_own() {
    let project = project();
    project.run(&["build"]).ok();
    let said: Vec<String> = keys(&project, "echo")
        .iter()
        .map(|key| project.run(&["trace", key]).ok().stdout)
        .collect();
    assert!(
        said.iter().any(|text| text.contains("one of 3 identical rows")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|text| text.contains("one of 2 identical rows")),
        "{said:?}"
    );
    assert!(said.iter().any(|text| !text.contains("identical")), "{said:?}");
}

#[test]
fn a_template_that_changed_makes_an_example_not_equal() {
    let project = project();
    project.run(&["build"]).ok();
    let key = keys(&project, "echo").remove(0);
    project.write(
        "templates/all.flan",
        &TEMPLATES.replace("{{ question }}", "Say: {{ question }}"),
    );
    let run = project
        .run(&["trace", &key])
        .fails(1, &["have changed since this was built"]);
    for part in ["rendered again: NOT equal", "{+Say: +}"] {
        assert!(run.stdout.contains(part), "{}", run.stdout);
    }
    let json = project.run(&["trace", &key, "--format", "json"]).fails(1, &[]).json();
    fits(&project, "trace", &json);
    let (built, now) = (&json["examples"][0]["inputs"], &json["examples"][0]["now"]["inputs"]);
    assert_eq!(
        now.as_str(),
        built.as_str().map(|text| format!("Say: {text}")).as_deref()
    );
    // Another template may have taken the row, and other columns may be all that differs.
    project.write(
        "templates/all.flan",
        &TEMPLATES.replace("template ask", "template say_it"),
    );
    let run = project.run(&["trace", &key]).fails(1, &[]);
    assert!(
        run.stdout
            .contains("  template ask → say_it\n  its texts are the same; other columns differ\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn verify_names_what_is_not_as_it_was_built() {
    let project = project();
    project.run(&["build", "--shards", "2"]).ok();
    fits(
        &project,
        "verify",
        &project.run(&["verify", "build/flan", "--format", "json"]).ok().json(),
    );
    let name = "build/flan/data/train-00000-of-00002.parquet";
    let shard = project.path(name);
    let whole = fs::read(&shard).expect("a shard");

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&shard, flipped).expect("the shard");
    project
        .run(&["verify", "build/flan"])
        .fails(1, &["data/train-00000-of-00002.parquet", "bytes"]);

    fs::remove_file(&shard).expect("the shard");
    let json = project
        .run(&["verify", "build/flan", "--format", "json"])
        .fails(1, &[])
        .json();
    fits(&project, "verify", &json);
    assert!(
        json["problems"][0]
            .as_str()
            .is_some_and(|p| p.contains("train-00000-of-00002")),
        "{json}"
    );

    fs::write(&shard, &whole).expect("the shard");
    project.write("build/flan/data/train-00002-of-00003.parquet", "more");
    project
        .run(&["verify", "build/flan"])
        .fails(1, &["data/train-00002-of-00003.parquet", "does not know"]);
    fs::remove_file(project.path("build/flan/data/train-00002-of-00003.parquet")).expect("the file");

    let manifest = project.read("build/flan/manifest.json");
    let mut wrong: Value = serde_json::from_str(&manifest).expect("JSON");
    let rows = wrong["shards"][0]["rows"].as_u64().expect("rows");
    wrong["shards"][0]["rows"] = (rows + 1).into();
    project.write("build/flan/manifest.json", &wrong.to_string());
    project
        .run(&["verify", "build/flan"])
        .fails(1, &["data/train-00000-of-00002.parquet", &format!("{rows} rows")]);

    project.write("build/flan/manifest.json", &manifest);
    project.run(&["verify", "build/flan"]).ok();
    project
        .run(&["verify", "nowhere"])
        .fails(2, &["is this a build of flanc?"]);
}

#[test]
fn verify_names_sizes_that_no_file_has() {
    let project = project();
    project.run(&["build", "--shard-by", "dataset"]).ok();
    project.run(&["verify", "build/flan"]).ok();
    let text = project.read("build/flan/manifest.json");
    let sound: Value = serde_json::from_str(&text).expect("JSON");
    for rows in [2_000_000_000_000_000_000, u64::MAX] {
        let mut damaged = sound.clone();
        for shard in damaged["shards"].as_array_mut().expect("shards") {
            shard["rows"] = rows.into();
        }
        project.write("build/flan/manifest.json", &damaged.to_string());
        let said = format!("the manifest says {rows}");
        project
            .run(&["verify", "build/flan"])
            .fails(1, &[&said, "order.parquet: "]);
    }
}
