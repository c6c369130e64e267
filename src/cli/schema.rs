//! `flanc schema`: the shape of everything that is printed or written as JSON.

use std::process::ExitCode;

use anyhow::bail;
use schemars::schema_for;
use serde_json::Value;

use super::args::Schema;
use super::output;
use crate::import::Report;
use crate::project::Config;
use crate::shard::Manifest;
use crate::text;

/// The outputs with a schema of their own, generated from the types or written beside them.
pub const NAMES: &[&str] = &[
    "build",
    "check",
    "config",
    "count",
    "diff",
    "eval",
    "fetch",
    "fmt",
    "golden",
    "import",
    "lint",
    "list",
    "manifest",
    "plan",
    "rule",
    "score",
    "show",
    "statistics",
    "stats",
    "trace",
    "train",
    "verify",
];

/// The names, as the help lists them.
pub fn help() -> String {
    format!("{}; all of them where nothing is said", text::list(NAMES))
}

pub fn run(command: &Schema) -> anyhow::Result<ExitCode> {
    let value = match command.name.as_deref() {
        None => NAMES
            .iter()
            .map(|name| Ok(((*name).to_string(), of(name)?)))
            .collect::<anyhow::Result<serde_json::Map<_, _>>>()?
            .into(),
        Some(name) => of(name)?,
    };
    output::print_json(&value);
    Ok(ExitCode::SUCCESS)
}

fn of(name: &str) -> anyhow::Result<Value> {
    Ok(match name {
        "manifest" => schema_for!(Manifest).to_value(),
        "config" => schema_for!(Config).to_value(),
        "import" => schema_for!(Report).to_value(),
        "build" | "check" | "count" | "diff" | "eval" | "fetch" | "fmt" | "golden" | "lint" | "list" | "plan"
        | "rule" | "score" | "show" | "statistics" | "stats" | "trace" | "train" | "verify" => {
            let all: Value = serde_json::from_str(include_str!("output.schema.json"))?;
            all["commands"][name].clone()
        }
        other => match text::suggest(other, NAMES.iter().copied()) {
            Some(near) => bail!("no schema is named `{other}`; did you mean `{near}`?"),
            None => bail!("no schema is named `{other}`; there are {}", text::list(NAMES)),
        },
    })
}
