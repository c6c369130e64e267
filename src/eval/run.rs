//! A whole run: what a model answers to a build's test examples, and on validation examples for the choice of templates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::{Value, json};

use super::answer::{Answerer, Lengths, Settings};
use super::examples::{self, Example, Examples, Wanted};
use super::origin::Origin;
use super::report::{self, Report};
use super::seen::seen;
use super::store::{PREDICTIONS, Store, VALIDATION};
use crate::digest::hex;
use crate::model::Llama;
use crate::shard::{self, Manifest};
use crate::token::{Join, Sides, Tokenizer};

/// What is asked of a model.
#[derive(Clone, Debug)]
pub struct Request {
    pub model: PathBuf,
    pub build: PathBuf,
    pub out: PathBuf,
    /// Where that of the model's directory is not the one.
    pub tokenizer: Option<PathBuf>,
    pub selection: Vec<String>,
    /// At most so many rows of each dataset.
    pub limit: Option<usize>,
    /// Exemplars before each prompt, at most.
    pub shots: usize,
    /// Tokens of a prompt with its exemplars, at most.
    pub budget: usize,
    /// Tokens of a pass over the model; the result does not depend on it.
    pub batch_tokens: usize,
    /// What joins inputs and targets, and how they are tokenised; `None`: as the model was trained.
    pub join: Option<Join>,
    pub sides: Option<Sides>,
    /// `None`: the most targets had in training, or else 256; a quarter of the model's positions at most.
    pub new_tokens: Option<usize>,
    /// The build that the model was trained on, where its directory keeps no more than a digest of it.
    pub trained_on: Option<PathBuf>,
    /// Whether datasets that the model has seen are evaluated all the same.
    pub allow_seen: bool,
    /// Another run to stand beside this one.
    pub baseline: Option<PathBuf>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    pub done: usize,
    pub of: usize,
    pub split: &'p str,
    pub dataset: &'p str,
}

/// What became of a run.
#[derive(Debug)]
pub enum Outcome {
    Done(Box<Report>),
    /// Nothing was computed: these have been seen, each for these reasons; and those that have not.
    Seen {
        seen: BTreeMap<String, Vec<String>>,
        unseen: Vec<String>,
    },
}

