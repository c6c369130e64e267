//! Generation: several sequences at once, the keys and values of their past kept.

use candle_core::Tensor;
use rayon::prelude::*;

use super::layers::Asking;
use super::llama::Llama;
use super::ops::attention::{self, Heads, Sizes};
use super::ops::product::Mat;

/// The past of some sequences.
#[derive(Clone, Debug)]
pub struct Cache {
    heads: Heads,
    sequences: Vec<Sequence>,
}

/// Keys and values of one sequence by layer, each [length, kv_heads * dim].
#[derive(Clone, Debug, Default)]
struct Sequence {
    len: usize,
    layers: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Cache {
    /// How many tokens a sequence has.
    pub fn len(&self, sequence: usize) -> usize {
        self.sequences[sequence].len
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    /// Lets go of a sequence's memory, where it has ended. Its number stays taken; it is empty again.
    pub fn clear(&mut self, sequence: usize) {
        let empty = (Vec::new(), Vec::new());
        let sequence = &mut self.sequences[sequence];
        sequence.len = 0;
        sequence.layers.iter_mut().for_each(|layer| layer.clone_from(&empty));
    }
}

impl Llama {
    /// An empty past for so many sequences.
    pub fn cache(&self, sequences: usize) -> Cache {
        let empty = Sequence {
            len: 0,
            layers: vec![Default::default(); self.config().num_hidden_layers],
        };
        Cache {
            heads: self.config().heads(),
            sequences: vec![empty; sequences],
        }
    }

    /// Adds tokens to sequences, each named at most once, and gives their hidden states, [tokens, hidden], in the order
    /// they were given.
    ///
    /// # Errors
    /// A sequence that is not there or named twice, ids beyond the vocabulary. The cache is then as it was.
    pub fn step(&self, cache: &mut Cache, feed: &[(usize, &[u32])]) -> anyhow::Result<Tensor> {
        let mut named = vec![false; cache.sequences.len()];
        for (sequence, _) in feed {
            match named.get_mut(*sequence) {
                Some(named) if !*named => *named = true,
                Some(_) => anyhow::bail!("the sequence {sequence} is fed twice in one step"),
                None => anyhow::bail!("there is no sequence {sequence}"),
            }
        }
        let (mut ids, mut positions) = (Vec::new(), Vec::new());
        for (sequence, tokens) in feed {
            let past = cache.len(*sequence) as u32;
            ids.extend_from_slice(tokens);
            positions.extend(past..past + tokens.len() as u32);
        }
        let mut past = Past { cache, feed };
        let hidden = self.states(&ids, &positions, |asking| Ok((past.attend(asking), Vec::new())))?;
        for (sequence, tokens) in feed {
            cache.sequences[*sequence].len += tokens.len();
        }
        Ok(hidden)
    }
}

/// A cache with what is being added to it.
struct Past<'a> {
    cache: &'a mut Cache,
    feed: &'a [(usize, &'a [u32])],
}

impl Past<'_> {
    /// Adds the new keys and values of a layer, and lets the new queries see all of their sequence.
    fn attend(&mut self, asking: &Asking) -> Vec<f32> {
        let heads = self.cache.heads;
        let (width, key_width) = (heads.query * heads.dim, heads.key * heads.dim);
        let Asking { layer, q, k, v } = asking;
        let mut start = 0;
        let mut starts = Vec::new();
        for (sequence, tokens) in self.feed {
            let sequence = &mut self.cache.sequences[*sequence];
            let new = start * key_width..(start + tokens.len()) * key_width;
            let (keys, values) = &mut sequence.layers[*layer];
            // What a step that failed may have left.
            keys.truncate(sequence.len * key_width);
            values.truncate(sequence.len * key_width);
            keys.extend_from_slice(&k[new.clone()]);
            values.extend_from_slice(&v[new]);
            starts.push(start);
            start += tokens.len();
        }
        let one = |index: usize, query: usize| {
            let (sequence, tokens) = self.feed[index];
            let past = &self.cache.sequences[sequence];
            let (keys, values) = &past.layers[*layer];
            let sizes = Sizes {
                rows: tokens.len(),
                seen: past.len + tokens.len(),
                dim: heads.dim,
            };
            if tokens.is_empty() {
                return Vec::new();
            }
            let column = query / heads.group() * heads.dim;
            let seen = |of| Mat::strided(of, sizes.seen, heads.dim, key_width);
            let q = &q[starts[index] * width + query * heads.dim..];
            let q = Mat::strided(q, sizes.rows, heads.dim, width);
            attention::head(q, seen(&keys[column..]), seen(&values[column..]), sizes).0
        };
        let done: Vec<Vec<f32>> = (0..self.feed.len() * heads.query)
            .into_par_iter()
            .map(|task| one(task / heads.query, task % heads.query))
            .collect();
        let mut out = vec![0.0; q.len()];
        for (task, rows) in done.into_iter().enumerate() {
            let (index, query) = (task / heads.query, task % heads.query);
            attention::place(&mut out, width, starts[index], query * heads.dim, &rows, heads.dim);
        }
        out
    }
}
