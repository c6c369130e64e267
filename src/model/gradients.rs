//! Gradients of a model: computed backwards through its layers, and added where they belong.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use super::layers::{Kept, Pass};
use super::llama::Llama;
use super::ops::attention::{self, Done};
use super::ops::head::{self, Asked};
use super::ops::{linear, lookup, norm, rotary, swiglu};
use super::span::Span;

/// Sums of gradients, one for each parameter.
#[derive(Clone, Debug, Default)]
pub struct Gradients(BTreeMap<String, Sum>);

#[derive(Clone, Debug)]
struct Sum {
    values: Vec<f32>,
    /// Whether an operation added to it.
    reached: bool,
}

/// Rows of hidden states, the token that each should have foretold, and what one loss weighs in the sum.
#[derive(Clone, Copy, Debug)]
pub struct Supervised<'a> {
    pub at: &'a [u32],
    pub ids: &'a [u32],
    pub scale: f32,
}

impl Gradients {
    /// Of nothing yet.
    pub fn zeros(model: &Llama) -> Self {
        let of = |(name, tensor): (&str, &candle_core::Tensor)| {
            let sum = Sum {
                values: vec![0.0; tensor.elem_count()],
                reached: false,
            };
            (name.to_string(), sum)
        };
        Self(model.weights().iter().map(of).collect())
    }

    /// Forgets all that was added.
    pub fn clear(&mut self) {
        for sum in self.0.values_mut() {
            sum.values.fill(0.0);
            sum.reached = false;
        }
    }

    /// The sum of a parameter.
    pub fn get(&self, name: &str) -> anyhow::Result<&[f32]> {
        let sum = self.0.get(name).with_context(|| format!("`{name}` is no parameter"))?;
        Ok(&sum.values)
    }

    /// By name, in the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.0.iter().map(|(name, sum)| (name.as_str(), sum.values.as_slice()))
    }

    /// Refuses gradients that do not reach every parameter.
    pub fn check(&self) -> anyhow::Result<()> {
        match self.0.iter().find(|(_, sum)| !sum.reached) {
            Some((name, _)) => bail!("the parameter `{name}` got no gradient"),
            None => Ok(()),
        }
    }

    fn of(&mut self, name: &str) -> anyhow::Result<&mut [f32]> {
        let sum = self
            .0
            .get_mut(name)
            .with_context(|| format!("`{name}` is no parameter"))?;
        sum.reached = true;
        Ok(&mut sum.values)
    }

    fn add(&mut self, name: &str, values: &[f32]) -> anyhow::Result<()> {
        add(self.of(name)?, values);
        Ok(())
    }
}

fn add(sum: &mut [f32], values: &[f32]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

impl Llama {
    /// The losses `-ln p` of the tokens that are asked, whose gradients are added to `into`: those of `scale` times their
    /// sum. Tokens lie as [`Llama::hidden`] has them.
    pub fn learn(
        &self,
        ids: &[u32],
        positions: &[u32],
        spans: &[Span],
        supervised: Supervised<'_>,
        into: &mut Gradients,
    ) -> anyhow::Result<Vec<f64>> {
        let config = self.config();
        let (width, eps) = (config.hidden_size, config.rms_norm_eps);
        let heads = config.heads();
        let pass = Pass::new(self, ids, positions)?;
        let (x, kept) = pass.forward_kept(spans)?;
        let norm_weight = pass.weight("model.norm.weight")?;
        let hidden = norm::forward(&x, norm_weight.get()?, eps);
        self.within(ids.len(), supervised.at, supervised.ids)?;
        let mut dhidden = vec![0.0; hidden.len()];
        let output = self.output_name();
        let losses = {
            let weight = pass.weight(output)?;
            let asked = Asked {
                at: supervised.at,
                ids: supervised.ids,
            };
            let gradients = head::Gradients {
                scale: supervised.scale,
                hidden: &mut dhidden,
                weight: into.of(output)?,
            };
            head::losses(&hidden, weight.get()?, width, asked, Some(gradients))
        };
        drop(hidden);
        let (mut dx, dw) = norm::backward(&x, norm_weight.get()?, eps, &dhidden);
        into.add("model.norm.weight", &dw)?;
        drop((x, dhidden));
        for (layer, kept) in kept.into_iter().enumerate().rev() {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            let mut linear_back =
                |part: &str, x: &[f32], dy: &[f32], k: usize, dx: Option<&mut Vec<f32>>| -> anyhow::Result<()> {
                    let weight = pass.weight(&name(part))?;
                    let n = weight.get()?.len() / k;
                    linear::backward_w(x, dy, k, n, into.of(&name(part))?);
                    if let Some(dx) = dx {
                        let first = dx.is_empty();
                        dx.resize(x.len(), 0.0);
                        linear::backward_x(weight.get()?, dy, k, n, dx, !first);
                    }
                    Ok(())
                };
            let Kept {
                x,
                q,
                k,
                v,
                found,
                log_sums,
                middle,
                gate,
                up,
            } = kept;
            let inner = config.intermediate_size;
            let mut dact = Vec::new();
            linear_back(
                "mlp.down_proj",
                &swiglu::forward(&gate, &up),
                &dx,
                inner,
                Some(&mut dact),
            )?;
            let (dgate, dup) = swiglu::backward(&gate, &up, &dact);
            drop((gate, up, dact));
            let weight = pass.weight(&name("post_attention_layernorm"))?;
            let normed = norm::forward(&middle, weight.get()?, eps);
            let mut dnormed = Vec::new();
            linear_back("mlp.gate_proj", &normed, &dgate, width, Some(&mut dnormed))?;
            linear_back("mlp.up_proj", &normed, &dup, width, Some(&mut dnormed))?;
            drop((dgate, dup));
            let (dmiddle, dw) = norm::backward(&middle, weight.get()?, eps, &dnormed);
            add(&mut dx, &dmiddle);
            let mut dfound = Vec::new();
            linear_back(
                "self_attn.o_proj",
                &found,
                &dx,
                heads.query * heads.dim,
                Some(&mut dfound),
            )?;
            let done = Done {
                q: &q,
                k: &k,
                v: &v,
                out: &found,
                log_sums: &log_sums,
            };
            let (dq, dk, dv) = attention::backward(heads, spans, &done, &dfound);
            let turn =
                |d: &[f32], heads: usize| rotary::turn(d, heads * config.head_dim, positions, pass.table(), true);
            let (dq, dk) = (turn(&dq, heads.query), turn(&dk, heads.key));
            let before = pass.weight(&name("input_layernorm"))?;
            let normed = norm::forward(&x, before.get()?, eps);
            dnormed.clear();
            for (part, d) in [
                ("self_attn.q_proj", &dq),
                ("self_attn.k_proj", &dk),
                ("self_attn.v_proj", &dv),
            ] {
                linear_back(part, &normed, d, width, Some(&mut dnormed))?;
            }
            into.add(&name("post_attention_layernorm"), &dw)?;
            let (dbefore, dw) = norm::backward(&x, before.get()?, eps, &dnormed);
            into.add(&name("input_layernorm"), &dw)?;
            add(&mut dx, &dbefore);
        }
        lookup::backward(into.of("model.embed_tokens.weight")?, width, ids, &dx);
        Ok(losses)
    }
}
