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

/// The outputs with a schema of their own, generated from the types or written beside them.
pub const NAMES: &[&str] = &[
    "build", "check", "config", "count", "diff", "eval", "fetch", "golden", "import", "lint", "list", "manifest",
    "plan", "score", "show", "stats", "trace", "train", "verify",
];

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
        "build" | "check" | "count" | "diff" | "eval" | "fetch" | "golden" | "lint" | "list" | "plan" | "score"
        | "show" | "stats" | "trace" | "train" | "verify" => {
            let all: Value = serde_json::from_str(include_str!("output.schema.json"))?;
            all["commands"][name].clone()
        }
        other => match crate::text::suggest(other, NAMES.iter().copied()) {
            Some(near) => bail!("no schema is named `{other}`; did you mean `{near}`?"),
            None => bail!("no schema is named `{other}`; there are {}", crate::text::list(NAMES)),
        },
    })
}
