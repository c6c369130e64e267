//! Rank classification: how probable each option is after its prompt, and which one is taken.
//!
//! A prompt is computed once for all its options: it is one span, and what follows of each option is a span that sees the
//! prompt, in one pass over the model. Several questions share a pass, up to a number of tokens; none sees another.

use crate::model::{Llama, Span};

/// A prompt and what may follow it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Token ids of the prompt, BOS and all; at least one.
    pub prompt: Vec<u32>,
    pub options: Vec<Continuation>,
}

/// What may follow a prompt, in tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Continuation {
    /// How much of the prompt stands before it: all, unless a token spans the border. At least 1.
    pub start: usize,
    pub ids: Vec<u32>,
}

impl Question {
    /// How many tokens go through the model: the prompt, and of each option all but the last, which nothing follows.
    pub fn tokens(&self) -> usize {
        let of = |option: &Continuation| option.ids.len().saturating_sub(1);
        self.prompt.len() + self.options.iter().map(of).sum::<usize>()
    }

    /// The positions that the longest of its options needs.
    pub fn positions(&self) -> usize {
        let of = |option: &Continuation| option.start + option.ids.len().saturating_sub(1);
        self.options.iter().map(of).max().unwrap_or(0).max(self.prompt.len())
    }
}

/// Log-probabilities of every token of every option of every question, in as many passes as `batch_tokens` asks for; a
/// question that is larger by itself has a pass of its own.
pub fn log_probs(model: &Llama, questions: &[Question], batch_tokens: usize) -> anyhow::Result<Vec<Vec<Vec<f32>>>> {
    let mut all = Vec::with_capacity(questions.len());
    for batch in batches(questions, batch_tokens) {
        all.extend(pass(model, batch)?);
    }
    Ok(all)
}

/// Questions in order, in runs of at most so many tokens.
pub fn batches(questions: &[Question], batch_tokens: usize) -> Vec<&[Question]> {
    let mut found = Vec::new();
    let (mut from, mut tokens) = (0, 0);
    for (at, question) in questions.iter().enumerate() {
        let own = question.tokens();
        if at > from && tokens + own > batch_tokens {
            found.push(&questions[from..at]);
            (from, tokens) = (at, 0);
        }
        tokens += own;
    }
    if from < questions.len() {
        found.push(&questions[from..]);
    }
    found
}

/// One pass over the model.
fn pass(model: &Llama, questions: &[Question]) -> anyhow::Result<Vec<Vec<Vec<f32>>>> {
    let (mut ids, mut positions, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    // Where each token's probability is read, and which token it is, in the order of questions and options.
    let (mut at, mut wanted) = (Vec::new(), Vec::new());
    for question in questions {
        let prompt = ids.len();
        ids.extend(&question.prompt);
        positions.extend(0..question.prompt.len() as u32);
        spans.push(Span {
            start: prompt,
            len: question.prompt.len(),
            prefix: None,
        });
        for option in &question.options {
            let Some((last, before)) = option.ids.split_last() else {
                continue;
            };
            let own = ids.len();
            at.push((prompt + option.start - 1) as u32);
            at.extend((0..before.len()).map(|place| (own + place) as u32));
            wanted.extend(before);
            wanted.push(*last);
            if !before.is_empty() {
                ids.extend(before);
                positions.extend((0..before.len()).map(|place| (option.start + place) as u32));
                spans.push(Span {
                    start: own,
                    len: before.len(),
                    prefix: Some(prompt..prompt + option.start),
                });
            }
        }
    }
    let mut found = model
        .log_probs(&model.hidden(&ids, &positions, &spans)?, &at, &wanted)?
        .into_iter();
    let mut of = |option: &Continuation| -> Vec<f32> { found.by_ref().take(option.ids.len()).collect() };
    Ok(questions
        .iter()
        .map(|question| question.options.iter().map(&mut of).collect())
        .collect())
}

/// What one option is worth, by each rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// The sum of the log-probabilities of its tokens.
    pub sum: f64,
    /// ... over the number of its tokens.
    pub per_token: f64,
    /// ... over the number of its bytes.
    pub per_byte: f64,
    /// ... less the sum that it has after a prompt that says nothing; none where that was not asked for.
    pub pmi: Option<f64>,
}

impl Worth {
    /// Of an option of so many bytes; `alone` are its log-probabilities after a prompt that says nothing. An option without
    /// tokens is worth minus infinity, since it would be worth more than any other otherwise.
    pub fn of(log_probs: &[f32], bytes: usize, alone: Option<&[f32]>) -> Self {
        let sum = |all: &[f32]| match all {
            [] => f64::NEG_INFINITY,
            all => all.iter().map(|one| f64::from(*one)).sum(),
        };
        let own = sum(log_probs);
        Self {
            sum: own,
            per_token: own / log_probs.len().max(1) as f64,
            per_byte: own / bytes.max(1) as f64,
            pmi: alone.map(|alone| match (own.is_finite(), alone) {
                (true, [_, ..]) => own - sum(alone),
                _ => f64::NEG_INFINITY,
            }),
        }
    }
}

/// The place of the largest number, the first of equal ones; `None` where there is none. What is no number is never taken before one
/// that is.
pub fn largest(numbers: impl IntoIterator<Item = f64>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (at, number) in numbers.into_iter().enumerate() {
        if best.is_none_or(|(_, old)| number > old || (old.is_nan() && !number.is_nan())) {
            best = Some((at, number));
        }
    }
    best.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(largest([-2.0, -1.0, -1.0]), Some(1));
        assert_eq!(largest([f64::NAN, f64::NEG_INFINITY]), Some(1));
        assert_eq!(largest([]), None);
    }

    #[test]
    fn an_option_without_tokens_is_worth_nothing() {
        let none = Worth::of(&[], 0, Some(&[]));
        assert!(none.sum == f64::NEG_INFINITY && none.pmi == Some(f64::NEG_INFINITY));
        let two = Worth::of(&[-1.0, -2.0], 6, Some(&[-4.0]));
        assert_eq!(
            (two.sum, two.per_token, two.per_byte, two.pmi),
            (-3.0, -1.5, -0.5, Some(1.0))
        );
    }

    #[test]
    fn a_batch_holds_what_fits_and_at_least_one() {
        let question = |tokens: usize| Question {
            prompt: vec![1; tokens],
            options: Vec::new(),
        };
        let questions = [3, 3, 9, 2, 2].map(question);
        let sizes: Vec<usize> = batches(&questions, 6).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [2, 1, 2]);
        assert!(batches(&[], 6).is_empty());
    }
}
