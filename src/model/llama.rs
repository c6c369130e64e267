//! The model: tokens to hidden states, and hidden states to log-probabilities.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, bail};
use candle_core::{Device, Tensor};

use super::config::Config;
use super::layers::{Asking, Pass};
use super::ops::head::{self, Asked};
use super::ops::rotary::Table;
use super::ops::{attention, norm};
use super::span::{self, Span};
use super::tensor::Numbers;
use super::weights::Weights;
use super::{fresh, gguf};

/// A decoder of the Llama family, in f32 in the memory of the CPU.
///
/// There is no axis for a batch and no padding: the tokens of all sequences lie one after another, and spans say which
/// see which. The bits of a token's results depend on its own sequence and on nothing beside it.
#[derive(Clone, Debug)]
pub struct Llama {
    config: Config,
    weights: Weights,
    /// Angles for the positions that were asked for, and more.
    table: Arc<OnceLock<Arc<Table>>>,
}

impl Llama {
    /// Reads a model: a directory with config.json and safetensors or one GGUF file, or a GGUF file itself.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let safetensors = ["model.safetensors", "model.safetensors.index.json"];
        if !safetensors.iter().any(|name| path.join(name).is_file())
            && let Some(file) = gguf::find(path)?
        {
            let (config, weights) = gguf::open(&file)?;
            return Ok(Self::new(config, weights));
        }
        let config = Config::open(path)?;
        let weights = Weights::open(path, &config)?;
        Ok(Self::new(config, weights))
    }

    /// A model that has learnt nothing: its weights are drawn with this seed.
    pub fn fresh(config: Config, seed: u64) -> anyhow::Result<Self> {
        let weights = fresh::weights(&config, seed)?;
        Ok(Self::new(config, weights))
    }

    /// A model of weights that were held to the settings.
    pub fn new(config: Config, weights: Weights) -> Self {
        Self {
            config,
            weights,
            table: Arc::default(),
        }
    }

    /// The same numbers in memory of their own, for an optimiser that changes them where they are.
    pub fn copied(&self) -> anyhow::Result<Self> {
        let copy = |(name, tensor): (&str, &Tensor)| Ok((name.to_string(), tensor.copy()?));
        let tensors: anyhow::Result<_> = self.weights.iter().map(copy).collect();
        Ok(Self::new(self.config.clone(), Weights::trusted(tensors?)))
    }

    /// Writes `config.json`, `generation_config.json` and `model.safetensors`, which transformers loads.
    pub fn save(&self, directory: &Path) -> anyhow::Result<()> {
        let texts = [
            ("config.json", self.config.to_json()),
            ("generation_config.json", self.config.generation_json()),
        ];
        for (name, text) in texts {
            let path = directory.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        self.weights.save(&directory.join("model.safetensors"))
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The hidden states after the last norm, [tokens, hidden]: `ids` and `positions` of all sequences one after another,
    /// which `spans` divide in their order.
    ///
    /// # Errors
    /// Ids beyond the vocabulary, spans that do not divide the tokens.
    pub fn hidden(&self, ids: &[u32], positions: &[u32], spans: &[Span]) -> anyhow::Result<Tensor> {
        span::check(spans, ids.len())?;
        let heads = self.config.heads();
        self.states(ids, positions, |asking| {
            Ok(attention::forward(heads, spans, &asking.q, &asking.k, &asking.v))
        })
    }

    /// Hidden states with the attention that is given.
    pub(super) fn states(
        &self,
        ids: &[u32],
        positions: &[u32],
        attend: impl FnMut(&Asking) -> anyhow::Result<(Vec<f32>, Vec<f32>)>,
    ) -> anyhow::Result<Tensor> {
        let width = self.config.hidden_size;
        if ids.is_empty() {
            return Ok(Tensor::zeros((0, width), candle_core::DType::F32, &Device::Cpu)?);
        }
        let pass = Pass::new(self, ids, positions)?;
        let x = pass.forward(attend, drop)?;
        let hidden = norm::forward(&x, pass.weight("model.norm.weight")?.get()?, self.config.rms_norm_eps);
        Ok(Tensor::from_vec(hidden, (ids.len(), width), &Device::Cpu)?)
    }

    /// Angles for all of these positions: those of the whole context at once, where they are within it.
    pub(super) fn table(&self, positions: &[u32]) -> Arc<Table> {
        let needed = positions.iter().max().map_or(0, |last| *last as usize + 1);
        let usual = self.config.max_position_embeddings.min(1 << 16);
        let make = |positions| Arc::new(self.config.rope.table(self.config.head_dim, positions));
        if needed > usual {
            return make(needed);
        }
        self.table.get_or_init(|| make(usual)).clone()
    }

    /// The tensor of the output layer: the embedding where they are tied.
    pub(super) fn output_name(&self) -> &'static str {
        match self.config.tie_word_embeddings {
            true => "model.embed_tokens.weight",
            false => "lm_head.weight",
        }
    }

    fn output(&self) -> anyhow::Result<&Tensor> {
        self.weights.get(self.output_name())
    }

    /// ln p of each token of `ids`, given the tokens up to and with that of the row `at`. The logits are never held whole.
    pub fn log_probs(&self, hidden: &Tensor, at: &[u32], ids: &[u32]) -> anyhow::Result<Vec<f32>> {
        self.asked(hidden, at, ids)?;
        let (hidden, weight) = (Numbers::of(hidden), Numbers::of(self.output()?));
        let asked = Asked { at, ids };
        let losses = head::losses(hidden.get()?, weight.get()?, self.config.hidden_size, asked, None);
        Ok(losses.into_iter().map(|loss| -loss as f32).collect())
    }

    /// The logits of some rows, [at, vocabulary].
    pub fn logits(&self, hidden: &Tensor, at: &[u32]) -> anyhow::Result<Tensor> {
        self.asked(hidden, at, &vec![0; at.len()])?;
        let (hidden, weight) = (Numbers::of(hidden), Numbers::of(self.output()?));
        let logits = head::logits(hidden.get()?, weight.get()?, self.config.hidden_size, at);
        Ok(Tensor::from_vec(
            logits,
            (at.len(), self.config.vocab_size),
            &Device::Cpu,
        )?)
    }

    fn asked(&self, hidden: &Tensor, at: &[u32], ids: &[u32]) -> anyhow::Result<()> {
        let (rows, _) = hidden.dims2()?;
        self.within(rows, at, ids)
    }

    /// Refuses rows that are none of `rows`, and tokens beyond the vocabulary.
    pub(super) fn within(&self, rows: usize, at: &[u32], ids: &[u32]) -> anyhow::Result<()> {
        if at.len() != ids.len() {
            bail!("{} rows for {} tokens", at.len(), ids.len());
        }
        if let Some(row) = at.iter().find(|row| **row as usize >= rows) {
            bail!("row {row} of {rows} hidden states");
        }
        if let Some(id) = ids.iter().find(|id| **id as usize >= self.config.vocab_size) {
            bail!("the token {id} is beyond the vocabulary of {}", self.config.vocab_size);
        }
        Ok(())
    }
}
