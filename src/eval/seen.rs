//! What a model has seen: which of a build's datasets are no test of it, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::shard::{Manifest, Trained};
use crate::text;

/// Why each of some datasets of a build has been seen; those that have not are left out.
pub fn seen<'d>(
    trained: &Trained,
    manifest: &Manifest,
    datasets: impl IntoIterator<Item = &'d str>,
) -> BTreeMap<String, Vec<String>> {
    let reasons = |id: &str| -> Vec<String> {
        let Some(facts) = manifest.datasets.get(id) else {
            return Vec::new();
        };
        let mut reasons = Vec::new();
        if trained.datasets.contains_key(id) {
            reasons.push("it was trained on".to_string());
        }
        // For each way of having been seen, the datasets by which.
        let mut by: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (other, on) in &trained.datasets {
            for cluster in &facts.clusters {
                if on.clusters.contains(cluster) {
                    by.entry(format!("its cluster `{cluster}` was trained on"))
                        .or_default()
                        .push(other);
                }
                let overlapping = on
                    .clusters
                    .iter()
                    .filter(|theirs| overlap(trained, manifest, cluster, theirs));
                for theirs in overlapping {
                    let way = format!("its cluster `{cluster}` overlaps `{theirs}`, which was trained on");
                    by.entry(way).or_default().push(other);
                }
            }
            if !facts.family.is_empty() && facts.family == on.family && other != id {
                let way = format!("its family `{}` was trained on", facts.family);
                by.entry(way).or_default().push(other);
            }
            let own = || facts.rows_digests.values().chain(facts.content.values());
            let mut theirs = on.rows_digests.values().chain(on.content.values());
            // The digest of no rows is a sum of nothing.
            let says_something = |digest: &str| digest.bytes().any(|digit| digit != b'0');
            if other != id && theirs.any(|digest| says_something(digest) && own().any(|own| own == digest)) {
                by.entry("rows of the same contents were trained on".to_string())
                    .or_default()
                    .push(other);
            }
        }
        for (way, others) in by {
            let others: BTreeSet<&str> = others.into_iter().filter(|other| *other != id).collect();
            if !others.is_empty() {
                reasons.push(format!(
                    "{way}: {}",
                    text::list(&others.into_iter().collect::<Vec<_>>())
                ));
            }
        }
        reasons
    };
    datasets
        .into_iter()
        .map(|id| (id.to_string(), reasons(id)))
        .filter(|(_, reasons)| !reasons.is_empty())
        .collect()
}

/// Whether either build says that two clusters overlap, in either direction.
fn overlap(trained: &Trained, manifest: &Manifest, one: &str, other: &str) -> bool {
    let says = |overlaps: &BTreeMap<String, BTreeSet<String>>, a: &str, b: &str| {
        overlaps.get(a).is_some_and(|others| others.contains(b))
    };
    one != other
        && [&trained.overlaps, &manifest.overlaps]
            .into_iter()
            .any(|overlaps| says(overlaps, one, other) || says(overlaps, other, one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shard::DatasetFacts;

    fn facts(cluster: &str, family: &str, digest: &str) -> DatasetFacts {
        DatasetFacts {
            clusters: vec![cluster.to_string()],
            family: family.to_string(),
            rows_digests: [("test".to_string(), digest.to_string())].into(),
            ..DatasetFacts::default()
        }
    }

    #[test]
    fn clusters_overlaps_families_and_contents_tell_what_was_seen() {
        let mut manifest = Manifest {
            overlaps: [("reading".to_string(), ["commonsense".to_string()].into())].into(),
            ..Manifest::default()
        };
        for (id, cluster, family, digest) in [
            ("rte", "nli", "", "1"),
            ("snli", "nli", "", "2"),
            ("piqa", "commonsense", "", "3"),
            ("race", "reading", "exams", "4"),
            ("sciq", "science", "exams", "5"),
            ("copy", "other", "", "1"),
            ("free", "free", "", "6"),
        ] {
            manifest.datasets.insert(id.to_string(), facts(cluster, family, digest));
        }
        let mut built = manifest.clone();
        built.datasets.retain(|id, _| matches!(id.as_str(), "rte" | "race"));
        built.datasets.values_mut().for_each(|facts| facts.achieved = 1);
        let trained = Trained::of(&built);
        let found = seen(&trained, &manifest, manifest.datasets.keys().map(String::as_str));
        let why = |id: &str| found.get(id).map_or(String::new(), |reasons| reasons.join("; "));
        assert_eq!(why("rte"), "it was trained on");
        assert_eq!(why("snli"), "its cluster `nli` was trained on: `rte`");
        assert_eq!(
            why("piqa"),
            "its cluster `commonsense` overlaps `reading`, which was trained on: `race`"
        );
        assert_eq!(why("sciq"), "its family `exams` was trained on: `race`");
        assert_eq!(why("copy"), "rows of the same contents were trained on: `rte`");
        assert_eq!(why("free"), "");
    }
}
