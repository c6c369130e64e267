//! A run: data, model and recipe to a directory with a model that has learned.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::batch::Batch;
use super::checkpoint::{self, Position};
use super::data::{Data, Packed};
use super::learner::Learner;
use super::log::{LOG, Log, TIMES};
use super::plan::{Parts, Plan};
use super::recipe::Recipe;
use super::tally::Tally;
use crate::digest::digest;
use crate::files::durable;
use crate::model::Llama;
use crate::shard::TRAINED;
use crate::token::Tokenizer;

/// Everything a run needs.
pub struct Run<'a> {
    pub recipe: Recipe,
    pub data: &'a Data,
    pub tokenizer: &'a Tokenizer,
    /// The model as it is before the first update.
    pub model: Llama,
    pub out: PathBuf,
    /// What is said beside the model of all that it has learned from.
    pub trained: Value,
    /// Go on with a run that was begun there.
    pub resume: bool,
}

/// How far a run is, for who watches it.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// It begins after so many updates of so many.
    Begun { step: u64, steps: u64 },
    /// An update was made, from so many tokens.
    Step { loss: f64, tokens: u64 },
    /// The held-in loss after the update.
    Measured { loss: f64 },
}

/// What a run ended with.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    pub steps: u64,
    /// The last held-in loss, and the least with its step.
    pub held_in: Option<f64>,
    pub best: Option<(f64, u64)>,
    /// Tokens and seconds of the updates that this call made.
    pub tokens: u64,
    pub seconds: f64,
}

/// How a recipe's batches divide rows.
pub fn plan(data: &Data, batch_tokens: u64, accumulate: u64, seed: u64) -> Plan {
    let lengths = data.train.iter().map(Packed::len).collect();
    let part = batch_tokens.div_ceil(accumulate.max(1));
    Plan::new(lengths, batch_tokens as usize, part as usize, seed)
}

/// Runs to the end of the recipe.
pub fn run(run: Run<'_>, progress: &dyn Fn(Progress)) -> anyhow::Result<Finished> {
    let _lock = prepare(&run)?;
    let mut going = Going::begin(&run)?;
    let recipe = &run.recipe;
    let plan = plan(run.data, recipe.batch_tokens, recipe.accumulate, recipe.seed);
    let mut times = Log::append(&run.out.join(TIMES))?;
    progress(Progress::Begun {
        step: going.position.step,
        steps: recipe.steps,
    });
    if going.position.step == 0 && going.position.log == 0 {
        going.measure(progress)?;
        going.save()?;
    }
    let (mut tokens, mut seconds) = (0, 0.0);
    for parts in plan.batches(going.position.step) {
        if going.position.step >= recipe.steps {
            break;
        }
        let begun = Instant::now();
        let learned = going.step(&parts)?;
        let took = begun.elapsed().as_secs_f64();
        tokens += learned.tokens;
        seconds += took;
        progress(learned.progress());
        let step = going.position.step;
        times.line(&json!({ "step": step, "seconds": took, "tokens_per_second": learned.tokens as f64 / took }))?;
        let ends = step == recipe.steps;
        if ends || step.is_multiple_of(recipe.eval_every) {
            going.measure(progress)?;
        }
        if ends || step.is_multiple_of(recipe.save_every) {
            going.save()?;
        }
    }
    going.publish()?;
    Ok(Finished {
        steps: recipe.steps,
        held_in: going.held_in,
        best: going.position.best.map(|(bits, step)| (f64::from_bits(bits), step)),
        tokens,
        seconds,
    })
}

/// Makes the directory ours alone, and holds it to the recipe.
fn prepare(run: &Run<'_>) -> anyhow::Result<File> {
    let out = &run.out;
    let there = out.exists();
    fs::create_dir_all(out.join("checkpoints")).with_context(|| format!("cannot make {}", out.display()))?;
    let lock = File::open(out).with_context(|| format!("cannot open {}", out.display()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => bail!("another run is writing {}; wait until it ends", out.display()),
        Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the directory of the run"),
    }
    clean(out)?;
    match (Recipe::is_in(out), run.resume) {
        (true, true) => run.recipe.check(out)?,
        (true, false) => bail!(
            "{} has a run already\nhelp: go on with it by --continue, or name another directory with --out",
            out.display()
        ),
        (false, _) => {
            let ours = |name: &std::ffi::OsStr| name == "checkpoints" || name == TRAINED;
            let mut entries = fs::read_dir(out).with_context(|| format!("cannot read {}", out.display()))?;
            let foreign = entries.any(|entry| !entry.is_ok_and(|entry| ours(&entry.file_name())));
            if there && foreign {
                bail!(
                    "{} is there already and holds no run; name another directory with --out, or empty it",
                    out.display()
                );
            }
            let trained = format!("{:#}\n", run.trained);
            durable::text(&out.join(TRAINED), &trained)?;
            // Last: with it, a run has begun.
            run.recipe.write(out)?;
        }
    }
    Ok(lock)
}

/// A run on its way.
struct Going<'a> {
    run: &'a Run<'a>,
    learner: Learner,
    position: Position,
    log: Log,
    /// The rows that are measured.
    held: Vec<&'a Packed>,
    held_in: Option<f64>,
}

