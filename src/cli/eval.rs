//! `flanc eval`: a model asked about a build's test examples, and two runs side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use super::answers::Eval as Command;
use super::args::Common;
use super::output;
use super::progress::Bars;
use super::score::tables as of_scores;
use crate::eval::{self, Outcome, Report, Request};
use crate::files;
use crate::report::score;
use crate::text;

pub fn run(common: &Common, command: &Command) -> anyhow::Result<ExitCode> {
    if let [first, second] = command.compare.as_slice() {
        return compare(common, first, second, command.html.as_deref());
    }
    let named = |path: &Option<PathBuf>| path.clone().context("a model, a build and `--out` are needed");
    let request = Request {
        model: named(&command.model)?,
        build: named(&command.build)?,
        out: named(&command.out)?,
        tokenizer: command.tokenizer.clone(),
        selection: command.selection.clone(),
        limit: command.limit.map(|limit| limit as usize),
        shots: command.shots,
        budget: command.budget,
        batch_tokens: command.batch_tokens,
        join: word(command.join.as_deref())?,
        sides: word(command.sides.as_deref())?,
        new_tokens: command.max_new_tokens,
        trained_on: command.trained_on.clone(),
        allow_seen: command.allow_seen,
        baseline: command.baseline.clone(),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(command.threads)
        .build()
        .context("cannot start threads")?;
    let bars = Bars::new(common);
    let bar = bars.steps();
    let outcome = pool.install(|| {
        eval::run(&request, &mut |at| {
            bar.set_length(at.of as u64);
            bar.set_position(at.done as u64);
            bar.set_message(format!("{} {}", at.split, at.dataset));
        })
    });
    bars.clear();
    match outcome? {
        Outcome::Seen { seen, unseen } => {
            output::note(&refused(&seen, &unseen));
            Ok(output::FOUND)
        }
        Outcome::Done(report) => {
            if common.json() {
                output::print_json(&serde_json::to_value(&*report)?);
            } else {
                output::print(&tables(&report));
            }
            if !common.quiet {
                let answered = text::count(report.scores.scored as usize, "example");
                output::note(&format!("{}: {answered}", request.out.join("report.html").display()));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A word of the command line as the type whose names it is one of.
fn word<T: serde::de::DeserializeOwned>(word: Option<&str>) -> anyhow::Result<Option<T>> {
    word.map(|word| serde_json::from_value(json!(word)))
        .transpose()
        .context("a word that is not known")
}

fn refused(seen: &BTreeMap<String, Vec<String>>, unseen: &[String]) -> String {
    let mut out = "error: the model has seen in training what it would be asked about\n".to_string();
    for (dataset, reasons) in seen {
        out.push_str(&format!("  {dataset}: {}\n", reasons.join("; ")));
    }
    out.push_str("help: ");
    if !unseen.is_empty() {
        out.push_str(&format!("select what it has not seen, {}; ", text::list(unseen)));
    }
    out + "`--allow-seen` evaluates it all the same, and records that"
}

fn tables(report: &Report) -> String {
    let mut out = format!("{}\n\n", eval::said(report).join("\n"));
    out.push_str(&of_scores(&report.scores));
    for rows in eval::tables(report) {
        if rows.len() > 1 {
            out.push_str(&format!("\n{}", output::table(&rows)));
        }
    }
    out
}

fn compare(common: &Common, first: &Path, second: &Path, html: Option<&Path>) -> anyhow::Result<ExitCode> {
    let report = eval::compare(first, second)?;
    if let Some(path) = html {
        files::replace(path, &score::html(&report)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if common.json() {
        output::print_json(&serde_json::to_value(&report)?);
    } else {
        output::print(&of_scores(&report));
    }
    Ok(ExitCode::SUCCESS)
}
