//! `flanc.toml`: the defaults of a project's builds. A key it does not know is an error.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::text;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub build: Build,
    pub lint: Lint,
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
    /// Worker threads, at most 1024; 0: one for each core. The result does not depend on it.
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

/// `[lint]`: which rules `flanc lint` runs, and where. A rule is named by its code, the beginning of codes, its name, its
/// group, or as `all` or `default`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Lint {
    /// The rules that run; those of `default` where none is named.
    pub select: Vec<String>,
    /// Rules that do not run all the same.
    pub ignore: Vec<String>,
    /// Findings of this level or above make the command end with 1: `error`, `warning`, `note` or `never`.
    pub fail_on: String,
    /// Rules that are ignored in the files of a pattern, as `"templates/misc/**" = ["TXT007"]`.
    pub per_path: BTreeMap<String, Vec<String>>,
}

impl Default for Lint {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            fail_on: "warning".to_string(),
            per_path: BTreeMap::new(),
        }
    }
}

/// The most worker threads: more only take time to start.
pub const THREADS: usize = 1024;

const FORMATS: &[&str] = &["arrow", "jsonl", "parquet"];
const LAYOUTS: &[&str] = &["inputs-targets", "messages"];

/// Where the values stand that are checked beyond their types.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Places {
    build: BuildPlaces,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BuildPlaces {
    format: Option<toml::Spanned<String>>,
    layout: Option<toml::Spanned<String>>,
    shards: Option<toml::Spanned<u32>>,
    threads: Option<toml::Spanned<usize>>,
}

impl Config {
    /// Reads the text of a `flanc.toml`; what is wrong with it are diagnostics with their places.
    pub fn parse(file: FileId, source: &str) -> Result<Config, Vec<Diagnostic>> {
        let config: Config = toml::from_str(source).map_err(|error| vec![explain(file, source, &error)])?;
        let places: Places = toml::from_str(source).unwrap_or_default();
        let span = |range: Range<usize>| Span {
            file,
            start: range.start,
            end: range.end,
        };
        let mut mistakes = Vec::new();
        for (key, value, values) in [
            ("format", &places.build.format, FORMATS),
            ("layout", &places.build.layout, LAYOUTS),
        ] {
            if let Some(value) = value
                && !values.contains(&value.get_ref().as_str())
            {
                let message = format!("no {key} is named `{}`", value.get_ref());
                mistakes.push(
                    Diagnostic::error("bad-value", span(value.span()), message)
                        .help(format!("`{key}` is one of {}", text::list(values)))
                        .suggest(value.get_ref(), values.iter().copied()),
                );
            }
        }
        if let Some(shards) = places.build.shards.filter(|shards| *shards.get_ref() == 0) {
            let message = "`shards` is at least 1";
            mistakes.push(Diagnostic::error("bad-value", span(shards.span()), message));
        }
        if let Some(threads) = places.build.threads.filter(|threads| *threads.get_ref() > THREADS) {
            let message = format!("`threads` is at most {THREADS}");
            mistakes.push(Diagnostic::error("bad-value", span(threads.span()), message));
        }
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }
}

fn explain(file: FileId, source: &str, error: &toml::de::Error) -> Diagnostic {
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
        let help = match known.as_slice() {
            [one] => format!("the only table is `[{one}]`"),
            many => format!("the keys here are {}", text::list(many)),
        };
        return Diagnostic::error(
            "unknown-key",
            span,
            format!("nothing in flanc.toml is named `{name}` here"),
        )
        .help(help)
        .suggest(name, known.iter().copied());
    }
    if message.starts_with("invalid type: ") || message.starts_with("invalid value: ") {
        let wanted = match message.rsplit("expected ").next().unwrap_or_default() {
            "u32" | "u64" | "usize" => "a whole number, 0 or more",
            "a boolean" => "`true` or `false`, without quotes",
            "a string" => "a string, in quotes",
            other => other,
        };
        let written = source.get(range).unwrap_or_default();
        return Diagnostic::error("wrong-type", span, format!("`{written}` does not fit here"))
            .label(format!("expected {wanted}"));
    }
    let bare = source
        .get(range.clone())
        .is_some_and(|text| text.starts_with(|c: char| c.is_ascii_alphabetic()));
    let value = source[..range.start.min(source.len())].trim_end().ends_with('=');
    let help = if bare && value {
        "a string stands in quotes: `mixture = \"flan\"`"
    } else {
        "flanc.toml is written in TOML: tables as `[build]`, and `key = value` in them"
    };
    Diagnostic::error("bad-config", span, format!("this is no TOML: {message}")).help(help)
}
