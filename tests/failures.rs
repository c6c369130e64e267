//! What goes wrong outside the project: damaged files, rows that do not fit, a build that is killed. Each time one clear
//! error names file and row, the exit code is 2, and the build that was there before is untouched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::support::Project;

/// A project whose one dataset is read as `rows FORMAT "t/FILE"`.
fn project(format: &str, file: &str) -> Project {
    let project = Project::new();
    project.write(
        "all.flan",
        &format!(
            r#"cluster misc {{ title "Rest" }}
dataset t in misc {{
  title "T"
  field text: text
  field label: choice {{ good bad }}
  source sample {{ train {{ rows {format} "t/{file}" }} }}
}}
templates t for t {{ template say {{ input "{{{{ text }}}}" target "{{{{ answer }}}}" }} }}
mixture flan {{ title "All" include all }}
"#
        ),
    );
    fs::create_dir_all(project.path("datasets/samples/t")).expect("a directory");
    project
}

fn put(project: &Project, file: &str, bytes: &[u8]) {
    fs::write(project.path("datasets/samples/t").join(file), bytes).expect("the file");
}

fn jsonl(rows: usize) -> Vec<u8> {
    let row = |n: usize| {
        format!(
            "{{\"text\": \"words {n}\", \"label\": \"{}\"}}\n",
            ["good", "bad"][n % 2]
        )
    };
    (0..rows).map(row).collect::<String>().into_bytes()
}

fn csv(rows: usize) -> Vec<u8> {
    let row = |n: usize| format!("words {n},{}\n", ["good", "bad"][n % 2]);
    ("text,label\n".to_string() + &(0..rows).map(row).collect::<String>()).into_bytes()
}

fn parquet(rows: usize) -> Vec<u8> {
    let text = StringArray::from_iter_values((0..rows).map(|n| format!("words {n}")));
    let label = StringArray::from_iter_values((0..rows).map(|n| ["good", "bad"][n % 2]));
    let batch = RecordBatch::try_from_iter([
        ("text", Arc::new(text) as ArrayRef),
        ("label", Arc::new(label) as ArrayRef),
    ])
    .expect("columns");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("a row group");
    writer.close().expect("a footer");
    bytes
}

/// Every file below a directory with its bytes; a directory that is not there is empty.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(
                files(&path)
                    .into_iter()
                    .map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Builds a sound file, then the damaged one: one error that says all of this, and nothing else has changed.
#[track_caller]
fn damaged(format: &str, file: &str, sound: &[u8], broken: &[u8], says: &[&str]) {
    let project = project(format, file);
    put(&project, file, sound);
    project.run(&["build"]).ok();
    let before = files(&project.path("build"));
    assert!(before.contains_key("flan/manifest.json"), "{:?}", before.keys());

    put(&project, file, broken);
    let run = project.run(&["build"]).fails(2, says);
    assert_eq!(
        run.stderr.lines().filter(|line| line.starts_with("error:")).count(),
        1,
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout, "");
    assert!(
        files(&project.path("build")) == before,
        "the build before is not as it was"
    );
    project.run(&["count"]).fails(2, says);
    project.run(&["show", "t"]).fails(2, says);

    put(&project, file, sound);
    project.run(&["build"]).ok();
    project.run(&["verify", "build/flan"]).ok();
}

#[test]
fn a_truncated_parquet_file_is_named() {
    let sound = parquet(200);
    damaged(
        "parquet",
        "rows.parquet",
        &sound,
        &sound[..sound.len() / 2],
        &["t/rows.parquet"],
    );
}

#[test]
fn a_row_that_is_not_utf_8_is_named() {
    let mut broken = csv(20);
    let at = broken.windows(7).position(|w| w == b"words 7").expect("row 8");
    broken[at] = 0xFF;
    damaged("csv", "rows.csv", &csv(20), &broken, &["t/rows.csv, row 8", "UTF-8"]);
}

#[test]
fn a_line_that_is_no_json_is_named() {
    let mut broken = jsonl(4);
    broken.extend(b"{\"text\": \"cut off\n");
    broken.extend(jsonl(4));
    damaged("jsonl", "rows.jsonl", &jsonl(20), &broken, &["t/rows.jsonl, row 5"]);
}

