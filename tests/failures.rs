//! What goes wrong outside the project: damaged files, rows that do not fit. Each time one clear error names file and row,
//! the exit code is 2, and the build that was there before is untouched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::support::{Project, one_dataset};

/// A project whose one dataset is read as `rows FORMAT "t/FILE"`.
pub fn project(format: &str, file: &str) -> Project {
    project_of(&format!("{format} \"t/{file}\""))
}

fn project_of(table: &str) -> Project {
    let project = Project::new();
    let says = format!("source sample {{ train {{ rows {table} }} }}");
    project.write("all.flan", &one_dataset(&says));
    fs::create_dir_all(project.path("datasets/samples/t")).expect("a directory");
    project
}

pub fn put(project: &Project, file: &str, bytes: &[u8]) {
    fs::write(project.path("datasets/samples/t").join(file), bytes).expect("the file");
}

pub fn jsonl(rows: usize) -> Vec<u8> {
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
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
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
    damaged_table(&format!("{format} \"t/{file}\""), file, sound, broken, says);
}

#[track_caller]
fn damaged_table(table: &str, file: &str, sound: &[u8], broken: &[u8], says: &[&str]) {
    let project = project_of(table);
    put(&project, file, broken);
    project.run(&["build"]).fails(2, says);
    assert_eq!(files(&project.path("build")).len(), 0);
    assert!(!project.path("build/flan").exists() && !project.path("build/.flan.building").exists());

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
    assert!(!project.path("build/.flan.building").exists());
    project.run(&["count"]).fails(2, says);
    project.run(&["show", "t"]).fails(2, says);

    put(&project, file, sound);
    project.run(&["build"]).ok();
    project.run(&["verify", "build/flan"]).ok();
}

#[test]
fn a_truncated_parquet_file_is_named() {
    let sound = parquet(200);
    let length = sound.len();
    for cut in [3, 8, length / 4, length / 2, length - 100, length - 8, length - 1] {
        damaged("parquet", "rows.parquet", &sound, &sound[..cut], &["t/rows.parquet: "]);
    }
    // The footer is there, and what it speaks of is not what it says.
    let mut broken = sound.clone();
    broken[4..length / 2].fill(0xAA);
    damaged("parquet", "rows.parquet", &sound, &broken, &["t/rows.parquet"]);
}

#[test]
fn a_row_that_is_not_utf_8_is_named() {
    let mut broken = csv(20);
    let at = broken.windows(7).position(|w| w == b"words 7").expect("row 8");
    broken[at] = 0xFF;
    let says = ["byte 0xFF at 0 is not UTF-8", "help: say `encoding latin1`"];
    let all = |place: &'static str| [&[place], &says[..]].concat();
    damaged("csv", "rows.csv", &csv(20), &broken, &all("t/rows.csv, row 8: "));

    let tabs = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|b| if *b == b',' { b'\t' } else { *b })
            .collect::<Vec<u8>>()
    };
    damaged(
        "tsv",
        "rows.tsv",
        &tabs(&csv(20)),
        &tabs(&broken),
        &all("t/rows.tsv, row 8: "),
    );

    let bare = |bytes: &[u8]| bytes.splitn(2, |b| *b == b'\n').nth(1).expect("records").to_vec();
    damaged_table(
        r#"lines "t/rows.txt" match "^(?<text>.*),(?<label>.*)$""#,
        "rows.txt",
        &bare(&csv(20)),
        &bare(&broken),
        &all("t/rows.txt, row 8: "),
    );

    let mut broken = jsonl(20);
    let at = broken.windows(7).position(|w| w == b"words 7").expect("row 8");
    broken[at] = 0xFF;
    let says = ["t/rows.jsonl, row 8: byte 0xFF at 10 is not UTF-8", "help: "];
    damaged("jsonl", "rows.jsonl", &jsonl(20), &broken, &says);
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
fn the_column_of_the_answer_that_no_file_has_is_named() {
    let says =
        |file: &str| format!("t/{file}, row 1: in dataset `t`, no row has the answer `label`: the table has no column");
    let help = "help: say `from \"COLUMN\"`";
    let broken = String::from_utf8(csv(20)).expect("text").replacen("label", "lable", 1);
    let reason = [
        &says("rows.csv"),
        "`label`, it has `text` and `lable`; did you mean `lable`?",
        help,
    ];
    damaged("csv", "rows.csv", &csv(20), broken.as_bytes(), &reason);
    let broken = String::from_utf8(jsonl(20)).expect("text").replace("label", "lable");
    let reason = [
        &says("rows.jsonl"),
        "it has `lable` and `text`; did you mean `lable`?",
        help,
    ];
    damaged("jsonl", "rows.jsonl", &jsonl(20), broken.as_bytes(), &reason);
}

