//! SQuAD: exact match and token F1, as evaluate-v1.1.py and evaluate-v2.0.py compute them.

use super::normalise;
use super::overlap::{self, Answer};
use super::python;

/// SQuAD 1.1: the best over references, exact match and F1 each by itself, from 0 to 1. Two texts of which nothing is left
/// are an exact match of F1 0.
pub fn v1(prediction: &str, references: &[&str]) -> Answer {
    overlap::best(prediction, references, normalise::squad)
}

/// SQuAD 2.0: a question without references, or of which nothing is left, wants the empty answer, and an empty answer is
/// right or wrong as a whole.
pub fn v2(prediction: &str, references: &[&str]) -> Answer {
    let prediction = normalise::squad(prediction);
    let mut wanted: Vec<String> = references.iter().map(|text| normalise::squad(text)).collect();
    wanted.retain(|text| !text.is_empty());
    if wanted.is_empty() {
        wanted.push(String::new());
    }
    let silent = |text: &str| python::split(text).next().is_none();
    wanted.iter().fold(Answer::default(), |best, reference| {
        let em = f64::from(u8::from(prediction == *reference));
        let f1 = match (silent(&prediction), silent(reference)) {
            (false, false) => overlap::token_f1(&prediction, reference),
            (one, other) => f64::from(u8::from(one == other)),
        };
        best.max(Answer { em, f1 })
    })
}
