//! The golden files of the library: as they were accepted, whole, and as the docs show them.

use std::fs;

use serde_json::Value;

use crate::golden::{RTE, json};
use crate::support::Project;

#[test]
fn the_library_is_as_it_was_accepted_and_everything_of_it_is_shown() {
    let project = Project::shipped();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    std::os::unix::fs::symlink(golden, project.path("golden")).expect("a link");
    let value = json(&project, &[]);
    let named = |of: &Value| {
        format!(
            "{}/{}",
            of["dataset"].as_str().unwrap_or_default(),
            of["template"].as_str().unwrap_or_default()
        )
    };
    let list = |name: &str| value[name].as_array().expect("a list").clone();
    let differ: Vec<String> = list("differences").iter().map(named).collect();
    assert!(differ.is_empty(), "look at `flanc golden review`: {differ:?}");
    let lacking: Vec<String> = list("coverage")
        .iter()
        .filter(|one| one["lacking"].as_array().is_some_and(|l| !l.is_empty()))
        .map(named)
        .collect();
    assert!(
        lacking.is_empty() && list("coverage").len() >= 590,
        "not all is shown: {lacking:?}"
    );
}

#[test]
fn to_accept_what_is_accepted_changes_no_byte_of_the_library() {
    let project = Project::shipped();
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&golden) {
        let entry = entry.expect("an entry");
        if entry.file_type().is_file() {
            let name = entry
                .path()
                .strip_prefix(&golden)
                .expect("below it")
                .display()
                .to_string();
            let text = fs::read_to_string(entry.path()).expect("a golden file");
            project.write(&format!("golden/{name}"), &text);
            files.push((name, text));
        }
    }
    assert!(files.len() >= 60, "only {} files", files.len());
    let run = project.run(&["golden", "accept"]).ok();
    assert_eq!(run.stderr, "0 renderings accepted, 0 files written\n");
    for (name, text) in &files {
        assert_eq!(&project.read(&format!("golden/{name}")), text, "{name}");
    }
    let there = walkdir::WalkDir::new(project.path("golden")).into_iter().flatten();
    assert_eq!(there.filter(|entry| entry.file_type().is_file()).count(), files.len());
}

#[test]
fn the_file_in_the_docs_is_that_of_the_library() {
    let read = |name: &str| fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a file");
    let (page, file) = (read("docs/golden.md"), read(RTE));
    let shown = page
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a file");
    for line in shown.lines() {
        assert!(file.lines().any(|own| own == line), "`{line}` is not in {RTE}");
    }
}
