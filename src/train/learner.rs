//! A model that learns: batches in, one update each.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use candle_core::Tensor;
use rayon::prelude::*;

use super::batch::Batch;
use super::optimizer::{Gradient, Optimizer, State};
use crate::model::{Llama, Numbers};

/// A model, an optimiser, and what that remembers.
pub struct Learner {
    model: Llama,
    optimizer: Optimizer,
    state: State,
    /// Updates that were made.
    updates: u64,
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

/// Gradients by parameter.
pub type Gradients = BTreeMap<String, Tensor>;

impl Learner {
    pub fn new(model: &Llama, optimizer: Optimizer) -> anyhow::Result<Self> {
        optimizer.check()?;
        let model = model.trainable()?;
        let shapes = model
            .weights()
            .iter()
            .map(|(name, tensor)| (name.to_string(), tensor.dims().to_vec()));
        let state = State::fresh(&optimizer, shapes);
        Ok(Self {
            model,
            optimizer,
            state,
            updates: 0,
        })
    }

    /// The model as it is now, without a graph.
    pub fn model(&self) -> Llama {
        self.model.detached()
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

    /// The mean loss over the supervised tokens of all parts together, its gradients, and each loss.
    pub fn gradients(&self, parts: &[Batch]) -> anyhow::Result<(Gradients, Vec<Vec<f64>>)> {
        let supervised: usize = parts.iter().map(|part| part.at.len()).sum();
        if supervised == 0 {
            bail!("a batch without a supervised token");
        }
        let scale = (1.0 / supervised as f64) as f32;
        let (mut sums, mut losses) = (Gradients::new(), Vec::with_capacity(parts.len()));
        for part in parts {
            if part.at.is_empty() {
                losses.push(Vec::new());
                continue;
            }
            let hidden = self.model.hidden(&part.ids, &part.positions, &part.spans)?;
            let (loss, each) = self.model.loss(&hidden, part.supervised(scale))?;
            losses.push(each);
            drop(hidden);
            let mut gradients = loss.backward()?;
            for (name, tensor) in self.model.weights().iter() {
                let gradient = gradients
                    .remove(tensor)
                    .with_context(|| format!("the parameter `{name}` got no gradient: an operation cut the graph"))?;
                let sum = match sums.remove(name) {
                    Some(sum) => (sum + gradient)?,
                    None => gradient,
                };
                sums.insert(name.to_string(), sum);
            }
        }
        Ok((sums, losses))
    }

    /// One update at this rate, from a batch in some parts: all gradients are of the mean over the supervised tokens of
    /// the whole batch. With `clip`, gradients that are longer together are made as short as that.
    ///
    /// A loss or a gradient that is no number changes nothing: the caller finds it in what is returned.
    pub fn update(&mut self, parts: &[Batch], rate: f64, clip: Option<f64>) -> anyhow::Result<Update> {
        let (gradients, losses) = self.gradients(parts)?;
        let all = losses.iter().flatten();
        let loss = all.clone().sum::<f64>() / all.count() as f64;
        let norm = norm(&gradients)?;
        if loss.is_finite() && norm.is_finite() {
            self.updates += 1;
            let factor = clip.map_or(1.0, |clip| (clip / (norm + 1e-6)).min(1.0)) as f32;
            for (name, tensor) in self.model.weights().iter() {
                let gradient = gradients
                    .get(name)
                    .with_context(|| format!("no gradient of `{name}`"))?;
                let numbers = Numbers::of(gradient);
                let gradient = Gradient {
                    values: numbers.get()?,
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
        let model = self.model();
        let hidden = model.hidden(&batch.ids, &batch.positions, &batch.spans)?;
        let logs = model.log_probs(&hidden, &batch.at, &batch.targets)?;
        Ok(logs.into_iter().map(|log| -f64::from(log)).collect())
    }
}

/// The length of all gradients together.
fn norm(gradients: &Gradients) -> anyhow::Result<f64> {
    let mut sum = 0.0;
    for gradient in gradients.values() {
        sum += length(gradient)?.powi(2);
    }
    Ok(sum.sqrt())
}

/// The length of one gradient: squares in f64, over fixed parts and in order.
pub fn length(gradient: &Tensor) -> anyhow::Result<f64> {
    let numbers = Numbers::of(gradient);
    let part = |part: &[f32]| part.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
    let parts: Vec<f64> = numbers.get()?.par_chunks(1 << 14).map(part).collect();
    Ok(parts.iter().sum::<f64>().sqrt())
}
