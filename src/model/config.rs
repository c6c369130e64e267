//! What a model is: its sizes and settings, as Hugging Face's config.json names them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

use super::ops::attention::Heads;
use super::rope::Rope;

/// The settings of a model of the Llama family.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub num_key_value_heads: usize,
    pub head_dim: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub rms_norm_eps: f64,
    pub tie_word_embeddings: bool,
    /// Standard deviation of weights that are drawn anew.
    pub initializer_range: f64,
    pub bos_token_id: Option<u32>,
    /// Any of them ends a text.
    pub eos_token_ids: Vec<u32>,
    pub rope: Rope,
    /// The object that all this was read from, which is written again with what it says beside.
    source: Map<String, Value>,
}

impl Config {
    /// Reads `config.json` of a directory.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("config.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}: is this the directory of a model?", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Reads the text of a `config.json`.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let source: Map<String, Value> = serde_json::from_str(text).context("not an object of JSON")?;
        let field = Fields(&source);
        let kind = field.0.get("model_type").and_then(Value::as_str).unwrap_or("llama");
        if kind != "llama" {
            bail!("a model of the type `{kind}`; only `llama` is known");
        }
        match field.0.get("hidden_act").and_then(Value::as_str) {
            None | Some("silu") => {}
            Some(other) => bail!("`hidden_act` is `{other}`; only `silu` is known"),
        }
        for name in ["attention_bias", "mlp_bias"] {
            if field.flag(name, false)? {
                bail!("`{name}` is true; layers with biases are not known");
            }
        }
        let hidden_size = field.size("hidden_size")?;
        let heads = field.size("num_attention_heads")?;
        let head_dim = match field.optional("head_dim")? {
            Some(dim) => dim,
            None if hidden_size % heads == 0 => hidden_size / heads,
            None => {
                bail!("`hidden_size` {hidden_size} cannot be divided among {heads} heads, and there is no `head_dim`")
            }
        };
        let max_position_embeddings = field.optional("max_position_embeddings")?.unwrap_or(2048);
        let config = Self {
            hidden_size,
            intermediate_size: field.size("intermediate_size")?,
            num_hidden_layers: field.size("num_hidden_layers")?,
            num_attention_heads: heads,
            num_key_value_heads: field.optional("num_key_value_heads")?.unwrap_or(heads),
            head_dim,
            vocab_size: field.size("vocab_size")?,
            max_position_embeddings,
            rms_norm_eps: field.number("rms_norm_eps", 1e-6)?,
            tie_word_embeddings: field.flag("tie_word_embeddings", false)?,
            initializer_range: field.number("initializer_range", 0.02)?,
            bos_token_id: field.tokens("bos_token_id")?.first().copied(),
            eos_token_ids: field.tokens("eos_token_id")?,
            rope: Rope::parse(&source, max_position_embeddings)?,
            source: source.clone(),
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        let Heads { query, key, dim } = self.heads();
        if query % key != 0 {
            bail!("{query} heads of queries cannot share {key} heads of keys: `num_key_value_heads` must divide them");
        }
        if dim % 2 != 0 {
            bail!("heads of {dim}: rotary positions need an even `head_dim`");
        }
        let sizes = [self.hidden_size, self.intermediate_size, self.vocab_size, query * dim];
        if sizes.iter().any(|size| *size > 1 << 24) || self.num_hidden_layers > 1 << 12 {
            bail!("sizes beyond anything that could be computed here");
        }
        if !(self.rms_norm_eps > 0.0 && self.initializer_range >= 0.0) {
            bail!("`rms_norm_eps` must be above 0, `initializer_range` not below");
        }
        Ok(())
    }

    /// How heads are laid out.
    pub fn heads(&self) -> Heads {
        Heads {
            query: self.num_attention_heads,
            key: self.num_key_value_heads,
            dim: self.head_dim,
        }
    }

