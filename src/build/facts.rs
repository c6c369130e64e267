//! The manifest of a build from what was planned and what was written.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::{Catalog, Dataset, HeldOut, Mixture, Scheme, Selector, Size};
use crate::shard::DatasetFacts;
use crate::source::SplitReport;

/// What a mixture says, as the manifest keeps it; its name is in no draw and not here.
pub fn settings(mixture: &Mixture) -> Value {
    json!({
        "cap": mixture.cap,
        "rates": scheme(&mixture.rates),
        "over_clusters": mixture.over_clusters.as_ref().map(scheme),
        "size": match mixture.size {
            Size::Examples(n) => json!({ "examples": n }),
            Size::Epochs(n) => json!({ "epochs": n }),
        },
        "passes": mixture.passes,
        "round_robin": mixture.round_robin,
        "options": mixture.options,
        "instruct": mixture.instruct,
        "shots": mixture.shots.as_ref().map(|s| json!({
            "count": s.count, "budget": s.budget.map(|(n, unit)| json!({ "size": n, "unit": unit })),
            "shot": s.shot.value, "between": s.between })),
        "test_at_most": mixture.test_at_most,
        "exemplars_at_most": mixture.exemplars_at_most,
        "profile": mixture.profile,
        "include": mixture.include.iter().map(selector).collect::<Vec<_>>(),
        "exclude": mixture.exclude.iter().map(selector).collect::<Vec<_>>(),
    })
}

fn scheme(scheme: &Scheme) -> Value {
    match scheme {
        Scheme::Proportional { maximum } => json!({ "proportional": { "maximum": maximum } }),
        Scheme::Temperature { temperature, maximum } => {
            json!({ "temperature": { "t": temperature, "maximum": maximum } })
        }
        Scheme::Equal => json!("equal"),
        Scheme::Fixed(rates) => json!({ "fixed": rates }),
    }
}

fn selector(selector: &Selector) -> String {
    match selector {
        Selector::All => "all".to_string(),
        Selector::Cluster(name) => format!("cluster {name}"),
        Selector::Dataset(name) => format!("dataset {name}"),
        Selector::Family(name) => format!("family {name}"),
        Selector::Language(name) => format!("language {name}"),
        Selector::License(name) => format!("license {name}"),
        Selector::Role(role) => format!("role {role:?}").to_lowercase(),
        Selector::Template(name) => format!("template {name}"),
    }
}

/// What a dataset is, before anything was counted.
pub fn of_dataset(dataset: &Dataset, part: &str) -> DatasetFacts {
    DatasetFacts {
        title: dataset.title.clone(),
        family: dataset.family.clone(),
        clusters: dataset.clusters.clone(),
        license: dataset.license.as_ref().map(|l| l.name.clone()),
        cite: dataset.cite.clone(),
        metrics: dataset.metrics.clone(),
        stop: dataset.stop.clone(),
        part: part.to_string(),
        ..DatasetFacts::default()
    }
}

/// The rows that reading left out, under their reasons.
pub fn left_out(report: &SplitReport) -> BTreeMap<String, u64> {
    let named = report
        .dropped
        .iter()
        .map(|(reason, count)| (format!("filtered {reason}"), *count));
    named
        .chain([("unlabelled".to_string(), report.unlabelled)])
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Why a dataset is not part of a mixture that chose it.
pub fn held_out(held: &HeldOut) -> String {
    match held {
        HeldOut::Overlap { cluster, with } => format!("left out: `{cluster}` overlaps `{with}`, which is held out"),
        HeldOut::Family { family } => format!("left out: another dataset of family `{family}` is held out"),
    }
}

/// The overlaps of the clusters that occur among some datasets.
pub fn overlaps(
    catalog: &Catalog,
    datasets: &BTreeMap<String, DatasetFacts>,
) -> BTreeMap<String, std::collections::BTreeSet<String>> {
    let used = datasets.values().flat_map(|facts| &facts.clusters);
    used.filter_map(|name| Some((name.clone(), catalog.clusters.get(name)?.overlaps.clone())))
        .collect()
}