#[test]
fn a_column_that_is_not_there_is_named_with_the_nearest() {
    let broken = String::from_utf8(csv(20)).expect("text").replacen("text", "txt", 1);
    damaged(
        "csv",
        "rows.csv",
        &csv(20),
        broken.as_bytes(),
        &["t/rows.csv", "`text`", "did you mean `txt`?"],
    );
}

#[test]
fn a_label_outside_its_choice_is_named() {
    let mut broken = jsonl(6);
    broken.extend(b"{\"text\": \"so so\", \"label\": \"middling\"}\n");
    damaged(
        "jsonl",
        "rows.jsonl",
        &jsonl(20),
        &broken,
        &["t/rows.jsonl, row 7", "middling", "label"],
    );
}

#[test]
fn a_required_field_that_is_empty_is_named() {
    let mut broken = jsonl(3);
    broken.extend(b"{\"text\": null, \"label\": \"good\"}\n");
    damaged(
        "jsonl",
        "rows.jsonl",
        &jsonl(20),
        &broken,
        &["t/rows.jsonl, row 4", "`text` is empty"],
    );
}

#[test]
fn an_empty_file_is_named() {
    damaged("csv", "rows.csv", &csv(20), b"", &["t/rows.csv: the file is empty"]);
    damaged(
        "jsonl",
        "rows.jsonl",
        &jsonl(20),
        b"",
        &["t/rows.jsonl: the file is empty"],
    );
}

#[test]
fn the_mistakes_of_all_files_are_told_together() {
    let project = project("jsonl", "rows.jsonl");
    put(&project, "rows.jsonl", b"{\"text\": \"a\", \"label\": \"wrong\"}\n");
    put(&project, "more.jsonl", b"nonsense\n");
    let card = project.read("all.flan");
    let second = card
        .split("templates t")
        .next()
        .and_then(|c| c.split("dataset t").nth(1))
        .expect("the card");
    project.write(
        "second.flan",
        &format!("dataset u{}", second.replace("t/rows", "t/more")),
    );
    project.write(
        "third.flan",
        "templates u for u { template say { input \"{{ text }}\" target \"{{ answer }}\" } }\n",
    );
    project
        .run(&["build"])
        .fails(2, &["t/rows.jsonl, row 1", "t/more.jsonl, row 1"]);
}

// ---- killed builds --------------------------------------------------------------------------------------

/// A project whose build takes long enough to be killed in the middle, built once from fewer rows.
fn long() -> (Project, BTreeMap<String, Vec<u8>>) {
    let project = project("jsonl", "rows.jsonl");
    let card = project
        .read("all.flan")
        .replace("include all", "include all size 400_000 examples");
    project.write("all.flan", &card);
    put(&project, "rows.jsonl", &jsonl(2_000));
    project.run(&["build", "--sample", "50"]).ok();
    let before = files(&project.path("build/flan"));
    (project, before)
}

/// Starts the long build and returns once it writes shards.
fn begin(project: &Project) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flanc"))
        .current_dir(project.dir.path())
        .args(["build", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    let shards = || fs::read_dir(project.path("build/.flan.building/data")).is_ok_and(|mut d| d.next().is_some());
    while !shards() {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "the build ended before it could be killed"
        );
        assert!(begun.elapsed() < Duration::from_secs(60), "no shard was begun");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

fn a_killed_build_changes_nothing(signal: &str) {
    let (project, before) = long();
    let mut child = begin(&project);
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    let status = child.wait().expect("an end");
    assert!(!status.success(), "the build ended before it was killed");
    assert!(
        files(&project.path("build/flan")) == before,
        "the build before is not as it was"
    );
    project.run(&["verify", "build/flan"]).ok();
    project.run(&["build", "--sample", "60"]).ok();
    project.run(&["verify", "build/flan"]).ok();
    assert!(
        files(&project.path("build/flan")) != before,
        "the next build took no effect"
    );
    assert!(
        !project.path("build/.flan.building").exists(),
        "the killed build is still lying there"
    );
}

#[test]
fn a_build_that_is_killed_leaves_the_one_before_it() {
    a_killed_build_changes_nothing("-KILL");
}

#[test]
fn a_build_that_is_interrupted_leaves_the_one_before_it() {
    a_killed_build_changes_nothing("-INT");
}

#[test]
fn two_builds_of_one_mixture_do_not_meet() {
    let (project, _) = long();
    let mut child = begin(&project);
    project.run(&["build"]).fails(2, &["another build is writing"]);
    child.kill().expect("a child");
    child.wait().expect("an end");
}
