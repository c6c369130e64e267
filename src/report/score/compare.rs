//! Two sets of answers to the same examples, side by side: how much better one is, and how sure that is.
//!
//! Both are scored over the same rows drawn again, so a difference has an interval of its own, which is narrower than
//! those of the two scores where both models find the same rows hard.

use super::bootstrap;
use super::page::number;
use super::{Report, Score};

/// Scores before and after, dataset by dataset and cluster by cluster; what only one of the two has is left out.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Comparison {
    /// The predictions that these are compared with.
    pub baseline: String,
    pub datasets: Vec<Compared>,
    pub clusters: Vec<Compared>,
}

/// One score of both.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Compared {
    /// A dataset or a cluster.
    pub name: String,
    /// Which score; of a cluster the mean of its datasets' main ones.
    pub score: String,
    pub rises: bool,
    pub before: Option<f64>,
    pub after: Option<f64>,
    pub difference: Option<f64>,
    /// 95 % of the differences over rows drawn again; none of clusters.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Compares two reports on one split of one build.
pub fn compare(before: &Report, after: &Report) -> anyhow::Result<Comparison> {
    if before.content != after.content || before.split != after.split {
        anyhow::bail!(
            "{} and {} are not about the same examples: content {} and {}, split `{}` and `{}`",
            before.predictions,
            after.predictions,
            before.content.get(..16).unwrap_or_default(),
            after.content.get(..16).unwrap_or_default(),
            before.split,
            after.split
        );
    }
    let mut datasets = Vec::new();
    for dataset in &after.datasets {
        let Some(old) = before.datasets.iter().find(|old| old.dataset == dataset.dataset) else {
            continue;
        };
        let same_rows = old.rows == dataset.rows && old.examples == dataset.examples;
        for score in &dataset.scores {
            if let Some(old) = old.scores.iter().find(|old| old.score == score.score) {
                datasets.push(of_score(&dataset.dataset, old, score, same_rows));
            }
        }
    }
    let clusters = after.clusters.iter().filter_map(|cluster| {
        let old = before.clusters.iter().find(|old| old.cluster == cluster.cluster)?;
        Some(Compared {
            name: cluster.cluster.clone(),
            score: "mean".to_string(),
            rises: true,
            before: old.mean,
            after: cluster.mean,
            difference: old.mean.zip(cluster.mean).map(|(old, new)| new - old),
            low: None,
            high: None,
        })
    });
    Ok(Comparison {
        baseline: before.predictions.clone(),
        clusters: clusters.collect(),
        datasets,
    })
}

fn of_score(dataset: &str, old: &Score, new: &Score, same_rows: bool) -> Compared {
    let differences = old
        .drawn
        .iter()
        .zip(&new.drawn)
        .filter_map(|(old, new)| old.zip(*new))
        .map(|(old, new)| new - old);
    let difference = old.mean.zip(new.mean).map(|(old, new)| new - old);
    let interval = match same_rows && difference.is_some() {
        true => bootstrap::interval(differences.collect()),
        false => None,
    };
    Compared {
        name: dataset.to_string(),
        score: new.score.clone(),
        rises: new.rises,
        before: old.mean,
        after: new.mean,
        difference,
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
    }
}

impl Comparison {
    /// As tables of datasets and of clusters, the first row of each its head.
    pub fn tables(&self) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let head = |kind: &str| {
            [kind, "score", "before", "after", "difference", "95 %"]
                .map(str::to_string)
                .to_vec()
        };
        let row = |one: &Compared| {
            let interval = match (one.low, one.high) {
                (Some(low), Some(high)) => format!("{low:+.2} to {high:+.2}"),
                _ => "-".to_string(),
            };
            let difference = one.difference.map_or("-".to_string(), |value| format!("{value:+.2}"));
            vec![
                one.name.clone(),
                one.score.clone(),
                number(one.before),
                number(one.after),
                difference,
                interval,
            ]
        };
        let table = |kind: &str, all: &[Compared]| -> Vec<Vec<String>> {
            std::iter::once(head(kind)).chain(all.iter().map(row)).collect()
        };
        (table("dataset", &self.datasets), table("cluster", &self.clusters))
    }
}
