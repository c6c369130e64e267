//! Sources on the Hub: read at the commit of the lock, with a token that goes nowhere else.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use crate::server::Server;
use crate::sources::{build, no_cache, project, rows};
use crate::support::Project;

const HUB: &str = "hf://datasets/owner/name";

#[test]
fn datasets_of_the_hub_are_read_at_the_commit_of_the_lock() {
    let server = Server::new();
    let first = [
        ("data/train-0.jsonl", rows("a", 10)),
        ("data/train-1.jsonl", rows("b", 10)),
        ("data/test-0.jsonl", rows("c", 10)),
        ("README.md", b"about".to_vec()),
    ];
    server.commit("owner/name", "main", "aaaa", &first);
    let project = project(&format!("jsonl \"{HUB}@main/data/train-*.jsonl\""));
    let endpoint = server.url("/");
    let env = [("HF_ENDPOINT", endpoint.as_str())];
    project.run_in(&["fetch"], &env).ok();
    let lock = project.read("flanc.lock");
    assert_eq!(lock.matches("revision = \"aaaa\"").count(), 2, "{lock}");
    assert!(
        lock.contains(&format!("file = \"{HUB}@main/data/train-1.jsonl\"")),
        "{lock}"
    );
    assert!(
        lock.contains(&format!("path = \"{HUB}@main/data/train-*.jsonl\"")),
        "{lock}"
    );

    // The branch moves on, and the build does not.
    let second = [
        ("data/train-0.jsonl", rows("a", 10)),
        ("data/train-1.jsonl", rows("new", 15)),
    ];
    server.commit("owner/name", "main", "bbbb", &second);
    no_cache(&project);
    assert_eq!(build(&project, &env), 20);
    let asked = server.log();
    assert!(
        asked
            .last()
            .expect("a request")
            .path
            .contains("/resolve/aaaa/data/train-")
    );
    let updated = project.run_in(&["fetch", "--update"], &env).ok();
    assert!(updated.stdout.contains("1 changed, 1 the same"), "{}", updated.stdout);
    assert_eq!(project.read("flanc.lock").matches("revision = \"bbbb\"").count(), 2);
    assert_eq!(build(&project, &[("HF_HUB_OFFLINE", "1")]), 25);
}

#[test]
fn a_token_goes_to_the_hub_and_nowhere_else() {
    let (hub, other) = (Server::new(), Server::new());
    hub.commit(
        "owner/name",
        "refs/convert/parquet",
        "cccc",
        &[("d/rows 1.jsonl", rows("a", 10))],
    );
    hub.needs_token("owner/name", "secret");
    hub.leads_to(&other.other_host());
    other.file("/datasets/owner/name/resolve/cccc/d/rows%201.jsonl", rows("a", 10));
    let project = project(&format!("jsonl \"{HUB}@refs/convert/parquet/d/rows 1.jsonl\""));
    let endpoint = hub.url("");

    let says = [HUB, "401 Unauthorized", "set HF_TOKEN", "owner/name"];
    project
        .run_in(&["fetch"], &[("HF_ENDPOINT", &endpoint)])
        .fails(2, &says);
    let env = [("HF_ENDPOINT", endpoint.as_str()), ("HF_TOKEN", "secret")];
    project.run_in(&["fetch"], &env).ok();
    assert_eq!(build(&project, &[]), 10);
    assert!(
        hub.log()
            .iter()
            .skip(1)
            .all(|request| request.header("authorization") == "Bearer secret")
    );
    let elsewhere = other.log();
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(elsewhere[0].header("authorization"), "");
    assert!(!project.read("flanc.lock").contains("secret"));
}

#[test]
fn what_the_hub_does_not_have_is_said() {
    let server = Server::new();
    server.commit("owner/name", "main", "aaaa", &[("a.jsonl", rows("a", 10))]);
    let endpoint = server.url("");
    let env = [("HF_ENDPOINT", endpoint.as_str())];
    let says = |path: &str, says: &[&str]| {
        let project = project(&format!("jsonl \"{path}\""));
        project.run_in(&["fetch"], &env).fails(2, says);
    };
    says(
        "hf://datasets/owner/nme/a.jsonl",
        &["owner/nme", "404", "check the name, the revision"],
    );
    says(&format!("{HUB}@v2/a.jsonl"), &["404", "the revision"]);
    says(&format!("{HUB}/b/*.jsonl"), &["nothing there has this name"]);
}

