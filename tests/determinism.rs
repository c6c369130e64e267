//! A build is a function of the set of its rows: not of threads, of files, of formats or of layouts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::built::{assert_equal, text};
use crate::support::{Project, one_dataset};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/determinism")
        .join(name)
}

/// The project whose content digests are committed, by links.
fn fixed() -> Project {
    let project = Project::new();
    for name in ["project.flan", "flanc.toml", "data"] {
        std::os::unix::fs::symlink(here("project").join(name), project.path(name)).expect("a link");
    }
    project
}

#[test]
fn the_shipped_samples_build_the_same_on_one_thread_on_two_and_on_seven() {
    let project = Project::shipped();
    for threads in ["1", "2", "7"] {
        project
            .run(&["build", "--no-cache", "--threads", threads, "--out", threads])
            .ok();
        assert_equal(&project.path("1"), &project.path(threads));
    }
}

// ---- the same rows in other files ---------------------------------------------------------------------------

const TICKETS: &str = r#"
cluster support {}

dataset tickets in support {
  field body: text clean { trim }
  field team: choice { sales billing }
  key body
  group body
  reserve 20
  source whole { train { rows jsonl "all.jsonl" } test { rows jsonl "test.jsonl" } }
  source cut { train { rows jsonl "c.jsonl", "a.jsonl", "b.jsonl" } test { rows jsonl "test.jsonl" } }
  source turned { train { rows jsonl "z/*.jsonl", "y.jsonl" } test { rows jsonl "test.jsonl" } }
}

templates tickets for tickets {
  template who { input "{{ body }}\nWho answers this?\n{{ options }}" target "{{ answer }}" }
  template team { input "Name the team.\n{{ body }}" target "{{ answer }}" }
  turned write { input "Write to {{ answer }}." target "{{ body }}" }
}

mixture all { include all  cap 150  size 400 examples  shots 1  options shuffled }
"#;

#[test]
fn the_order_of_rows_and_of_files_and_the_cut_between_files_are_in_nothing() {
    let project = Project::new();
    project.write("project.flan", TICKETS);
    // Some rows are copies, and some of one key differ in another field: the order decides between them nowhere.
    let rows: Vec<String> = (0..300)
        .map(|i| {
            let team = if i % 11 == 0 { "sales" } else { "billing" };
            format!("{{\"body\": \"My order {} is late\", \"team\": \"{team}\"}}\n", i % 230)
        })
        .collect();
    project.write("data/all.jsonl", &rows.concat());
    let shuffled: Vec<&str> = (0..rows.len()).map(|i| rows[i * 97 % rows.len()].as_str()).collect();
    assert!(shuffled.len() == 300 && shuffled[..3] != rows[..3]);
    for (at, name) in ["a", "b", "c"].iter().enumerate() {
        let part = shuffled[at * 100..(at + 1) * 100].concat();
        project.write(&format!("data/{name}.jsonl"), &part);
        // The same parts, in another order by their names.
        project.write(&format!("data/{}", ["z/1.jsonl", "y.jsonl", "z/0.jsonl"][at]), &part);
    }
    let test: Vec<&str> = rows[..9].iter().map(String::as_str).collect();
    project.write("data/test.jsonl", &test.concat());
    for source in ["whole", "cut", "turned"] {
        project
            .run(&[
                "build",
                "all",
                "--source",
                source,
                "--data",
                "data",
                "--no-cache",
                "--out",
                source,
            ])
            .ok();
        assert_equal(&project.path("whole"), &project.path(source));
    }
}

const THINGS: &str = r#"
cluster c {}

dataset things in c {
  field name: text
  field note: text?
  field count: number?
  field weight: number?
  field ready: bool?
  field color: choice { red = "1"  green = "2" }
  answer color
  reserve 10
  source csv { train { rows csv "things.csv" } }
  source jsonl { train { rows jsonl "things.jsonl" } }
  source parquet { train { rows parquet "things.parquet" } }
}

