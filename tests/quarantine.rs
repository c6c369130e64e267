//! Rows that cannot be read as declared: put aside where a dataset says so, counted, listed, and no other row changed by it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::built::files;
use crate::support::{Project, one_dataset};

const MATCH: &str = r#"match "^(?<label>\\w+) (?<text>.*)$""#;

/// A project of one dataset that says `statement` and is read from `table`.
fn project(statement: &str, table: &str) -> Project {
    let project = Project::new();
    project.write("flanc.toml", "[build]\nshards = 1\n");
    let says = format!("{statement}\n  source sample {{ train {{ rows {table} }} }}");
    project.write("all.flan", &one_dataset(&says));
    fs::create_dir_all(project.path("datasets/samples/t")).expect("a directory");
    project
}

fn put(project: &Project, file: &str, bytes: &[u8]) {
    fs::write(project.path("datasets/samples/t").join(file), bytes).expect("the file");
}

/// What a build says was put aside, line by line.
fn listed(project: &Project) -> Vec<String> {
    let text = project.read("build/flan/quarantine.jsonl");
    text.lines().map(str::to_string).collect()
}

/// `aside` stands for the list: file, row and the beginning of the reason. The build is that of the file `clean`.
#[track_caller]
fn put_aside(table: &str, file: &str, bytes: &[u8], clean: &[u8], aside: &[(u64, &str)]) {
    let strict = project("", table);
    put(&strict, file, bytes);
    let (row, reason) = aside[0];
    let place = format!("{file}, row {row}: ");
    strict.run(&["build"]).fails(2, &[&place, reason]);
    put(&strict, file, clean);
    strict.run(&["build"]).ok();
    assert!(!strict.path("build/flan/quarantine.jsonl").exists());

    let project = project(&format!("quarantine at most {}", aside.len()), table);
    put(&project, file, bytes);
    let run = project.run(&["build"]).ok();
    let note = format!("{} that cannot be read as declared, listed in ", count(aside.len()));
    assert!(run.stdout.contains(&note), "{}", run.stdout);
    let lines = listed(&project);
    assert_eq!(lines.len(), aside.len(), "{lines:#?}");
    for (line, (row, reason)) in lines.iter().zip(aside) {
        let begins = format!(
            "{{\"dataset\":\"t\",\"split\":\"train\",\"file\":\"t/{file}\",\"row\":{row},\"reason\":{}",
            Value::from(*reason)
        );
        assert!(line.starts_with(begins.trim_end_matches('"')), "{line}\n{begins}");
    }
    let manifest: Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("a manifest");
    let facts = &manifest["datasets"]["t"];
    assert_eq!(facts["rows"]["quarantined"], aside.len());
    let sum: u64 = facts["rows"]
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(facts["read"], sum);
    project.run(&["verify", "build/flan"]).ok();
    let shards = |project: &Project| {
        let mut files = files(&project.path("build/flan"));
        files.retain(|name, _| name.starts_with("data/"));
        files
    };
    assert!(
        shards(&project) == shards(&strict),
        "the rows around them are not what they were"
    );

    let count = project.run(&["count", "--format", "json"]).ok().json();
    assert_eq!(count["splits"][0]["quarantined"], aside.len());
    assert_eq!(count["splits"][0]["read"], sum);
    project.run(&["show", "t"]).ok();
    // One row more than is allowed.
    if aside.len() > 1 {
        let card = project.read("all.flan");
        let less = format!("at most {} ", aside.len() - 1);
        project.write(
            "all.flan",
            &card.replace(&format!("at most {}\n", aside.len()), &(less + "\n")),
        );
        let says = ["cannot be read as declared", &place, reason, "help: "];
        let run = project.run(&["build"]).fails(2, &says);
        assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);
        project.run(&["count"]).fails(2, &says);
        project.run(&["show", "t"]).fails(2, &says);
    }
}

fn count(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}

/// Lines of a file, some of them wrong.
fn lines(wrong: &[(usize, &[u8])], good: impl Fn(usize) -> String) -> (Vec<u8>, Vec<u8>) {
    let (mut all, mut clean) = (Vec::new(), Vec::new());
    for at in 1..=20 {
        for (_, line) in wrong.iter().filter(|(before, _)| *before == at) {
            all.extend_from_slice(line);
            all.push(b'\n');
        }
        let line = good(at) + "\n";
        all.extend(line.as_bytes());
        clean.extend(line.as_bytes());
    }
    (all, clean)
}

fn label(at: usize) -> &'static str {
    ["good", "bad"][at % 2]
}

fn json(at: usize) -> String {
    format!("{{\"text\": \"words {at}\", \"label\": \"{}\"}}", label(at))
}

