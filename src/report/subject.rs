//! What an example of a build can be selected by: its template, its split, and the facts of its dataset.

use crate::select::Subject;
use crate::shard::{DatasetFacts, Manifest};

/// An example's place. Cluster and family are those of the manifest, where a dataset can have several clusters.
pub fn subject(manifest: &Manifest, dataset: &str, template: &str, role: &str, split: &str) -> Subject {
    let facts = manifest.datasets.get(dataset).map_or_else(Subject::default, of_facts);
    Subject {
        dataset: dataset.to_string(),
        template: Some(template.to_string()),
        role: Some(role.to_string()),
        split: Some(split.to_string()),
        ..facts
    }
}

fn of_facts(facts: &DatasetFacts) -> Subject {
    Subject {
        clusters: facts.clusters.clone(),
        family: facts.family.clone(),
        task: facts.task.clone(),
        languages: facts.languages.clone(),
        license: facts.license.clone(),
        ..Subject::default()
    }
}
