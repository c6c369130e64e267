//! The file of predictions: one JSON object a line, and what it says of one example.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Where an example stands: its row and its template. A row key is of one dataset only.
pub type Key = (String, String);

/// What was predicted for an example.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A generated text, as it is.
    Text(String),
    /// A number for each option, of which the largest is taken, the first of equal ones.
    Scores(Vec<f64>),
    /// For each option whether it is taken for right.
    Chosen(Vec<bool>),
}

/// The keys of lists with a number for each option: by the sum of log-probabilities, by its mean over tokens or bytes, and
/// less that of the option without its input.
pub const RULES: &[&str] = &[
    "option_scores",
    "option_scores_per_token",
    "option_scores_per_byte",
    "option_scores_pmi",
];

/// One line.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// From 1.
    pub line: u64,
    pub dataset: Option<String>,
    pub said: Said,
}

/// All lines, and the places of those whose example has been predicted before.
#[derive(Debug, Default)]
pub struct Predictions {
    pub by_example: BTreeMap<Key, Prediction>,
    /// The line and the one before it that is of the same example.
    pub double: Vec<(u64, u64)>,
}

const NAMES: &str = "a prediction is {\"row_key\": \"..\", \"template\": \"..\", \"prediction\": \"..\"}, or has \
                     `option_scores` or `predictions`, a list with an item for each option, in the place of `prediction`";

/// Reads a file of predictions, whose options are chosen by the list named `rule`; what is no prediction is an error with its line. Blank lines are passed over.
pub fn read(path: &Path, rule: &str) -> anyhow::Result<Predictions> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut found = Predictions::default();
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let line_number = at as u64 + 1;
        let place = || format!("{}:{line_number}", path.display());
        let line = line.with_context(place)?;
        if line.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(&line).with_context(|| format!("{}: this is no JSON", place()))?;
        let (key, prediction) =
            parse(&value, line_number, rule).map_err(|why| anyhow::anyhow!("{}: {why}", place()))?;
        match found.by_example.get(&key) {
            Some(first) => found.double.push((line_number, first.line)),
            None => {
                found.by_example.insert(key, prediction);
            }
        }
    }
    Ok(found)
}

fn parse(value: &Value, line: u64, rule: &str) -> anyhow::Result<(Key, Prediction)> {
    let text = |name: &str| match value.get(name).and_then(Value::as_str) {
        Some(text) => Ok(text.to_string()),
        None => bail!("it has no text `{name}`\nhelp: {NAMES}"),
    };
    let key = (text("row_key")?, text("template")?);
    let given = ["prediction", "predictions", rule].map(|name| value.get(name).filter(|v| !v.is_null()));
    let said = match given {
        [Some(Value::String(text)), None, None] => Said::Text(text.clone()),
        [None, Some(Value::Array(items)), None] => Said::Chosen(items.iter().map(flag).collect::<anyhow::Result<_>>()?),
        [None, None, Some(Value::Array(items))] => {
            Said::Scores(items.iter().map(number).collect::<anyhow::Result<_>>()?)
        }
        [None, None, None] => bail!("it predicts nothing\nhelp: {NAMES}"),
        [Some(_), None, None] => bail!("its `prediction` is no text\nhelp: {NAMES}"),
        [None, Some(_), None] | [None, None, Some(_)] => bail!("what it has for each option is no list\nhelp: {NAMES}"),
        _ => bail!("it predicts in more than one way\nhelp: {NAMES}"),
    };
    let dataset = value.get("dataset").and_then(Value::as_str).map(str::to_string);
    Ok((key, Prediction { line, dataset, said }))
}

fn flag(value: &Value) -> anyhow::Result<bool> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        value if value.as_f64() == Some(0.0) => Ok(false),
        value if value.as_f64() == Some(1.0) => Ok(true),
        other => bail!("{other} in `predictions` is not true or false\nhelp: {NAMES}"),
    }
}

/// JSON has no infinity: an option that cannot be may be given as null.
fn number(value: &Value) -> anyhow::Result<f64> {
    match value {
        Value::Null => Ok(f64::NEG_INFINITY),
        Value::Number(number) => Ok(number.as_f64().unwrap_or(f64::NEG_INFINITY)),
        other => bail!("{other} in `option_scores` is no number\nhelp: {NAMES}"),
    }
}