/// Runs, or goes on with a run of the same request that was stopped.
pub fn run(request: &Request, progress: &mut dyn FnMut(Progress<'_>)) -> anyhow::Result<Outcome> {
    let manifest = shard::manifest(&request.build)?;
    let origin = Origin::open(&request.model)?;
    let tokenizer = Tokenizer::open(request.tokenizer.as_deref().unwrap_or(&request.model))?;
    origin.check_tokenizer(&tokenizer)?;
    let examples = examples::read(
        &request.build,
        &manifest,
        &Wanted {
            selection: request.selection.clone(),
            limit: request.limit,
            exemplars: request.shots > 0,
        },
    )?;
    let builds: Vec<&Path> = request
        .trained_on
        .iter()
        .chain([&request.build])
        .map(PathBuf::as_path)
        .collect();
    let trained = match origin.trained(&builds) {
        Err(_) if request.allow_seen => None,
        trained => trained?,
    };
    let seen = match &trained {
        Some(trained) => seen(trained, &manifest, examples.datasets()),
        None => BTreeMap::new(),
    };
    if !seen.is_empty() && !request.allow_seen {
        let unseen = examples.datasets().into_iter().filter(|id| !seen.contains_key(*id));
        return Ok(Outcome::Seen {
            unseen: unseen.map(str::to_string).collect(),
            seen,
        });
    }
    let model = Llama::open(&request.model)?;
    let config = model.config();
    if tokenizer.vocab() > config.vocab_size {
        bail!(
            "the tokenizer has {} tokens and the model {}: they do not belong together\nhelp: `--tokenizer` names another",
            tokenizer.vocab(),
            config.vocab_size
        );
    }
    let positions = config.max_position_embeddings;
    let settings = settings(request, &origin, &manifest, positions)?;
    let asked = asked(request, &manifest, &origin, &tokenizer, &settings);
    let facts = json!({
        "version": 1,
        "model": request.model.display().to_string(),
        "parameters": config.parameters(),
        "positions": positions,
        "trained": origin.learned_from().map(|(mixture, manifest)| {
            json!({ "mixture": mixture, "manifest": manifest, "known": trained.is_some() })
        }),
        "directory": request.build.display().to_string(),
        "mixture": manifest.mixture,
        "seen": seen,
        "asked": asked,
    });
    let store = Store::open(&request.out, &facts)?;
    let mut answerer = Answerer::new(&model, &tokenizer, &manifest, &examples.exemplars, settings)?;
    let of = examples.test.len() + examples.validation.len();
    let mut lengths = BTreeMap::new();
    let mut before = 0;
    for (split, name, all) in [
        ("test", PREDICTIONS, &examples.test),
        ("validation", VALIDATION, &examples.validation),
    ] {
        let mut told = |done: usize, dataset: &str| {
            progress(Progress {
                done: before + done,
                of,
                split,
                dataset,
            });
        };
        let own = answers(&mut answerer, &store, name, all, &mut told)?;
        if split == "test" {
            lengths = own;
        }
        before += all.len();
    }
    let report = report::make(request, &store, &examples, facts, lengths)?;
    Ok(Outcome::Done(Box::new(report)))
}

/// How the model is asked: where nothing is said as it was taught, or else as the tokens of the build were made, where it has
/// some.
fn settings(request: &Request, origin: &Origin, manifest: &Manifest, positions: usize) -> anyhow::Result<Settings> {
    let taught = origin.tokens();
    let built = manifest.tokens.as_ref();
    let built_join = built.and_then(|tokens| serde_json::from_value(json!(tokens.join)).ok());
    let built_sides = built.and_then(|tokens| serde_json::from_value(json!(tokens.sides)).ok());
    Ok(Settings {
        shots: request.shots,
        budget: request.budget,
        new_tokens: new_tokens(request, origin, positions)?,
        join: request
            .join
            .or(taught.map(|tokens| tokens.join))
            .or(built_join)
            .unwrap_or_default(),
        sides: request
            .sides
            .or(taught.map(|tokens| tokens.sides))
            .or(built_sides)
            .unwrap_or_default(),
        batch_tokens: request.batch_tokens.max(1),
    })
}

/// What decides the answers of a run, and nothing else: neither where things lie nor how much is computed at once.
fn asked(request: &Request, manifest: &Manifest, origin: &Origin, tokenizer: &Tokenizer, settings: &Settings) -> Value {
    json!({
        "model": origin.digest,
        "tokenizer": hex(&tokenizer.digest()),
        "content": manifest.content,
        "selection": request.selection,
        "limit": request.limit,
        "shots": settings.shots,
        "budget": (settings.shots > 0).then_some(settings.budget),
        "new_tokens": settings.new_tokens,
        "join": settings.join,
        "sides": settings.sides,
        "allow_seen": request.allow_seen,
    })
}

fn new_tokens(request: &Request, origin: &Origin, positions: usize) -> anyhow::Result<usize> {
    let most = origin.tokens().map_or(256, |tokens| tokens.max_targets);
    match request.new_tokens {
        Some(asked) if asked == 0 || asked >= positions => bail!(
            "{asked} new tokens: the model has {positions} positions, for the prompt and what is generated together"
        ),
        Some(asked) => Ok(asked),
        None => Ok(most.min(positions / 4).max(1)),
    }
}

/// Answers the examples of one split that have no answer yet, and says what was left out of all their prompts.
fn answers(
    answerer: &mut Answerer<'_>,
    store: &Store,
    name: &str,
    examples: &[Example],
    progress: &mut dyn FnMut(usize, &str),
) -> anyhow::Result<BTreeMap<String, Lengths>> {
    let mut lengths: BTreeMap<String, Lengths> = BTreeMap::new();
    let mut add = |example: &Example, own: Lengths| {
        lengths.entry(example.dataset.clone()).or_default().add(own);
    };
    let (done, mut file) = match store.answers(name, examples)? {
        Some((done, file)) => (done, Some(file)),
        None => (examples.len(), None),
    };
    // What has an answer already is only measured.
    for example in &examples[..done] {
        add(example, answerer.ask(example)?.lengths);
    }
    let mut at = done;
    while at < examples.len() {
        progress(at, &examples[at].dataset);
        let batch = answerer.batch(&examples[at..])?;
        let lines = answerer.answer(&examples[at..at + batch.len()], &batch)?;
        if let Some(file) = &mut file {
            file.add(&lines)?;
        }
        for (example, asked) in examples[at..].iter().zip(&batch) {
            add(example, asked.lengths);
        }
        at += batch.len();
    }
    if let Some(file) = file {
        file.finish()?;
    }
    Ok(lengths)
}

/// Which datasets of some examples a build has no validation examples of.
pub fn without_validation(examples: &Examples) -> BTreeSet<&str> {
    let known: BTreeSet<&str> = examples.validation.iter().map(|one| one.dataset.as_str()).collect();
    examples
        .datasets()
        .into_iter()
        .filter(|id| !known.contains(id))
        .collect()
}

/// Where a run's answers to a split lie.
pub fn predictions(run: &Path) -> PathBuf {
    run.join(PREDICTIONS)
}