#[test]
fn a_split_without_a_column_for_the_answer_is_unlabelled_where_it_is_only_tested() {
    let splits = "train { rows jsonl \"t/train.jsonl\" } test { rows jsonl \"t/test.jsonl\" }";
    let written = |says: &str| {
        let project = Project::new();
        let text = one_dataset(&format!("{says}\n  source sample {{ {splits} }}"));
        project.write("all.flan", &text);
        fs::create_dir_all(project.path("datasets/samples/t")).expect("a directory");
        put(&project, "train.jsonl", &jsonl(20));
        put(&project, "test.jsonl", b"{\"text\": \"one\"}\n{\"text\": \"two\"}\n");
        project
    };
    let tested = written("");
    tested.run(&["build"]).ok();
    let counted = tested.run(&["count"]).ok();
    let line = counted.stdout.lines().find(|line| line.contains(" test "));
    let line: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    assert_eq!(line, ["t", "test", "2", "0", "2", "0", "0"], "{}", counted.stdout);
    // One that is trained on needs the column, whose rows may all be null; so it is with what is put aside.
    let says = ["t/test.jsonl, row 1", "the table has no column `label`, it has `text`"];
    for more in ["", "quarantine at most 9"] {
        let trained = written(&format!("train on train, test evaluate on validation {more}"));
        trained.run(&["build"]).fails(2, &says);
        let null = b"{\"text\": \"one\", \"label\": null}\n{\"text\": \"two\"}\n";
        put(&trained, "test.jsonl", null);
        trained.run(&["build"]).ok();
    }
}

#[test]
fn a_pipe_is_refused_before_anybody_waits_for_it() {
    let project = project("jsonl", "rows.jsonl");
    let pipe = project.path("datasets/samples/t/rows.jsonl");
    let made = Command::new("mkfifo").arg(pipe).status().expect("mkfifo");
    assert!(made.success());
    let says = ["t/rows.jsonl: this is no regular file", "help: "];
    project.run(&["build"]).fails(2, &says);
    project.run(&["count"]).fails(2, &says);
}

