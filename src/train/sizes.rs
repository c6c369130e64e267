//! Models to begin from nothing with: some sizes by name, or a config.json.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::model::Config;
use crate::token::Tokenizer;

/// A size: its name, and hidden size, feed-forward size, layers, heads and heads of keys.
pub const SIZES: [(&str, [usize; 5]); 6] = [
    ("260K", [64, 172, 5, 8, 4]),
    ("1M", [128, 344, 5, 8, 4]),
    ("5M", [224, 608, 6, 7, 7]),
    ("15M", [288, 768, 6, 6, 6]),
    ("42M", [512, 1376, 8, 8, 8]),
    ("110M", [768, 2048, 12, 12, 12]),
];

/// The settings of a new model for a tokenizer and rows of so many tokens: a size by its name, or the path of a
/// config.json, whose vocabulary must hold the tokenizer's.
pub fn config(size: &str, tokenizer: &Tokenizer, seq_len: usize) -> anyhow::Result<Config> {
    let named = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(size));
    let Some((_, [hidden, inner, layers, heads, key_heads])) = named else {
        let path = Path::new(size);
        if path.extension().is_none_or(|e| e != "json") {
            let names: Vec<&str> = SIZES.iter().map(|(name, _)| *name).collect();
            bail!(
                "no size is called `{size}`\nhelp: there are {}, or name a config.json",
                names.join(", ")
            );
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        return Config::parse(&text).with_context(|| path.display().to_string());
    };
    let config = json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
        "head_dim": hidden / heads,
        "vocab_size": tokenizer.vocab(),
        "max_position_embeddings": seq_len,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "rope_scaling": null,
        "tie_word_embeddings": true,
        "attention_bias": false,
        "mlp_bias": false,
        "initializer_range": 0.02,
        "bos_token_id": tokenizer.bos(),
        "eos_token_id": tokenizer.eos(),
        "pad_token_id": tokenizer.pad(),
        "torch_dtype": "float32",
        "use_cache": true,
    });
    Config::parse(&config.to_string())
}
