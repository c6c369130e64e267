//! Real files of the FLAN datasets, where the machine has them: `FLANC_DATA` names their directory.
//!
//! Its tables (`EXPECTED.tsv`, and any other of the same form) say what a correct reader finds: one line a dataset and
//! split, with the number of examples, labelled and not, before anything is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flanc::catalog::Catalog;
use flanc::source::{Budget, Rows, SourceError, SplitReport, read_split};

use crate::support::{Project, say};

#[test]
fn data_every_split_has_the_examples_that_are_expected() {
    let Some(data) = data() else { return };
    let project = flanc::project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project");
    let mut seen = Seen::default();
    for expected in tables(&data) {
        expected.check(&project.catalog, &data, &mut seen);
    }
    say(&format!(
        "data: {} splits read and compared, {} skipped for want of files, not declared: {}",
        seen.read,
        seen.absent.len(),
        seen.undeclared.iter().cloned().collect::<Vec<_>>().join(" ")
    ));
    for note in &seen.notes {
        say(&format!("data: {note}"));
    }
    assert!(seen.wrong.is_empty(), "{}", seen.wrong.join("\n"));
    assert!(seen.read > 0, "no split of {} was read", data.display());
}

/// The directory of the files; `None`, and a word about it, where there is none.
fn data() -> Option<PathBuf> {
    let data = env::var_os("FLANC_DATA").map(PathBuf::from);
    if data.is_none() {
        say("data: skipped, FLANC_DATA is not set");
    }
    data
}

/// What became of the lines of the tables.
#[derive(Default)]
struct Seen {
    read: usize,
    absent: Vec<String>,
    undeclared: BTreeSet<String>,
    wrong: Vec<String>,
    notes: Vec<String>,
}

/// One line of a table.
struct Expected {
    dataset: String,
    split: String,
    files: String,
    examples: u64,
    labelled: u64,
    unlabelled: u64,
    notes: String,
}

/// Every line of every table of the form of `EXPECTED.tsv`.
fn tables(data: &Path) -> Vec<Expected> {
    let mut paths: Vec<PathBuf> = fs::read_dir(data)
        .unwrap_or_else(|error| panic!("{}: {error}", data.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "tsv"))
        .collect();
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut rows = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let header = rows.next().unwrap_or_default();
        let Some(at) = ["dataset_id", "split", "examples", "labelled", "unlabelled"]
            .iter()
            .map(|name| header.iter().position(|h| h == name))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let column = |name: &str| header.iter().position(|h| *h == name);
        let (files, notes) = (column("files"), column("notes"));
        for row in rows.filter(|row| row.len() > 1) {
            let cell = |at: Option<usize>| {
                at.and_then(|at| row.get(at))
                    .map_or(String::new(), |c| (*c).to_string())
            };
            let number = |at: usize| {
                cell(Some(at))
                    .parse()
                    .unwrap_or_else(|_| panic!("{}: {row:?}", path.display()))
            };
            lines.push(Expected {
                dataset: cell(Some(at[0])),
                split: cell(Some(at[1])),
                files: cell(files),
                examples: number(at[2]),
                labelled: number(at[3]),
                unlabelled: number(at[4]),
                notes: cell(notes),
            });
        }
    }
    assert!(!lines.is_empty(), "no table of {} has a line", data.display());
    lines
}

impl Expected {
    fn check(&self, catalog: &Catalog, data: &Path, seen: &mut Seen) {
        // Two datasets of ours train on the rows of one.
        let ids = match self.dataset.as_str() {
            "mnli" => vec!["mnli_matched", "mnli_mismatched"],
            id => vec![id],
        };
        for id in ids {
            let Some(dataset) = catalog.datasets.get(id) else {
                seen.undeclared.insert(id.to_string());
                continue;
            };
            let place = format!("{id} {}", self.split);
            let source = dataset.sources.get("original");
            let Some(split) = source.and_then(|source| source.splits.get(&self.split)) else {
                seen.wrong.push(format!("{place}: source `original` has no such split"));
                continue;
            };
            match read_split(dataset, &self.split, split, data, &Budget::unlimited()) {
                Ok((rows, report)) => {
                    seen.read += 1;
                    seen.wrong.extend(
                        self.compare(&rows, &report)
                            .into_iter()
                            .map(|w| format!("{place}: {w}")),
                    );
                    seen.notes
                        .extend(self.other_files(data, &report).map(|n| format!("{place}: {n}")));
                }
                Err(SourceError::Absent { reason, .. }) if split.absent.is_none() => {
                    // Files that are there under other names than ours would be a mistake of the declaration.
                    match self.listed(data).first() {
                        None => seen.absent.push(place),
                        Some(file) => seen.wrong.push(format!("{place}: {reason}, but there is {file}")),
                    }
                }
                Err(error) => seen.wrong.push(format!("{place}: {error}")),
            }
        }
    }

