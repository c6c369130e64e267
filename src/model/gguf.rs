//! GGUF files: dequantised, named and ordered as Hugging Face lays a Llama out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::{Device, Tensor};
use serde_json::json;

use super::config::Config;
use super::weights::Weights;

/// The `.gguf` file of a directory, or the path itself where it is one.
pub fn find(path: &Path) -> anyhow::Result<Option<PathBuf>> {
    let is_gguf = |path: &Path| path.extension().is_some_and(|e| e == "gguf");
    if !path.is_dir() {
        return Ok(is_gguf(path).then(|| path.to_path_buf()));
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| is_gguf(p)).collect();
    files.sort();
    match files.len() {
        0 => Ok(None),
        1 => Ok(files.pop()),
        _ => bail!("{} has several .gguf files; name one of them", path.display()),
    }
}

/// Reads a model: its settings from config.json beside it, or else from the file itself.
pub fn open(path: &Path) -> anyhow::Result<(Config, Weights)> {
    let read = || -> anyhow::Result<_> {
        let mut file = BufReader::new(File::open(path)?);
        let content = Content::read(&mut file).context("torn, or no GGUF file")?;
        let beside = path.parent().filter(|folder| folder.join("config.json").is_file());
        let config = match beside {
            Some(folder) => Config::open(folder)?,
            None => Config::parse(&metadata(&content)?.to_string())?,
        };
        let mut found = BTreeMap::new();
        let mut names: Vec<&String> = content.tensor_infos.keys().collect();
        names.sort();
        for name in names {
            let Some(ours) = named(name) else {
                if name == "rope_freqs.weight" && beside.is_some() {
                    continue;
                }
                bail!("the tensor `{name}` is not known here");
            };
            let tensor = content.tensor(&mut file, name, &Device::Cpu);
            let tensor = tensor.with_context(|| format!("the tensor `{name}` is torn or of an unknown kind"))?;
            let tensor = tensor.dequantize(&Device::Cpu)?;
            let tensor = match ours.rsplit_once("self_attn.").map(|(_, rest)| rest) {
                Some("q_proj.weight") => half_split(&tensor, config.num_attention_heads)?,
                Some("k_proj.weight") => half_split(&tensor, config.num_key_value_heads)?,
                _ => tensor,
            };
            found.insert(ours, tensor);
        }
        let weights = Weights::of(found, &config)?;
        Ok((config, weights))
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

/// The name of a tensor in Hugging Face's layout.
fn named(name: &str) -> Option<String> {
    let whole = match name {
        "token_embd.weight" => Some("model.embed_tokens.weight"),
        "output_norm.weight" => Some("model.norm.weight"),
        "output.weight" => Some("lm_head.weight"),
        _ => None,
    };
    if let Some(whole) = whole {
        return Some(whole.to_string());
    }
    let (layer, part) = name.strip_prefix("blk.")?.split_once('.')?;
    let layer: usize = layer.parse().ok()?;
    let part = match part.strip_suffix(".weight")? {
        "attn_norm" => "input_layernorm",
        "ffn_norm" => "post_attention_layernorm",
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_output" => "self_attn.o_proj",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        _ => return None,
    };
    Some(format!("model.layers.{layer}.{part}.weight"))
}

/// Rows of a head from interleaved order, where neighbours turn together, to half-split order.
fn half_split(tensor: &Tensor, heads: usize) -> anyhow::Result<Tensor> {
    let (rows, cols) = tensor.dims2()?;
    if rows % (2 * heads) != 0 {
        bail!("{rows} rows cannot be divided among {heads} heads");
    }
    let pairs = tensor.reshape((heads, rows / heads / 2, 2, cols))?;
    Ok(pairs.transpose(1, 2)?.contiguous()?.reshape((rows, cols))?)
}

/// What a config.json would say.
fn metadata(content: &Content) -> anyhow::Result<serde_json::Value> {
    let found = |key: &str| content.metadata.get(key);
    let architecture = found("general.architecture").and_then(|value| value.to_string().ok());
    match architecture.map(String::as_str) {
        Some("llama") => {}
        Some(other) => bail!("a model of the architecture `{other}`; only `llama` is known"),
        None => bail!("the file does not say its architecture"),
    }
    if content.tensor_infos.contains_key("rope_freqs.weight") {
        bail!("the file scales its rotary positions by a table; put its config.json beside it, with `rope_scaling`");
    }
    let whole = |key: &str| found(&format!("llama.{key}")).and_then(whole);
    let needed = |key: &str| whole(key).with_context(|| format!("the file does not say `llama.{key}`"));
    let real = |key: &str| found(&format!("llama.{key}")).and_then(|value| value.to_f32().ok());
    let embedding = content
        .tensor_infos
        .get("token_embd.weight")
        .map(|info| info.shape.dims().to_vec());
    let vocab = embedding
        .and_then(|dims| dims.first().copied())
        .context("the file has no `token_embd.weight`")?;
    // The shortest decimals of an f32, since 1e-5 is what was meant.
    let decimal = |value: f32| value.to_string().parse::<f64>().unwrap_or(f64::from(value));
    let mut config = json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": needed("embedding_length")?,
        "intermediate_size": needed("feed_forward_length")?,
        "num_hidden_layers": needed("block_count")?,
        "num_attention_heads": needed("attention.head_count")?,
        "num_key_value_heads": whole("attention.head_count_kv"),
        "head_dim": whole("attention.key_length").or(whole("rope.dimension_count")),
        "vocab_size": vocab,
        "max_position_embeddings": needed("context_length")?,
        "rms_norm_eps": decimal(real("attention.layer_norm_rms_epsilon").unwrap_or(1e-5)),
        "rope_theta": decimal(real("rope.freq_base").unwrap_or(10_000.0)),
        "tie_word_embeddings": !content.tensor_infos.contains_key("output.weight"),
        "bos_token_id": found("tokenizer.ggml.bos_token_id").and_then(self::whole),
        "eos_token_id": found("tokenizer.ggml.eos_token_id").and_then(self::whole),
    });
    if let Some(kind) = found("llama.rope.scaling.type").and_then(|value| value.to_string().ok())
        && kind != "none"
    {
        config["rope_scaling"] = json!({
            "rope_type": kind,
            "factor": real("rope.scaling.factor"),
            "original_max_position_embeddings": whole("rope.scaling.original_context_length"),
        });
    }
    Ok(config)
}

/// A whole number of any width.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::U8(n) => Some(u64::from(*n)),
        Value::U16(n) => Some(u64::from(*n)),
        Value::U32(n) => Some(u64::from(*n)),
        Value::U64(n) => Some(*n),
        Value::I32(n) => u64::try_from(*n).ok(),
        Value::I64(n) => u64::try_from(*n).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_heads_go_where_half_split_rotation_expects_them() {
        let rows: Vec<f32> = (0..8).map(|row| row as f32).collect();
        let tensor = Tensor::from_vec(rows, (8, 1), &Device::Cpu).unwrap();
        let ours = half_split(&tensor, 2).unwrap().flatten_all().unwrap();
        assert_eq!(ours.to_vec1::<f32>().unwrap(), [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    }
}
