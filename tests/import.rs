//! Collections that are imported render as their own tools render them.
//!
//! `FLANC_UPSTREAM` names a folder with clones of `promptsource` and `FLAN`; `FLANC_PYTHON` a Python with Jinja2 and PyYAML
//! (tests/readers/requirements.txt).

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flanc::import::{self, Column, Imported, Kind};
use flanc::project;
use flanc::render::{Renderer, Variant};
use flanc::source::{self, Budget, Cell, Row};
use serde_json::{Map, Value, json};

use crate::schema::fits;
use crate::support::{Project, say};

const ROWS: usize = 10;

#[test]
fn upstream_promptsource_renders_as_jinja2_renders_it() {
    let Some(clone) = upstream("promptsource") else { return };
    let imported = import::promptsource(&clone).expect("the clone is read");
    compare(&imported, &clone, "promptsource.py");
}

#[test]
fn upstream_flan_renders_as_python_formats_it() {
    let Some(clone) = upstream("FLAN") else { return };
    let imported = import::flan(&clone).expect("the clone is read");
    compare(&imported, &clone, "flan.py");
}

#[test]
fn made_up_collections_render_as_their_own_tools_render_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let imported = import::promptsource(&folder.join("promptsource")).expect("the files are read");
    assert!(imported.report.translated > 0);
    compare(&imported, &folder.join("promptsource"), "promptsource.py");
    let imported = import::flan(&folder.join("FLAN")).expect("the files are read");
    assert!(imported.report.translated > 0);
    compare(&imported, &folder.join("FLAN"), "flan.py");
}

#[test]
fn an_imported_collection_is_a_project_and_says_what_it_lacks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let project = Project::new();
    let source = folder.join("promptsource");
    let args = ["import", "promptsource", &source.to_string_lossy(), "--out", "imported"];
    let said = project.run(&args).ok();
    assert!(
        said.stdout.starts_with("4 of 6 templates translated, for 1 dataset"),
        "{}",
        said.stdout
    );
    project.run(&["check", "--project", "imported"]).ok();
    let page = project.read("imported/IMPORT.md");
    for reason in [
        "| weather/daily/templates.yaml | 52 | no divider | no `\\|\\|\\|` divides its prompt from its reply |",
        "| weather/daily/templates.yaml | 57 | what Python alone can do | `.encode()` has no filter |",
    ] {
        assert!(page.contains(reason), "{reason}\n{page}");
    }
    let dataset = project.read("imported/datasets/weather_daily.flan");
    for line in [
        "  field sky: choice { sunny = \"0\"  rainy = \"1\"  foggy = \"2\" }\n    says { \"Sunny\" \"Rainy\" \"Foggy\" }\n    says one_word { \"sun\" \"rain\" \"fog\" }",
        "  field hours: list",
        "        measured_unit \"measured[].unit\"",
        "  drop \"no label\" when sky == \"-1\"\n  answer sky",
    ] {
        assert!(dataset.contains(line), "{line}\n{dataset}");
    }
    let templates = project.read("imported/templates/weather_daily.flan");
    assert!(
        templates.contains("  template \"Which sky\" {\n    note \"A made-up reference\"\n"),
        "{templates}"
    );
    assert!(templates.contains("  template one_word says one_word {"), "{templates}");
    assert!(
        templates.contains("  turned \"capitals / words\" when station_name != \"\" {"),
        "{templates}"
    );

    // What is there is not written over unless that was asked for.
    project.run(&args).fails(2, &["has something in it", "--force"]);
    project.run(&[&args[..], &["--force"]].concat()).ok();
    let told = project
        .run(&[&args[..], &["--force", "--format", "json"]].concat())
        .ok()
        .json();
    assert_eq!((&told["templates"], &told["translated"]), (&json!(6), &json!(4)));
    fits(&project, "import", &told);
}

#[test]
fn tables_of_flan_are_projects_and_what_code_computes_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/FLAN");
    let project = Project::new();
    let args = ["import", "flan", &folder.to_string_lossy(), "--out", "imported"];
    let said = project.run(&args).ok();
    assert!(
        said.stdout.starts_with("8 of 9 templates translated, for 4 datasets"),
        "{}",
        said.stdout
    );
    project.run(&["check", "--project", "imported"]).ok();
    let page = project.read("imported/IMPORT.md");
    for reason in [
        "its `input_pattern` has no equal",
        "(all of OTHER_PATTERNS) | not read: an expression, which is not run",
        "(all of PATTERNS_NO_OPTIONS) | not read: code computes it",
    ] {
        assert!(page.contains(reason), "{reason}\n{page}");
    }
    let templates = project.read("imported/templates/few_shot_weather.flan");
    assert!(templates.contains("A:{{ \" \" }}\n"), "{templates}");
    let wrong = project.run(&["import", "flan", "nowhere", "--out", "other"]);
    wrong.fails(2, &["nothing is at nowhere"]);
}

