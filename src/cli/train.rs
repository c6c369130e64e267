//! `flanc train`: a build to a model that has learned from it.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args as ClapArgs, ValueEnum};
use indicatif::ProgressBar;
use serde_json::json;

use super::args::Common;
use super::token_args::{FrameArgs, defaults};
use super::{output, progress};
use crate::catalog::Profile;
use crate::digest::hex;
use crate::model::Llama;
use crate::shard::{self, Manifest};
use crate::text::thousands;
use crate::token::{BYTES, Frame, Settings, Tokenizer, TooLong};
use crate::train::{self, Data, Factored, Optimizer, Progress, Recipe, Run, Schedule};

/// Train a model of the Llama family on a build
#[derive(ClapArgs)]
#[command(
    group(ArgGroup::new("weights").required(true).args(["model", "from_scratch"])),
    after_help = "Examples:\n  flanc train build/flan --from-scratch 15M --tokenizer PATH/gpt2 --out runs/first\n  flanc train build/flan --model stories260K --seq-len 512 --max-inputs 320 --max-targets 64 --steps 500 --out runs/tuned\n  flanc train build/flan --model stories260K --seq-len 512 --max-inputs 320 --max-targets 64 --steps 500 --out runs/tuned --continue"
)]
pub struct Command {
    /// The built directory
    #[arg(value_name = "BUILD")]
    pub build: PathBuf,
    /// The model to begin with: a directory with config.json and safetensors or a GGUF file, or such a file
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Begin with nothing: 260K, 1M, 5M, 15M, 42M or 110M parameters beside the vocabulary's, or a config.json
    #[arg(long, value_name = "SIZE", requires = "tokenizer")]
    pub from_scratch: Option<String>,
    /// A `tokenizer.json`, a directory with one, or `bytes`, which is built in [default: that of the model]
    #[arg(long, value_name = "PATH")]
    pub tokenizer: Option<PathBuf>,
    /// The token that ends an example, where it is not the one that the tokenizer's files name
    #[arg(long, value_name = "TOKEN")]
    pub eos: Option<String>,
    /// The directory of the run
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Go on with the run that was begun there
    #[arg(long = "continue")]
    pub resume: bool,
    /// Updates
    #[arg(long, value_name = "N", conflicts_with = "epochs", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: Option<u64>,
    /// How often every row is learned from [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub epochs: Option<u64>,
    /// Tokens of a batch, at most; a row that is longer is a batch of its own
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub batch_tokens: u64,
    /// In how many parts a batch is computed, which bounds memory [default: of 2,048 tokens each]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub accumulate: Option<u64>,
    /// Tokens of a row, at most [default: 2048, or what the model has positions for]
    #[arg(long, value_name = "N")]
    pub seq_len: Option<usize>,
    #[command(flatten)]
    pub frame: FrameArgs,
    /// What makes updates of gradients
    #[arg(long, value_enum, value_name = "NAME", default_value_t = OptimizerName::Adafactor)]
    pub optimizer: OptimizerName,
    /// The full learning rate
    #[arg(long, value_name = "RATE", default_value_t = 3e-5)]
    pub learning_rate: f64,
    /// How the rate goes on after the warm-up
    #[arg(long, value_enum, value_name = "SHAPE", default_value_t = ScheduleName::Constant)]
    pub schedule: ScheduleName,
    /// Updates in which the rate rises to its full
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub warmup: u64,
    /// Gradients that are longer together are made as short as this
    #[arg(long, value_name = "LENGTH")]
    pub clip: Option<f64>,
    /// What each update takes from every weight, times the rate
    #[arg(long, value_name = "PART", default_value_t = 0.0)]
    pub weight_decay: f64,
    /// Adafactor: rates are parts of each parameter's own size
    #[arg(long)]
    pub scale_parameter: bool,
    /// Adafactor: which matrices are remembered by rows and columns; `large` as T5X and Optax do [default: all]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub factored: Option<FactoredName>,
    /// Measure the held-in loss every N updates, and at both ends
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub eval_every: u64,
    /// Rows of the validation split that are measured, at most
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub eval_rows: u64,
    /// Save a checkpoint every N updates, and at the end
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub save_every: u64,
    /// The seed of new weights and of the order of rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Worker threads, at most 1024, or 0 for one each core; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = super::args::threads(), default_value_t = 0)]
    pub threads: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OptimizerName {
    Adafactor,
    Adamw,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScheduleName {
    Constant,
    Linear,
    Cosine,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FactoredName {
    All,
    Large,
    Never,
}

pub fn run(common: &Common, command: &Command) -> anyhow::Result<ExitCode> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(command.threads).build();
    pool.context("no threads")?.install(|| trained(common, command))
}

fn trained(common: &Common, command: &Command) -> anyhow::Result<ExitCode> {
    let model = command.model.as_deref().map(Llama::open).transpose()?;
    let tokenizer = tokenizer(command)?;
    let positions = model.as_ref().map(|model| model.config().max_position_embeddings);
    let settings = settings(command, &shard::manifest(&command.build)?, positions)?;
    if let Some(positions) = positions.filter(|positions| settings.seq_len > *positions) {
        bail!(
            "rows of {} tokens for a model of {positions} positions\nhelp: give --seq-len {positions}, and --max-inputs and \
             --max-targets that fit it",
            settings.seq_len
        );
    }
    // Rows as long as the model has positions for can be made no longer.
    if let Some(positions) = positions.filter(|positions| settings.seq_len == *positions)
        && settings.too_long != TooLong::Drop
        && settings.longest(&tokenizer) > positions
    {
        bail!(
            "examples of {} and {} tokens do not fit a row of {positions}, which is all that the model has positions for\n\
             help: give lower --max-inputs and --max-targets, or `--too-long drop`",
            settings.max_inputs,
            settings.max_targets
        );
    }
    let frame = Frame::new(&tokenizer, settings)?;
    let data = Data::open(&command.build, &frame)?;
    let (weights, model) = match (model, &command.from_scratch) {
        (Some(model), _) => (hex(&model.weights().digest()?), model),
        (None, size) => {
            let config = train::config(size.as_deref().unwrap_or_default(), &tokenizer, settings.seq_len)?;
            ("scratch".to_string(), Llama::fresh(config, command.seed)?)
        }
    };
    let vocab = model.config().vocab_size;
    if tokenizer.vocab() > vocab {
        bail!(
            "a tokenizer of {} tokens for a model of {vocab}: it is not the model's",
            tokenizer.vocab()
        );
    }
    let recipe = recipe(command, &data, &tokenizer, settings, &model, weights)?;
    if !common.quiet {
        let (tokens, supervised) = data.tokens();
        output::note(&format!(
            "{}: {} rows of {} tokens, {} of them with a loss; {} parameters, {} updates",
            data.manifest.mixture,
            thousands(data.train.len() as u64),
            thousands(tokens),
            thousands(supervised),
            thousands(model.config().parameters() as u64),
            thousands(recipe.steps)
        ));
        if data.dropped > 0 {
            output::note(&format!(
                "{} examples are in no row: over a limit, or without a target",
                thousands(data.dropped)
            ));
        }
        if data.validation.is_empty() {
            output::note("the build has no validation split: no held-in loss, and no best checkpoint");
        }
    }
    let bars = progress::Bars::new(common);
    let bar = bars.updates();
    let done = Cell::new((0, Instant::now()));
    let watched = |step: Progress| watch(&bar, &done, step);
    let run = Run {
        recipe,
        data: &data,
        tokenizer: &tokenizer,
        model,
        trained: train::trained(&data.manifest, command.model.as_deref())?,
        out: command.out.clone(),
        resume: command.resume,
    };
    let finished = train::run(run, &watched)?;
    bar.finish_and_clear();
    bars.clear();
    let rate = finished.tokens as f64 / finished.seconds.max(1e-9);
    if common.json() {
        output::print_json(&json!({
            "directory": command.out, "steps": finished.steps, "held_in_loss": finished.held_in,
            "best": finished.best.map(|(loss, step)| json!({ "loss": loss, "step": step })),
            "tokens": finished.tokens, "seconds": finished.seconds,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut said = format!("{} updates", thousands(finished.steps));
    if finished.tokens > 0 {
        said += &format!(", {} tokens per second", thousands(rate as u64));
    }
    if let Some(loss) = finished.held_in {
        said += &format!("; held-in loss {loss:.4}");
    }
    if let Some((loss, step)) = finished.best {
        said += &format!(", at best {loss:.4} after {}", thousands(step));
    }
    output::print(&format!("{said}\nwrote {}\n", command.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// How examples become tokens: what was asked for, and the rest as it is where nothing is said; or how the tokens of a build
/// were made, which cannot be asked for otherwise.
fn settings(command: &Command, build: &Manifest, positions: Option<usize>) -> anyhow::Result<Settings> {
    let stored = train::stored_settings(build)?;
    let rest = stored.unwrap_or_else(|| {
        // As a build of tokens has it.
        let rest = defaults((build.settings["profile"] == "paper").then_some(Profile::Paper));
        Settings {
            seq_len: rest.seq_len.min(positions.unwrap_or(rest.seq_len)),
            ..rest
        }
    });
    let settings = command.frame.over(Settings {
        seq_len: command.seq_len.unwrap_or(rest.seq_len),
        ..rest
    });
    if stored.is_some_and(|stored| stored != settings) {
        bail!(
            "the tokens of the build were made with other limits or another join\n\
             help: leave these options away, or build the mixture with them"
        );
    }
    Ok(settings)
}

/// The tokenizer that was named, which must be the model's where that has one; or the model's.
fn tokenizer(command: &Command) -> anyhow::Result<Tokenizer> {
    let beside = command.model.as_deref().map(|model| match model.is_dir() {
        true => model,
        false => model.parent().unwrap_or(Path::new(".")),
    });
    match (&command.tokenizer, beside) {
        (Some(path), beside) => {
            let tokenizer = Tokenizer::open_with(path, command.eos.as_deref())?;
            if let Some(beside) = beside {
                train::same_tokenizer(&tokenizer, beside)?;
            }
            Ok(tokenizer)
        }
        (None, Some(beside)) => Tokenizer::open_with(beside, command.eos.as_deref())
            .with_context(|| format!("name a tokenizer with --tokenizer, such as `{BYTES}`")),
        (None, None) => bail!("name a tokenizer with --tokenizer, such as `{BYTES}`"),
    }
}

fn recipe(
    command: &Command,
    data: &Data,
    tokenizer: &Tokenizer,
    tokens: Settings,
    model: &Llama,
    weights: String,
) -> anyhow::Result<Recipe> {
    let positive = |name: &str, value: f64| match value.is_finite() && value > 0.0 {
        true => Ok(value),
        false => bail!("{name} is {value}; it must be above 0"),
    };
    let learning_rate = positive("--learning-rate", command.learning_rate)?;
    let clip = command.clip.map(|clip| positive("--clip", clip)).transpose()?;
    let mut optimizer = match command.optimizer {
        OptimizerName::Adafactor => Optimizer::adafactor(),
        OptimizerName::Adamw => Optimizer::adamw(),
    };
    match &mut optimizer {
        Optimizer::Adamw { weight_decay, .. } => {
            if command.scale_parameter || command.factored.is_some() {
                bail!("--scale-parameter and --factored are settings of Adafactor");
            }
            *weight_decay = command.weight_decay;
        }
        Optimizer::Adafactor {
            weight_decay,
            scale_parameter,
            factored,
            ..
        } => {
            *weight_decay = command.weight_decay;
            *scale_parameter = command.scale_parameter;
            *factored = match command.factored {
                None | Some(FactoredName::All) => Factored::All,
                Some(FactoredName::Large) => Factored::Large,
                Some(FactoredName::Never) => Factored::Never,
            };
        }
    }
    optimizer.check()?;
    let accumulate = command.accumulate.unwrap_or(command.batch_tokens.div_ceil(2048));
    let plan = train::plan(data, command.batch_tokens, accumulate, command.seed);
    Ok(Recipe {
        version: train::VERSION,
        mixture: data.manifest.mixture.clone(),
        manifest: hex(&data.digest),
        tokenizer: hex(&tokenizer.digest()),
        tokens,
        weights,
        config: serde_json::from_str(&model.config().to_json())?,
        optimizer,
        learning_rate,
        schedule: match command.schedule {
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Linear => Schedule::Linear,
            ScheduleName::Cosine => Schedule::Cosine,
        },
        warmup: command.warmup,
        clip,
        steps: match command.steps {
            Some(steps) => steps,
            None => plan.steps(command.epochs.unwrap_or(1)),
        },
        batch_tokens: command.batch_tokens,
        accumulate,
        seed: command.seed,
        eval_every: command.eval_every,
        eval_rows: command.eval_rows,
        save_every: command.save_every,
    })
}

/// Shows a step: the loss, and tokens per second since the run began here.
fn watch(bar: &ProgressBar, done: &Cell<(u64, Instant)>, step: Progress) {
    match step {
        Progress::Begun { step, steps } => {
            bar.set_length(steps);
            bar.set_position(step);
            bar.reset_eta();
            done.set((0, Instant::now()));
        }
        Progress::Step { loss, tokens } => {
            let (before, begun) = done.get();
            done.set((before + tokens, begun));
            let rate = (before + tokens) as f64 / begun.elapsed().as_secs_f64().max(1e-9);
            bar.set_prefix(format!("loss {loss:.3}, {} tokens/s", thousands(rate as u64)));
            bar.inc(1);
        }
        Progress::Measured { loss } => bar.set_message(format!("held-in loss {loss:.3}")),
    }
}