/// What one update came to.
struct Learned {
    loss: f64,
    tokens: u64,
}

impl Learned {
    fn progress(&self) -> Progress {
        Progress::Step {
            loss: self.loss,
            tokens: self.tokens,
        }
    }
}

impl<'a> Going<'a> {
    fn begin(run: &'a Run<'a>) -> anyhow::Result<Self> {
        let recipe = &run.recipe;
        let log_path = run.out.join(LOG);
        let (learner, position) = match checkpoint::load(&checkpoint::last(&run.out))? {
            Some((model, remembered, position)) => {
                if position.manifest != recipe.manifest || position.tokenizer != recipe.tokenizer {
                    bail!(
                        "the checkpoint {} is of another build or another tokenizer than its recipe",
                        checkpoint::last(&run.out).display()
                    );
                }
                if model.config().tensors() != run.model.config().tensors() {
                    bail!(
                        "the checkpoint {} is of another model",
                        checkpoint::last(&run.out).display()
                    );
                }
                let mut learner = Learner::new(&model, recipe.optimizer.clone())?;
                let resumed = learner.resume(remembered, position.step);
                resumed.context("the checkpoint is of another optimiser or model")?;
                (learner, position)
            }
            None => {
                let position = Position {
                    manifest: recipe.manifest.clone(),
                    tokenizer: recipe.tokenizer.clone(),
                    ..Position::default()
                };
                (Learner::new(&run.model, recipe.optimizer.clone())?, position)
            }
        };
        durable::recover(&checkpoint::best(&run.out))?;
        let mut order: Vec<usize> = (0..run.data.validation.len()).collect();
        let seed = recipe.seed.to_be_bytes();
        order.sort_by_cached_key(|row| digest("held", &[&seed, &(*row as u64).to_be_bytes()]));
        order.truncate(usize::try_from(recipe.eval_rows).unwrap_or(usize::MAX));
        order.sort_unstable();
        Ok(Self {
            run,
            learner,
            log: Log::open(&log_path, position.log)?,
            position,
            held: order.into_iter().map(|row| &run.data.validation[row]).collect(),
            held_in: None,
        })
    }

    /// One update.
    fn step(&mut self, parts: &Parts) -> anyhow::Result<Learned> {
        let recipe = &self.run.recipe;
        let data = self.run.data;
        let mut batches = Vec::with_capacity(parts.len());
        for rows in parts {
            batches.push(batch(rows.iter().map(|row| &data.train[*row]))?);
        }
        let rate = recipe.learning_rate * recipe.schedule.part(self.position.step, recipe.warmup, recipe.steps);
        let update = self.learner.update(&batches, rate, recipe.clip)?;
        if !update.loss.is_finite() || !update.norm.is_finite() {
            return Err(self.broken(parts, &batches, &update.losses));
        }
        for ((rows, batch), losses) in parts.iter().zip(&batches).zip(&update.losses) {
            tally(
                &mut self.position.since,
                data,
                rows.iter().map(|row| &data.train[*row]),
                batch,
                losses,
            );
        }
        self.position.step += 1;
        let tokens: usize = batches.iter().map(|batch| batch.ids.len()).sum();
        let supervised: usize = batches.iter().map(|batch| batch.at.len()).sum();
        self.log.line(&json!({
            "step": self.position.step, "loss": update.loss, "gradient_norm": update.norm, "learning_rate": rate,
            "tokens": tokens, "supervised": supervised,
        }))?;
        Ok(Learned {
            loss: update.loss,
            tokens: tokens as u64,
        })
    }

    /// The error of an update whose loss or gradient is no number: which batch, and which rows.
    fn broken(&self, parts: &Parts, batches: &[Batch], losses: &[Vec<f64>]) -> anyhow::Error {
        let mut rows = Vec::new();
        for ((part, batch), losses) in parts.iter().zip(batches).zip(losses) {
            let examples: Vec<_> = part
                .iter()
                .flat_map(|row| &self.run.data.train[*row].examples)
                .collect();
            let broken = batch.of.iter().zip(losses).filter(|(_, loss)| !loss.is_finite());
            let mut at: Vec<usize> = broken.map(|(example, _)| *example).collect();
            at.dedup();
            rows.extend(at.into_iter().map(|at| examples[at]));
        }
        let what = match rows.is_empty() {
            true => "a gradient of update",
            false => "the loss of update",
        };
        if rows.is_empty() {
            rows = parts
                .iter()
                .flatten()
                .flat_map(|row| &self.run.data.train[*row].examples)
                .collect();
        }
        let named = rows.iter().take(8).map(|example| {
            let name = &self.run.data.names[example.name as usize];
            format!("{} of {}/{}", example.row_key, name.dataset, name.template)
        });
        let mut named: Vec<String> = named.collect();
        if rows.len() > 8 {
            named.push(format!("and {} more", rows.len() - 8));
        }
        anyhow::anyhow!(
            "{what} {} is no number: its weights have grown beyond all bounds, or its rows are broken\n  rows: {}\n\
             help: give a lower --learning-rate, a --warmup or --clip 1; the last good checkpoint is {}",
            self.position.step + 1,
            named.join("\n        "),
            checkpoint::last(&self.run.out).display()
        )
    }