#[test]
fn a_file_that_cannot_be_read_is_listed_with_its_line() {
    let project = Project::new();
    project.write("a/templates.yaml", "dataset: a\ntemplates:\n  x: [1\n");
    project.write(
        "b/templates.yaml",
        "dataset: b\ntemplates:\n  x: !Template\n    name: x\n    jinja: '{% if %} ||| x'\n",
    );
    project.run(&["import", "promptsource", ".", "--out", "imported"]).ok();
    let page = project.read("imported/IMPORT.md");
    assert!(
        page.contains("| a/templates.yaml |") && page.contains("this is no YAML"),
        "{page}"
    );
    assert!(
        page.contains("| b/templates.yaml | 3 | x | line 1 of it: an expression is expected here |"),
        "{page}"
    );
}

/// A clone of `FLANC_UPSTREAM`; `None`, and a word about it, where that is not set.
fn upstream(name: &str) -> Option<PathBuf> {
    let Some(folder) = env::var_os("FLANC_UPSTREAM") else {
        say(&format!("import: {name} skipped, FLANC_UPSTREAM is not set"));
        return None;
    };
    let clone = Path::new(&folder).join(name);
    assert!(
        clone.is_dir(),
        "FLANC_UPSTREAM is set, and {} is not there",
        clone.display()
    );
    Some(clone)
}

/// Renders ten rows through every translated template, and has Python render them, too.
fn compare(imported: &Imported, clone: &Path, script: &str) {
    let Some(python) = env::var_os("FLANC_PYTHON") else {
        say("import: rendering skipped, FLANC_PYTHON is not set");
        return;
    };
    let project = Project::new();
    for (path, text) in &imported.files {
        project.write(path, text);
    }
    let rows = made_rows(imported);
    for (dataset, rows) in &rows {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        project.write(&format!("data/{dataset}/train.jsonl"), &lines);
    }
    let cases = cases(&project, imported, &rows);
    let path = project.path("cases.jsonl");
    fs::write(&path, cases).expect("the cases");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(script);
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .arg(clone)
        .arg(&path)
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{failed}");
    for line in said.lines() {
        say(&format!("import: {line}"));
    }
    if let Some(path) = env::var_os("FLANC_IMPORT_DIFFERENCES") {
        fs::write(path, failed.as_bytes()).expect("the differences");
    }
}

/// One line for each template: its names there, the rows, and what flanc makes of them.
fn cases(project: &Project, imported: &Imported, made: &BTreeMap<String, Vec<Value>>) -> String {
    let loaded = project::load(project.dir.path()).expect("the project");
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics.first());
    let mut out = String::new();
    let mut count = 0;
    for dataset in loaded.catalog.datasets.values() {
        let split = &dataset.sources["original"].splits["train"];
        let (rows, _) = source::read_split(
            dataset,
            "train",
            split,
            project.path("data").as_path(),
            &Budget::unlimited(),
        )
        .unwrap_or_else(|error| panic!("{}: {error:?}", dataset.id));
        let renderer = Renderer::new(dataset);
        let names: Vec<&str> = dataset.fields.iter().map(|field| field.name.as_str()).collect();
        for (at, template) in dataset.templates.iter().enumerate() {
            let entry = imported
                .report
                .entries
                .iter()
                .find(|entry| {
                    entry.reason.is_none()
                        && entry.dataset.as_deref() == Some(&dataset.id)
                        && entry.template == template.name
                })
                .expect("every template is in the report");
            let mut told = Vec::new();
            for row in 0..rows.len() {
                let mut scratch = Vec::new();
                let place = rows.place(row).1 as usize - 1;
                let row = rows.row(row, &mut scratch).expect("a row in memory");
                let ours = match renderer.admits(at, row) {
                    Ok(true) => match renderer.example(at, row, &Variant::default()) {
                        Ok(example) => json!({ "input": example.inputs, "target": example.targets }),
                        Err(failure) => json!({ "refused": format!("{failure:?}") }),
                    },
                    Ok(false) => json!({ "refused": "the guard" }),
                    Err(failure) => json!({ "refused": format!("{failure:?}") }),
                };
                told.push(json!({
                    "row": made[&dataset.id][place],
                    "fields": seen(&names, row),
                    "ours": ours,
                }));
            }
            count += told.len();
            let case = json!({
                "file": entry.file,
                "set": entry.set,
                "name": entry.name,
                "line": entry.line,
                "rows": told,
            });
            writeln!(out, "{case}").expect("a text");
        }
    }
    assert!(count > 0, "no case was found");
    out
}

