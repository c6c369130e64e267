//! Greedy generation: always the most probable token, several prompts at once, each with the keys and values of its past.
//!
//! What is beside a prompt in its batch changes nothing of what follows it.

use crate::model::{Llama, Numbers};

/// When a text ends.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// At most so many new tokens.
    pub new_tokens: usize,
    /// Tokens that end a text; they are not part of it.
    pub eos: Vec<u32>,
}

/// What was generated after a prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generated {
    pub ids: Vec<u32>,
    /// ln p of each of them.
    pub log_probs: Vec<f32>,
    pub ended: Ended,
}

/// Why a text ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// By a token that ends texts.
    Eos,
    /// Since what was generated was enough.
    Enough,
    /// By the limit of new tokens, or of the model's positions.
    #[default]
    Limit,
}

impl Ended {
    pub fn name(self) -> &'static str {
        match self {
            Self::Eos => "eos",
            Self::Enough => "stop",
            Self::Limit => "limit",
        }
    }
}

/// Generates after each prompt, which has at least one token. `enough` is asked after every token: of which prompt, and what there
/// is of its text.
pub fn greedy(
    model: &Llama,
    prompts: &[Vec<u32>],
    limits: &Limits,
    enough: &mut dyn FnMut(usize, &[u32]) -> bool,
) -> anyhow::Result<Vec<Generated>> {
    let positions = model.config().max_position_embeddings;
    let mut all = vec![Generated::default(); prompts.len()];
    let mut cache = model.cache(prompts.len());
    // What goes in next, by prompt.
    let mut next: Vec<(usize, Vec<u32>)> = prompts
        .iter()
        .cloned()
        .enumerate()
        .filter(|(_, prompt)| limits.new_tokens > 0 && prompt.len() <= positions)
        .collect();
    while !next.is_empty() {
        let feed: Vec<(usize, &[u32])> = next.iter().map(|(at, ids)| (*at, ids.as_slice())).collect();
        let hidden = model.step(&mut cache, &feed)?;
        let mut end = 0;
        let last = feed.iter().map(|(_, ids)| {
            end += ids.len() as u32;
            end - 1
        });
        let last: Vec<u32> = last.collect();
        let best = most_probable(model, &model.logits(&hidden, &last)?)?;
        let mut going = Vec::new();
        for ((at, _), (id, log_prob)) in next.iter().zip(best) {
            let (at, text) = (*at, &mut all[*at]);
            let ended = if limits.eos.contains(&id) {
                Some(Ended::Eos)
            } else {
                text.ids.push(id);
                text.log_probs.push(log_prob);
                let full = text.ids.len() >= limits.new_tokens || cache.len(at) >= positions;
                match (enough(at, &text.ids), full) {
                    (true, _) => Some(Ended::Enough),
                    (false, true) => Some(Ended::Limit),
                    (false, false) => None,
                }
            };
            match ended {
                Some(ended) => {
                    text.ended = ended;
                    cache.clear(at);
                }
                None => going.push((at, vec![id])),
            }
        }
        next = going;
    }
    Ok(all)
}

/// The most probable token of each row of logits, the first of equal ones, with its log-probability.
fn most_probable(model: &Llama, logits: &candle_core::Tensor) -> anyhow::Result<Vec<(u32, f32)>> {
    let numbers = Numbers::of(logits);
    let of_row = |row: &[f32]| {
        let (mut best, mut most) = (0, f32::NEG_INFINITY);
        for (id, logit) in row.iter().enumerate() {
            if *logit > most {
                (best, most) = (id, *logit);
            }
        }
        let sum: f64 = row.iter().map(|logit| f64::from(logit - most).exp()).sum();
        (best as u32, -sum.ln() as f32)
    };
    Ok(numbers
        .get()?
        .chunks_exact(model.config().vocab_size)
        .map(of_row)
        .collect())
}

/// A generated text up to the first of some stop strings, and whether one was in it.
pub fn until<'t>(text: &'t str, stop: &[String]) -> (&'t str, bool) {
    let stop = stop.iter().filter(|stop| !stop.is_empty());
    // A model that has learnt to answer behind a line's end may begin with one: what counts is what comes after it.
    let began = text.len() - text.trim_start().len();
    let end = stop.filter_map(|stop| text[began..].find(stop.as_str())).min();
    match end {
        Some(end) => (&text[..began + end], true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_the_first_stop() {
        let stop = ["\n".to_string(), "Q:".to_string()];
        assert_eq!(until(" Paris Q: and\n", &stop), (" Paris ", true));
        assert_eq!(until("\n Paris", &stop), ("\n Paris", false));
        assert_eq!(until("\n", &stop), ("\n", false));
    }
}
