//! `flanc new dataset`: a first card for a data file, which checks and builds.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::support::Project;
use crate::weather::project;

/// The first bytes of a Parquet file with the columns of `NEW`.
fn parquet() -> Vec<u8> {
    let column = |name: &str, values: ArrayRef| (name.to_string(), values);
    let batch = RecordBatch::try_from_iter([
        column(
            "Sentence",
            Arc::new(StringArray::from_iter_values((0..20).map(|n| format!("words {n}")))) as ArrayRef,
        ),
        column("rating", Arc::new(Int64Array::from_iter_values(0..20))),
        column(
            "good",
            Arc::new((0..20).map(|n| Some(n % 2 == 0)).collect::<BooleanArray>()),
        ),
    ])
    .expect("columns of one length");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("a row group");
    writer.close().expect("a footer");
    bytes
}

#[test]
fn a_card_for_any_data_file_checks_clean() {
    let lines = |head: &str, one: &dyn Fn(usize) -> String| head.to_string() + &(0..20).map(one).collect::<String>();
    let files: Vec<(&str, Vec<u8>)> = vec![
        (
            "reviews.csv",
            lines("Sentence,rating,good\n", &|n| {
                format!("\"words, {n}\",{n},{}\n", n % 2 == 0)
            })
            .into(),
        ),
        (
            "my reviews.tsv",
            lines("Sentence\tthe label\n", &|n| format!("words {n}\t{}\n", n % 3)).into(),
        ),
        (
            "2023.jsonl",
            lines("", &|n| {
                format!(
                    "{{\"text\": \"words {n}\", \"tags\": [\"a\"], \"input\": \"x {n}\", \"class\": \"{}\"}}\n",
                    ["pos", "neg"][n % 2]
                )
            })
            .into(),
        ),
        (
            "names.csv",
            lines("Answer,options,a b,a-b\n", &|n| format!("a{n},b{n},c{n},d{n}\n")).into(),
        ),
        (
            "ends_in_a_list.jsonl",
            lines("", &|n| format!("{{\"q\": \"x {n}\", \"tags\": [\"a\", \"b\"]}}\n")).into(),
        ),
        (
            "signs.csv",
            lines("text,sign,path,label_\n", &|n| {
                let path = ["a\\b", "\"say \"\"a\"\"\"", "a b", "\"a\nb\"", "tab\there"][n % 5];
                let own = ["label__", "+", "-", "label_"][n % 4];
                format!("words {n},{},{path},{own}\n", ["+", "-"][n % 2])
            })
            .into(),
        ),
        (
            "a \"word\".csv",
            lines("text,a\\b\n", &|n| format!("words {n},{n}\n")).into(),
        ),
        ("table.parquet", parquet()),
        ("lines.txt", lines("", &|n| format!("words {n}\n")).into()),
    ];
    for (name, bytes) in files {
        let project = Project::new();
        fs::write(project.path(name), bytes).expect("the file");
        let run = project.run(&["new", "dataset", name]).ok();
        assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
        let checked = project.run(&["check"]);
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "the card of {name}");
        assert!(checked.stdout.starts_with("1 dataset,"), "{}", checked.stdout);
        project.run(&["fmt", "--check"]).ok();
        // A second one never overwrites the first.
        project.run(&["new", "dataset", name]).fails(2, &["is there already"]);
    }
}

#[test]
fn a_card_reads_the_file_it_was_made_of() {
    let project = project();
    project.write(
        "data/reviews/reviews.csv",
        "sentence,good\nwords,true\nmore words,false\n",
    );
    project.run(&["new", "dataset", "data/reviews/reviews.csv"]).ok();
    let json = project
        .run(&[
            "count", "reviews", "--source", "original", "--data", "data", "--format", "json",
        ])
        .ok()
        .json();
    assert_eq!(json["splits"][0]["kept"], 2, "{json}");
    project
        .run(&["new", "dataset", "data/nothing.csv"])
        .fails(2, &["nothing.csv"]);
    project
        .run(&["new", "dataset", "flanc.exe"])
        .fails(2, &["flanc.exe", ".jsonl"]);
    project
        .run(&["new", "dataset", "data/reviews/reviews.csv", "--id", "Bad Id"])
        .fails(2, &["`Bad Id` is no id"]);
}

/// What `new` says is left to do works when it is done.
#[test]
fn the_way_from_a_card_to_a_build_is_told() {
    let project = Project::new();
    let rows: String = (0..12)
        .map(|n| {
            format!(
                "{{\"text\": \"words {n}\", \"mood\": \"{}\"}}\n",
                ["good", "bad"][n % 2]
            )
        })
        .collect();
    project.write("moods.jsonl", &rows);
    let run = project.run(&["new", "dataset", "moods.jsonl"]).ok();
    for says in [
        "put the file where the card's source `original` looks for it: DIR/moods/moods.jsonl",
        "`flanc build --source original --data DIR`",
        "`mixture flan {}` is one",
    ] {
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
    project.write("data/moods/moods.jsonl", &rows);
    project.write("flan.flan", "mixture flan {}\n");
    project.write(
        "templates/misc/more.flan",
        "templates more for moods { template a { input \"{{ text }}\" target \"{{ answer }}\" } }\n",
    );
    project.run(&["build", "--source", "original", "--data", "data"]).ok();
    let listed = project.run(&["list"]).ok().stdout;
    assert!(
        listed.lines().any(|line| line.contains("moods") && line.ends_with('-')),
        "{listed}"
    );
    let lint = project.run(&["lint"]);
    assert!(lint.stdout.contains("`moods` names no license"), "{}", lint.stdout);
    // A file that lies as the card says needs nothing but its directory.
    let project = Project::new();
    project.write("data/moods/moods.jsonl", &rows);
    let run = project.run(&["new", "dataset", "data/moods/moods.jsonl"]).ok();
    assert!(
        run.stderr.contains("`flanc build --source original --data data`"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("put the file"), "{}", run.stderr);
}

#[test]
fn a_file_of_which_no_card_can_be_made_is_met_with_the_words_for_it() {
    let project = Project::new();
    project
        .write("in/nested.json", "{\"version\": 2, \"data\": [{\"a\": \"b\"}]}")
        .write("in/ragged.tsv", "a\tb\nc\td\te\n")
        .write("in/semicolons.csv", "a;b;c\nd;e;f\ng;h;i\n");
    project.run(&["new", "dataset", "in/nested.json"]).fails(
        2,
        &[
            "in/nested.json: the document is an object, not a list of rows",
            "`each data[]`",
            "behind `rows json",
        ],
    );
    project.run(&["new", "dataset", "in/ragged.tsv"]).fails(
        2,
        &[
            "in/ragged.tsv, row 1: this record has 3 fields, the header has 2",
            "`ragged`",
            "`headerless`",
            "behind `rows tsv",
        ],
    );
    let run = project.run(&["new", "dataset", "in/semicolons.csv"]).ok();
    let says = "the header is one column, `a;b;c`; if `;` stands between columns, write `delimiter \";\"`";
    assert!(run.stderr.contains(says), "{}", run.stderr);
}
