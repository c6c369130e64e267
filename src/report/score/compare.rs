//! Two sets of answers to the same examples, side by side: how much better one is, and how sure that is.
//!
//! Both are scored over the same rows drawn again, so a difference has an interval of its own, which is narrower than
//! those of the two scores where both models find the same rows hard.

use super::bootstrap;
use super::page::number;
use super::{ClusterScores, DatasetScores, Report, Score};
use crate::text;

/// Scores before and after, dataset by dataset and cluster by cluster. Only over the same examples have they a difference.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Comparison {
    /// The predictions that these are compared with.
    pub baseline: String,
    pub datasets: Vec<Compared>,
    pub clusters: Vec<Compared>,
    /// What only one of the two has, and what they have over other examples.
    pub notes: Vec<String>,
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
    let mut notes = alone(before, after)?;
    for dataset in &after.datasets {
        let Some(old) = of(before, &dataset.dataset) else {
            continue;
        };
        let same = over_the_same(old, dataset);
        if !same {
            notes.push(format!(
                "{} has no difference: it is over {} before, and over {} after",
                dataset.dataset,
                extent(old),
                extent(dataset)
            ));
        }
        for score in &dataset.scores {
            if let Some(old) = old.scores.iter().find(|old| old.score == score.score) {
                datasets.push(of_score(&dataset.dataset, old, score, same));
            }
        }
    }
    let mut clusters = Vec::new();
    for cluster in &after.clusters {
        let Some(old) = before.clusters.iter().find(|old| old.cluster == cluster.cluster) else {
            continue;
        };
        let (one, other) = (members(before, old), members(after, cluster));
        let same = one == other
            && one.iter().all(|id| {
                of(before, id)
                    .zip(of(after, id))
                    .is_some_and(|(old, new)| over_the_same(old, new))
            });
        if one != other {
            notes.push(format!(
                "the mean of {} has no difference: it is over {} before, and over {} after",
                cluster.cluster,
                text::list(&one),
                text::list(&other)
            ));
        }
        clusters.push(Compared {
            name: cluster.cluster.clone(),
            score: "mean".to_string(),
            rises: true,
            before: old.mean,
            after: cluster.mean,
            difference: old.mean.zip(cluster.mean).filter(|_| same).map(|(old, new)| new - old),
            low: None,
            high: None,
        });
    }
    Ok(Comparison {
        baseline: before.predictions.clone(),
        clusters,
        datasets,
        notes,
    })
}

fn of<'r>(report: &'r Report, id: &str) -> Option<&'r DatasetScores> {
    report.datasets.iter().find(|dataset| dataset.dataset == id)
}

/// Which datasets only one of the two has, in words; an error where no other is left.
fn alone(before: &Report, after: &Report) -> anyhow::Result<Vec<String>> {
    let only = |one: &Report, other: &Report| -> Vec<String> {
        let ids = one.datasets.iter().map(|dataset| dataset.dataset.clone());
        ids.filter(|id| of(other, id).is_none()).collect()
    };
    let (gone, new) = (only(before, after), only(after, before));
    if gone.len() == before.datasets.len() {
        anyhow::bail!(
            "{} and {} have no dataset in common: the one is about {}, the other about {}\nhelp: compare what answers the \
             same examples",
            before.predictions,
            after.predictions,
            text::list(&gone),
            text::list(&new)
        );
    }
    let said = [(gone, "before"), (new, "after")].into_iter();
    Ok(said
        .filter(|(ids, _)| !ids.is_empty())
        .map(|(ids, when)| format!("only {when}: {}", text::list(&ids)))
        .collect())
}

/// Whether the scores of a dataset are over as many rows and examples of the same templates.
fn over_the_same(old: &DatasetScores, new: &DatasetScores) -> bool {
    let templates = |of: &DatasetScores| -> Vec<(String, u64)> {
        let of = of.templates.iter();
        of.map(|template| (template.template.clone(), template.examples))
            .collect()
    };
    old.rows == new.rows && templates(old) == templates(new)
}

/// `3 rows, 6 examples of 2 templates`.
fn extent(dataset: &DatasetScores) -> String {
    format!(
        "{}, {} of {}",
        text::count(dataset.rows as usize, "row"),
        text::count(dataset.examples as usize, "example"),
        text::count(dataset.templates.len(), "template")
    )
}

/// The datasets whose main scores make the mean of a cluster.
fn members<'r>(report: &'r Report, cluster: &ClusterScores) -> Vec<&'r str> {
    let of = report
        .datasets
        .iter()
        .filter(|dataset| dataset.cluster == cluster.cluster);
    of.map(|dataset| dataset.dataset.as_str())
        .filter(|id| !cluster.left_out.iter().any(|left_out| left_out == id))
        .collect()
}

fn of_score(dataset: &str, old: &Score, new: &Score, same: bool) -> Compared {
    let differences = old
        .drawn
        .iter()
        .zip(&new.drawn)
        .filter_map(|(old, new)| old.zip(*new))
        .map(|(old, new)| new - old);
    let difference = old.mean.zip(new.mean).filter(|_| same).map(|(old, new)| new - old);
    let interval = match difference.is_some() {
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
