//! One pass through the layers, forwards: over slices, with or without keeping what the way back needs.

use std::sync::Arc;

use anyhow::bail;

use super::llama::Llama;
use super::ops::rotary::Table;
use super::ops::{attention, linear, lookup, norm, rotary, swiglu};
use super::span::{self, Span};
use super::tensor::Numbers;

/// Tokens on their way through a model.
pub struct Pass<'a> {
    model: &'a Llama,
    ids: &'a [u32],
    positions: &'a [u32],
    table: Arc<Table>,
}

/// What one layer leaves for the way back. What is quickly computed again is not kept.
pub struct Kept {
    pub x: Vec<f32>,
    pub q: Vec<f32>,
    pub k: Vec<f32>,
    pub v: Vec<f32>,
    pub found: Vec<f32>,
    pub log_sums: Vec<f32>,
    pub middle: Vec<f32>,
    pub gate: Vec<f32>,
    pub up: Vec<f32>,
}

/// Queries, keys and values of a layer.
pub struct Asking {
    pub layer: usize,
    pub q: Vec<f32>,
    pub k: Vec<f32>,
    pub v: Vec<f32>,
}

impl<'a> Pass<'a> {
    pub fn new(model: &'a Llama, ids: &'a [u32], positions: &'a [u32]) -> anyhow::Result<Self> {
        let vocab = model.config().vocab_size;
        if positions.len() != ids.len() {
            bail!("{} positions for {} tokens", positions.len(), ids.len());
        }
        if let Some(id) = ids.iter().find(|id| **id as usize >= vocab) {
            bail!("the token {id} is beyond the vocabulary of {vocab}");
        }
        Ok(Self {
            model,
            ids,
            positions,
            table: model.table(positions),
        })
    }

    pub fn weight(&self, name: &str) -> anyhow::Result<Numbers<'a>> {
        Ok(Numbers::of(self.model.weights().get(name)?))
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The states after the last layer, before the last norm; and of each layer what the way back needs.
    pub fn forward_kept(&self, spans: &[Span]) -> anyhow::Result<(Vec<f32>, Vec<Kept>)> {
        span::check(spans, self.ids.len())?;
        let heads = self.model.config().heads();
        let mut all = Vec::with_capacity(self.model.config().num_hidden_layers);
        let attend = |asking: &Asking| Ok(attention::forward(heads, spans, &asking.q, &asking.k, &asking.v));
        let x = self.forward(attend, |kept| all.push(kept))?;
        Ok((x, all))
    }

    /// The same, with the attention that is given, and each layer's leavings to whom they are given.
    pub fn forward(
        &self,
        mut attend: impl FnMut(&Asking) -> anyhow::Result<(Vec<f32>, Vec<f32>)>,
        mut keep: impl FnMut(Kept),
    ) -> anyhow::Result<Vec<f32>> {
        let config = self.model.config();
        let (width, inner, eps) = (config.hidden_size, config.intermediate_size, config.rms_norm_eps);
        let heads = config.heads();
        let embedding = self.weight("model.embed_tokens.weight")?;
        let mut x = lookup::forward(embedding.get()?, width, self.ids);
        for layer in 0..config.num_hidden_layers {
            let weight = |part: &str| self.weight(&format!("model.layers.{layer}.{part}.weight"));
            let project = |x: &[f32], part: &str, k: usize, onto: Option<&[f32]>| -> anyhow::Result<Vec<f32>> {
                let weight = weight(part)?;
                let weight = weight.get()?;
                Ok(linear::forward(x, weight, k, weight.len() / k, onto))
            };
            let normed = norm::forward(&x, weight("input_layernorm")?.get()?, eps);
            let turn = |x: Vec<f32>, heads: usize| {
                rotary::turn(&x, heads * config.head_dim, self.positions, &self.table, false)
            };
            let asking = Asking {
                layer,
                q: turn(project(&normed, "self_attn.q_proj", width, None)?, heads.query),
                k: turn(project(&normed, "self_attn.k_proj", width, None)?, heads.key),
                v: project(&normed, "self_attn.v_proj", width, None)?,
            };
            drop(normed);
            let (found, log_sums) = attend(&asking)?;
            let middle = project(&found, "self_attn.o_proj", heads.query * heads.dim, Some(&x))?;
            let normed = norm::forward(&middle, weight("post_attention_layernorm")?.get()?, eps);
            let gate = project(&normed, "mlp.gate_proj", width, None)?;
            let up = project(&normed, "mlp.up_proj", width, None)?;
            drop(normed);
            let next = project(&swiglu::forward(&gate, &up), "mlp.down_proj", inner, Some(&middle))?;
            let Asking { q, k, v, .. } = asking;
            keep(Kept {
                x: std::mem::replace(&mut x, next),
                q,
                k,
                v,
                found,
                log_sums,
                middle,
                gate,
                up,
            });
        }
        Ok(x)
    }
}
