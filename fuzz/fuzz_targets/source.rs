//! Any bytes are read as a file of every format: the first byte picks how, the rest is the file.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use flanc::catalog::{self, Catalog};
use flanc::diagnostic::Sources;
use flanc::{source, syntax};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Ways to read a file, in the words of a project.
const TABLES: &[&str] = &[
    r#"csv "f""#,
    r#"csv "f" headerless ragged skip 1 delimiter ";" columns { a b -1 }"#,
    r#"csv "f" encoding latin1"#,
    r#"csv "f" encoding "utf-16le""#,
    r#"tsv "f""#,
    r#"tsv "f" headerless ragged columns { a b }"#,
    r#"jsonl "f""#,
    r#"jsonl "f" columns { a "x[].y" b "z{}.@key" }"#,
    r#"json "f""#,
    r#"json "f" each "a[].b{}" columns { a "^.c" b "@key" }"#,
    r#"xml "f" each "a/b" columns { a "c[]/@k" b "^/d[@x=1]" }"#,
    r#"lines "f" columns { a }"#,
    r#"lines "f" match "^(?<a>\\w+) (?<b>.*)$" else skip"#,
    r#"records "f" of 2 lines columns { a b }"#,
    r#"sections "f" match "^@(?<name>\\w+)$" columns { a "body" b "x[]" }"#,
    r#"files "f" columns { a }"#,
    r#"parquet "f""#,
    r#"arrow "f""#,
    r#"csv "f//**/*""#,
    r#"files "f//{a}""#,
    r#"jsonl "f//x.jsonl""#,
];

static CATALOGS: LazyLock<Vec<Catalog>> = LazyLock::new(|| TABLES.iter().map(|table| project(table)).collect());
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fn project(table: &str) -> Catalog {
    let text = format!(
        "cluster c {{}} dataset d in c {{ field a: text? field b: list? field n: number? answer a \
         source s {{ train {{ rows {table} }} }} }}"
    );
    let file = Sources::default().add("fuzz.flan", text.as_str());
    let (items, mistakes) = syntax::parse(file, &text);
    let (catalog, more) = catalog::check(items);
    assert!(mistakes.is_empty() && more.is_empty(), "{table}: {mistakes:?} {more:?}");
    catalog
}

fuzz_target!(|bytes: &[u8]| {
    let Some((pick, content)) = bytes.split_first() else { return };
    let dataset = &CATALOGS[*pick as usize % TABLES.len()].datasets["d"];
    fs::write(FOLDER.path().join("f"), content).expect("the file");
    let split = &dataset.sources["s"].splits["train"];
    let _ = source::read_split(dataset, "train", split, FOLDER.path(), &source::Budget::unlimited());
});
