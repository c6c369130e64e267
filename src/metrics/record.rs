//! ReCoRD: SQuAD 1.1 over the mentions of an entity (Zhang et al. 2018). A question that stands several times, once for
//! each of its right entities, counts once: T5's `deduplicate_metric`.

use std::collections::HashSet;

use super::overlap::Answer;
use super::squad;

/// The best over all mentions that are right, exact match and F1 each by itself, from 0 to 1.
pub fn score(prediction: &str, mentions: &[&str]) -> Answer {
    squad::v1(prediction, mentions)
}

/// For each example, whether it is the first of its question.
pub fn first_of<Q: std::hash::Hash + Eq>(questions: &[Q]) -> Vec<bool> {
    let mut seen = HashSet::new();
    questions.iter().map(|question| seen.insert(question)).collect()
}
