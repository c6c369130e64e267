//! `flanc build` as a newcomer and as a user types it: flags, flanc.toml, and what is refused.

use std::fs;

use serde_json::Value;

use crate::schema::fits;
use crate::support::Project;
use crate::trace::keys;
use crate::weather::project;

#[test]
fn a_newcomer_builds_the_samples() {
    let project = Project::shipped();
    let run = project.run(&["build"]).ok();
    for text in ["dataset", "target", "achieved", "rte", "build/flan: train"] {
        assert!(run.stdout.contains(text), "`{text}` is not in:\n{}", run.stdout);
    }
    project.run(&["verify", "build/flan"]).ok();
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let project = project();
    let run = project.run(&["build", "--dry-run"]).ok();
    assert!(
        run.stdout.contains("weather") && run.stdout.ends_with("nothing was written\n"),
        "{}",
        run.stdout
    );
    assert!(!project.path("build").exists());
    fits(
        &project,
        "plan",
        &project.run(&["build", "--dry-run", "--format", "json"]).ok().json(),
    );
}

#[test]
fn a_build_prints_what_its_schema_says() {
    let project = project();
    let json = project.run(&["build", "--format", "json"]).ok().json();
    fits(&project, "build", &json);
    fits(&project, "manifest", &json["manifest"]);
    let written: Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("JSON");
    assert_eq!(json["manifest"], written);
}

#[test]
fn flags_decide_format_layout_shards_sample_and_place() {
    let project = project();
    for (format, layout) in [
        ("parquet", "messages"),
        ("arrow", "inputs-targets"),
        ("jsonl", "messages"),
    ] {
        let out = format!("elsewhere/{format}");
        let args = [
            "build", "--format", format, "--layout", layout, "--shards", "3", "--sample", "10", "--out", &out,
        ];
        project.run(&args).ok();
        let manifest: Value = serde_json::from_str(&project.read(&format!("{out}/manifest.json"))).expect("JSON");
        assert_eq!(
            (manifest["format"].as_str(), manifest["layout"].as_str()),
            (Some(format), Some(layout))
        );
        let train: Vec<_> = manifest["shards"]
            .as_array()
            .expect("shards")
            .iter()
            .filter(|s| s["split"] == "train")
            .collect();
        assert_eq!(train.len(), 3);
        assert!(train.iter().all(|s| {
            s["file"]
                .as_str()
                .is_some_and(|f| f.ends_with(&format!("-of-00003.{format}")))
        }));
        assert!(
            manifest["datasets"]["weather"]["kept"]
                .as_u64()
                .is_some_and(|n| n <= 10),
            "{manifest}"
        );
        project.run(&["verify", &out]).ok();
    }
    assert!(!project.path("build").exists(), "--out leaves the default place alone");
}

#[test]
fn threads_change_no_byte_and_the_seed_does() {
    let project = project();
    let digest = |args: &[&str]| {
        let mut all = vec!["build", "--format", "json"];
        all.extend(args);
        project.run(&all).ok().json()["manifest"]["content"].clone()
    };
    let one = digest(&["--threads", "1"]);
    assert_eq!(one, digest(&["--threads", "4"]));
    assert_ne!(one, digest(&["--seed", "7"]));
}

#[test]
fn a_directory_that_is_not_ours_is_refused_and_untouched() {
    let project = project();
    project.write("thesis/chapter.txt", "do not lose me");
    project
        .run(&["build", "--out", "thesis"])
        .fails(2, &["thesis is there already", "--out"]);
    assert_eq!(project.read("thesis/chapter.txt"), "do not lose me");
    assert_eq!(fs::read_dir(project.path("thesis")).expect("a directory").count(), 1);
    fs::create_dir(project.path("empty")).expect("a directory");
    project.run(&["build", "--out", "empty"]).ok();
}

#[test]
fn an_unknown_mixture_is_met_with_the_nearest_one() {
    let project = project();
    project
        .run(&["build", "flam"])
        .fails(2, &["no mixture is named `flam`; did you mean `flan`?"]);
    assert!(!project.path("build/flam").exists());
}

#[test]
fn a_missing_file_is_named_with_what_its_absence_would_do() {
    let project = project();
    fs::remove_file(project.path("datasets/samples/echo/train.jsonl")).expect("the file");
    project.run(&["build"]).fails(
        2,
        &[
            "`echo`",
            "echo/train.jsonl",
            "take over the share of `echo`",
            "--allow-missing",
        ],
    );
    assert!(!project.path("build/flan").exists());
    let run = project.run(&["build", "--allow-missing"]).ok();
    assert!(run.stdout.contains("echo is missing"), "{}", run.stdout);
    let json = project
        .run(&["build", "--allow-missing", "--format", "json"])
        .ok()
        .json();
    assert_eq!(json["missing"][0]["dataset"], "echo");
    assert!(
        project.read("build/flan/build-info.json").contains("echo"),
        "build-info.json does not record it"
    );
}

#[test]
fn flanc_toml_gives_the_defaults_and_the_command_line_goes_first() {
    let project = project();
    project.write(
        "flanc.toml",
        "[build]\nformat = \"jsonl\"\nshards = 2\nout = \"made\"\n",
    );
    project.run(&["build"]).ok();
    assert!(project.path("made/data/train-00001-of-00002.jsonl").exists());
    project.run(&["build", "--format", "arrow", "--shards", "1"]).ok();
    assert!(project.path("made/data/train-00000-of-00001.arrow").exists());
    project.write("flanc.toml", "[build]\nshard = 2\n");
    project
        .run(&["check"])
        .fails(1, &["flanc.toml", "did you mean `shards`?"]);
}

#[test]
fn a_project_elsewhere_is_named_by_a_flag_or_by_the_environment() {
    let project = project();
    let other = Project::new();
    let place = project.dir.path().to_string_lossy().into_owned();
    assert!(
        other
            .run(&["list", "--project", &place])
            .ok()
            .stdout
            .contains("weather")
    );
    other.run(&["build", "--project", &place]).ok();
    assert!(project.path("build/flan/manifest.json").exists());
    other
        .run(&["list", "--project", "nowhere"])
        .fails(2, &["no directory is at nowhere"]);
    // What was built from inside is traced from outside.
    project.run(&["build"]).ok();
    let key = keys(&project, "weather").remove(0);
    let traced = other.run(&["trace", &key, "--project", &place]).ok().stdout;
    assert!(traced.contains("rendered again: equal"), "{traced}");
}