/// The fields as `choice` sees them.
fn seen(names: &[&str], row: Row<'_>) -> Vec<(String, String)> {
    let text = |cell| match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.to_string(),
        Cell::List(items) => items.map(|item| format!("{item}\n")).collect(),
    };
    names
        .iter()
        .map(|name| (*name).to_string())
        .zip(row.cells().map(text))
        .collect()
}

/// Rows for each dataset, typed as its fields are, and always the same.
fn made_rows(imported: &Imported) -> BTreeMap<String, Vec<Value>> {
    let mut columns: BTreeMap<&str, Vec<&Column>> = BTreeMap::new();
    for column in &imported.columns {
        columns.entry(&column.dataset).or_default().push(column);
    }
    let row = |columns: &[&Column], at: usize| {
        let mut row = Value::Object(Map::new());
        // All lists of a row are of one length, since some stand side by side.
        let least = columns.iter().map(|column| column.at_least).max().unwrap_or(0);
        let length = if least > 3 { least } else { 3 + at % 2 };
        for column in columns {
            put(&mut row, &column.path, value(column, at, length));
        }
        row
    };
    columns
        .into_iter()
        .map(|(dataset, columns)| (dataset.to_string(), (0..ROWS).map(|at| row(&columns, at)).collect()))
        .collect()
}

/// A number that depends on a column, a row and a place in it.
fn dice(column: &Column, row: usize, place: usize) -> usize {
    let drawn = flanc::digest::digest(
        "test",
        &[
            column.dataset.as_bytes(),
            column.path.as_bytes(),
            &row.to_be_bytes(),
            &place.to_be_bytes(),
        ],
    );
    (flanc::digest::word(&drawn, 0) % 1_000_003) as usize
}

fn value(column: &Column, row: usize, length: usize) -> Value {
    // Every row is unlike the others, so that none is a copy of another.
    let one = |place: usize| -> Value {
        let dice = dice(column, row, place);
        if !column.labels.is_empty() {
            return json!(dice % column.labels.len());
        }
        match column.kind {
            Kind::Number | Kind::Numbers => {
                let known = column.values.iter().filter_map(|value| value.parse::<i64>().ok());
                let known: Vec<i64> = known
                    .filter(|number| column.below.is_none_or(|b| (0..b as i64).contains(number)))
                    .collect();
                match column.below {
                    _ if !known.is_empty() && !dice.is_multiple_of(3) => json!(known[dice % known.len()]),
                    Some(below) => json!(dice / 3 % below),
                    None if column.kind == Kind::Numbers => json!(dice / 3 % 3),
                    None => json!(dice / 3 % 4),
                }
            }
            Kind::Bool => json!(dice.is_multiple_of(2)),
            Kind::Text | Kind::List => {
                if !column.values.is_empty() && (!dice.is_multiple_of(3) || column.numeric) {
                    return json!(column.values[dice / 3 % column.values.len()]);
                }
                if column.numeric {
                    return json!((dice / 3 % 3).to_string());
                }
                json!(TEXTS[dice / 3 % TEXTS.len()].replace('#', &(dice % 97).to_string()))
            }
        }
    };
    match column.kind {
        Kind::List | Kind::Numbers => Value::Array((0..length).map(one).collect()),
        _ => one(0),
    }
}

/// `#` is a number.
const TEXTS: &[&str] = &[
    "Word # of many",
    "the # birds, and \"one\" more",
    "Zoë's café no. #",
    "line one #\nline two",
    "a_b|c {{ # }} <i>",
    "UPPER lower # ?",
    "x#",
    "one two three four five six seven eight nine # ten.",
];

/// Puts a value at a path such as `a.b` or `a[].b`, where a list stands for all of its items.
fn put(row: &mut Value, path: &str, value: Value) {
    let (first, rest) = match path.find(['.', '[']) {
        None => (path, ""),
        Some(at) => path.split_at(at),
    };
    if !row.is_object() {
        *row = Value::Object(Map::new());
    }
    let place = &mut row[first];
    if rest.is_empty() {
        *place = value;
    } else if let Some(key) = rest.strip_prefix('.') {
        put(place, key, value);
    } else if let Some(key) = rest.strip_prefix("[].") {
        if !place.is_array() {
            *place = Value::Array(Vec::new());
        }
        let items = value.as_array().cloned().unwrap_or_default();
        let list = place.as_array_mut().expect("a list");
        list.resize(list.len().max(items.len()), Value::Null);
        for (item, value) in list.iter_mut().zip(items) {
            put(item, key, value);
        }
    } else {
        *place = value;
    }
}
