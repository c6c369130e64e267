//! How much two answers share, word by word: the token F1 of question answering, and the best of several references.

use std::collections::HashMap;

use super::python;

/// Exact match and token F1 of one answer, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
    pub em: f64,
    pub f1: f64,
}

impl Answer {
    /// The better of two, each figure by itself.
    pub fn max(self, other: Self) -> Self {
        Self {
            em: self.em.max(other.em),
            f1: self.f1.max(other.f1),
        }
    }
}

/// F1 over the bags of words of two normalised texts; 0 where they share none, two empty ones included.
pub fn token_f1(prediction: &str, reference: &str) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    let mut wanted = 0_usize;
    for word in python::split(reference) {
        *left.entry(word).or_default() += 1;
        wanted += 1;
    }
    let (mut given, mut same) = (0_usize, 0_usize);
    for word in python::split(prediction) {
        given += 1;
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            same += 1;
        }
    }
    if same == 0 {
        return 0.0;
    }
    let (precision, recall) = (same as f64 / given as f64, same as f64 / wanted as f64);
    2.0 * precision * recall / (precision + recall)
}

/// The best over references of exact match and token F1 of texts brought into a common form.
pub fn best(prediction: &str, references: &[&str], normalise: fn(&str) -> String) -> Answer {
    let prediction = normalise(prediction);
    references.iter().fold(Answer::default(), |best, reference| {
        let reference = normalise(reference);
        best.max(Answer {
            em: f64::from(u8::from(prediction == reference)),
            f1: token_f1(&prediction, &reference),
        })
    })
}