templates things for things {
  template all_of_it {
    input "{{ name }}|{{ note or '-' }}|{{ count if count is not none else '-' }}|{{ weight if weight is not none else '-' }}|{{ ready is none or ready }}\n{{ options }}"
    target "{{ answer }}"
  }
  template color { input "What color has {{ name }}?" target "{{ answer }}" }
}

mixture all { include all  size 2 epochs }
"#;

struct Thing {
    name: String,
    note: Option<String>,
    count: Option<i64>,
    weight: Option<f64>,
    ready: Option<bool>,
    color: i64,
}

fn things() -> Vec<Thing> {
    let names = [
        "plain",
        "a \"quoted\" one",
        "two\nlines",
        "comma, and; more",
        "naïve — 東京 🦀",
        " edge ",
        "tab\there",
        "back\\slash",
    ];
    let weights = [0.1, 1.0, -0.0, 2.5e-7, 1e21, 123456.789, 3.0e0, 1.0 / 3.0];
    (0..160)
        .map(|i| Thing {
            name: format!("{} {}", names[i % 8], i / 2),
            // An empty text and a missing one are one value.
            note: [
                None,
                Some(String::new()),
                Some("x".to_string()),
                Some("NULL".to_string()),
            ][i % 4]
                .clone(),
            count: (i % 5 != 0).then_some(i as i64 * 1_000_003 - 7),
            weight: (i % 7 != 0).then(|| weights[i % 8]),
            ready: (i % 3 != 0).then_some(i % 2 == 0),
            color: (i % 2) as i64 + 1,
        })
        .collect()
}

#[test]
fn scalar_rows_are_the_same_from_csv_json_lines_and_parquet() {
    let project = Project::new();
    project.write("project.flan", THINGS);
    let rows = things();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let cell = |value: Option<String>| value.unwrap_or_default();
    let mut csv = "color,ready,weight,count,note,name\r\n".to_string();
    let mut jsonl = String::new();
    for thing in &rows {
        csv += &[
            thing.color.to_string(),
            cell(thing.ready.map(|ready| ready.to_string())),
            cell(thing.weight.map(|weight| format!("{weight:e}"))),
            cell(thing.count.map(|count| count.to_string())),
            cell(thing.note.as_deref().map(quoted)),
            quoted(&thing.name),
        ]
        .join(",");
        csv += "\r\n";
        let line = serde_json::json!({ "name": thing.name, "note": thing.note, "count": thing.count,
            "weight": thing.weight, "ready": thing.ready, "color": thing.color });
        jsonl += &format!("{line}\n");
    }
    project
        .write("data/things.csv", &csv)
        .write("data/things.jsonl", &jsonl);
    write_parquet(&project.path("data/things.parquet"), &rows);
    for source in ["csv", "jsonl", "parquet"] {
        project
            .run(&[
                "build",
                "all",
                "--source",
                source,
                "--data",
                "data",
                "--no-cache",
                "--out",
                source,
            ])
            .ok();
        assert_equal(&project.path("csv"), &project.path(source));
    }
}

#[test]
fn numbers_in_lists_are_as_they_were_written_however_the_list_is_reached() {
    let shown = |table: &str| {
        let project = Project::new();
        let says = format!("field l: list  source sample {{ train {{ rows jsonl \"t.jsonl\" {table} }} }}");
        let text = one_dataset(&says).replace("{{ text }}", "{{ l | join(' ') }}");
        project.write("t.flan", &text).write(
            "datasets/samples/t.jsonl",
            "{\"text\": \"a\", \"label\": \"good\", \"l\": [1.10, 12345678901234567890123, 1e400, -0, true, \"x\\u00e9\"]}\n",
        );
        let examples = project.run(&["show", "t", "--format", "json"]).ok().json()["examples"].clone();
        assert!(
            examples[0]["inputs"] == "1.10 12345678901234567890123 1e400 -0 true x\u{e9}",
            "{examples}"
        );
        examples[0]["row_key"].clone()
    };
    assert_eq!(shown(""), shown("columns { text  label  l \"l[]\" }"));
}

