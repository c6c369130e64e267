//! Labels against labels: accuracy, F1 by class and over classes, Matthews' correlation.
//!
//! As scikit-learn defines them (`accuracy_score`, `f1_score`, `matthews_corrcoef`); what is undefined is 0.

/// How often each label was given for each right one. Labels are compared as they are.
#[derive(Clone, Debug)]
pub struct Confusion<L> {
    /// All labels that were right or given, sorted.
    pub labels: Vec<L>,
    /// `counts[right][given]`, by place in `labels`.
    counts: Vec<Vec<u64>>,
}

/// One label of several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Class {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// How often it is right.
    pub support: u64,
}

impl<L: Ord + Clone> Confusion<L> {
    /// `gold[i]` is right where `predictions[i]` was given.
    pub fn of(gold: &[L], predictions: &[L]) -> Self {
        let mut labels: Vec<L> = gold.iter().chain(predictions).cloned().collect();
        labels.sort();
        labels.dedup();
        let place = |label: &L| labels.binary_search(label).unwrap_or_default();
        let pairs = gold.iter().zip(predictions);
        let cells: Vec<(usize, usize, u64)> = pairs.map(|(g, p)| (place(g), place(p), 1)).collect();
        Self::counted(labels, &cells)
    }
}

impl<L> Confusion<L> {
    /// Of cells that are counted already: the places of the right label and of the given one, and how often.
    pub fn counted(labels: Vec<L>, cells: &[(usize, usize, u64)]) -> Self {
        let mut counts = vec![vec![0; labels.len()]; labels.len()];
        for (right, given, times) in cells {
            if let Some(cell) = counts.get_mut(*right).and_then(|row| row.get_mut(*given)) {
                *cell += times;
            }
        }
        Self { labels, counts }
    }

    fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    fn right(&self) -> u64 {
        (0..self.labels.len()).map(|at| self.counts[at][at]).sum()
    }

    /// How often the label at this place was right, and how often it was given.
    fn sums(&self, at: usize) -> (u64, u64) {
        (
            self.counts[at].iter().sum(),
            self.counts.iter().map(|row| row[at]).sum(),
        )
    }

    /// The part that is right, from 0 to 1. It is also the micro F1 over all labels.
    pub fn accuracy(&self) -> f64 {
        ratio(self.right() as f64, self.total() as f64)
    }

    /// The label at this place against all others.
    pub fn class(&self, at: usize) -> Class {
        let hits = self.counts[at][at] as f64;
        let (support, given) = self.sums(at);
        Class {
            precision: ratio(hits, given as f64),
            recall: ratio(hits, support as f64),
            f1: ratio(2.0 * hits, (support + given) as f64),
            support,
        }
    }

    /// The mean F1 of all labels that occur on either side.
    pub fn macro_f1(&self) -> f64 {
        self.macro_f1_over(self.present().count())
    }

    /// The same over so many labels, where those that do not occur count 0.
    fn macro_f1_over(&self, labels: usize) -> f64 {
        let sum: f64 = self.present().map(|at| self.class(at).f1).sum();
        ratio(sum, labels as f64)
    }

    /// Places of labels that occur: cells may be counted over labels of which some do not.
    fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.labels.len()).filter(|at| self.sums(*at) != (0, 0))
    }

    /// The mean F1 of labels by how often each is right.
    pub fn weighted_f1(&self) -> f64 {
        let classes = self.present().map(|at| self.class(at));
        let sum: f64 = classes.map(|class| class.f1 * class.support as f64).sum();
        ratio(sum, self.total() as f64)
    }

    /// Matthews' correlation of any number of classes (Gorodkin 2004), from -1 to 1; 0 where one side has one label only.
    pub fn matthews(&self) -> f64 {
        let (total, right) = (self.total() as f64, self.right() as f64);
        let (mut both, mut gold, mut given) = (0.0, 0.0, 0.0);
        for at in 0..self.labels.len() {
            let (g, p) = self.sums(at);
            let (g, p) = (g as f64, p as f64);
            both += g * p;
            gold += g * g;
            given += p * p;
        }
        let spread = (total * total - given) * (total * total - gold);
        if spread <= 0.0 {
            return 0.0;
        }
        (right * total - both) / spread.sqrt()
    }
}

impl Confusion<i64> {
    /// The mean F1 of the labels 0 to `classes - 1`, of which those that do not occur count 0, and others do not count.
    pub fn macro_f1_of(&self, classes: usize) -> f64 {
        let known = |at: &usize| usize::try_from(self.labels[*at]).is_ok_and(|label| label < classes);
        let sum: f64 = self.present().filter(known).map(|at| self.class(at).f1).sum();
        ratio(sum, classes as f64)
    }
}

/// F1 of label 1 against 0. A prediction that is neither counts as the wrong one, as in T5's `f1_score_with_invalid`.
pub fn binary_f1(gold: &[i64], predictions: &[i64]) -> f64 {
    let (mut hits, mut support, mut given) = (0_u64, 0_u64, 0_u64);
    for (gold, prediction) in gold.iter().zip(predictions) {
        let said = if matches!(prediction, 0 | 1) {
            *prediction
        } else {
            1 - gold
        };
        hits += u64::from(*gold == 1 && said == 1);
        support += u64::from(*gold == 1);
        given += u64::from(said == 1);
    }
    ratio(2.0 * hits as f64, (support + given) as f64)
}

/// A part of a whole; 0 where there is no whole.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
