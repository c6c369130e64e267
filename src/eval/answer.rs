//! Examples to answers: each is asked in tokens, as many at once as a pass takes, and its answer is a line of predictions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::examples::Example;
use super::generate::{self, Limits};
use super::prompt::{Cut, NULL_PROMPT, Prompter, shown};
use super::rank::{self, Continuation, Question, Worth};
use super::shots::Ring;
use crate::model::Llama;
use crate::shard::Manifest;
use crate::token::{Join, Sides, Tokenizer};

/// What decides an answer beside model, tokenizer and example; and how much is computed at once, which does not.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub shots: usize,
    pub budget: usize,
    pub new_tokens: usize,
    pub join: Join,
    pub sides: Sides,
    pub batch_tokens: usize,
}

/// An example in tokens.
#[derive(Clone, Debug)]
pub struct Asked {
    pub question: Question,
    pub lengths: Lengths,
}

impl Asked {
    /// The positions of all that is computed for it.
    fn tokens(&self, settings: &Settings) -> usize {
        match self.question.options.is_empty() {
            true => self.question.prompt.len() + settings.new_tokens,
            false => self.question.tokens(),
        }
    }
}

/// What prompts came to, and what was left out of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Lengths {
    pub examples: u64,
    /// Tokens of all prompts, as they were asked.
    pub tokens: u64,
    /// The longest of them.
    pub longest: u64,
    /// Exemplars that were shown.
    pub exemplars: u64,
    /// Exemplars within the budget for which the model has no positions.
    pub exemplars_left_out: u64,
    /// Prompts that lost their beginning, since the model has no positions for it.
    pub trimmed: u64,
    /// Tokens that they lost.
    pub tokens_lost: u64,
    /// Options that are longer than the model has positions, and are never taken.
    pub options_left_out: u64,
}

impl Lengths {
    fn of(question: &Question, drawn: usize, cut: Cut) -> Self {
        Self {
            examples: 1,
            tokens: question.prompt.len() as u64,
            longest: question.prompt.len() as u64,
            exemplars: (drawn - cut.exemplars) as u64,
            exemplars_left_out: cut.exemplars as u64,
            trimmed: u64::from(cut.tokens > 0),
            tokens_lost: cut.tokens as u64,
            options_left_out: cut.options as u64,
        }
    }

    pub fn add(&mut self, other: Self) {
        self.examples += other.examples;
        self.tokens += other.tokens;
        self.longest = self.longest.max(other.longest);
        self.exemplars += other.exemplars;
        self.exemplars_left_out += other.exemplars_left_out;
        self.trimmed += other.trimmed;
        self.tokens_lost += other.tokens_lost;
        self.options_left_out += other.options_left_out;
    }
}

/// Asks a model.
pub struct Answerer<'a> {
    model: &'a Llama,
    tokenizer: &'a Tokenizer,
    manifest: &'a Manifest,
    exemplars: &'a BTreeMap<(String, String), Ring>,
    settings: Settings,
    prompter: Prompter<'a>,
    limits: Limits,
    /// The prompt that says nothing, and what options come to behind it, by how they continue it.
    nothing: Vec<u32>,
    alone: BTreeMap<Continuation, Vec<f32>>,
}

impl<'a> Answerer<'a> {
    pub fn new(
        model: &'a Llama,
        tokenizer: &'a Tokenizer,
        manifest: &'a Manifest,
        exemplars: &'a BTreeMap<(String, String), Ring>,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let positions = model.config().max_position_embeddings;
        let prompter = Prompter::new(tokenizer, settings.join, settings.sides, positions)?;
        let mut eos = model.config().eos_token_ids.clone();
        eos.push(tokenizer.eos());
        Ok(Self {
            nothing: prompter.question(NULL_PROMPT, &[])?.prompt,
            model,
            tokenizer,
            manifest,
            exemplars,
            settings,
            prompter,
            limits: Limits {
                new_tokens: settings.new_tokens,
                eos,
            },
            alone: BTreeMap::new(),
        })
    }

    /// An example in tokens, behind its exemplars.
    pub fn ask(&self, example: &Example) -> anyhow::Result<Asked> {
        let shown = self.shots(example);
        let room = match example.options.is_empty() {
            true => self.settings.new_tokens,
            false => 0,
        };
        let (question, cut) = self.prompter.fitted(
            example.system.as_deref(),
            &shown,
            &example.inputs,
            &example.options,
            room,
        )?;
        let lengths = Lengths::of(&question, shown.len(), cut);
        Ok(Asked { question, lengths })
    }

    /// The exemplars of an example, within the budget.
    fn shots(&self, example: &Example) -> Vec<String> {
        let place = (example.dataset.clone(), example.template.clone());
        let Some(ring) = self.exemplars.get(&place).filter(|_| self.settings.shots > 0) else {
            return Vec::new();
        };
        let left = self.settings.budget.saturating_sub(self.prompter.size(&example.inputs));
        let drawn = ring.draw(
            self.manifest.seed,
            &example.row_key,
            &example.group,
            self.settings.shots,
            left,
            &mut |one| self.prompter.size(&shown(&one.inputs, &one.targets)),
        );
        drawn.iter().map(|one| shown(&one.inputs, &one.targets)).collect()
    }

