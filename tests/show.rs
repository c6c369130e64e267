//! `flanc show` and `flanc count`: rows through the templates, and how many there are.

use crate::schema::fits;
use crate::weather::{project, rows_of, with_a_mistake};

#[test]
fn show_makes_white_space_visible() {
    let project = project();
    let text = project.run(&["show", "weather", "--template", "follows"]).ok().stdout;
    assert!(text.contains("→It rains"), "a tab is not shown:\n{text}");
    assert!(
        text.contains(".·\n"),
        "a space at the end of a line is not shown:\n{text}"
    );
    assert!(text.contains("target │ "), "{text}");
    assert!(text.contains("weather/train.jsonl, row "), "{text}");
}

#[test]
fn show_gives_as_many_rows_as_asked_of_the_split_that_was_named() {
    let project = project();
    let json = project
        .run(&[
            "show",
            "weather",
            "--template",
            "follows",
            "--rows",
            "7",
            "--split",
            "test",
            "--format",
            "json",
        ])
        .ok()
        .json();
    fits(&project, "show", &json);
    let rows = rows_of(&json);
    assert_eq!(rows.len(), 7);
    assert!(
        rows.iter()
            .all(|r| r["file"] == "weather/test.jsonl" && r["template"] == "follows"),
        "{json}"
    );
    // As many as there are, where more are asked for.
    let json = project
        .run(&[
            "show",
            "weather",
            "--template",
            "follows",
            "--rows",
            "99",
            "--split",
            "test",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(rows_of(&json).len(), 20);
}

#[test]
fn show_takes_rows_that_a_guard_admits_and_says_so_where_it_admits_none() {
    let project = project();
    let json = project
        .run(&[
            "show",
            "weather",
            "--template",
            "write",
            "--rows",
            "99",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(rows_of(&json).len(), 30, "half of the rows are `yes`");
    project.run(&["show", "weather", "--template", "never"]).fails(
        2,
        &[
            "none of the 60 rows of `weather` is admitted by the guard of `never`",
            "premise == \"nowhere\"",
        ],
    );
    let text = project.run(&["show", "weather", "--rows", "60"]).ok().stdout;
    assert!(
        text.contains("not for this row, by their guards: never, write"),
        "{text}"
    );
}

#[test]
fn show_says_why_nothing_is_shown() {
    let project = project();
    project
        .run(&["show", "blind"])
        .fails(2, &["split `train` of `blind` has no row to show: 2 unlabelled"]);
    project.write("templates/all.flan", "// none any more\n");
    project
        .run(&["show", "weather"])
        .fails(2, &["`weather` has no templates"]);
}

#[test]
fn show_helps_with_unknown_names() {
    let project = project();
    project.run(&["show", "wether"]).fails(
        2,
        &["no dataset, cluster, family, task or mixture is named `wether`; did you mean `weather`?"],
    );
    project
        .run(&["show", "weather", "--template", "folows"])
        .fails(2, &["no template named `folows`; did you mean `follows`?"]);
    project
        .run(&["show", "weather", "--split", "dev"])
        .fails(2, &["has no split `dev`; it has `test` and `train`"]);
    project.run(&["show", "weather", "--source", "original"]).fails(
        2,
        &["`weather` has no source named `original`, only `sample`: `--source sample`"],
    );
}

#[test]
fn count_counts_every_split_and_what_left_it() {
    let project = project();
    let text = project.run(&["count"]).ok().stdout;
    assert!(text.contains("echo     train     7        1"), "{text}");
    let json = project.run(&["count", "echo", "blind", "--format", "json"]).ok().json();
    fits(&project, "count", &json);
    let splits = json["splits"].as_array().expect("splits");
    assert_eq!(splits.len(), 2);
    assert_eq!(splits[0]["unlabelled"], 2);
    assert_eq!(splits[1]["dropped"]["no reply wanted"], 1);
    assert_eq!(splits[1]["kept"], 6);
    project.run(&["count", "ecko"]).fails(2, &["did you mean `echo`?"]);
}

#[test]
fn what_count_and_fetch_do_not_find_is_an_error() {
    let project = project();
    for command in ["count", "fetch"] {
        let run = project.run(&[command, "--source", "sampel"]);
        assert_eq!(run.stdout, "", "{command}");
        run.fails(
            2,
            &[
                "none of 3 datasets has a source named `sampel`; did you mean `sample`?",
                "they have `sample`",
            ],
        );
        project
            .run(&[command, "echo", "--source", "hub"])
            .fails(2, &["dataset `echo` has no source named `hub`, only `sample`"]);
    }
    // What one of several lacks is missed where they were named.
    let text = project.read("datasets/all.flan").replace(
        "source sample { train { rows jsonl \"echo/train.jsonl\" } }",
        "source sample { train { rows jsonl \"echo/train.jsonl\" } test { absent \"never published\" } }\n  source hub { train { rows jsonl \"echo/train.jsonl\" } }",
    );
    project.write("datasets/all.flan", &text);
    for command in ["count", "fetch"] {
        project.run(&[command, "--source", "hub"]).ok();
        project
            .run(&[command, "misc", "--source", "hub"])
            .fails(2, &["absent: dataset `blind` has no source named `hub`"]);
    }
    // A split that is said to be absent is not missed; a file is.
    let run = project.run(&["count", "echo"]).ok();
    assert!(
        run.stderr
            .contains("absent: dataset `echo`, split `test`: never published"),
        "{}",
        run.stderr
    );
    std::fs::remove_file(project.path("flanc.lock")).expect("the lock");
    std::fs::remove_file(project.path("datasets/samples/echo/train.jsonl")).expect("the rows");
    let run = project
        .run(&["count", "misc"])
        .fails(2, &["absent: ", "echo/train.jsonl"]);
    assert!(run.stdout.contains("blind"), "{}", run.stdout);
    let run = project
        .run(&["fetch", "echo"])
        .fails(2, &["absent: no file matches `echo/train.jsonl`"]);
    assert_eq!(run.stdout, "nothing was fetched; flanc.lock is not written\n");
    assert!(!project.path("flanc.lock").exists());
    let run = project.run(&["fetch", "blind"]).ok();
    assert!(run.stdout.contains("flanc.lock: 1 file, "), "{}", run.stdout);
    let run = project.run(&["fetch", "weather"]).ok();
    assert!(
        run.stdout
            .contains("2 new, 0 changed, 0 the same; 1 other file kept as it was"),
        "{}",
        run.stdout
    );
    let run = project.run(&["fetch", "echo"]).fails(2, &[]);
    assert_eq!(
        run.stdout,
        "nothing was fetched; flanc.lock stays as it was, with 3 files\n"
    );
}

#[test]
fn show_and_count_go_on_with_what_is_sound() {
    let project = project();
    with_a_mistake(&project);
    let run = project
        .run(&["show", "weather", "--format", "json"])
        .fails(1, &["nowhere", "1 error"]);
    assert!(!rows_of(&run.json()).is_empty());
    let run = project.run(&["count", "echo"]).fails(1, &["nowhere"]);
    assert!(run.stdout.contains("echo"), "{}", run.stdout);
    project
        .run(&["show", "broken"])
        .fails(2, &["no dataset named `broken` is sound"]);
    project.run(&["build"]).fails(1, &["nowhere"]);
}
