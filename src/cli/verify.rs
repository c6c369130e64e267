//! `flanc verify`: a built directory against its manifest.

use std::process::ExitCode;

use serde_json::json;

use super::args::{Common, Verify};
use super::output;
use crate::shard;
use crate::text;

pub fn run(common: &Common, command: &Verify) -> anyhow::Result<ExitCode> {
    let verified = shard::verify(&command.directory)?;
    if common.json() {
        output::print_json(&json!({ "shards": verified.shards, "rows": verified.rows, "problems": verified.problems }));
    } else if verified.problems.is_empty() {
        let (shards, rows) = (
            text::count(verified.shards, "shard"),
            text::count(verified.rows as usize, "example"),
        );
        output::print(&format!("{shards}, {rows}: all as the manifest says\n"));
    } else {
        output::note(&verified.problems.join("\n"));
    }
    Ok(if verified.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        output::FOUND
    })
}
