//! `flanc.toml`: the defaults of a project's builds. A key it does not know is an error.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::text;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub build: Build,
}

/// `[build]`: what `flanc build` does where the command line is silent.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Build {
    /// The mixture to build.
    pub mixture: String,
    /// Which source of each dataset is read.
    pub source: String,
    /// Where the paths of sources begin, relative to the project.
    pub data: String,
    /// The directory of the built mixture, relative to the project; `build/MIXTURE` where it is not given.
    pub out: Option<String>,
    /// Go on without the sources that are not there, and record it.
    pub allow_missing: bool,
    /// How many shards the training split has.
    pub shards: u32,
    /// `parquet`, `arrow` or `jsonl`.
    pub format: String,
    /// `inputs-targets` or `messages`.
    pub layout: String,
    /// Replaces the mixture's seed.
    pub seed: Option<u64>,
    /// Worker threads; 0: one for each core. The result does not depend on it.
    pub threads: usize,
}

impl Default for Build {
    fn default() -> Self {
        Self {
            mixture: "flan".to_string(),
            source: "sample".to_string(),
            data: "datasets/samples".to_string(),
            out: None,
            allow_missing: false,
            shards: 8,
            format: "parquet".to_string(),
            layout: "inputs-targets".to_string(),
            seed: None,
            threads: 0,
        }
    }
}

const FORMATS: &[&str] = &["arrow", "jsonl", "parquet"];
const LAYOUTS: &[&str] = &["inputs-targets", "messages"];

impl Config {
    /// Reads the text of a `flanc.toml`; what is wrong with it is a diagnostic with its place.
    pub fn parse(file: FileId, source: &str) -> Result<Config, Box<Diagnostic>> {
        let config: Config = toml::from_str(source).map_err(|error| Box::new(explain(file, &error)))?;
        let place = |word: &str| {
            let at = source.find(word).unwrap_or(0);
            Span {
                file,
                start: at,
                end: (at + word.len()).min(source.len()),
            }
        };
        for (key, value, values) in [
            ("format", &config.build.format, FORMATS),
            ("layout", &config.build.layout, LAYOUTS),
        ] {
            if !values.contains(&value.as_str()) {
                let message = format!("`{key}` is one of {}", text::list(values));
                let mistake = Diagnostic::error("bad-value", place(value), message).label("not one of them");
                return Err(Box::new(mistake.suggest(value, values.iter().copied())));
            }
        }
        if config.build.shards == 0 {
            let mistake = Diagnostic::error("bad-value", place("shards"), "`shards` is at least 1");
            return Err(Box::new(mistake));
        }
        Ok(config)
    }
}

fn explain(file: FileId, error: &toml::de::Error) -> Diagnostic {
    let range = error.span().unwrap_or(0..0);
    let span = Span {
        file,
        start: range.start,
        end: range.end,
    };
    let message = error.message().lines().next().unwrap_or_default().to_string();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let name = rest.split('`').next().unwrap_or_default();
        let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
        return Diagnostic::error("unknown-key", span, format!("`{name}` is no key of flanc.toml here"))
            .label("not read by anything")
            .help(format!("the keys here are {}", text::list(&known)))
            .suggest(name, known.iter().copied());
    }
    Diagnostic::error("bad-config", span, message)
        .help("flanc.toml is written in TOML: `key = value`, strings in quotes")
}
