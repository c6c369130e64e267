//! Where a model comes from: its digest, and what its directory says of its training.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::digest::{Hasher, hex, sha256_of};
use crate::shard::{self, TRAINED, Trained};
use crate::text;
use crate::token::{Settings, Tokenizer};

/// What a model's directory says of it.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// A digest over its settings and weights.
    pub digest: String,
    /// How it was trained, where a trainer said so.
    recipe: Option<Recipe>,
}

/// What of the trainer's recipe matters here.
#[derive(Clone, Debug, Deserialize)]
struct Recipe {
    mixture: String,
    /// SHA-256 of the manifest of the build that was learned from, and of the tokenizer's file.
    manifest: String,
    tokenizer: String,
    tokens: Settings,
    /// What was trained on, where the recipe says that as well.
    trained: Option<Trained>,
}

/// What the trainer writes beside a model.
const RECIPE: &str = "recipe.json";

impl Origin {
    /// Reads what a model's path says: a directory, also one of a run's checkpoints, or one GGUF file.
    pub fn open(model: &Path) -> anyhow::Result<Self> {
        let digest = digest(model)?;
        let said = shard::folders_of_model(model).find(|folder| folder.join(RECIPE).is_file());
        let Some(folder) = said else {
            return Ok(Self { digest, recipe: None });
        };
        let mut recipe: Recipe = read(&folder.join(RECIPE))?;
        if folder.join(TRAINED).is_file() {
            recipe.trained = Some(read(&folder.join(TRAINED))?);
        }
        Ok(Self {
            digest,
            recipe: Some(recipe),
        })
    }

    /// How examples became tokens in training.
    pub fn tokens(&self) -> Option<Settings> {
        self.recipe.as_ref().map(|recipe| recipe.tokens)
    }

    /// The mixture that was learned from, and the digest of its manifest.
    pub fn learned_from(&self) -> Option<(&str, &str)> {
        let recipe = self.recipe.as_ref()?;
        Some((&recipe.mixture, &recipe.manifest))
    }

    /// What the model was trained on; `None` where nobody can know. `builds` are asked for the manifest that its recipe names: the
    /// one that is evaluated, and before it one that was named.
    pub fn trained(&self, builds: &[&Path]) -> anyhow::Result<Option<Trained>> {
        let Some(recipe) = &self.recipe else {
            return Ok(None);
        };
        if let Some(trained) = &recipe.trained {
            if !trained.unknown.is_empty() {
                bail!(
                    "the model began with weights that had been trained on {}, of which nothing is known\nhelp: `--allow-seen` \
                     evaluates it all the same, and records that",
                    text::list(&trained.unknown)
                );
            }
            return Ok(Some(trained.clone()));
        }
        for build in builds {
            let path = build.join("manifest.json");
            let digest = File::open(&path)
                .and_then(sha256_of)
                .with_context(|| format!("cannot read {}: is this a build of flanc?", path.display()))?;
            if hex(&digest) == recipe.manifest {
                return Ok(Some(Trained::of(&shard::manifest(build)?)));
            }
        }
        bail!(
            "the model was trained on the mixture `{}`, of which its directory keeps no more than the digest {} of its manifest; that \
             is not the manifest of {}, so that nobody can tell what the model has seen\nhelp: name that build with `--trained-on DIR`",
            recipe.mixture,
            recipe.manifest.get(..16).unwrap_or(&recipe.manifest),
            builds
                .iter()
                .map(|build| build.display().to_string())
                .collect::<Vec<_>>()
                .join(" or ")
        );
    }

    /// Refuses a tokenizer with which the model was not trained.
    pub fn check_tokenizer(&self, tokenizer: &Tokenizer) -> anyhow::Result<()> {
        let own = hex(&tokenizer.digest());
        match &self.recipe {
            Some(recipe) if recipe.tokenizer != own => bail!(
                "the model was trained with the tokenizer {}, and this one is {}\nhelp: leave `--tokenizer` out to use the model's own, or \
                 name the one it was trained with",
                recipe.tokenizer.get(..16).unwrap_or(&recipe.tokenizer),
                &own[..16]
            ),
            _ => Ok(()),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is torn, or of another version: what the model was trained on cannot be known",
            path.display()
        )
    })
}

/// A digest over the files that make a model what it is: settings and weights, in the order of their names.
fn digest(model: &Path) -> anyhow::Result<String> {
    let mut files: Vec<PathBuf> = match model.is_dir() {
        false => vec![model.to_path_buf()],
        true => {
            let entries = fs::read_dir(model).with_context(|| format!("cannot read {}", model.display()))?;
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            let paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
            let is_model = |path: &PathBuf| {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                name.is_some_and(|name| {
                    name == "config.json" || name.ends_with(".safetensors") || name.ends_with(".gguf")
                })
            };
            paths.into_iter().filter(is_model).collect()
        }
    };
    files.sort();
    let mut hasher = Hasher::new("model");
    for path in &files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let digest = File::open(path)
            .and_then(sha256_of)
            .with_context(|| format!("cannot read {}", path.display()))?;
        hasher.part(name.unwrap_or_default().as_bytes()).part(&digest);
    }
    Ok(hex(&hasher.finish()))
}