#[test]
fn lines_of_json_are_put_aside() {
    let wrong: [(usize, &[u8]); 6] = [
        (3, b"{\"text\": \"cut off"),
        (3, b"[1, 2]"),
        (5, b"{\"text\": \"so so\", \"label\": \"middling\"}"),
        (6, b"{\"text\": null, \"label\": \"good\"}"),
        (7, b"{\"text\": \"\xff\", \"label\": \"good\"}"),
        (8, b"{\"text\": [\"a\"], \"label\": {}}"),
    ];
    let (all, clean) = lines(&wrong, json);
    put_aside(
        "jsonl \"t/rows.jsonl\"",
        "rows.jsonl",
        &all,
        &clean,
        &[
            (3, "EOF while parsing a string"),
            (4, "this row is a list, not an object"),
            (7, "`label` is none of its labels: `middling`"),
            (9, "`text` is empty"),
            (11, "byte 0xFF at 10 is not UTF-8"),
            (13, "`label` is none of its labels: `{}`"),
        ],
    );
}

#[test]
fn delimited_records_are_put_aside() {
    let wrong: [(usize, &[u8]); 4] = [
        (1, b"text,label"),
        (3, b"one"),
        (4, b"one,good,three"),
        (5, b"\"two\nlines \xff\",good"),
    ];
    let (all, clean) = lines(&wrong, |at| format!("words {at},{}", label(at)));
    let clean = [b"text,label\n", clean.as_slice()].concat();
    put_aside(
        "csv \"t/rows.csv\"",
        "rows.csv",
        &all,
        &clean,
        &[
            (3, "this record has 1 field, the header has 2"),
            (5, "this record has 3 fields, the header has 2"),
            (7, "byte 0xFF at 6 is not UTF-8"),
        ],
    );
    let wrong: [(usize, &[u8]); 3] = [(1, b"text\tlabel"), (3, b"\xff\tgood"), (4, b"words\tfine")];
    let (all, clean) = lines(&wrong, |at| format!("words {at}\t{}", label(at)));
    let clean = [b"text\tlabel\n", clean.as_slice()].concat();
    put_aside(
        "tsv \"t/rows.tsv\"",
        "rows.tsv",
        &all,
        &clean,
        &[
            (3, "byte 0xFF at 0 is not UTF-8"),
            (5, "`label` is none of its labels: `fine`"),
        ],
    );
}

#[test]
fn lines_are_put_aside() {
    let wrong: [(usize, &[u8]); 2] = [(2, b"good \xff"), (3, b"nothing")];
    let (all, clean) = lines(&wrong, |at| format!("{} words {at}", label(at)));
    put_aside(
        &format!("lines \"t/rows.txt\" {MATCH}"),
        "rows.txt",
        &all,
        &clean,
        &[
            (2, "byte 0xFF at 5 is not UTF-8"),
            (4, "this line does not match: nothing"),
        ],
    );
}

