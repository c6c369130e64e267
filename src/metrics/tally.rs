//! What a metric counts of each example, and the scores that come of them all: any number of times each, so that examples
//! can be drawn again without looking at their texts again.

use super::bleu::{self, Bleu};
use super::chrf::{self, Chrf};
use super::classification::Confusion;
use super::correlation;

/// What was counted, example by example.
#[derive(Clone, Debug)]
pub enum Tally {
    /// Scores whose mean counts: so many for each example, one example after the other.
    Means {
        width: usize,
        values: Vec<f64>,
    },
    Bleu(Bleu, Vec<bleu::Counts>),
    Chrf(Chrf, Vec<chrf::Counts>),
    /// For each example the right label and the given one. Labels are numbered from 0; the given one is their number where it
    /// is none of them.
    Labels {
        labels: usize,
        pairs: Vec<(usize, usize)>,
        over: Over,
    },
    /// For each example the right number and the given one.
    Numbers {
        pairs: Vec<(f64, f64)>,
        ranked: bool,
    },
    /// Why there is no score.
    Undefined(&'static str),
}

/// What is made of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// F1 of the second of two labels; a label that is neither counts as the wrong one.
    Second,
    /// The mean F1 of all labels.
    All,
    /// Matthews' correlation; whatever is no label is one label more.
    Matthews,
}

impl Tally {
    /// The scores over examples that count so many times each, in the order of the metric's names; `None` where undefined.
    pub fn scores(&self, weights: &[u32]) -> Vec<Option<f64>> {
        match self {
            Self::Means { width, values } => means(*width, values, weights),
            Self::Bleu(bleu, counts) => {
                let mut sum = bleu::Counts::default();
                for (counts, weight) in weighted(counts, weights) {
                    sum.add(counts, u64::from(weight));
                }
                vec![some(weights).then(|| bleu.score(&sum).score)]
            }
            Self::Chrf(chrf, counts) => {
                let mut sum = chrf::Counts::new();
                for (counts, weight) in weighted(counts, weights) {
                    chrf::add(&mut sum, counts, u64::from(weight));
                }
                vec![some(weights).then(|| chrf.score(&sum))]
            }
            Self::Labels { labels, pairs, over } => {
                vec![some(weights).then(|| of_labels(*labels, pairs, *over, weights))]
            }
            Self::Numbers { pairs, ranked } => {
                let repeated = || weighted(pairs, weights).flat_map(|(pair, weight)| (0..weight).map(move |_| *pair));
                let (right, given): (Vec<f64>, Vec<f64>) = repeated().unzip();
                let found = match ranked {
                    true => correlation::spearman(&right, &given),
                    false => correlation::pearson(&right, &given),
                };
                vec![found.map(|found| 100.0 * found)]
            }
            Self::Undefined(_) => Vec::new(),
        }
    }
}

fn some(weights: &[u32]) -> bool {
    weights.iter().any(|weight| *weight > 0)
}

fn weighted<'a, T>(items: &'a [T], weights: &'a [u32]) -> impl Iterator<Item = (&'a T, u32)> {
    items
        .iter()
        .zip(weights.iter().copied())
        .filter(|(_, weight)| *weight > 0)
}

fn means(width: usize, values: &[f64], weights: &[u32]) -> Vec<Option<f64>> {
    let mut sums = vec![0.0; width];
    for (values, weight) in values.chunks_exact(width.max(1)).zip(weights) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value * f64::from(*weight);
        }
    }
    let count: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    sums.into_iter()
        .map(|sum| (count > 0).then(|| sum / count as f64))
        .collect()
}

/// From 0 to 100, Matthews' correlation from -100.
fn of_labels(labels: usize, pairs: &[(usize, usize)], over: Over, weights: &[u32]) -> f64 {
    let cells: Vec<(usize, usize, u64)> = weighted(pairs, weights)
        .map(|((right, given), weight)| match over {
            Over::Second if *given >= labels => (*right, 1 - right.min(&1), u64::from(weight)),
            _ => (*right, *given, u64::from(weight)),
        })
        .collect();
    let confusion = Confusion::counted((0..=labels as i64).collect(), &cells);
    100.0
        * match over {
            Over::Second => confusion.class(1).f1,
            Over::All => confusion.macro_f1_of(labels),
            Over::Matthews => confusion.matthews(),
        }
}
