//! BLEU of a sentence and of a corpus, as sacrebleu computes it (Papineni et al. 2002; Post 2018).

use std::collections::HashMap;

use super::bleu_tokenizers::Tokenizer;

/// What to do with an order of which no n-gram is right (Chen and Cherry 2014).
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Smoothing {
    /// Each such order counts half as much as the one before: that of mteval-v13a.pl.
    #[default]
    Exp,
    None,
    /// So many n-grams count as right; sacrebleu's default is 0.1.
    Floor(f64),
    /// So many are added to what is right and to what there is, from order 2 on; sacrebleu's default is 1.
    AddK(f64),
}

/// How BLEU is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bleu {
    pub tokenizer: Tokenizer,
    pub smoothing: Smoothing,
    pub lowercase: bool,
    /// The longest n-grams that are counted.
    pub order: usize,
    /// Leave out orders that a text is too short for; for sentences.
    pub effective_order: bool,
}

impl Default for Bleu {
    fn default() -> Self {
        Self {
            tokenizer: Tokenizer::V13a,
            smoothing: Smoothing::Exp,
            lowercase: false,
            order: 4,
            effective_order: false,
        }
    }
}

/// What is counted of one text or of many: statistics of texts are added up, and scores come of the sums.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Words of the prediction, and of the reference nearest to it in length, the shorter of two.
    pub given: u64,
    pub wanted: u64,
    /// For each order, n-grams of the prediction that are right, and all of them.
    pub right: Vec<u64>,
    pub total: Vec<u64>,
}

/// A score, and what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// From 0 to 100.
    pub score: f64,
    /// For each order, smoothing by `AddK` included.
    pub counts: Vec<f64>,
    pub totals: Vec<f64>,
    /// From 0 to 100.
    pub precisions: Vec<f64>,
    pub brevity_penalty: f64,
    pub given: u64,
    pub wanted: u64,
}

impl Counts {
    /// Adds those of another text, `times` over.
    pub fn add(&mut self, other: &Self, times: u64) {
        self.given += other.given * times;
        self.wanted += other.wanted * times;
        let orders = other.right.len().max(self.right.len());
        self.right.resize(orders, 0);
        self.total.resize(orders, 0);
        for order in 0..other.right.len() {
            self.right[order] += other.right[order] * times;
            self.total[order] += other.total[order] * times;
        }
    }
}

impl Bleu {
    /// The score of one text, with at least one reference.
    pub fn sentence(&self, prediction: &str, references: &[&str]) -> Score {
        self.score(&self.counts(prediction, references))
    }

    /// The score of many texts, each with its references.
    pub fn corpus(&self, texts: &[(&str, Vec<&str>)]) -> Score {
        let mut sum = Counts::default();
        for (prediction, references) in texts {
            sum.add(&self.counts(prediction, references), 1);
        }
        self.score(&sum)
    }

    fn words(&self, text: &str) -> Vec<String> {
        match self.lowercase {
            true => self.tokenizer.words(&text.to_lowercase()),
            false => self.tokenizer.words(text),
        }
    }

    /// What is counted of one text.
    pub fn counts(&self, prediction: &str, references: &[&str]) -> Counts {
        let words = self.words(prediction);
        let references: Vec<Vec<String>> = references.iter().map(|text| self.words(text)).collect();
        let near = |length: &usize| (length.abs_diff(words.len()), *length);
        let nearest = references.iter().map(Vec::len).min_by_key(near);
        let mut counts = Counts {
            given: words.len() as u64,
            wanted: nearest.unwrap_or(0) as u64,
            ..Counts::default()
        };
        for order in 1..=self.order {
            let mut most: HashMap<&[String], u64> = HashMap::new();
            for reference in &references {
                for (ngram, count) in counted(reference, order) {
                    let known = most.entry(ngram).or_default();
                    *known = count.max(*known);
                }
            }
            let given = counted(&words, order);
            let right = given
                .iter()
                .map(|(ngram, count)| most.get(ngram).map_or(0, |most| *count.min(most)));
            counts.right.push(right.sum());
            counts.total.push(given.values().sum());
        }
        counts
    }

    /// The score of what was counted.
    pub fn score(&self, counts: &Counts) -> Score {
        let at = |numbers: &[u64], order: usize| numbers.get(order).map_or(0.0, |number| *number as f64);
        let mut found = Score {
            score: 0.0,
            counts: (0..self.order).map(|order| at(&counts.right, order)).collect(),
            totals: (0..self.order).map(|order| at(&counts.total, order)).collect(),
            precisions: vec![0.0; self.order],
            brevity_penalty: match (counts.given, counts.wanted) {
                (given, wanted) if given >= wanted => 1.0,
                (0, _) => 0.0,
                (given, wanted) => (1.0 - wanted as f64 / given as f64).exp(),
            },
            given: counts.given,
            wanted: counts.wanted,
        };
        if found.counts.iter().all(|right| *right == 0.0) {
            return found;
        }
        let (mut halved, mut orders) = (1.0, self.order);
        for order in 0..self.order {
            if let (Smoothing::AddK(k), true) = (self.smoothing, order > 0) {
                found.counts[order] += k;
                found.totals[order] += k;
            }
            let (right, total) = (found.counts[order], found.totals[order]);
            if total == 0.0 {
                break;
            }
            if self.effective_order {
                orders = order + 1;
            }
            found.precisions[order] = match self.smoothing {
                _ if right != 0.0 => 100.0 * right / total,
                Smoothing::Exp => {
                    halved *= 2.0;
                    100.0 / (halved * total)
                }
                Smoothing::Floor(value) => 100.0 * value / total,
                Smoothing::None | Smoothing::AddK(_) => 0.0,
            };
        }
        // An order of which nothing is right makes the score 0; sacrebleu takes a logarithm of -9999999999 for it.
        let logarithm = |precision: &f64| {
            if *precision == 0.0 {
                -9_999_999_999.0
            } else {
                precision.ln()
            }
        };
        let sum: f64 = found.precisions[..orders].iter().map(logarithm).sum();
        found.score = found.brevity_penalty * (sum / orders as f64).exp();
        found
    }
}

/// How often each run of so many words stands there.
fn counted(words: &[String], order: usize) -> HashMap<&[String], u64> {
    let mut counts = HashMap::new();
    for ngram in words.windows(order.max(1)) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}
