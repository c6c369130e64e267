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

/// Means over questions of SQuAD 2.0, from 0 to 1; of those with an answer and of those without by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    pub all: Answer,
    pub has_answer: Answer,
    pub no_answer: Answer,
    /// How many questions there are, have an answer, and have none.
    pub total: usize,
    pub has_answer_total: usize,
    pub no_answer_total: usize,
}

/// Means over questions, each with whether it has an answer (any reference at all).
pub fn v2_means(questions: &[(Answer, bool)]) -> Means {
    let mean = |wanted: &dyn Fn(bool) -> bool| {
        let chosen: Vec<Answer> = questions
            .iter()
            .filter(|(_, has)| wanted(*has))
            .map(|(answer, _)| *answer)
            .collect();
        let count = chosen.len().max(1) as f64;
        let answer = Answer {
            em: chosen.iter().map(|answer| answer.em).sum::<f64>() / count,
            f1: chosen.iter().map(|answer| answer.f1).sum::<f64>() / count,
        };
        (answer, chosen.len())
    };
    let (all, total) = mean(&|_| true);
    let (has_answer, has_answer_total) = mean(&|has| has);
    let (no_answer, no_answer_total) = mean(&|has| !has);
    Means {
        all,
        has_answer,
        no_answer,
        total,
        has_answer_total,
        no_answer_total,
    }
}