    /// Measures the held-in loss, logs it and the losses since the last time, and keeps the best model.
    fn measure(&mut self, progress: &dyn Fn(Progress)) -> anyhow::Result<()> {
        let step = self.position.step;
        let since = std::mem::take(&mut self.position.since);
        if since.mean().is_some() {
            self.log.line(&json!({ "step": step, "learned": since.to_json() }))?;
        }
        if self.held.is_empty() {
            return Ok(());
        }
        let recipe = &self.run.recipe;
        let most = recipe.batch_tokens.div_ceil(recipe.accumulate.max(1)) as usize;
        let lengths = self.held.iter().map(|row| row.len()).collect();
        let mut all = Tally::default();
        for rows in Plan::new(lengths, most, most, 0).epoch(0).into_iter().flatten() {
            let rows = || rows.iter().map(|row| self.held[*row]);
            let batch = batch(rows())?;
            let losses = self.learner.losses(&batch)?;
            tally(&mut all, self.run.data, rows(), &batch, &losses);
        }
        let Some(loss) = all.mean() else { return Ok(()) };
        self.log.line(&json!({ "step": step, "held_in": all.to_json() }))?;
        self.held_in = Some(loss);
        progress(Progress::Measured { loss });
        let better = self.position.best.is_none_or(|(bits, _)| loss < f64::from_bits(bits));
        if better {
            self.position.best = Some((loss.to_bits(), step));
            checkpoint::save(&checkpoint::best(&self.run.out), &self.learner, &self.kept(), false)?;
        }
        Ok(())
    }

    /// What is said beside the best model: no state to go on from.
    fn kept(&self) -> Position {
        Position {
            log: 0,
            since: Tally::default(),
            ..self.position.clone()
        }
    }

    fn save(&mut self) -> anyhow::Result<()> {
        self.position.log = self.log.sync()?;
        let path = checkpoint::last(&self.run.out);
        let saved = checkpoint::save(&path, &self.learner, &self.position, true);
        saved.with_context(|| match path.exists() {
            true => format!(
                "cannot save update {}; the checkpoint before it is kept",
                self.position.step
            ),
            false => format!("cannot save update {}", self.position.step),
        })
    }

    /// Writes the model into the run's own directory, where others load it from.
    fn publish(&self) -> anyhow::Result<()> {
        let out = &self.run.out;
        let staged = tempfile::Builder::new()
            .prefix(".model-")
            .tempdir_in(out.join("checkpoints"))?;
        self.learner.model().save(staged.path())?;
        self.run.tokenizer.write_to(staged.path())?;
        let mut names: Vec<_> = fs::read_dir(staged.path())?.collect::<Result<Vec<_>, _>>()?;
        names.sort_by_key(|entry| entry.file_name());
        for entry in names {
            let path = out.join(entry.file_name());
            durable::place(&entry.path(), &path)?;
        }
        Ok(())
    }
}

/// Some rows as one batch.
fn batch<'r>(rows: impl Iterator<Item = &'r Packed>) -> anyhow::Result<Batch> {
    let mut batch = Batch::default();
    for row in rows {
        row.add_to(&mut batch)?;
    }
    Ok(batch)
}

/// Adds the losses of a batch to a tally, example by example.
fn tally<'r>(tally: &mut Tally, data: &Data, rows: impl Iterator<Item = &'r Packed>, batch: &Batch, losses: &[f64]) {
    let mut at = 0;
    for (place, example) in rows.flat_map(|row| &row.examples).enumerate() {
        let count = batch.of[at..].iter().take_while(|of| **of == place).count();
        tally.add(&data.names[example.name as usize], &losses[at..at + count]);
        at += count;
    }
}

/// Takes away what a run that was killed had not finished. What it had is left alone, even if it is aside.
fn clean(out: &Path) -> anyhow::Result<()> {
    let checkpoints = out.join("checkpoints");
    for folder in [out, checkpoints.as_path()] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().to_string();
            let left = (name.starts_with('.') && name.ends_with(".building")) || name.starts_with(".model-");
            if left {
                let path = entry.path();
                let removed = if path.is_dir() {
                    fs::remove_dir_all(&path)
                } else {
                    fs::remove_file(&path)
                };
                removed.with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
    }
    Ok(())
}
