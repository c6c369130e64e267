//! Built directories, read back: what tests of builds share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Project, Run};

/// A build as JSON lines, with its manifest.
pub struct Built {
    pub manifest: Value,
    /// The records of each split, shard after shard.
    pub records: BTreeMap<String, Vec<Value>>,
    pub run: Run,
}

impl Built {
    pub fn split(&self, split: &str) -> &[Value] {
        self.records.get(split).map_or(&[], Vec::as_slice)
    }

    pub fn dataset(&self, id: &str) -> &Value {
        &self.manifest["datasets"][id]
    }

    /// Examples of a dataset in the training split.
    pub fn trained(&self, id: &str) -> usize {
        self.split("train")
            .iter()
            .filter(|record| record["dataset"] == id)
            .count()
    }
}

/// Builds a mixture as JSON lines and reads it back.
#[track_caller]
pub fn build(project: &Project, mixture: &str, more: &[&str]) -> Built {
    let out = format!("built/{mixture}");
    let mut args = vec!["build", mixture, "--format", "jsonl", "--no-cache", "--out", &out];
    args.extend(more);
    let run = project.run(&args).ok();
    let manifest: Value = serde_json::from_str(&project.read(&format!("{out}/manifest.json"))).expect("a manifest");
    let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for shard in manifest["shards"].as_array().expect("shards") {
        let text = project.read(&format!("{out}/{}", text(&shard["file"])));
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("a record"));
        records.entry(text_of(&shard["split"])).or_default().extend(lines);
    }
    Built { manifest, records, run }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn text_of(value: &Value) -> String {
    text(value).to_string()
}

/// Every file of a directory but `build-info.json`, which is outside every promise.
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["", "data"] {
        for entry in fs::read_dir(directory.join(folder)).expect("a build") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(directory)
                .expect("a file of it")
                .to_string_lossy()
                .into_owned();
            if path.is_file() && name != "build-info.json" {
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// Two builds are equal, file by file and byte by byte.
#[track_caller]
pub fn assert_equal(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert!(one.len() > 3, "{:?}", one.keys());
    assert!(one.keys().eq(other.keys()), "{:?}\n{:?}", one.keys(), other.keys());
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{name} differs");
    }
}