/// Text columns of a file of the Hub, and the numbers of its labels.
fn parquet(columns: &[&str], labels: &[i64]) -> Vec<u8> {
    let mut arrays: Vec<(&str, ArrayRef)> = Vec::new();
    for column in columns {
        let texts = (0..labels.len()).map(|row| format!("{column} number {row}"));
        arrays.push((column, Arc::new(StringArray::from_iter_values(texts))));
    }
    arrays.push(("label", Arc::new(Int64Array::from(labels.to_vec()))));
    arrays.push(("idx", Arc::new(Int64Array::from_iter_values(0..labels.len() as i64))));
    let batch = RecordBatch::try_from_iter(arrays).expect("columns");
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("a row group");
    writer.close().expect("a footer");
    bytes
}

#[test]
fn the_library_reads_files_as_the_hub_has_them() {
    let glue: [(&str, &str, &[&str]); 6] = [
        ("cola", "cola", &["sentence"]),
        ("sst2", "sst2", &["sentence"]),
        ("glue_mrpc", "mrpc", &["sentence1", "sentence2"]),
        ("qnli", "qnli", &["question", "sentence"]),
        ("rte", "rte", &["sentence1", "sentence2"]),
        ("wnli", "wnli", &["sentence1", "sentence2"]),
    ];
    let server = Server::new();
    let mut files = Vec::new();
    for (_, folder, columns) in glue {
        for split in ["train", "validation", "test"] {
            let name = format!("{folder}/{split}-00000-of-00001.parquet");
            let hidden = split == "test" && folder != "mrpc";
            files.push((
                name,
                parquet(columns, if hidden { &[-1; 8] } else { &[0, 1, 1, 0, 0, 1, 0, 1] }),
            ));
        }
    }
    let commit = |dataset: &str, files: &[(String, Vec<u8>)]| {
        let files: Vec<_> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.clone()))
            .collect();
        server.commit(dataset, "main", "dddd", &files);
    };
    commit("nyu-mll/glue", &files);
    let plain = |split: &str| format!("plain_text/{split}-00000-of-00001.parquet");
    let nli = parquet(&["premise", "hypothesis"], &[0, 1, 2, -1, 2, 1, 0, 0]);
    commit(
        "stanfordnlp/snli",
        &["train", "validation", "test"].map(|split| (plain(split), nli.clone())),
    );
    let reviews = ["train", "test", "unsupervised"].map(|split| {
        let labels: &[i64] = if split == "unsupervised" {
            &[-1; 8]
        } else {
            &[0, 0, 0, 0, 1, 1, 1, 1]
        };
        (plain(split), parquet(&["text"], labels))
    });
    commit("stanfordnlp/imdb", &reviews);

    let project = Project::shipped();
    let endpoint = server.url("");
    project
        .run_in(&["fetch", "--source", "hub"], &[("HF_ENDPOINT", &endpoint)])
        .ok();
    let counted = project
        .run(&["count", "--source", "hub", "--format", "json"])
        .ok()
        .json();
    let splits = counted["splits"].as_array().expect("a list");
    for dataset in glue
        .map(|(dataset, ..)| dataset)
        .into_iter()
        .chain(["snli", "imdb_reviews"])
    {
        let of: Vec<_> = splits.iter().filter(|split| split["dataset"] == dataset).collect();
        assert!(of.len() >= 2, "{dataset}: {splits:?}");
        for split in of {
            let kept = if dataset == "snli" { 7 } else { 8 };
            assert_eq!(
                (&split["read"], &split["kept"]),
                (&8.into(), &kept.into()),
                "{dataset}: {split}"
            );
        }
    }
}
