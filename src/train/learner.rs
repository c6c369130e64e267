//! A model that learns: batches in, one update each.

use std::collections::BTreeMap;

use anyhow::bail;
use candle_core::Tensor;
use rayon::prelude::*;

use super::batch::Batch;
use super::optimizer::{Gradient, Optimizer, State};
use crate::model::{Gradients, Llama};

/// A model, an optimiser, and what that remembers.
pub struct Learner {
    model: Llama,
    optimizer: Optimizer,
    state: State,
    /// Updates that were made.
    updates: u64,
    /// Where gradients are summed, kept for the next update.
    gradients: Gradients,
}

/// What one update was.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The mean loss over all supervised tokens of the batch, before the update.
    pub loss: f64,
    /// The length of all gradients together, before clipping.
    pub norm: f64,
    /// The loss of each supervised token, by part of the batch.
    pub losses: Vec<Vec<f64>>,
}

impl Learner {
    pub fn new(model: &Llama, optimizer: Optimizer) -> anyhow::Result<Self> {
        optimizer.check()?;
        let model = model.copied()?;
        let shapes = model.weights().iter();
        let shapes = shapes.map(|(name, tensor)| (name.to_string(), tensor.dims().to_vec()));
        let state = State::fresh(&optimizer, shapes);
        Ok(Self {
            gradients: Gradients::zeros(&model),
            model,
            optimizer,
            state,
            updates: 0,
        })
    }

    /// The model as it is now. Updates change it.
    pub fn model(&self) -> &Llama {
        &self.model
    }

    /// The state of the optimiser, and how many updates were made.
    pub fn state(&self) -> (&State, u64) {
        (&self.state, self.updates)
    }

    /// Goes on from a state that was kept.
    pub fn resume(&mut self, state: BTreeMap<String, Tensor>, updates: u64) -> anyhow::Result<()> {
        self.updates = updates;
        self.state.fill(state)
    }

    /// The gradients of the mean loss over the supervised tokens of all parts together, and each loss.
    pub fn gradients(&mut self, parts: &[Batch]) -> anyhow::Result<(&Gradients, Vec<Vec<f64>>)> {
        let supervised: usize = parts.iter().map(|part| part.at.len()).sum();
        if supervised == 0 {
            bail!("a batch without a supervised token");
        }
        let scale = (1.0 / supervised as f64) as f32;
        let mut losses = Vec::with_capacity(parts.len());
        self.gradients.clear();
        for part in parts {
            losses.push(match part.at.is_empty() {
                true => Vec::new(),
                false => {
                    let supervised = part.supervised(scale);
                    let into = &mut self.gradients;
                    self.model
                        .learn(&part.ids, &part.positions, &part.spans, supervised, into)?
                }
            });
        }
        self.gradients.check()?;
        Ok((&self.gradients, losses))
    }

    /// One update at this rate, from a batch in some parts: all gradients are of the mean over the supervised tokens of
    /// the whole batch. With `clip`, gradients that are longer together are made as short as that.
    ///
    /// A loss or a gradient that is no number changes nothing: the caller finds it in what is returned.
    pub fn update(&mut self, parts: &[Batch], rate: f64, clip: Option<f64>) -> anyhow::Result<Update> {
        let (gradients, losses) = self.gradients(parts)?;
        let norm = gradients
            .iter()
            .map(|(_, gradient)| length(gradient).powi(2))
            .sum::<f64>()
            .sqrt();
        let all = losses.iter().flatten();
        let loss = all.clone().sum::<f64>() / all.count() as f64;
        if loss.is_finite() && norm.is_finite() {
            self.updates += 1;
            let factor = clip.map_or(1.0, |clip| (clip / (norm + 1e-6)).min(1.0)) as f32;
            for (name, tensor) in self.model.weights().iter() {
                let gradient = Gradient {
                    values: self.gradients.get(name)?,
                    factor,
                };
                let memory = self.state.of(name)?;
                self.optimizer.update(self.updates, rate, tensor, gradient, memory)?;
            }
        }
        Ok(Update { loss, norm, losses })
    }

    /// The loss of each supervised token of a batch, without learning from it.
    pub fn losses(&self, batch: &Batch) -> anyhow::Result<Vec<f64>> {
        let model = &self.model;
        let hidden = model.hidden(&batch.ids, &batch.positions, &batch.spans)?;
        let logs = model.log_probs(&hidden, &batch.at, &batch.targets)?;
        Ok(logs.into_iter().map(|log| -f64::from(log)).collect())
    }
}

/// The length of one gradient: squares in f64, over fixed parts and in order.
pub fn length(gradient: &[f32]) -> f64 {
    let part = |part: &[f32]| part.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
    let parts: Vec<f64> = gradient.par_chunks(1 << 14).map(part).collect();
    parts.iter().sum::<f64>().sqrt()
}
