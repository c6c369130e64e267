//! What an update does with gradients: which optimiser, and what it remembers of each parameter.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{adafactor, adamw};
use crate::model::{Numbers, update};

/// An optimiser and its settings; rates are given with each update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum Optimizer {
    Adamw {
        betas: (f64, f64),
        eps: f64,
        weight_decay: f64,
    },
    Adafactor {
        /// Which matrices are remembered by their rows and columns only.
        factored: Factored,
        /// Rates that are parts of a parameter's own size.
        scale_parameter: bool,
        weight_decay: f64,
        /// Updates are made smaller where their root mean square is above this.
        clip_threshold: f64,
        /// How fast the past is forgotten: its weight is 1 - t^-decay.
        decay: f64,
        /// What is added to squares, and the least size a parameter counts as.
        eps: (f64, f64),
    },
}

/// Which matrices Adafactor remembers by their rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Factored {
    /// Every one, as the class of transformers does.
    All,
    /// Those with both sizes of at least 128, as the paper's code (T5X) and Optax do.
    Large,
    Never,
}

impl Optimizer {
    /// AdamW as it is commonly set.
    pub fn adamw() -> Self {
        Self::Adamw {
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
        }
    }

    /// Adafactor with rates as they are given.
    pub fn adafactor() -> Self {
        Self::Adafactor {
            factored: Factored::All,
            scale_parameter: false,
            weight_decay: 0.0,
            clip_threshold: 1.0,
            decay: 0.8,
            eps: (1e-30, 1e-3),
        }
    }

    /// Refuses settings that no update could follow.
    pub fn check(&self) -> anyhow::Result<()> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let (Self::Adamw { weight_decay, .. } | Self::Adafactor { weight_decay, .. }) = *self;
        if !weight_decay.is_finite() || weight_decay < 0.0 {
            bail!("a weight decay of {weight_decay}; it must not be below 0");
        }
        match *self {
            Self::Adamw { betas, eps, .. } => {
                if ![betas.0, betas.1].iter().all(|beta| (0.0..1.0).contains(beta)) {
                    bail!(
                        "the betas of AdamW are {} and {}; both must be from 0 to below 1",
                        betas.0,
                        betas.1
                    );
                }
                if !positive(eps) {
                    bail!("AdamW needs an epsilon above 0, and not {eps}");
                }
            }
            Self::Adafactor {
                clip_threshold,
                decay,
                eps,
                ..
            } => {
                if ![clip_threshold, decay, eps.0, eps.1].into_iter().all(positive) {
                    bail!("Adafactor needs a threshold, a decay and epsilons above 0");
                }
            }
        }
        Ok(())
    }

    /// What is remembered of a parameter of this shape, by name, before the first update.
    pub fn fresh(&self, shape: &[usize]) -> Memory {
        let numel: usize = shape.iter().product();
        let sizes: Vec<(&str, usize)> = match self {
            Self::Adamw { .. } => vec![("mean", numel), ("square", numel)],
            Self::Adafactor { factored, .. } if factored.applies(shape) => {
                vec![("columns", shape[1]), ("rows", shape[0])]
            }
            Self::Adafactor { .. } => vec![("square", numel)],
        };
        let zeros = |(name, size): (&str, usize)| (name.to_string(), vec![0.0; size]);
        sizes.into_iter().map(zeros).collect()
    }

    /// Changes a parameter by its gradient times `factor`: update `t`, from 1, at this rate.
    pub fn update(
        &self,
        t: u64,
        rate: f64,
        tensor: &Tensor,
        gradient: Gradient<'_>,
        memory: &mut Memory,
    ) -> anyhow::Result<()> {
        let shape = tensor.dims().to_vec();
        update(tensor, |values| match *self {
            Self::Adamw {
                betas,
                eps,
                weight_decay,
            } => {
                let settings = adamw::Settings {
                    betas,
                    eps,
                    weight_decay,
                    rate,
                    t,
                };
                adamw::update(&settings, values, gradient, memory);
            }
            Self::Adafactor {
                scale_parameter,
                weight_decay,
                clip_threshold,
                decay,
                eps,
                ..
            } => {
                let settings = adafactor::Settings {
                    scale_parameter,
                    weight_decay,
                    clip_threshold,
                    past: 1.0 - (t as f64).powf(-decay),
                    eps,
                    rate,
                    width: shape.last().copied().unwrap_or(1),
                };
                adafactor::update(&settings, values, gradient, memory);
            }
        })?;
        Ok(())
    }
}

impl Factored {
    fn applies(self, shape: &[usize]) -> bool {
        let least = match self {
            Self::All => 0,
            Self::Large => 128,
            Self::Never => return false,
        };
        shape.len() == 2 && shape.iter().all(|size| *size >= least)
    }
}

/// A gradient, and what it is to be multiplied with.
#[derive(Clone, Copy)]
pub struct Gradient<'a> {
    pub values: &'a [f32],
    pub factor: f32,
}

/// What an optimiser remembers of one parameter, by name.
pub type Memory = BTreeMap<String, Vec<f32>>;

/// What an optimiser remembers of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State(BTreeMap<String, Memory>);

impl State {
    /// Of a model that was not updated yet: the names and shapes of its parameters.
    pub fn fresh(optimizer: &Optimizer, shapes: impl Iterator<Item = (String, Vec<usize>)>) -> Self {
        Self(shapes.map(|(name, shape)| (name, optimizer.fresh(&shape))).collect())
    }

    pub fn of(&mut self, parameter: &str) -> anyhow::Result<&mut Memory> {
        let memory = self.0.get_mut(parameter);
        memory.with_context(|| format!("nothing is remembered of `{parameter}`"))
    }

    /// As tensors for a file, `PARAMETER:NAME`.
    pub fn tensors(&self) -> anyhow::Result<Vec<(String, Tensor)>> {
        let all = self.0.iter().flat_map(|(parameter, memory)| {
            let named = memory
                .iter()
                .map(move |(name, values)| (format!("{parameter}:{name}"), values));
            named.map(|(name, values)| Ok((name, Tensor::from_slice(values, values.len(), &Device::Cpu)?)))
        });
        all.collect()
    }

    /// Takes what was remembered from tensors of a file, which must be those of this state.
    pub fn fill(&mut self, mut tensors: BTreeMap<String, Tensor>) -> anyhow::Result<()> {
        for (parameter, memory) in &mut self.0 {
            for (name, values) in memory {
                let name = format!("{parameter}:{name}");
                let tensor = tensors.remove(&name).with_context(|| format!("`{name}` is missing"))?;
                let numbers = Numbers::of(&tensor);
                let numbers = numbers.get()?;
                if numbers.len() != values.len() {
                    bail!("`{name}` has {} numbers, not {}", numbers.len(), values.len());
                }
                values.copy_from_slice(numbers);
            }
        }
        match tensors.keys().next() {
            Some(name) => bail!("`{name}` belongs to another optimiser or model"),
            None => Ok(()),
        }
    }
}
