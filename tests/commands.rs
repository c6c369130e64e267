//! Every other command as a user types it: what it prints, what it writes, how it ends.

use std::fs;

use crate::schema::fits;
use crate::support::Project;
use crate::weather::{project, rows_of, with_a_mistake};

#[test]
fn check_counts_what_is_sound_and_places_what_is_not() {
    let project = project();
    let run = project.run(&["check"]).ok();
    assert_eq!(run.stdout, "3 datasets, 5 templates, 1 mixture: no mistakes\n");
    assert_eq!(project.run(&["--quiet", "check"]).ok().stdout, "");
    with_a_mistake(&project);
    project
        .run(&["check"])
        .fails(1, &["datasets/broken.flan:1:19", "nowhere", "1 error, 0 warnings"]);
    let json = project.run(&["check", "--format", "json"]).fails(1, &[]).json();
    assert_eq!(json["diagnostics"][0]["file"], "datasets/broken.flan");
    fits(&project, "check", &json);
}

#[test]
fn a_directory_without_a_project_is_an_error_and_not_a_project_without_mistakes() {
    let project = Project::new();
    project
        .write("docs/example.flan", "cluster a {}")
        .write("README.md", "none");
    let says = [
        "no project is at",
        "help: name the project's directory",
        "begins a project",
    ];
    for words in [
        &["check"][..],
        &["lint"],
        &["fmt"],
        &["fmt", "--check"],
        &["list"],
        &["golden", "check"],
        &["count"],
        &["build"],
        &["--project", "docs/../datasets/..", "check"],
    ] {
        let run = project.run(words);
        assert_eq!(run.stdout, "", "{words:?}");
        if words[0] != "--project" {
            run.fails(2, &says);
        }
    }
    project
        .run(&["--project", "none", "check"])
        .fails(2, &["no directory is at"]);
    project
        .run(&["--project", "none", "new", "dataset", "README.md"])
        .fails(2, &[]);
    // One that has said nothing yet but how it is built is one.
    project.write("flanc.toml", "");
    let run = project.run(&["check"]).ok();
    assert!(run.stdout.starts_with("0 datasets"), "{}", run.stdout);
}