fn write_parquet(path: &Path, rows: &[Thing]) {
    let columns: [(&str, ArrayRef); 6] = [
        (
            "name",
            Arc::new(rows.iter().map(|t| Some(t.name.as_str())).collect::<StringArray>()),
        ),
        (
            "note",
            Arc::new(rows.iter().map(|t| t.note.as_deref()).collect::<StringArray>()),
        ),
        ("count", Arc::new(rows.iter().map(|t| t.count).collect::<Int64Array>())),
        (
            "weight",
            Arc::new(rows.iter().map(|t| t.weight).collect::<Float64Array>()),
        ),
        (
            "ready",
            Arc::new(rows.iter().map(|t| t.ready).collect::<BooleanArray>()),
        ),
        (
            "color",
            Arc::new(rows.iter().map(|t| Some(t.color)).collect::<Int64Array>()),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let file = File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a whole file");
}

// ---- the edition --------------------------------------------------------------------------------------------

/// Committed content digests: a change of them is a change of the edition, and of every mixture that anyone has built.
/// `FLANC_UPDATE=1` writes them anew.
#[test]
fn the_content_digests_of_the_fixed_project_are_those_committed_in_every_format_and_layout() {
    let project = fixed();
    let committed = here("contents.json");
    for format in ["parquet", "arrow", "jsonl"] {
        for layout in ["inputs-targets", "messages"] {
            let args = [
                "build",
                "--no-cache",
                "--format",
                format,
                "--layout",
                layout,
                "--out",
                "built",
            ];
            project.run(&args).ok();
            project.run(&["verify", "built"]).ok();
            let manifest: serde_json::Value = serde_json::from_str(&project.read("built/manifest.json")).expect("JSON");
            let shards = manifest["shards"].as_array().expect("shards").iter();
            let found: BTreeMap<String, String> = shards
                .map(|shard| {
                    let file = Path::new(text(&shard["file"])).with_extension("");
                    (file.to_string_lossy().into_owned(), text(&shard["content"]).to_string())
                })
                .collect();
            assert_eq!(found.len(), 6);
            if std::env::var_os("FLANC_UPDATE").is_some_and(|update| update == "1") {
                let json = serde_json::to_string_pretty(&found).expect("JSON");
                fs::write(&committed, json + "\n").expect("the committed digests");
            }
            let wanted: BTreeMap<String, String> =
                serde_json::from_str(&fs::read_to_string(&committed).expect("committed digests")).expect("JSON");
            assert_eq!(found, wanted, "{format}, {layout}");
        }
    }
}

// ---- a stranger's implementation ----------------------------------------------------------------------------

/// Runs the Python beside this test; `None`, and a message, where there is no Python.
fn recompute(args: &[&Path]) -> Option<(bool, String)> {
    let python = std::env::var("FLANC_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let spec = here("spec.json");
    let command = Command::new(&python)
        .arg(here("recompute.py"))
        .arg(spec)
        .args(args)
        .output();
    let Ok(output) = command else {
        eprintln!("skipped: there is no `{python}`; name one with FLANC_PYTHON");
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn a_stranger_recomputes_every_row_draw_and_digest_in_python() {
    let project = fixed();
    project
        .run(&["build", "--no-cache", "--format", "jsonl", "--out", "built"])
        .ok();
    let Some((good, said)) = recompute(&[&project.path(""), &project.path("built")]) else {
        return;
    };
    assert!(good && said.contains(" 0 differences"), "{said}");
    println!("{said}");
    // It notices a build with another seed.
    project
        .run(&[
            "build",
            "--no-cache",
            "--format",
            "jsonl",
            "--seed",
            "8",
            "--out",
            "built",
        ])
        .ok();
    let Some((good, said)) = recompute(&[&project.path(""), &project.path("built")]) else {
        return;
    };
    assert!(!good, "{said}");
}

#[test]
fn the_worked_example_of_the_documentation_is_right() {
    let project = fixed();
    let flag = Path::new("--example");
    let Some((good, said)) = recompute(&[&project.path(""), flag, Path::new("pets")]) else {
        return;
    };
    assert!(good, "{said}");
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/determinism.md")).expect("the page");
    for line in said.lines() {
        assert!(
            page.contains(line),
            "docs/determinism.md does not have the line\n{line}\nof\n{said}"
        );
    }
}
