//! Rows that lack a key under which a field is looked for: the key is named, with what the row has, for saying that a field
//! may be empty would hide the typo.

use crate::support::{Project, one_dataset};

const JSONL: &str = "{\"text\": \"words 1\", \"label\": \"good\"}\n{\"text\": \"words 2\", \"label\": \"bad\"}\n";

/// What a build says of a file that is read as `table`.
#[track_caller]
fn says(table: &str, file: &str, text: &str, says: &[&str]) {
    let project = Project::new();
    let source = format!("source sample {{ train {{ rows {table} }} }}");
    project.write("all.flan", &one_dataset(&source));
    project.write(&format!("datasets/samples/t/{file}"), text);
    project.run(&["build"]).fails(2, says);
}

#[test]
fn a_key_that_a_row_of_json_does_not_have_is_named_with_the_nearest() {
    let typo = JSONL.replace("\"text\": \"words 2\"", "\"txt\": \"words 2\"");
    let told = [
        "row 2: in dataset `t`, `text` is empty: the row has no `text`; it has `txt` and `label`; did you mean `txt`?",
        "help: say `from \"txt\"`",
    ];
    says("jsonl \"t/rows.jsonl\"", "rows.jsonl", &typo, &told);
    let list = format!("[{}]", typo.trim_end().replace('\n', ","));
    says("json \"t/rows.json\"", "rows.json", &list, &told);
}

#[test]
fn a_column_of_a_table_goes_by_the_key_that_it_is_read_from() {
    let told = [
        "row 1",
        "the row has no `txet`; it has `text` and `label`; did you mean `text`?",
    ];
    let table = "jsonl \"t/rows.jsonl\" columns { text \"txet\"  label }";
    says(table, "rows.jsonl", JSONL, &told);
}

#[test]
fn a_child_that_a_row_of_xml_does_not_have_is_named_with_the_nearest() {
    let told = [
        "row 1",
        "the row has no `txet`; it has `text` and `@label`; did you mean `text`?",
    ];
    let table = "xml \"t/rows.xml\" each \"a/row\" columns { text \"txet\"  label \"@label\" }";
    let rows = "<a><row label=\"good\"><text>words</text></row></a>";
    says(table, "rows.xml", rows, &told);
}

#[test]
fn a_null_is_there_and_is_empty() {
    let rows = "{\"text\": null, \"label\": \"good\", \"txt\": \"words\"}\n";
    let told = ["row 1: in dataset `t`, `text` is empty\n", "declare `field text: ..?`"];
    says("jsonl \"t/rows.jsonl\"", "rows.jsonl", rows, &told);
}
