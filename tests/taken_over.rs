//! What must not be taken over from the build before, where it hangs on more than a template and a row; and what is told of
//! rows that gave no example, the first time and again.

use std::fs;

use crate::incremental::build;
use crate::support::Project;

const DATASET: &str = r#"
cluster c {}
dataset d in c {
  field q: text
  field h: text?
  field l: choice { yes no }
  answer l
  evaluate on test
  source sample ordered { train { rows csv "train.csv" } test { rows csv "test.csv" } }
}
"#;

/// Rows whose `h` is empty in every second one.
fn rows(numbers: impl Iterator<Item = usize>) -> String {
    let row = |at: usize| format!("question {at},{},{}\n", ["", "hint"][at % 2], ["yes", "no"][at % 3 / 2]);
    format!("q,h,l\n{}", numbers.map(row).collect::<String>())
}

fn project(mixture: &str, templates: &str) -> Project {
    let project = Project::new();
    project
        .write("flanc.toml", "[build]\nmixture = \"m\"\ndata = \"data\"\nshards = 2\n")
        .write("d.flan", &format!("{DATASET}\nmixture m {{ {mixture} }}\n"))
        .write("t.flan", &set(templates))
        .write("data/train.csv", &rows(0..60))
        .write("data/test.csv", &rows(100..110));
    project
}

/// A set of templates, each by its letter, which is all that it says of itself.
fn set(letters: &str) -> String {
    let template = |letter: char| {
        format!(
            "template {letter} {{ input \"{letter}: {{{{ q }}}}\\n{{{{ options }}}}\" target \"{{{{ answer }}}}\" }}\n"
        )
    };
    format!(
        "templates d for d {{\n{}}}\n",
        letters.chars().map(template).collect::<String>()
    )
}

#[test]
fn under_profile_repo_the_places_of_templates_and_rows_count() {
    let project = project("profile repo", "abc");
    build(&project, &[]);
    for letters in ["bac", "bcad", "bc"] {
        project.write("t.flan", &set(letters));
        build(&project, &[]);
    }
    project.write("data/train.csv", &rows((0..60).rev()));
    build(&project, &[]);
}

#[test]
fn a_template_that_joins_the_draw_or_leaves_it_counts_as_another_one() {
    for mixture in ["templates at most 2", "templates at most 2 choose round_robin by q"] {
        let project = project(mixture, "abcde");
        build(&project, &[]);
        for letters in ["acde", "abcde", "abde", "abce", "abcd", "bcde", "abcdef"] {
            project.write("t.flan", &set(letters));
            build(&project, &[]);
        }
        // A guard moves it behind those that have none.
        project.write("t.flan", &set("abcde").replace("template a {", "template a when h {"));
        build(&project, &[]);
    }
}

#[test]
fn shots_are_those_of_the_rows_and_templates_that_there_are() {
    let project = project("shots 2", "abc");
    build(&project, &[]);
    project.write("t.flan", &set("abc").replace("b: ", "b; "));
    build(&project, &[]);
    project.write("data/train.csv", &rows(3..60));
    build(&project, &[]);
}

/// One template that says nothing for every second row, so that tested rows, exemplars and rows of the reserve fail, too.
#[test]
fn a_row_without_an_example_is_counted_once_and_alike_in_every_build() {
    let project = project("cap 10", "a");
    let text = "templates d for d { template a { input \"{{ q }}?\" target \"{{ h }}\" } }\n";
    project.write("t.flan", text).write(
        "d.flan",
        &format!(
            "{}\nmixture m {{ cap 10 }}\n",
            DATASET.replace("evaluate", "reserve 8 evaluate")
        ),
    );
    for _ in 0..3 {
        build(&project, &[]);
        let manifest = fs::read_to_string(project.path("with/manifest.json")).expect("the manifest");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("its JSON");
        let rows = &manifest["datasets"]["d"]["rows"];
        // Of 70 rows: 8 set aside, 10 kept, 42 over the cap; of 10 tested ones half have no target.
        assert_eq!(
            (&rows["reserved"], &rows["over the cap"]),
            (&8.into(), &42.into()),
            "{rows:#}"
        );
        let [used, failed] = ["used", "render failure"].map(|fate| rows[fate].as_u64().unwrap_or_default());
        assert_eq!((used + failed, failed >= 5), (20, true), "{rows:#}");
    }
}

#[test]
fn a_build_tells_of_templates_that_give_nothing_and_of_no_example_at_all() {
    let project = project("", "ab");
    project.write(
        "t.flan",
        &set("ab").replace("template b {", "template b when h == \"never\" {"),
    );
    let told = project.run(&["build"]).ok();
    assert!(
        told.stdout.contains("d/b gives no example") && !told.stdout.contains("d/a gives"),
        "{}",
        told.stdout
    );
    project.write("t.flan", &set("ab"));
    let told = project.run(&["build"]).ok();
    assert!(!told.stdout.contains("gives no example"), "{}", told.stdout);
    project.write("d.flan", &format!("{DATASET}\nmixture m {{ hold_out c }}\n"));
    let told = project.run(&["build"]).ok();
    assert!(told.stdout.contains("no example to train on"), "{}", told.stdout);
}

#[test]
fn a_build_replaces_nothing_that_is_not_its_own() {
    let project = project("", "a");
    project.run(&["build", "--out", "out"]).ok();
    project.write("out/thesis.txt", "x");
    project
        .run(&["build", "--out", "out"])
        .fails(2, &["out is there already", "`thesis.txt`", "--out"]);
    assert_eq!(fs::read_to_string(project.path("out/thesis.txt")).expect("it"), "x");
    fs::remove_file(project.path("out/thesis.txt")).expect("its removal");
    project.run(&["build", "--out", "out"]).ok();
    // Many other programs know files of this name.
    project.write("web/manifest.json", "{\"name\": \"a page\"}");
    project
        .run(&["build", "--out", "web"])
        .fails(2, &["holds no mixture of flanc's"]);
    assert_eq!(fs::read_dir(project.path("web")).expect("it").count(), 1);
}