#[test]
fn rows_of_parquet_are_put_aside() {
    let table = |labels: &[&str]| {
        let text = StringArray::from_iter_values((0..labels.len()).map(|n| format!("words {}", n % 5)));
        let label = StringArray::from_iter_values(labels.iter());
        let columns = [
            ("text", Arc::new(text) as ArrayRef),
            ("label", Arc::new(label) as ArrayRef),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("columns");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("a row group");
        writer.close().expect("a footer");
        bytes
    };
    let all = table(&["good", "bad", "good", "good", "bad", "fine", "5"]);
    let clean = table(&["good", "bad", "good", "good", "bad"]);
    put_aside(
        "parquet \"t/rows.parquet\"",
        "rows.parquet",
        &all,
        &clean,
        &[
            (6, "`label` is none of its labels: `fine`"),
            (7, "`label` is none of its labels: `5`"),
        ],
    );
}

#[test]
fn a_select_goes_on_without_records_that_cannot_be_read() {
    let wrong: [(usize, &[u8]); 2] = [(2, b"nonsense"), (4, b"{\"text\": \"so so\", \"label\": \"middling\"}")];
    let (all, clean) = lines(&wrong, json);
    // The table is named twice, and so read twice: what it lacks is listed once.
    let select = "select a.text, a.label, a._file, a._row from rows a left join rows b on a._row = b._row";
    put_aside(
        &format!("jsonl \"t/rows.jsonl\" select \"{select}\""),
        "rows.jsonl",
        &all,
        &clean,
        &[(2, "expected ident"), (5, "`label` is none of its labels: `middling`")],
    );
}

#[test]
fn too_many_are_one_error_that_shows_the_first() {
    let project = project("quarantine at most 25 %", "jsonl \"t/rows.jsonl\"");
    let bad = "{\"text\": \"x\", \"label\": \"middling\"}\n";
    let good: String = (0..12).map(|at| json(at) + "\n").collect();
    put(&project, "rows.jsonl", (bad.repeat(4) + &good).as_bytes());
    let run = project.run(&["build"]).ok();
    assert!(run.stdout.contains("4 quarantined"), "{}", run.stdout);
    let before = files(&project.path("build/flan"));

    put(&project, "rows.jsonl", (bad.repeat(5) + &good).as_bytes());
    let run = project.run(&["build"]).fails(2, &[]);
    assert_eq!(
        run.stderr,
        "error: dataset `t`, split `train`: 5 of 17 rows cannot be read as declared, and `quarantine at most 25 %` allows fewer
  t/rows.jsonl, row 1: `label` is none of its labels: `middling`
  t/rows.jsonl, row 2: `label` is none of its labels: `middling`
  t/rows.jsonl, row 3: `label` is none of its labels: `middling`
  and 2 more
  help: mend the files or the declaration, or allow for more of them
"
    );
    assert!(files(&project.path("build/flan")) == before);

    // The list goes with its reason.
    put(&project, "rows.jsonl", good.as_bytes());
    project.run(&["build"]).ok();
    assert!(!project.path("build/flan/quarantine.jsonl").exists());
}

#[test]
fn a_column_that_is_not_there_is_no_row_to_put_aside() {
    let project = project("quarantine at most 100 %", "csv \"t/rows.csv\"");
    put(&project, "rows.csv", b"txt,label\none,good\ntwo,bad\n");
    project
        .run(&["build"])
        .fails(2, &["`text` is empty in every row", "did you mean `txt`?"]);
}

#[test]
fn a_file_in_which_no_record_can_be_found_is_an_error_still() {
    let jsonl = (0..200).map(|at| json(at) + "\n").collect::<String>();
    let packed = zstd::encode_all(jsonl.as_bytes(), 0).expect("a file");
    for (table, file, bytes) in [
        ("jsonl \"t/f.jsonl\"", "f.jsonl", &packed[..packed.len() / 2]),
        ("csv \"t/f.csv\"", "f.csv", b"text,label\none,good\n\"two,good\n"),
        ("json \"t/f.json\"", "f.json", b"[{\"text\": \"one\", "),
        ("csv \"t/f.csv\"", "f.csv", b""),
    ] {
        let project = project("quarantine at most 100 %", table);
        put(&project, file, bytes);
        project.run(&["build"]).fails(2, &[&format!("t/{file}")]);
        assert!(!project.path("build/flan").exists());
    }
}

/// Two datasets of several files, whose list is the same whatever the threads.
#[test]
fn the_list_has_one_order() {
    let project = project("quarantine at most 50 %", "jsonl \"t/*.jsonl\"");
    let card = project.read("all.flan");
    let dataset = card
        .split("templates t")
        .next()
        .and_then(|c| c.split("dataset t").nth(1));
    project.write("more.flan", &format!("dataset s{}", dataset.expect("the dataset")));
    project.write(
        "all.flan",
        &card.replace("templates t for t {", "templates t for t, s {"),
    );
    for file in 0..12 {
        let row = |at: usize| match (at + file) % 7 {
            0 => "nonsense\n".to_string(),
            1 => "{\"text\": \"\", \"label\": \"good\"}\n".to_string(),
            _ => format!("{{\"text\": \"words {file} {at}\", \"label\": \"{}\"}}\n", label(at)),
        };
        put(
            &project,
            &format!("{file}.jsonl"),
            (0..30).map(row).collect::<String>().as_bytes(),
        );
    }
    project.run(&["build", "--threads", "1"]).ok();
    let first = files(&project.path("build/flan"));
    for threads in ["2", "5"] {
        project.run(&["build", "--threads", threads]).ok();
        assert!(files(&project.path("build/flan")) == first);
    }
    let rows: Vec<Value> = listed(&project)
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let place = |row: &Value| {
        let text = |name: &str| row[name].as_str().expect("a text").to_string();
        (text("dataset"), text("split"), text("file"), row["row"].as_u64())
    };
    let places: Vec<_> = rows.iter().map(place).collect();
    assert!(places.is_sorted(), "{places:?}");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    places
        .iter()
        .for_each(|(dataset, ..)| *counts.entry(dataset).or_default() += 1);
    assert!(counts["s"] == counts["t"] && counts["s"] > 90, "{counts:?}");
}

#[test]
fn a_build_is_verified_with_its_list() {
    let project = project("quarantine at most 3", "jsonl \"t/rows.jsonl\"");
    let (all, clean) = lines(&[(2, b"nonsense"), (4, b"more of it")], json);
    put(&project, "rows.jsonl", &all);
    project.run(&["build"]).ok();
    let list = project.read("build/flan/quarantine.jsonl");
    let says = ["quarantine.jsonl: its rows are not those that the manifest counts"];
    for (text, says) in [
        (list.lines().next().expect("a line").to_string(), says),
        (list.replace("\"dataset\":\"t\"", "\"dataset\":\"u\""), says),
        ("{".to_string(), ["quarantine.jsonl: "]),
    ] {
        project.write("build/flan/quarantine.jsonl", &text);
        project.run(&["verify", "build/flan"]).fails(1, &says);
    }
    fs::remove_file(project.path("build/flan/quarantine.jsonl")).expect("the list");
    project.run(&["verify", "build/flan"]).fails(1, &["quarantine.jsonl: "]);

    put(&project, "rows.jsonl", &clean);
    project.run(&["build"]).ok();
    project.write("build/flan/quarantine.jsonl", &list);
    project.run(&["verify", "build/flan"]).fails(1, &says);
}
