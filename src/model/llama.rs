//! The model: tokens to hidden states, and hidden states to log-probabilities.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, bail};
use candle_core::{Device, Tensor, Var};

use super::cache::Past;
use super::config::Config;
use super::ops::graph::{self, Numbers, Supervised};
use super::ops::head::{self, Asked};
use super::ops::rotary::Table;
use super::span::{self, Span};
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

    /// The same numbers as variables of candle's graph: what is computed with them can be differentiated.
    pub fn trainable(&self) -> anyhow::Result<Self> {
        let tensors = self.weights.iter().map(|(name, tensor)| {
            let var = Var::from_tensor(&tensor.detach())?;
            Ok((name.to_string(), var.into_inner()))
        });
        let tensors: anyhow::Result<_> = tensors.collect();
        Ok(Self::new(self.config.clone(), Weights::trusted(tensors?)))
    }

    /// The same numbers, in the same memory, without a graph: for measuring while training.
    pub fn detached(&self) -> Self {
        let tensors = self
            .weights
            .iter()
            .map(|(name, tensor)| (name.to_string(), tensor.detach()));
        Self {
            config: self.config.clone(),
            weights: Weights::trusted(tensors.collect()),
            table: self.table.clone(),
        }
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
        if positions.len() != ids.len() {
            bail!("{} positions for {} tokens", positions.len(), ids.len());
        }
        span::check(spans, ids.len())?;
        let spans = Arc::new(spans.to_vec());
        self.layers(ids, positions, |_, q, k, v| {
            graph::attention(self.config.heads(), &spans, q, k, v)
        })
    }

    /// The next tokens of some sequences whose past a cache holds; see [`super::Cache`].
    pub(super) fn next(&self, ids: &[u32], positions: &[u32], past: &mut Past<'_>) -> anyhow::Result<Tensor> {
        self.layers(ids, positions, |layer, q, k, v| {
            past.attend(layer, &Numbers::of(q), &Numbers::of(k), &Numbers::of(v))
        })
    }

    /// All layers, with the attention that is given: layer, queries, keys and values to what the queries found.
    fn layers(
        &self,
        ids: &[u32],
        positions: &[u32],
        mut attend: impl FnMut(usize, &Tensor, &Tensor, &Tensor) -> candle_core::Result<Tensor>,
    ) -> anyhow::Result<Tensor> {
        let config = &self.config;
        if let Some(id) = ids.iter().find(|id| **id as usize >= config.vocab_size) {
            bail!("the token {id} is beyond the vocabulary of {}", config.vocab_size);
        }
        if ids.is_empty() {
            return Ok(Tensor::zeros(
                (0, config.hidden_size),
                candle_core::DType::F32,
                &Device::Cpu,
            )?);
        }
        let table = self.table(positions);
        let positions = Arc::new(positions.to_vec());
        let eps = config.rms_norm_eps;
        let mut x = graph::lookup(self.weights.get("model.embed_tokens.weight")?, ids)?;
        for layer in 0..config.num_hidden_layers {
            let weight = |part: &str| self.weights.get(&format!("model.layers.{layer}.{part}.weight"));
            let normed = graph::norm(&x, weight("input_layernorm")?, eps)?;
            let project = |part: &str| -> anyhow::Result<Tensor> { Ok(graph::linear(&normed, weight(part)?)?) };
            let (q, k, v) = (
                project("self_attn.q_proj")?,
                project("self_attn.k_proj")?,
                project("self_attn.v_proj")?,
            );
            let q = graph::rotary(&q, &positions, &table)?;
            let k = graph::rotary(&k, &positions, &table)?;
            let found = attend(layer, &q, &k, &v)?;
            x = graph::linear_onto(&x, &found, weight("self_attn.o_proj")?)?;
            let normed = graph::norm(&x, weight("post_attention_layernorm")?, eps)?;
            let gate = graph::linear(&normed, weight("mlp.gate_proj")?)?;
            let up = graph::linear(&normed, weight("mlp.up_proj")?)?;
            x = graph::linear_onto(&x, &graph::swiglu(&gate, &up)?, weight("mlp.down_proj")?)?;
        }
        Ok(graph::norm(&x, self.weights.get("model.norm.weight")?, eps)?)
    }

    /// Angles for all of these positions: those of the whole context at once, where they are within it.
    fn table(&self, positions: &[u32]) -> Arc<Table> {
        let needed = positions.iter().max().map_or(0, |last| *last as usize + 1);
        let usual = self.config.max_position_embeddings.min(1 << 16);
        let make = |positions| Arc::new(self.config.rope.table(self.config.head_dim, positions));
        if needed > usual {
            return make(needed);
        }
        self.table.get_or_init(|| make(usual)).clone()
    }

    /// The output layer: the embedding where they are tied.
    fn output(&self) -> anyhow::Result<&Tensor> {
        self.weights.get(match self.config.tie_word_embeddings {
            true => "model.embed_tokens.weight",
            false => "lm_head.weight",
        })
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

    /// What training makes small: `scale` times the sum of the losses, as a node of the graph; and each loss, `-ln p`.
    pub fn loss(&self, hidden: &Tensor, supervised: Supervised) -> anyhow::Result<(Tensor, Vec<f64>)> {
        self.asked(hidden, &supervised.at, &supervised.ids)?;
        Ok(graph::loss(hidden, self.output()?, supervised)?)
    }

    fn asked(&self, hidden: &Tensor, at: &[u32], ids: &[u32]) -> anyhow::Result<()> {
        let (rows, _) = hidden.dims2()?;
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
