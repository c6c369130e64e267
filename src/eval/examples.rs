//! The examples of a build that a model is asked, and the exemplars that may be shown to it: out of its shards, which must be
//! those of its manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::shots::{Exemplar, Ring};
use crate::digest::{hex, sha256_of};
use crate::select::{Kind, Select, Subject};
use crate::shard::{self, DatasetFacts, Manifest};
use crate::text;

/// An example without what no model sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    pub dataset: String,
    pub template: String,
    pub row_key: String,
    pub group: String,
    pub system: Option<String>,
    pub inputs: String,
    /// Empty where the answer is free text.
    pub options: Vec<String>,
}

/// What is asked of a build.
#[derive(Debug, Default)]
pub struct Examples {
    /// Of the split `test`, in the order of the shards.
    pub test: Vec<Example>,
    /// Of the split `validation`, on which templates are chosen.
    pub validation: Vec<Example>,
    /// By dataset and template.
    pub exemplars: BTreeMap<(String, String), Ring>,
}

impl Examples {
    /// The datasets that are asked about.
    pub fn datasets(&self) -> BTreeSet<&str> {
        self.test.iter().map(|example| example.dataset.as_str()).collect()
    }
}

/// Which examples are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is selected, in the words of docs/review.md; nothing: everything.
    pub selection: Vec<String>,
    /// At most so many rows of each dataset, the first of its split: those that come first in the draw of test rows.
    pub limit: Option<usize>,
    /// Whether exemplars are needed.
    pub exemplars: bool,
}

/// Reads what is wanted. Templates that turn a task around do not ask for its answer and are left out.
pub fn read(directory: &Path, manifest: &Manifest, wanted: &Wanted) -> anyhow::Result<Examples> {
    let chosen = chosen(manifest, &wanted.selection)?;
    let mut found = Examples::default();
    let mut rows: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut shown_already = None;
    for shard in &manifest.shards {
        let needed = match shard.split.as_str() {
            // Packed tokens are for training; whose templates are chosen on validation examples needs their texts.
            "test" | "validation" => shard.tokens.is_none(),
            "exemplars" => wanted.exemplars,
            _ => false,
        };
        if !needed {
            continue;
        }
        let path = directory.join(&shard.file);
        let digest = File::open(&path)
            .and_then(sha256_of)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if hex(&digest) != shard.sha256 {
            bail!(
                "{}: its bytes are not those that {} names\nhelp: build it again; `flanc verify {}` says all that differs",
                path.display(),
                directory.join("manifest.json").display(),
                directory.display()
            );
        }
        shard::read_records(&path, |record| {
            let place = (record.dataset.clone(), record.template.clone());
            if record.role == "turned" || !chosen.contains(&place) {
                return;
            }
            if record.split == "exemplars" {
                found.exemplars.entry(place).or_default().add(Exemplar {
                    row_key: record.row_key,
                    group: record.group,
                    inputs: record.inputs,
                    targets: record.targets,
                });
                return;
            }
            if !record.exemplars.is_empty() && wanted.exemplars {
                shown_already.get_or_insert_with(|| format!("{}/{}", record.dataset, record.template));
            }
            let seen = rows.entry((record.split.clone(), record.dataset.clone())).or_default();
            if !seen.contains(&record.row_key) {
                if wanted.limit.is_some_and(|limit| seen.len() >= limit) {
                    return;
                }
                seen.insert(record.row_key.clone());
            }
            let split = match record.split.as_str() {
                "validation" => &mut found.validation,
                _ => &mut found.test,
            };
            split.push(Example {
                dataset: record.dataset,
                template: record.template,
                row_key: record.row_key,
                group: record.group,
                system: record.system,
                inputs: record.inputs,
                options: record.options.unwrap_or_default(),
            });
        })
        .with_context(|| format!("cannot read {}", path.display()))?;
    }
    if let Some(template) = shown_already {
        bail!("the examples of {template} show exemplars already, as their mixture says\nhelp: leave `--shots` out");
    }
    if found.test.is_empty() {
        bail!(
            "{} has no test examples{}\nhelp: a build tests the datasets that say `evaluate on`, and those it holds out",
            directory.display(),
            match wanted.selection.is_empty() {
                true => String::new(),
                false => format!(" of what is selected, {}", wanted.selection.join(" ")),
            }
        );
    }
    let datasets: BTreeSet<String> = found.datasets().into_iter().map(str::to_string).collect();
    found.validation.retain(|example| datasets.contains(&example.dataset));
    Ok(found)
}

/// What the examples of a build can be selected by.
const KINDS: &[Kind] = &[
    Kind::Cluster,
    Kind::Dataset,
    Kind::Family,
    Kind::Language,
    Kind::License,
    Kind::Template,
];

/// Datasets and templates that are selected, of those with test examples.
fn chosen(manifest: &Manifest, words: &[String]) -> anyhow::Result<BTreeSet<(String, String)>> {
    let select = Select::parse(words, KINDS)?;
    let tested = manifest
        .datasets
        .iter()
        .filter(|(_, facts)| facts.examples.get("test").is_some_and(|examples| *examples > 0));
    let mut subjects = Vec::new();
    for (id, facts) in tested {
        subjects.extend(facts.template_digests.keys().map(|template| Subject {
            dataset: id.clone(),
            template: Some(template.clone()),
            clusters: facts.clusters.clone(),
            family: facts.family.clone(),
            languages: facts.languages.clone(),
            license: facts.license.clone(),
            ..Subject::default()
        }));
    }
    let chosen = select
        .choose(&subjects)
        .map_err(|error| match untested(manifest, words) {
            Some(why) => anyhow::anyhow!(why),
            None => error,
        })?;
    let flags = match chosen {
        Ok(flags) => flags,
        Err(nothing) => bail!("{}", nothing.0),
    };
    let pairs = subjects.into_iter().zip(flags).filter(|(_, chosen)| *chosen);
    Ok(pairs
        .map(|(subject, _)| (subject.dataset, subject.template.unwrap_or_default()))
        .collect())
}

/// Says of a word which nothing tested goes by that the build has it all the same, without test examples.
fn untested(manifest: &Manifest, words: &[String]) -> Option<String> {
    let tests = |facts: &DatasetFacts| facts.examples.get("test").is_some_and(|examples| *examples > 0);
    let named = |word: &str| {
        let name = word.rsplit(':').next().unwrap_or(word);
        let name = name.split('/').next().unwrap_or(name).to_string();
        let has =
            |id: &String, facts: &DatasetFacts| [id, &facts.family].contains(&&name) || facts.clusters.contains(&name);
        let of: Vec<&DatasetFacts> = manifest
            .datasets
            .iter()
            .filter(|(id, facts)| has(id, facts))
            .map(|(_, facts)| facts)
            .collect();
        let known = !of.is_empty() && !of.iter().any(|facts| tests(facts));
        let trained = |facts: &&DatasetFacts| facts.examples.get("train").is_some_and(|examples| *examples > 0);
        known.then(|| (name, of.iter().any(trained)))
    };
    let (name, trained) = words.iter().flat_map(|word| word.split(',')).find_map(named)?;
    let tested: Vec<&String> = manifest
        .datasets
        .iter()
        .filter(|(_, facts)| tests(facts))
        .map(|(id, _)| id)
        .collect();
    Some(format!(
        "`{name}` {}has no test examples in this build\nhelp: tested are {}",
        if trained { "is trained on, and " } else { "" },
        text::list(&tested)
    ))
}
