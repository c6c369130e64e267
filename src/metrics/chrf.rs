//! chrF and chrF++, as sacrebleu computes them (Popović 2015, 2017): F over n-grams of characters, and of words.

use std::collections::HashMap;
use std::hash::Hash;

use super::python;

/// How chrF is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chrf {
    /// The longest n-grams of characters, and of words; chrF++ has 2 of these.
    pub char_order: usize,
    pub word_order: usize,
    /// How many times as much recall counts as precision.
    pub beta: f64,
    pub lowercase: bool,
    /// Whether white space counts among the characters.
    pub whitespace: bool,
    /// The mean over all orders of their F, instead of F over the mean of those that both texts are long enough for.
    pub eps_smoothing: bool,
}

impl Default for Chrf {
    fn default() -> Self {
        Self {
            char_order: 6,
            word_order: 0,
            beta: 2.0,
            lowercase: false,
            whitespace: false,
            eps_smoothing: false,
        }
    }
}

/// For each order: n-grams of the prediction, of the reference, and those that match.
pub type Counts = Vec<[u64; 3]>;

/// Adds what was counted of another text, `times` over.
pub fn add(sum: &mut Counts, other: &Counts, times: u64) {
    sum.resize(sum.len().max(other.len()), [0; 3]);
    for (sum, other) in sum.iter_mut().zip(other) {
        for (sum, other) in sum.iter_mut().zip(other) {
            *sum += other * times;
        }
    }
}

impl Chrf {
    /// The score of one text, from 0 to 100, against the reference that gives the best one.
    pub fn sentence(&self, prediction: &str, references: &[&str]) -> f64 {
        self.score(&self.counts(prediction, references))
    }

    /// The score of many texts, each with its references: over the sums of what each one's best reference counts.
    pub fn corpus(&self, texts: &[(&str, Vec<&str>)]) -> f64 {
        let mut sum = Counts::new();
        for (prediction, references) in texts {
            add(&mut sum, &self.counts(prediction, references), 1);
        }
        self.score(&sum)
    }

    /// What is counted of one text, against its best reference, the first of equal ones.
    pub fn counts(&self, prediction: &str, references: &[&str]) -> Counts {
        let prediction = self.text(prediction);
        let mut best: Option<(f64, Counts)> = None;
        for reference in references {
            let counts = self.pair(&prediction, &self.text(reference));
            let score = self.score(&counts);
            if best.as_ref().is_none_or(|(old, _)| score > *old) {
                best = Some((score, counts));
            }
        }
        best.map_or_else(Counts::new, |(_, counts)| counts)
    }

    fn text(&self, text: &str) -> Text {
        let lower = if self.lowercase {
            text.to_lowercase()
        } else {
            text.to_string()
        };
        Text {
            chars: lower
                .chars()
                .filter(|c| self.whitespace || !python::is_space(*c))
                .collect(),
            words: if self.word_order > 0 { words(&lower) } else { Vec::new() },
        }
    }

    fn pair(&self, prediction: &Text, reference: &Text) -> Counts {
        let chars = (1..=self.char_order).map(|order| matches(&prediction.chars, &reference.chars, order));
        let words = (1..=self.word_order).map(|order| matches(&prediction.words, &reference.words, order));
        chars.chain(words).collect()
    }

    /// The score of what was counted, from 0 to 100.
    pub fn score(&self, counts: &Counts) -> f64 {
        const EPS: f64 = 1e-16;
        let factor = self.beta * self.beta;
        let (mut sum, mut precisions, mut recalls, mut orders) = (0.0, 0.0, 0.0, 0);
        for [given, wanted, same] in counts {
            let part = |of: u64| if of > 0 { *same as f64 / of as f64 } else { EPS };
            let (precision, recall) = (part(*given), part(*wanted));
            let below = factor * precision + recall;
            sum += if below > 0.0 {
                (1.0 + factor) * precision * recall / below
            } else {
                EPS
            };
            if *given > 0 && *wanted > 0 {
                precisions += precision;
                recalls += recall;
                orders += 1;
            }
        }
        if self.eps_smoothing {
            return 100.0 * sum / (self.char_order + self.word_order).max(1) as f64;
        }
        if orders == 0 || precisions + recalls == 0.0 {
            return 0.0;
        }
        let (precision, recall) = (precisions / f64::from(orders), recalls / f64::from(orders));
        100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall)
    }
}

struct Text {
    chars: Vec<char>,
    words: Vec<String>,
}

/// The words of a text, punctuation at one end of a word apart: at its end, or else at its beginning.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for piece in python::split(text) {
        let is_mark = |c: &char| python::PUNCTUATION.contains(*c);
        let mut rest = piece.chars();
        match (
            piece.chars().count() > 1,
            piece.chars().next(),
            piece.chars().next_back(),
        ) {
            (true, _, Some(last)) if is_mark(&last) => {
                rest.next_back();
                out.push(rest.as_str().to_string());
                out.push(last.to_string());
            }
            (true, Some(first), _) if is_mark(&first) => {
                rest.next();
                out.push(first.to_string());
                out.push(rest.as_str().to_string());
            }
            _ => out.push(piece.to_string()),
        }
    }
    out
}

/// N-grams of the prediction, of the reference, and those that match. Where the reference has none, those of the prediction
/// do not count either.
fn matches<T: Hash + Eq>(prediction: &[T], reference: &[T], order: usize) -> [u64; 3] {
    let mut left: HashMap<&[T], u64> = HashMap::new();
    reference
        .windows(order)
        .for_each(|ngram| *left.entry(ngram).or_default() += 1);
    if left.is_empty() {
        return [0; 3];
    }
    let mut same = 0;
    for ngram in prediction.windows(order) {
        if let Some(count) = left.get_mut(ngram).filter(|count| **count > 0) {
            *count -= 1;
            same += 1;
        }
    }
    let count = |items: &[T]| items.windows(order).count() as u64;
    [count(prediction), count(reference), same]
}