    /// The first examples in tokens, as many as one pass takes and at least one.
    pub fn batch(&self, examples: &[Example]) -> anyhow::Result<Vec<Asked>> {
        let (mut batch, mut tokens) = (Vec::new(), 0);
        for example in examples {
            let asked = self.ask(example)?;
            let own = asked.tokens(&self.settings);
            if !batch.is_empty() && tokens + own > self.settings.batch_tokens {
                break;
            }
            tokens += own;
            batch.push(asked);
        }
        Ok(batch)
    }

    /// The lines of some examples, which were asked in this way.
    pub fn answer(&mut self, examples: &[Example], asked: &[Asked]) -> anyhow::Result<Vec<Value>> {
        let free = |asked: &Asked| asked.question.options.is_empty();
        let (mut questions, mut prompts, mut of_prompts) = (Vec::new(), Vec::new(), Vec::new());
        for (at, asked) in asked.iter().enumerate() {
            match free(asked) {
                true => {
                    prompts.push(asked.question.prompt.clone());
                    of_prompts.push(at);
                }
                false => questions.push(asked.question.clone()),
            }
        }
        let nothing = self.behind_nothing(examples, asked)?;
        let mut ranked = rank::log_probs(self.model, &questions, self.settings.batch_tokens)?.into_iter();
        let stops: Vec<Vec<String>> = of_prompts.iter().map(|at| self.stops(&examples[*at])).collect();
        let tokenizer = self.tokenizer;
        let mut enough = |at: usize, ids: &[u32]| generate::until(&tokenizer.decode(ids), &stops[at]).1;
        let mut generated = generate::greedy(self.model, &prompts, &self.limits, &mut enough)?
            .into_iter()
            .zip(&stops);
        let mut lines = Vec::with_capacity(examples.len());
        for (at, (example, asked)) in examples.iter().zip(asked).enumerate() {
            let mut line = Map::new();
            for (key, value) in [
                ("dataset", &example.dataset),
                ("row_key", &example.row_key),
                ("template", &example.template),
            ] {
                line.insert(key.to_string(), json!(value));
            }
            if free(asked) {
                if let Some((generated, stops)) = generated.next() {
                    let text = tokenizer.decode(&generated.ids);
                    line.insert("prediction".to_string(), json!(generate::until(&text, stops).0));
                    line.insert("ended".to_string(), json!(generated.ended.name()));
                }
            } else if let Some(log_probs) = ranked.next() {
                let alone: Vec<Option<&[f32]>> = nothing[at]
                    .iter()
                    .map(|option| self.alone.get(option).map(Vec::as_slice))
                    .collect();
                line.extend(scores(&example.options, &log_probs, &alone));
            }
            lines.push(Value::Object(line));
        }
        Ok(lines)
    }

    /// How the options of examples continue the prompt that says nothing; all that were not met before are computed.
    fn behind_nothing(&mut self, examples: &[Example], asked: &[Asked]) -> anyhow::Result<Vec<Vec<Continuation>>> {
        let mut all = Vec::new();
        let mut new: Vec<Continuation> = Vec::new();
        for (example, asked) in examples.iter().zip(asked) {
            let mut own = match asked.question.options.is_empty() {
                true => Vec::new(),
                false => self.prompter.question(NULL_PROMPT, &example.options)?.options,
            };
            for (option, asked) in own.iter_mut().zip(&asked.question.options) {
                let fits = option.start + option.ids.len() <= self.model.config().max_position_embeddings;
                if asked.ids.is_empty() || !fits {
                    option.ids.clear();
                }
                if !self.alone.contains_key(option) && !new.contains(option) {
                    new.push(option.clone());
                }
            }
            all.push(own);
        }
        if !new.is_empty() {
            let question = Question {
                prompt: self.nothing.clone(),
                options: new.clone(),
            };
            let found = rank::log_probs(self.model, &[question], self.settings.batch_tokens)?;
            self.alone.extend(new.into_iter().zip(found.into_iter().flatten()));
        }
        Ok(all)
    }

    /// What ends an answer: what its dataset says, and with exemplars what divides them.
    fn stops(&self, example: &Example) -> Vec<String> {
        let facts = self.manifest.datasets.get(&example.dataset);
        let mut stops = facts.map_or(Vec::new(), |facts| facts.stop.clone());
        if self.settings.shots > 0 {
            stops.push("\n\n".to_string());
        }
        stops
    }
}

/// The lists of a line: a number for each option, by each rule. What is not finite is null.
fn scores(options: &[String], log_probs: &[Vec<f32>], alone: &[Option<&[f32]>]) -> Map<String, Value> {
    let worth: Vec<Worth> = options
        .iter()
        .zip(log_probs)
        .zip(alone)
        .map(|((option, log_probs), alone)| Worth::of(log_probs, option.len(), *alone))
        .collect();
    let list = |of: &dyn Fn(&Worth) -> f64| json!(worth.iter().map(of).collect::<Vec<f64>>());
    [
        ("option_scores", list(&|worth| worth.sum)),
        ("option_scores_per_token", list(&|worth| worth.per_token)),
        ("option_scores_per_byte", list(&|worth| worth.per_byte)),
        ("option_scores_pmi", list(&|worth| worth.pmi.unwrap_or(f64::NAN))),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_string(), value))
    .collect()
}
