//! `flanc.toml`: the defaults of a project's builds. A key it does not know is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Deserializer;
use toml::de::{DeTable, DeValue};

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
    /// The mixture to build; the only one of the project where that has no `flan`.
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
    mixture: Option<toml::Spanned<String>>,
    shards: Option<toml::Spanned<u32>>,
    threads: Option<toml::Spanned<usize>>,
}

/// A `flanc.toml` as read.
pub struct Parsed {
    /// What is sound of it.
    pub config: Config,
    pub mistakes: Vec<Diagnostic>,
    /// The mixture that `[build]` names, and where.
    mixture: Option<(String, Span)>,
}

impl Parsed {
    /// The mistake of naming a mixture that nobody declares; `declared` are the names of all, sound or not.
    pub fn unknown_mixture(&self, declared: &BTreeSet<String>) -> Option<Diagnostic> {
        let (name, span) = self.mixture.as_ref().filter(|(name, _)| !declared.contains(name))?;
        let names: Vec<&String> = declared.iter().collect();
        let help = match names.as_slice() {
            [] => format!("write `mixture {name} {{}}` into a `.flan` file: it takes all datasets"),
            [one] => format!("the only mixture is `{one}`"),
            many if many.len() <= 12 => format!("the mixtures are {}", text::list(many)),
            _ => "`flanc list` shows all mixtures".to_string(),
        };
        Some(
            Diagnostic::error("unknown-mixture", *span, format!("no mixture is named `{name}`"))
                .help(help)
                .suggest(name, names.iter().map(|name| name.as_str())),
        )
    }
}

impl Config {
    /// Reads the text of a `flanc.toml`; what is wrong with it are diagnostics with their places.
    pub fn parse(file: FileId, source: &str) -> Parsed {
        let mut parsed = Parsed {
            config: Config::default(),
            mistakes: Vec::new(),
            mixture: None,
        };
        let mut table = match DeTable::parse(source) {
            Ok(table) => table,
            Err(error) => {
                parsed.mistakes.push(explain(file, source, &error));
                return parsed;
            }
        };
        // Only the first mistake is ever told: each is taken out, until the rest can be read.
        loop {
            let error = match Config::deserialize(Deserializer::from(table.clone())) {
                Ok(config) => {
                    parsed.config = config;
                    break;
                }
                Err(error) => error,
            };
            parsed.mistakes.push(explain(file, source, &error));
            let at = error.span().map_or(usize::MAX, |range| range.start);
            if !take_out(table.get_mut(), at) {
                return parsed;
            }
        }
        let places = Places::deserialize(Deserializer::from(table)).unwrap_or_default();
        parsed.check(file, &places.build);
        parsed
    }
}

impl Parsed {
    fn check(&mut self, file: FileId, places: &BuildPlaces) {
        let span = |range: Range<usize>| Span {
            file,
            start: range.start,
            end: range.end,
        };
        for (key, value, values) in [("format", &places.format, FORMATS), ("layout", &places.layout, LAYOUTS)] {
            let Some(value) = value else { continue };
            let name = value.get_ref().as_str();
            if values.contains(&name) {
                continue;
            }
            let allowed = format!("`{key}` is one of {}", text::list(values));
            let (message, help) = if (key, name) == ("layout", "tokens") {
                (
                    "rows of tokens are asked for on the command line, with their tokenizer".to_string(),
                    format!("{allowed}; `flanc build --layout tokens --tokenizer PATH` goes before it"),
                )
            } else {
                (format!("no {key} is named `{name}`"), allowed)
            };
            self.mistakes.push(
                Diagnostic::error("bad-value", span(value.span()), message)
                    .help(help)
                    .suggest(name, values.iter().copied()),
            );
        }
        if let Some(shards) = places.shards.as_ref().filter(|shards| *shards.get_ref() == 0) {
            let message = "`shards` is at least 1";
            self.mistakes
                .push(Diagnostic::error("bad-value", span(shards.span()), message));
        }
        if let Some(threads) = places.threads.as_ref().filter(|threads| *threads.get_ref() > THREADS) {
            let message = format!("`threads` is at most {THREADS}");
            self.mistakes
                .push(Diagnostic::error("bad-value", span(threads.span()), message));
        }
        let mixture = places.mixture.as_ref();
        self.mixture = mixture.map(|name| (name.get_ref().clone(), span(name.span())));
    }
}

/// Takes the innermost entry out that a place lies in; false where none does.
fn take_out(table: &mut DeTable<'_>, at: usize) -> bool {
    let found = table.iter_mut().find_map(|(key, value)| {
        let within = key.span().contains(&at) || value.span().contains(&at);
        let deeper = match value.get_mut() {
            DeValue::Table(inner) => take_out(inner, at),
            _ => false,
        };
        (within || deeper).then(|| (key.get_ref().to_string(), deeper))
    });
    match found {
        Some((_, true)) => true,
        Some((key, false)) => table.remove(key.as_str()).is_some(),
        None => false,
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
