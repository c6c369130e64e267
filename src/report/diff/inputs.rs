//! What went into a dataset's part of each build: its rows, its declaration, its templates, its quota.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::settings::{Setting, differing};
use crate::shard::{DatasetFacts, Manifest};

/// How the inputs of one dataset compare.
#[derive(Clone, Debug, serde::Serialize)]
pub struct DatasetInputs {
    pub dataset: String,
    /// Whether other rows were read, or rows with other cells. `None`: a build does not say.
    pub rows: Option<bool>,
    /// Whether fields, clean-ups, verbalizers, drops, answer, identity or splits are declared otherwise.
    pub declaration: Option<bool>,
    pub templates: Option<Templates>,
    /// Other facts of the manifests.
    pub facts: Vec<Setting>,
    /// Whether files of the dataset differ, as far as `build-info.json` says.
    pub files: Option<bool>,
}

/// How the templates of a dataset compare, by the names that examples have.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Templates {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
    /// Old and new name of templates that say the same.
    pub renamed: Vec<(String, String)>,
}

impl Templates {
    pub fn differ(&self) -> bool {
        *self != Self::default()
    }
}

impl DatasetInputs {
    /// Whether one of the builds does not know the dataset at all.
    pub fn is_new_or_gone(&self) -> bool {
        let part = self.facts.iter().find(|fact| fact.name == "part");
        part.is_some_and(|part| part.old.is_null() || part.new.is_null())
    }

    pub fn differs(&self) -> bool {
        self.rows == Some(true)
            || self.declaration == Some(true)
            || self.templates.as_ref().is_some_and(Templates::differ)
            || !self.facts.is_empty()
    }
}

/// The inputs of every dataset of either build.
pub fn of_all(old: &Manifest, new: &Manifest, files: &Files) -> BTreeMap<String, DatasetInputs> {
    let ids: BTreeSet<&String> = old.datasets.keys().chain(new.datasets.keys()).collect();
    let none = DatasetFacts::default();
    ids.into_iter()
        .map(|id| {
            let sides = [old, new].map(|manifest| manifest.datasets.get(id));
            let [one, other] = sides.map(|facts| facts.unwrap_or(&none));
            let [facts_before, facts_after] = sides.map(|found| found.map_or_else(Vec::new, facts));
            let inputs = DatasetInputs {
                dataset: id.clone(),
                rows: rows(one, other),
                declaration: differ(&one.declaration, &other.declaration),
                templates: templates(one, other),
                facts: differing(facts_before, facts_after),
                files: files.changed(id),
            };
            (id.clone(), inputs)
        })
        .collect()
}

/// Whether two digests differ, where both are there.
fn differ(one: &str, other: &str) -> Option<bool> {
    (!one.is_empty() && !other.is_empty()).then(|| one != other)
}

/// Whether the rows of a split that both builds read differ. What one of them alone read says nothing of the other.
fn rows(old: &DatasetFacts, new: &DatasetFacts) -> Option<bool> {
    let shared = old
        .rows_digests
        .iter()
        .filter_map(|(split, one)| Some((one, new.rows_digests.get(split)?)));
    shared
        .map(|(one, other)| one != other)
        .reduce(|any, differ| any || differ)
}

fn templates(old: &DatasetFacts, new: &DatasetFacts) -> Option<Templates> {
    if old.declaration.is_empty() || new.declaration.is_empty() {
        return None;
    }
    let (one, other) = (&old.template_digests, &new.template_digests);
    let only = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| -> Vec<String> {
        these
            .keys()
            .filter(|name| !those.contains_key(*name))
            .cloned()
            .collect()
    };
    let mut found = Templates {
        added: only(other, one),
        removed: only(one, other),
        changed: one
            .iter()
            .filter(|(name, digest)| other.get(*name).is_some_and(|now| now != *digest))
            .map(|(name, _)| name.clone())
            .collect(),
        renamed: Vec::new(),
    };
    found.removed.retain(|name| {
        // The first name that draws go by is in the digest, so no two templates of a dataset share one.
        let Some(at) = found.added.iter().position(|now| other[now] == one[name]) else {
            return true;
        };
        found.renamed.push((name.clone(), found.added.remove(at)));
        false
    });
    Some(found)
}

fn facts(facts: &DatasetFacts) -> Vec<(String, Value)> {
    let values = [
        ("part", json!(facts.part)),
        ("title", json!(facts.title)),
        ("clusters", json!(facts.clusters)),
        ("family", json!(facts.family)),
        ("task", json!(facts.task)),
        ("license", json!(facts.license)),
        ("cite", json!(facts.cite)),
        ("languages", json!(facts.languages)),
        ("metrics", json!(facts.metrics)),
        ("stop", json!(facts.stop)),
        ("rows read", json!(facts.read)),
        ("rows kept", json!(facts.kept)),
        ("quota", json!(facts.quota)),
    ];
    values.map(|(name, value)| (name.to_string(), value)).into()
}

/// The files that each build read, as its `build-info.json` says, where it is there.
#[derive(Default)]
pub struct Files {
    builds: Option<[BuildFiles; 2]>,
}

#[derive(PartialEq)]
struct BuildFiles {
    source: String,
    digests: BTreeMap<String, String>,
}

impl Files {
    pub fn read(old: &Path, new: &Path) -> Self {
        let one = |directory: &Path| -> Option<BuildFiles> {
            let text = fs::read_to_string(directory.join("build-info.json")).ok()?;
            let info: Value = serde_json::from_str(&text).ok()?;
            let file = |file: &Value| Some((file["file"].as_str()?.to_string(), file["sha256"].as_str()?.to_string()));
            Some(BuildFiles {
                source: info["request"]["source"].as_str()?.to_string(),
                digests: info["files"].as_array()?.iter().map(file).collect::<Option<_>>()?,
            })
        };
        Self {
            builds: one(old).zip(one(new)).map(|(old, new)| [old, new]),
        }
    }

    /// Whether files that a dataset is read from differ: those below its own directory, or any where it has none.
    fn changed(&self, id: &str) -> Option<bool> {
        let [old, new] = self.builds.as_ref()?;
        let own = |files: &BuildFiles| -> BTreeMap<String, String> {
            let below = files
                .digests
                .iter()
                .filter(|(name, _)| name.starts_with(&format!("{id}/")));
            below.map(|(name, digest)| (name.clone(), digest.clone())).collect()
        };
        let (one, other) = (own(old), own(new));
        if one.is_empty() && other.is_empty() {
            return Some(old != new);
        }
        Some(old.source != new.source || one != other)
    }
}