#[test]
fn list_names_every_dataset_with_its_templates_and_roles() {
    let project = project();
    let text = project.run(&["list"]).ok().stdout;
    for line in [
        "misc     blind",
        "nli      weather          3  sample",
        "mixtures: flan",
        "5 of 5 templates are lowered\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
    let json = project.run(&["list", "--format", "json"]).ok().json();
    fits(&project, "list", &json);
    let weather = json["datasets"]
        .as_array()
        .expect("datasets")
        .iter()
        .find(|d| d["id"] == "weather")
        .expect("weather");
    assert_eq!(weather["family"], "sky");
    assert_eq!(weather["cluster"], "nli");
    let templates: Vec<(&str, &str)> = weather["templates"]
        .as_array()
        .expect("templates")
        .iter()
        .map(|t| (t["name"].as_str().expect("a name"), t["role"].as_str().expect("a role")))
        .collect();
    assert_eq!(
        templates,
        [("follows", "forward"), ("never", "forward"), ("write", "turned")]
    );
}

#[test]
fn list_and_show_say_why_a_template_is_not_lowered() {
    let project = project();
    project.write(
        "templates/slow.flan",
        "templates slow for weather { template slow { input \"{{ premise | indent }}\" target \"{{ answer }}\" } }",
    );
    let text = project.run(&["list"]).ok().stdout;
    let said = "5 of 6 templates are lowered; the others run on minijinja, which is slower:\n  weather/slow: the filter `indent`\n";
    assert!(text.contains(said), "{text}");
    let text = project.run(&["show", "weather", "--template", "slow"]).ok().stdout;
    assert!(
        text.contains("── slow (forward) · not lowered: the filter `indent`\n"),
        "{text}"
    );
    let json = project.run(&["show", "weather", "--format", "json"]).ok().json();
    fits(&project, "show", &json);
    for example in rows_of(&json) {
        assert_eq!(
            example["not_lowered"].is_null(),
            example["template"] != "slow",
            "{example}"
        );
    }
}

#[test]
fn a_project_with_mistakes_is_not_listed_and_json_says_why() {
    let project = project();
    with_a_mistake(&project);
    project.run(&["list"]).fails(1, &["nowhere"]);
    let json = project.run(&["list", "--format", "json"]).fails(1, &[]).json();
    fits(&project, "check", &json);
}

#[test]
fn every_schema_is_printed_and_an_unknown_one_is_met_with_the_nearest() {
    let project = Project::new();
    let all = project.run(&["schema"]).ok().json();
    for (name, schema) in all.as_object().expect("schemas") {
        assert!(schema["type"] == "object", "`{name}` describes no object: {schema}");
        assert_eq!(&project.run(&["schema", name]).ok().json(), schema);
    }
    project
        .run(&["schema", "manifset"])
        .fails(2, &["did you mean `manifest`?"]);
}

#[test]
fn help_and_version_end_well_and_wrong_usage_does_not() {
    let project = Project::new();
    let help = project.run(&["--help"]).ok().stdout;
    for command in [
        "build", "check", "count", "diff", "list", "new", "schema", "show", "stats", "trace", "verify",
    ] {
        assert!(
            help.contains(&format!("\n  {command}")),
            "`{command}` is not in:\n{help}"
        );
        assert!(project.run(&[command, "--help"]).ok().stdout.contains("Usage: flanc"));
    }
    assert!(project.run(&["--version"]).ok().stdout.starts_with("flanc "));
    project.run(&[]).fails(2, &["Usage"]);
    project.run(&["biuld"]).fails(2, &["build"]);
    project.run(&["build", "--shards", "0"]).fails(2, &["--shards"]);
    project.run(&["build", "--sample", "0"]).fails(2, &["--sample"]);
    project
        .run(&["check", "--format", "parquet"])
        .fails(2, &["only `build` writes shards"]);
}

#[test]
fn what_is_not_there_is_said_with_the_way_out() {
    let project = Project::new();
    project.write(
        "all.flan",
        "cluster c {}\ndataset d in c {\n  field q: text\n  field label: choice { x y }\n  source sample { train { rows jsonl \"d.jsonl\" } }\n}\n\
         templates d for d { template a { input \"{{ q }}\" target \"{{ answer }}\" } }\n",
    );
    project
        .run(&["build"])
        .fails(2, &["the project has no mixture", "mixture flan {}"]);
    project.write("mixture.flan", "mixture flan {}\n");
    let run = project.run(&["build"]);
    run.fails(2, &["no file matches `d.jsonl`", "--allow-missing"]);
    assert!(!project.run(&["build"]).stderr.contains("take over"));
    let run = project.run(&["build", "--allow-missing"]).ok();
    assert!(run.stdout.contains("d is missing: no file matches"), "{}", run.stdout);
    let run = project.run(&["lint"]);
    assert!(run.stderr.contains("no file matches `d.jsonl`"), "{}", run.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let project = project();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flanc"))
        .current_dir(project.dir.path())
        .args(["show", "weather", "--rows", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Two datasets, the second of which has no file; `published` is what it says of its rows.
fn half_there(published: &str) -> Project {
    let project = Project::new();
    for (id, more) in [("d", ""), ("e", published)] {
        project.write(
            &format!("datasets/{id}.flan"),
            &format!(
                "dataset {id} in c {{\n  {more}\n  field q: text\n  field label: choice {{ x y }}\n  source original {{ train {{ rows \
                 jsonl \"{id}.jsonl\" }} }}\n}}\n\
                 templates {id} for {id} {{ template a {{ input \"{{{{ q }}}}\" target \"{{{{ answer }}}}\" }} }}\n"
            ),
        );
    }
    let rows: String = (0..10)
        .map(|n| format!("{{\"q\": \"words {n}\", \"label\": \"x\"}}\n"))
        .collect();
    project.write("c.flan", "cluster c {}\n").write("data/d.jsonl", &rows);
    project
}

#[test]
fn what_cannot_be_known_of_a_share_is_not_said() {
    let build = ["build", "all", "--source", "original", "--data", "data"];
    let project = half_there("");
    project.write("all.flan", "mixture all {}\n");
    let run = project.run(&build);
    assert!(!run.stderr.contains('%'), "{}", run.stderr);
    run.fails(
        2,
        &["the share of `e`; how much that is cannot be known while `e` says no `published`"],
    );
    let project = half_there("published 30");
    project.write("all.flan", "mixture all {}\n");
    project
        .run(&build)
        .fails(2, &["without `e` the other datasets take over 75.0 % of the mixture"]);
    // What is held out has no share to take over.
    project.write("all.flan", "mixture all { hold_out e }\n");
    let run = project.run(&build);
    assert!(!run.stderr.contains("take over"), "{}", run.stderr);
    run.fails(2, &["the source of `e` is absent", "--allow-missing"]);
}

#[test]
fn a_source_that_there_is_not_is_answered_by_those_that_there_are() {
    let project = half_there("");
    project.write("all.flan", "mixture all {}\n");
    let says = ["no source named `sample`, only `original`: `--source original`"];
    project.run(&["build"]).fails(2, &says);
    project.run(&["show", "d"]).fails(2, &says);
}

#[test]
fn the_only_mixture_is_built_where_none_is_named_and_of_several_none() {
    let project = half_there("");
    let build = ["build", "--source", "original", "--data", "data", "--allow-missing"];
    project.write("all.flan", "mixture all {}\n");
    project.run(&build).ok();
    assert!(project.path("build/all/manifest.json").is_file());
    project.run(&["list", "state:new"]).ok();
    project.write("shots.flan", "mixture shots {}\n");
    project.run(&build).fails(
        2,
        &[
            "`flan` is what is built where nothing is said, and no mixture has that name",
            "help: name one of `all` and `shots`, or set `mixture` in flanc.toml",
        ],
    );
    project.write("flanc.toml", "[build]\nmixture = \"shots\"\n");
    project.run(&build).ok();
    assert!(project.path("build/shots/manifest.json").is_file());
    project
        .run(&["build", "shot"])
        .fails(2, &["no mixture is named `shot`; did you mean `shots`?"]);
}

#[test]
fn below_a_project_its_directory_is_named() {
    let project = half_there("");
    fs::create_dir_all(project.path("data/deeper")).expect("a directory");
    let root = fs::canonicalize(project.dir.path()).expect("the project");
    let way = format!("the project is further up: go to {}, or say `--project", root.display());
    for below in ["data", "data/deeper"] {
        project
            .run(&["--project", below, "check"])
            .fails(2, &["no project is at", &way]);
    }
}
