//! How examples become rows of tokens: everything beside the tokenizer and the texts that decides a row.

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use super::Tokenizer;

/// What stands between the inputs and the targets of an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// A line's end.
    #[default]
    Newline,
    /// The token that ends a text.
    Eos,
    /// Nothing.
    Nothing,
}

impl Join {
    /// What of it is text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Newline => "\n",
            Self::Eos | Self::Nothing => "",
        }
    }
}

/// What becomes of an example that is over a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TooLong {
    /// Inputs and targets lose what is too much at their ends, as in FLAN.
    #[default]
    Trim,
    /// Inputs lose what is too much at their beginning, targets at their end: what is asked last is kept.
    TrimStart,
    /// It is left out.
    Drop,
}

/// How both sides are tokenised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sides {
    /// Inputs and targets each by themselves.
    #[default]
    Apart,
    /// As one text; a token across the border counts to the targets.
    Jointly,
}

/// Everything beside the tokenizer and the texts that decides a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The most tokens of a row.
    pub seq_len: usize,
    /// The most tokens of an example's inputs; what joins them to the targets, BOS and EOS are not counted.
    pub max_inputs: usize,
    /// The most tokens of an example's targets.
    pub max_targets: usize,
    pub too_long: TooLong,
    pub join: Join,
    pub sides: Sides,
}

impl Default for Settings {
    /// The limits of the paper, and rows that any two examples within them may share.
    fn default() -> Self {
        Self {
            seq_len: 2048,
            max_inputs: 1024,
            max_targets: 256,
            too_long: TooLong::default(),
            join: Join::default(),
            sides: Sides::default(),
        }
    }
}

impl Settings {
    /// The tokens of an example that is as long as the limits let it be, with what stands around its texts.
    pub fn longest(&self, tokenizer: &Tokenizer) -> usize {
        self.max_inputs + self.max_targets + super::Frame::around(tokenizer, self.join)
    }

    /// Refuses limits that no row holds, where examples would have to be cut to fit.
    pub fn check(&self, tokenizer: &Tokenizer) -> anyhow::Result<()> {
        ensure!(
            self.max_inputs > 0 && self.max_targets > 0,
            "a limit of 0 tokens leaves nothing"
        );
        ensure!(
            self.sides == Sides::Apart || self.join != Join::Eos,
            "inputs and targets that are joined by a special token are no one text; tokenise them apart"
        );
        let around = super::Frame::around(tokenizer, self.join);
        ensure!(
            self.too_long == TooLong::Drop || self.longest(tokenizer) <= self.seq_len,
            "examples of {} and {} tokens, with {around} around them, do not fit a row of {}\n\
             help: give lower --max-inputs and --max-targets, a larger --seq-len, or `--too-long drop`",
            self.max_inputs,
            self.max_targets,
            self.seq_len
        );
        ensure!(
            self.seq_len > around,
            "a row of {} tokens holds no example",
            self.seq_len
        );
        ensure!(
            self.seq_len <= 1 << 24,
            "a row of {} tokens is more than 2^24",
            self.seq_len
        );
        Ok(())
    }
}
