//! TriviaQA: exact match and token F1 over its own form of answers (triviaqa_evaluation.py, Joshi et al. 2017).

use super::normalise;
use super::overlap::{self, Answer};

/// The best over references, exact match and F1 each by itself, from 0 to 1.
pub fn score(prediction: &str, references: &[&str]) -> Answer {
    overlap::best(prediction, references, normalise::trivia_qa)
}