    /// The tensors of a model of these settings, each with its shape, in the order of the layers.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (hidden, inner) = (self.hidden_size, self.intermediate_size);
        let (query, key) = (
            self.num_attention_heads * self.head_dim,
            self.num_key_value_heads * self.head_dim,
        );
        let mut all = vec![("model.embed_tokens.weight".to_string(), vec![self.vocab_size, hidden])];
        for layer in 0..self.num_hidden_layers {
            let of_layer = [
                ("input_layernorm", vec![hidden]),
                ("self_attn.q_proj", vec![query, hidden]),
                ("self_attn.k_proj", vec![key, hidden]),
                ("self_attn.v_proj", vec![key, hidden]),
                ("self_attn.o_proj", vec![hidden, query]),
                ("post_attention_layernorm", vec![hidden]),
                ("mlp.gate_proj", vec![inner, hidden]),
                ("mlp.up_proj", vec![inner, hidden]),
                ("mlp.down_proj", vec![hidden, inner]),
            ];
            let named = |(name, shape)| (format!("model.layers.{layer}.{name}.weight"), shape);
            all.extend(of_layer.map(named));
        }
        all.push(("model.norm.weight".to_string(), vec![hidden]));
        if !self.tie_word_embeddings {
            all.push(("lm_head.weight".to_string(), vec![self.vocab_size, hidden]));
        }
        all
    }

    /// How many numbers a model of these settings has.
    pub fn parameters(&self) -> usize {
        let sizes = self
            .tensors()
            .into_iter()
            .map(|(_, shape)| shape.iter().product::<usize>());
        sizes.sum()
    }

    /// The text of a `config.json` for weights in f32.
    pub fn to_json(&self) -> String {
        let mut object = self.source.clone();
        object.remove("quantization_config");
        for name in ["torch_dtype", "dtype"] {
            if name == "torch_dtype" || object.contains_key(name) {
                object.insert(name.to_string(), json!("float32"));
            }
        }
        let mut text = serde_json::to_string_pretty(&object).expect("plain data");
        text.push('\n');
        text
    }

    /// The text of a `generation_config.json`: which tokens begin and end a text.
    pub fn generation_json(&self) -> String {
        let mut object = Map::new();
        for name in ["bos_token_id", "eos_token_id", "pad_token_id"] {
            if let Some(value) = self.source.get(name).filter(|value| !value.is_null()) {
                object.insert(name.to_string(), value.clone());
            }
        }
        let mut text = serde_json::to_string_pretty(&object).expect("plain data");
        text.push('\n');
        text
    }
}

/// The fields of an object, with words for those that are not what they should be.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn optional(&self, name: &str) -> anyhow::Result<Option<usize>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().and_then(|n| usize::try_from(n).ok()) {
                Some(size) if size > 0 => Ok(Some(size)),
                _ => bail!("`{name}` is {value}, not a whole number above 0"),
            },
        }
    }

    fn size(&self, name: &str) -> anyhow::Result<usize> {
        self.optional(name)?.with_context(|| format!("`{name}` is missing"))
    }

    fn number(&self, name: &str, default: f64) -> anyhow::Result<f64> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_f64()
                .with_context(|| format!("`{name}` is {value}, not a number")),
        }
    }

    fn flag(&self, name: &str, default: bool) -> anyhow::Result<bool> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value
                .as_bool()
                .with_context(|| format!("`{name}` is {value}, not true or false")),
        }
    }

    fn tokens(&self, name: &str) -> anyhow::Result<Vec<u32>> {
        let one = |value: &Value| {
            let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
            id.with_context(|| format!("`{name}` has {value}, which is no token"))
        };
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(ids)) => ids.iter().map(one).collect(),
            Some(value) => Ok(vec![one(value)?]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(field: &str, value: Value) -> anyhow::Result<Config> {
        let mut object = json!({
            "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "vocab_size": 32, "tie_word_embeddings": true, "novel": 1
        });
        object[field] = value;
        Config::parse(&object.to_string())
    }

    #[test]
    fn what_is_not_said_has_the_values_of_the_family() {
        let config = with("eos_token_id", json!([2, 3])).unwrap();
        assert_eq!((config.head_dim, config.max_position_embeddings), (2, 2048));
        assert_eq!(config.eos_token_ids, [2, 3]);
        assert_eq!(
            config.parameters(),
            32 * 8 + 2 * (2 * 8 + 2 * 64 + 2 * 32 + 3 * 128) + 8
        );
        assert!(config.to_json().contains("novel"));
    }

    #[test]
    fn what_cannot_be_says_why() {
        let said = |field: &str, value: Value| format!("{:#}", with(field, value).unwrap_err());
        assert!(said("hidden_size", json!(null)).contains("`hidden_size` is missing"));
        assert!(said("num_key_value_heads", json!(3)).contains("must divide"));
        assert!(said("attention_bias", json!(true)).contains("biases"));
        assert!(said("model_type", json!("mamba")).contains("`mamba`"));
        assert!(said("vocab_size", json!(-1)).contains("`vocab_size` is -1"));
    }
}
