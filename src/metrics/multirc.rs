//! MultiRC: questions with any number of right options (Khashabi et al. 2018; SuperGLUE).

use std::collections::BTreeMap;

use super::classification::{Confusion, binary_f1};

/// What is counted of questions, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// F1 over all options, 1 being positive; a prediction that is neither 0 nor 1 counts as the wrong one.
    pub f1a: f64,
    /// Questions of which every option is right.
    pub em: f64,
    /// The mean over questions of the macro F1 over their options; `None` where a prediction is neither 0 nor 1.
    pub f1m: Option<f64>,
    pub questions: usize,
}

/// `questions[i]`, `gold[i]` and `predictions[i]` are of one option; a question's options may stand anywhere.
pub fn score<Q: Ord>(questions: &[Q], gold: &[i64], predictions: &[i64]) -> Scores {
    let mut by_question: BTreeMap<&Q, (Vec<i64>, Vec<i64>)> = BTreeMap::new();
    for ((question, gold), prediction) in questions.iter().zip(gold).zip(predictions) {
        let (all_gold, all_predictions) = by_question.entry(question).or_default();
        all_gold.push(*gold);
        all_predictions.push(*prediction);
    }
    let count = by_question.len().max(1) as f64;
    let right = by_question.values().filter(|(gold, said)| gold == said).count();
    let sound = predictions.iter().all(|prediction| matches!(prediction, 0 | 1));
    let macros = by_question
        .values()
        .map(|(gold, said)| Confusion::of(gold, said).macro_f1());
    Scores {
        f1a: binary_f1(gold, predictions),
        em: right as f64 / count,
        f1m: sound.then(|| macros.sum::<f64>() / count),
        questions: by_question.len(),
    }
}
