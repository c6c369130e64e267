//! An example's texts to its tokens: what stands around and between them, what has a loss, what is over a limit.
//!
//! The mask is by construction: inputs, join and targets are never looked for in a text.

use anyhow::ensure;

use super::Tokenizer;
use super::settings::{Join, Settings, Sides, TooLong};

/// The texts of an example.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'t> {
    /// Stands before the inputs, a line's end after it.
    pub system: Option<&'t str>,
    pub inputs: &'t str,
    pub targets: &'t str,
}

/// The tokens of an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// BOS where the tokenizer adds one, inputs, join, targets, EOS.
    pub ids: Vec<u32>,
    /// How many of them have no loss: all before the targets.
    pub prompt: usize,
    /// Tokens of the inputs, and of the targets, that a limit took.
    pub lost: (u32, u32),
}

/// Why an example has no tokens in any row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// A side is over its limit, or the example longer than a row.
    TooLong,
    /// The tokenizer leaves nothing of the targets.
    NoTarget,
}

/// How one tokenizer and one setting make examples.
pub struct Frame<'t> {
    tokenizer: &'t Tokenizer,
    settings: Settings,
    join: Vec<u32>,
}

/// The tokens between inputs and targets: of a text, what it adds to one before it, as tokenizers put something before
/// each text of its own.
fn joint(tokenizer: &Tokenizer, join: Join) -> Vec<u32> {
    match join {
        Join::Nothing => Vec::new(),
        Join::Eos => vec![tokenizer.eos()],
        Join::Newline => {
            let (bare, whole) = (tokenizer.encode("a"), tokenizer.encode("a\n"));
            match whole.strip_prefix(bare.as_slice()) {
                Some(rest) if !rest.is_empty() => rest.to_vec(),
                _ => tokenizer.encode("\n"),
            }
        }
    }
}

impl<'t> Frame<'t> {
    /// Refuses settings that do not fit together.
    pub fn new(tokenizer: &'t Tokenizer, settings: Settings) -> anyhow::Result<Self> {
        settings.check(tokenizer)?;
        let join = joint(tokenizer, settings.join);
        ensure!(
            settings.join == Join::Nothing || !join.is_empty(),
            "the tokenizer has no token for the end of a line\nhelp: join inputs and targets by `--join eos` or `--join nothing`"
        );
        Ok(Self {
            tokenizer,
            settings,
            join,
        })
    }

    /// How many tokens stand around and between the texts of an example.
    pub(super) fn around(tokenizer: &Tokenizer, join: Join) -> usize {
        usize::from(tokenizer.bos().is_some()) + joint(tokenizer, join).len() + 1
    }

    pub fn tokenizer(&self) -> &'t Tokenizer {
        self.tokenizer
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The tokens before the targets, no limit held: what a model is asked with.
    pub fn prompt(&self, system: Option<&str>, inputs: &str) -> anyhow::Result<Vec<u32>> {
        let mut ids: Vec<u32> = self.tokenizer.bos().into_iter().collect();
        match self.settings.sides {
            Sides::Apart => {
                ids.extend(self.encode(&before(system, inputs))?);
                ids.extend(&self.join);
            }
            Sides::Jointly => {
                let text = before(system, inputs).into_owned() + self.settings.join.text();
                ids.extend(self.encode(&text)?);
            }
        }
        Ok(ids)
    }

    /// The tokens of an example within the limits, or why it has none.
    pub fn example(&self, texts: Texts<'_>) -> anyhow::Result<Result<Example, Dropped>> {
        let (mut inputs, join, mut targets) = self.parts(texts)?;
        if targets.is_empty() {
            return Ok(Err(Dropped::NoTarget));
        }
        let Settings {
            max_inputs,
            max_targets,
            seq_len,
            too_long,
            ..
        } = self.settings;
        let over = |ids: &[u32], most: usize| ids.len().saturating_sub(most);
        let lost = (over(&inputs, max_inputs), over(&targets, max_targets));
        match too_long {
            TooLong::Drop if lost != (0, 0) => return Ok(Err(Dropped::TooLong)),
            TooLong::TrimStart => drop(inputs.drain(..lost.0)),
            TooLong::Trim | TooLong::Drop => inputs.truncate(max_inputs),
        }
        targets.truncate(max_targets);
        let bos = self.tokenizer.bos();
        let prompt = usize::from(bos.is_some()) + inputs.len() + join.len();
        let length = prompt + targets.len() + 1;
        if length > seq_len {
            return Ok(Err(Dropped::TooLong));
        }
        let mut ids = Vec::with_capacity(length);
        ids.extend(bos);
        ids.extend(inputs);
        ids.extend(join);
        ids.extend(targets);
        ids.push(self.tokenizer.eos());
        let count = |lost: usize| u32::try_from(lost).unwrap_or(u32::MAX);
        Ok(Ok(Example {
            ids,
            prompt,
            lost: (count(lost.0), count(lost.1)),
        }))
    }

    /// The tokens of inputs, join and targets.
    fn parts(&self, texts: Texts<'_>) -> anyhow::Result<(Vec<u32>, Vec<u32>, Vec<u32>)> {
        let inputs = before(texts.system, texts.inputs);
        if self.settings.sides == Sides::Apart {
            return Ok((self.encode(&inputs)?, self.join.clone(), self.encode(texts.targets)?));
        }
        let text = format!("{inputs}{}{}", self.settings.join.text(), texts.targets);
        let border = text.len() - texts.targets.len();
        let placed = self.tokenizer.encode_with_places(&text)?;
        let mut parts = (Vec::new(), Vec::new(), Vec::new());
        for (id, (_, end)) in placed {
            ensure!(!self.tokenizer.is_special(id), "its text gives the special token {id}");
            // Places only grow, so each part is one stretch of the tokens.
            if end > border || !parts.2.is_empty() {
                parts.2.push(id);
            } else if end > inputs.len() || !parts.1.is_empty() {
                parts.1.push(id);
            } else {
                parts.0.push(id);
            }
        }
        Ok(parts)
    }

    fn encode(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        let ids = self.tokenizer.try_encode(text)?;
        let special = ids.iter().find(|id| self.tokenizer.is_special(**id));
        match special {
            None => Ok(ids),
            Some(id) => anyhow::bail!("its text gives the special token {id}"),
        }
    }
}

/// What stands before the join.
fn before<'t>(system: Option<&str>, inputs: &'t str) -> std::borrow::Cow<'t, str> {
    match system {
        Some(system) => format!("{system}\n{inputs}").into(),
        None => inputs.into(),
    }
}