    /// What a split that was read has otherwise than the table says.
    fn compare(&self, rows: &Rows, report: &SplitReport) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut equal = |what: &str, got: u64, expected: u64| {
            if got != expected {
                wrong.push(format!("{what}: {got}, expected {expected}"));
            }
        };
        let dropped: u64 = report.dropped.iter().map(|(_, n)| n).sum();
        let kept = rows.len() as u64;
        equal("read", report.read, self.examples);
        equal(
            "kept, dropped and unlabelled together",
            kept + dropped + report.unlabelled,
            report.read,
        );
        if dropped == 0 {
            equal("labelled", kept, self.labelled);
            equal("unlabelled", report.unlabelled, self.unlabelled);
        } else {
            // A row can be dropped for one reason and be without an answer, too.
            equal("labelled, at most", kept.saturating_sub(self.labelled), 0);
            equal(
                "unlabelled, at most",
                report.unlabelled.saturating_sub(self.unlabelled),
                0,
            );
        }
        for (rule, count) in rules(&self.notes) {
            // Ours go by other names: a rule is one of our drops, all of them together, or the rows without an answer.
            let mut ours = report
                .dropped
                .iter()
                .map(|(_, n)| *n)
                .chain([dropped, report.unlabelled]);
            if !ours.any(|n| n == count) {
                let drops = &report.dropped;
                wrong.push(format!(
                    "rule {rule} drops {count}, ours {drops:?}, {} unlabelled",
                    report.unlabelled
                ));
            }
        }
        wrong
    }

    /// The files of the line that are there.
    fn listed(&self, data: &Path) -> Vec<String> {
        self.files
            .split(',')
            .filter(|file| !file.is_empty() && data.join(file).exists())
            .map(str::to_string)
            .collect()
    }

    /// A word where the same numbers came out of other files.
    fn other_files(&self, data: &Path, report: &SplitReport) -> Option<String> {
        let listed = self.listed(data);
        let other = report.files.iter().map(|(name, _)| name).find(|name| {
            !listed
                .iter()
                .any(|file| *name == file || file.ends_with('/') && name.starts_with(file.as_str()))
        });
        other.map(|name| format!("read from {name}, which the table does not list"))
    }
}

/// `rule NAME .. drops N` in a note: names and numbers.
fn rules(notes: &str) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for part in notes.split("rule ").skip(1) {
        let name = part
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        let count: Option<u64> = part.split("drops ").nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        if let Some(count) = count {
            found.push((name.to_string(), count));
        }
    }
    found
}

#[test]
fn data_flan_of_real_files_adds_up_verifies_and_traces_back() {
    let Some(data) = data() else { return };
    let project = Project::shipped();
    let data = data.to_string_lossy().into_owned();
    let args = [
        "build",
        "flan",
        "--source",
        "original",
        "--data",
        &data,
        "--allow-missing",
    ];
    let table = project.run(&args).ok().stdout;
    let manifest: serde_json::Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("JSON");
    let facts: BTreeMap<&String, &serde_json::Value> =
        manifest["datasets"].as_object().expect("datasets").iter().collect();
    let number = |value: &serde_json::Value| value.as_u64().unwrap_or_else(|| panic!("{value} is no number"));
    let built: Vec<&str> = facts
        .iter()
        .filter(|(_, f)| number(&f["read"]) > 0)
        .map(|(id, _)| id.as_str())
        .collect();
    assert!(!built.is_empty(), "no dataset has its files in {data}");
    let mut trained = 0;
    for id in &built {
        let of = facts[&(*id).to_string()];
        let rows: u64 = of["rows"].as_object().expect("rows").values().map(number).sum();
        assert_eq!(rows, number(&of["read"]), "the rows of {id} do not add up");
        let templates: u64 = of["templates"]
            .as_object()
            .expect("templates")
            .values()
            .map(number)
            .sum();
        assert_eq!(
            templates,
            number(&of["achieved"]),
            "the templates of {id} do not add up"
        );
        assert!(
            table.lines().any(|line| line.split_whitespace().next() == Some(id)),
            "{id} is not in:\n{table}"
        );
        trained += number(&of["achieved"]);
    }
    let shards = manifest["shards"].as_array().expect("shards");
    let in_train: u64 = shards
        .iter()
        .filter(|s| s["split"] == "train")
        .map(|s| number(&s["rows"]))
        .sum();
    assert_eq!(trained, in_train, "the datasets do not add up to the training split");
    project.run(&["verify", "build/flan"]).ok();
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for shard in shards {
        let path = project.path("build/flan").join(shard["file"].as_str().expect("a file"));
        flanc::shard::read_records(&path, |record| {
            keys.entry(record.dataset).or_insert(record.row_key);
        })
        .expect("a shard");
    }
    assert_eq!(
        keys.keys().map(String::as_str).collect::<Vec<_>>(),
        built,
        "a dataset gave no example"
    );
    for (id, key) in &keys {
        let traced = project
            .run(&["trace", key, "--in", "build/flan", "--format", "json"])
            .ok()
            .json();
        let examples = traced["examples"].as_array().expect("examples");
        assert!(
            !examples.is_empty() && examples.iter().all(|e| e["equal"] == true && e["dataset"] == **id),
            "{id}: {traced}"
        );
    }
    say(&format!(
        "data: {} datasets of real files built, verified and traced",
        built.len()
    ));
}
