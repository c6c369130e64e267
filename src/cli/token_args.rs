//! The options that say which tokenizer, and how examples become tokens.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::build::Tokens;
use crate::catalog::Profile;
use crate::token::{BYTES, Join, Settings, Sides, TooLong};

/// A tokenizer by its place.
#[derive(ClapArgs)]
pub struct TokenizerArgs {
    /// A `tokenizer.json`, a directory with one, or `bytes`, which is built in
    #[arg(long, value_name = "PATH")]
    pub tokenizer: Option<PathBuf>,
    /// The token that ends an example, where it is not the one that the tokenizer's files name
    #[arg(long, value_name = "TOKEN", requires = "tokenizer")]
    pub eos: Option<String>,
}

/// How an example becomes tokens. Where a command may go without a tokenizer, it says that this group requires one.
#[derive(ClapArgs)]
pub struct FrameArgs {
    /// The most tokens of an example's inputs [default: 1024]
    #[arg(long, value_name = "N")]
    pub max_inputs: Option<usize>,
    /// The most tokens of an example's targets [default: 256]
    #[arg(long, value_name = "N")]
    pub max_targets: Option<usize>,
    /// What becomes of an example that is over a limit [default: trim]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub too_long: Option<TooLongName>,
    /// What stands between inputs and targets [default: newline; eos under `profile paper`]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub join: Option<JoinName>,
    /// How both sides are tokenised [default: apart]
    #[arg(long, value_enum, value_name = "HOW")]
    pub tokenise: Option<SidesName>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TooLongName {
    /// Inputs and targets lose what is too much at their ends
    Trim,
    /// Inputs lose what is too much at their beginning, targets at their end
    TrimStart,
    /// It is left out
    Drop,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JoinName {
    /// A line's end
    Newline,
    /// The token that ends a text
    Eos,
    /// Nothing
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SidesName {
    /// Inputs and targets each by themselves
    Apart,
    /// As one text; a token across the border counts to the targets
    Jointly,
}

impl TokenizerArgs {
    /// Which tokenizer, from any directory; `None` where none is named.
    pub fn named(&self, settings: Option<Settings>) -> Option<Tokens> {
        let path = self.tokenizer.clone()?;
        let tokenizer = match path.as_os_str() == BYTES {
            true => path,
            false => std::path::absolute(&path).unwrap_or(path),
        };
        Some(Tokens {
            tokenizer,
            eos: self.eos.clone(),
            settings,
        })
    }
}

impl FrameArgs {
    /// What was asked for, and the rest as it is where nothing is said, under the profile of a mixture if there is one.
    pub fn settings(&self, seq_len: Option<usize>, profile: Option<Profile>) -> Settings {
        let rest = defaults(profile);
        self.over(Settings {
            seq_len: seq_len.unwrap_or(rest.seq_len),
            ..rest
        })
    }

    /// What was asked for over what stands where nothing is said.
    pub fn over(&self, rest: Settings) -> Settings {
        Settings {
            seq_len: rest.seq_len,
            max_inputs: self.max_inputs.unwrap_or(rest.max_inputs),
            max_targets: self.max_targets.unwrap_or(rest.max_targets),
            too_long: match self.too_long {
                Some(TooLongName::Drop) => TooLong::Drop,
                Some(TooLongName::TrimStart) => TooLong::TrimStart,
                Some(TooLongName::Trim) => TooLong::Trim,
                None => rest.too_long,
            },
            join: match self.join {
                Some(JoinName::Newline) => Join::Newline,
                Some(JoinName::Eos) => Join::Eos,
                Some(JoinName::Nothing) => Join::Nothing,
                None => rest.join,
            },
            sides: match self.tokenise {
                Some(SidesName::Apart) => Sides::Apart,
                Some(SidesName::Jointly) => Sides::Jointly,
                None => rest.sides,
            },
        }
    }
}

/// How examples become tokens where nothing is said, under the profile of a mixture if there is one.
pub fn defaults(profile: Option<Profile>) -> Settings {
    Settings {
        join: match profile {
            Some(Profile::Paper) => Join::Eos,
            _ => Join::Newline,
        },
        ..Settings::default()
    }
}
