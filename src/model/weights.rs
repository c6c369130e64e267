//! The tensors of a model: read from safetensors, whole or in shards, held to the settings, and written again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};
use serde_json::json;

use super::config::Config;
use super::tensor::Numbers;
use crate::digest::{Digest, Hasher};

/// Tensors in f32 by their names.
#[derive(Clone, Debug, Default)]
pub struct Weights(BTreeMap<String, Tensor>);

impl Weights {
    /// Reads `model.safetensors`, or the shards that `model.safetensors.index.json` names.
    pub fn open(directory: &Path, config: &Config) -> anyhow::Result<Self> {
        let whole = directory.join("model.safetensors");
        let index = directory.join("model.safetensors.index.json");
        let mut found = BTreeMap::new();
        if whole.is_file() {
            read(&whole, &mut found)?;
        } else if index.is_file() {
            for shard in shards(&index)? {
                read(&directory.join(shard), &mut found)?;
            }
        } else {
            bail!(
                "{} has no model.safetensors, no model.safetensors.index.json and no .gguf file",
                directory.display()
            );
        }
        Self::of(found, config).with_context(|| directory.display().to_string())
    }

    /// Holds tensors to the settings: every one that a model needs, in its shape, and all of them numbers.
    pub fn of(mut found: BTreeMap<String, Tensor>, config: &Config) -> anyhow::Result<Self> {
        let mut tensors = BTreeMap::new();
        for (name, shape) in config.tensors() {
            let Some(tensor) = found.remove(&name) else {
                bail!("the tensor `{name}` is missing")
            };
            if tensor.dims() != shape {
                bail!(
                    "the tensor `{name}` has the shape {:?}, and config.json asks for {shape:?}",
                    tensor.dims()
                );
            }
            let tensor = tensor.to_dtype(DType::F32)?.contiguous()?;
            let broken = Numbers::of(&tensor).get()?.iter().position(|x| !x.is_finite());
            if let Some(at) = broken {
                bail!("the tensor `{name}` holds a value that is no finite number, at {at}");
            }
            tensors.insert(name, tensor);
        }
        // Frequencies that old files store, and the output layer where it is the embedding: both are computed.
        let known = |name: &str| name == "lm_head.weight" || name.ends_with("rotary_emb.inv_freq");
        if let Some(name) = found.keys().find(|name| !known(name)) {
            bail!("the tensor `{name}` belongs to no model of the Llama family that is known here");
        }
        Ok(Self(tensors))
    }

    /// Takes tensors as they are: of f32, with the names and shapes of a model.
    pub fn trusted(tensors: BTreeMap<String, Tensor>) -> Self {
        Self(tensors)
    }

    pub fn get(&self, name: &str) -> anyhow::Result<&Tensor> {
        self.0
            .get(name)
            .with_context(|| format!("the tensor `{name}` is missing"))
    }

    /// By name, in the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> + Clone {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// A digest of all names, shapes and numbers, however they were stored.
    pub fn digest(&self) -> anyhow::Result<Digest> {
        let mut hasher = Hasher::new("model");
        for (name, tensor) in self.iter() {
            hasher
                .part(name.as_bytes())
                .part(format!("{:?}", tensor.dims()).as_bytes());
            let numbers = Numbers::of(tensor);
            // In pieces, as a part holds less than 4 GiB.
            for piece in numbers.get()?.chunks(1 << 20) {
                let bytes: Vec<u8> = piece.iter().flat_map(|x| x.to_le_bytes()).collect();
                hasher.part(&bytes);
            }
        }
        Ok(hasher.finish())
    }

    /// Writes one safetensors file. Equal tensors give equal bytes.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        write(path, self.iter())
    }
}

/// The files an index names, each once, in the order of their names.
fn shards(index: &Path) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(index).with_context(|| format!("cannot read {}", index.display()))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", index.display()))?;
    let map = value["weight_map"].as_object();
    let map = map.with_context(|| format!("{} has no `weight_map`", index.display()))?;
    let mut names = std::collections::BTreeSet::new();
    for file in map.values() {
        let name = file.as_str().unwrap_or_default();
        if name.is_empty() || name.contains(['/', '\\']) {
            bail!("{}: {file} is no name of a file beside it", index.display());
        }
        names.insert(name.to_string());
    }
    Ok(names.into_iter().collect())
}

/// Adds the tensors of a safetensors file.
pub fn read(path: &Path, into: &mut BTreeMap<String, Tensor>) -> anyhow::Result<()> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = SafeTensors::deserialize(&bytes)
        .with_context(|| format!("{} is torn or no safetensors file", path.display()))?;
    for (name, view) in file.iter() {
        let kind = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::F64 => DType::F64,
            other => bail!(
                "{}: the tensor `{name}` is of {other:?}; only floating-point numbers are read",
                path.display()
            ),
        };
        let tensor = Tensor::from_raw_buffer(view.data(), kind, view.shape(), &Device::Cpu)?.to_dtype(DType::F32)?;
        match into.entry(name.to_string()) {
            Entry::Vacant(place) => place.insert(tensor),
            Entry::Occupied(_) => bail!("{}: the tensor `{name}` is in another shard, too", path.display()),
        };
    }
    Ok(())
}

/// Writes tensors of f32 to a safetensors file, one after another: nothing is held twice.
pub fn write<'a>(path: &Path, tensors: impl Iterator<Item = (&'a str, &'a Tensor)> + Clone) -> anyhow::Result<()> {
    let mut header = json!({ "__metadata__": { "format": "pt" } });
    let mut end = 0;
    for (name, tensor) in tensors.clone() {
        let start = end;
        end += 4 * tensor.elem_count();
        header[name] = json!({ "dtype": "F32", "shape": tensor.dims(), "data_offsets": [start, end] });
    }
    let mut header = header.to_string();
    // Numbers begin where eight divides.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let failed = || format!("cannot write {}", path.display());
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).with_context(failed)?);
    file.write_all(&(header.len() as u64).to_le_bytes())
        .with_context(failed)?;
    file.write_all(header.as_bytes()).with_context(failed)?;
    for (_, tensor) in tensors {
        for piece in Numbers::of(tensor).get()?.chunks(1 << 16) {
            let bytes: Vec<u8> = piece.iter().flat_map(|x| x.to_le_bytes()).collect();
            file.write_all(&bytes).with_context(failed)?;
        }
    }
    file.flush().with_context(failed)
}