#[test]
fn more_threads_than_a_thousand_and_memory_for_nothing_are_refused() {
    let project = project("jsonl", "rows.jsonl");
    put(&project, "rows.jsonl", &jsonl(20));
    let says = ["1025 is not in 0..=1024"];
    for command in ["build", "eval", "train"] {
        project.run(&[command, "--threads", "1025"]).fails(2, &says);
    }
    project.run(&["build", "--threads", "8"]).ok();
    let says = ["512 bytes hold no build: write 512MiB or 4GiB"];
    project.run(&["build", "--memory", "512"]).fails(2, &says);
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
fn a_record_of_another_length_is_named() {
    let broken = String::from_utf8(csv(20))
        .expect("text")
        .replace("words 3,", "words, 3,");
    let says = [
        "t/rows.csv, row 4: this record has 3 fields, the header has 2",
        "help: say `ragged`",
    ];
    damaged("csv", "rows.csv", &csv(20), broken.as_bytes(), &says);
    let broken = String::from_utf8(csv(20))
        .expect("text")
        .replace("words 3,", "\"words 3,");
    let says = [
        "t/rows.csv, row 4: a quote that opens in this record is never closed",
        "help: ",
    ];
    damaged("csv", "rows.csv", &csv(20), broken.as_bytes(), &says);
}

/// A row of so many bytes among others, in each format that is read row by row and in one that is not.
fn with_a_field_of(bytes: usize) -> [(&'static str, Vec<u8>); 3] {
    let long = "long ".repeat(bytes / 5);
    let text = StringArray::from_iter_values(["short", &long, "short too"]);
    let label = StringArray::from_iter_values(["good", "bad", "good"]);
    let batch = RecordBatch::try_from_iter([
        ("text", Arc::new(text) as ArrayRef),
        ("label", Arc::new(label) as ArrayRef),
    ])
    .expect("columns");
    let mut parquet = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut parquet, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("a row group");
    writer.close().expect("a footer");
    let csv = format!("text,label\nshort,good\n\"{long}\",bad\nshort too,good\n");
    let row = |text: &str, label: &str| format!("{{\"text\": \"{text}\", \"label\": \"{label}\"}}\n");
    let jsonl = row("short", "good") + &row(&long, "bad") + &row("short too", "good");
    [("jsonl", jsonl.into()), ("csv", csv.into()), ("parquet", parquet)]
}

#[test]
fn a_field_of_50_mb_is_built_and_one_of_70_mb_is_named() {
    for (format, bytes) in with_a_field_of(50_000_000) {
        let project = project(format, "rows");
        put(&project, "rows", &bytes);
        project.run(&["build", "--format", "jsonl"]).ok();
        let shards = files(&project.path("build/flan/data"));
        let longest = shards
            .values()
            .flat_map(|shard| shard.split(|b| *b == b'\n'))
            .map(<[u8]>::len)
            .max();
        assert!(
            (50_000_000..51_000_000).contains(&longest.expect("a line")),
            "{format}: {longest:?}"
        );
        project.run(&["verify", "build/flan"]).ok();
    }
    for (format, bytes) in with_a_field_of(70_000_000) {
        let project = project(format, "rows");
        put(&project, "rows", &bytes);
        project
            .run(&["build"])
            .fails(2, &["error: t/rows, row 2: this ", "is longer than 64 MiB"]);
        assert!(!project.path("build/flan").exists());
    }
}

#[test]
fn a_template_that_loops_for_ever_is_stopped_and_told() {
    let project = project("jsonl", "rows.jsonl");
    put(&project, "rows.jsonl", &jsonl(4));
    let card = project.read("all.flan");
    let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% if a > b %}{{ text }}{% endif %}{% endfor %}{% endfor %}";
    project.write("all.flan", &card.replace("{{ text }}", endless));
    let begun = Instant::now();
    let run = project.run(&["build", "--format", "json"]).ok();
    assert_eq!(run.json()["manifest"]["datasets"]["t"]["rows"]["render failure"], 4);
    let shown = project.run(&["show", "t"]).ok().stdout;
    assert!(
        shown.contains("cannot be used for this row: ") && shown.contains("fuel"),
        "{shown}"
    );
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());

    // Another template of the dataset takes the rows.
    let second = "templates t for t { template bare { input \"{{ text }}\" target \"{{ answer }}\" }";
    project.write(
        "all.flan",
        &project.read("all.flan").replace("templates t for t {", second),
    );
    let run = project.run(&["build", "--format", "json"]).ok();
    assert_eq!(run.json()["manifest"]["datasets"]["t"]["templates"]["bare"], 4);
}

#[test]
fn an_empty_file_is_named() {
    damaged("csv", "rows.csv", &csv(20), b"", &["t/rows.csv: the file is empty"]);
    damaged(
        "parquet",
        "rows.parquet",
        &parquet(20),
        b"",
        &["t/rows.parquet: the file is empty"],
    );
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
