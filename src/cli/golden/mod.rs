//! `flanc golden`: what templates make of pinned rows, against what was accepted.

mod args;
mod look;
mod review;
mod text;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use self::args::{Check, Decide, Report, Review, What};
use self::look::{Look, Looked, accepted, look};
use super::args::Common;
use super::output;
use super::unified::Paint;
use crate::files;
use crate::golden::{self, Coverage, Difference, Golden};
use crate::text::count;

pub use self::args::Golden as Command;

/// Differences of one template that are shown, where not all are.
const SHOWN: usize = 2;

pub fn run(common: &Common, what: &What) -> anyhow::Result<ExitCode> {
    let (selecting, from) = match what {
        What::Check(command) => (&command.selecting, &command.from),
        What::Review(command) => (&command.selecting, &command.from),
        What::Accept(command) | What::Reject(command) => (&command.selecting, &command.from),
        What::Report(command) => (&command.selecting, &command.from),
    };
    let look = match look(common, selecting, from)? {
        Ok(look) => look,
        Err(code) => return Ok(code),
    };
    // Where nothing could be looked at, there is no result beside the reason.
    if look.datasets.is_empty() && !look.problems.is_empty() && !common.json() {
        look.problems.iter().for_each(|problem| output::note(problem));
        return Ok(output::outside());
    }
    let code = match what {
        What::Check(command) => check(common, command, &look)?,
        What::Review(command) => review(common, command, &look)?,
        What::Accept(command) => accept(common, command, &look)?,
        What::Reject(command) => reject(common, command, &look)?,
        What::Report(command) => report(common, command, &look)?,
    };
    look.problems.iter().for_each(|problem| output::note(problem));
    Ok(if look.problems.is_empty() {
        code
    } else {
        output::outside()
    })
}

fn check(common: &Common, command: &Check, look: &Look) -> anyhow::Result<ExitCode> {
    if command.write_pending {
        for looked in &look.datasets {
            let waiting = (!looked.differences.is_empty()).then(|| accepted(looked, &|_, _| true, &look.chosen));
            let written = look
                .store
                .write_pending(&looked.cluster, &looked.dataset, waiting.as_ref())?;
            if let (Some(name), false) = (written, common.quiet) {
                output::note(&format!("{name} written"));
            }
        }
    }
    if common.json() {
        print_json(look);
    } else {
        let shown = if command.all { usize::MAX } else { SHOWN };
        output::print(&text::differences(look, shown, Paint::new(output::paints(common))));
        output::print(&text::covered(look, command.coverage));
    }
    Ok(found(look))
}

fn found(look: &Look) -> ExitCode {
    let differs = |looked: &Looked| looked.misplaced || !looked.differences.is_empty();
    if look.datasets.iter().any(differs) {
        output::FOUND
    } else {
        ExitCode::SUCCESS
    }
}

fn print_json(look: &Look) {
    let differences: Vec<&Difference> = look.differences().collect();
    let coverage: Vec<&Coverage> = look.coverage().collect();
    let affected = golden::affected(look.differences());
    output::print_json(
        &json!({ "datasets": look.datasets.len(), "differences": differences, "affected": affected,
        "coverage": coverage, "problems": look.problems }),
    );
}

fn accept(common: &Common, _: &Decide, look: &Look) -> anyhow::Result<ExitCode> {
    let all: BTreeSet<usize> = (0..look.differences().count()).collect();
    let files = write(look, &all)?;
    said(common, look, "accepted", (all.len(), files));
    Ok(ExitCode::SUCCESS)
}

/// Accepts differences by their places, and returns how many files changed.
fn write(look: &Look, picked: &BTreeSet<usize>) -> anyhow::Result<usize> {
    let differences: Vec<&Difference> = look.differences().collect();
    let is = |at: &usize, looked: &Looked, template: &str, row: &str| {
        let one = differences[*at];
        one.dataset == looked.dataset && one.template == template && one.row == row
    };
    let mut files = 0;
    for looked in &look.datasets {
        let pick = |template: &str, row: &str| picked.iter().any(|at| is(at, looked, template, row));
        let golden = accepted(looked, &pick, &look.chosen);
        let untouched = looked.before.is_none() && golden.rows.is_empty();
        if !untouched {
            files += usize::from(look.store.write(&looked.cluster, &golden)?);
        }
        if golden == looked.now {
            look.store.write_pending(&looked.cluster, &looked.dataset, None)?;
        }
    }
    Ok(files)
}

fn reject(common: &Common, _: &Decide, look: &Look) -> anyhow::Result<ExitCode> {
    let mut rejected = 0;
    let (mut written, mut removed) = (Vec::new(), 0);
    let nothing = Golden::default();
    for looked in &look.datasets {
        rejected += looked.differences.len();
        let Some(waiting) = look.store.waiting(&looked.cluster, &looked.dataset) else {
            continue;
        };
        let before = looked.before.as_ref().unwrap_or(&nothing);
        let back = Golden {
            dataset: looked.dataset.clone(),
            ..before.clone()
        };
        let left = waiting.accept(&back, |template, _| look.chosen.has_template(&looked.dataset, template));
        let waits = (left.templates != before.templates).then_some(&left);
        match look.store.write_pending(&looked.cluster, &looked.dataset, waits)? {
            Some(name) => written.push(name),
            None => removed += 1,
        }
    }
    if common.json() {
        output::print_json(
            &json!({ "rejected": rejected, "written": written.len(), "removed": removed,
            "problems": look.problems }),
        );
    } else if !common.quiet {
        let renderings = count(rejected, "rendering");
        let mut said = vec![format!("{renderings} rejected")];
        if !written.is_empty() {
            said.push(format!("{} written", count(written.len(), "pending file")));
        }
        if removed > 0 {
            said.push(format!("{} removed", count(removed, "pending file")));
        }
        output::note(&said.join(", "));
        if rejected > 0 {
            output::note("the golden files stay as they are; what made the difference is to be changed");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn said(common: &Common, look: &Look, verb: &str, (renderings, files): (usize, usize)) {
    if common.json() {
        output::print_json(&json!({ verb: renderings, "written": files, "problems": look.problems }));
    } else if !common.quiet {
        output::note(&format!(
            "{} {verb}, {} written",
            count(renderings, "rendering"),
            count(files, "file")
        ));
    }
}

fn review(common: &Common, _: &Review, look: &Look) -> anyhow::Result<ExitCode> {
    if common.json() {
        print_json(look);
        return Ok(found(look));
    }
    let differences: Vec<&Difference> = look.differences().collect();
    if differences.is_empty() || !review::somebody() {
        output::print(&text::summary(look));
        output::print(&text::commands(look));
        return Ok(found(look));
    }
    let decided = review::ask(&differences, Paint::new(output::paints(common)))
        .context("the terminal went away; nothing was written")?;
    let files = write(look, &decided.accepted)?;
    let (accepted, rejected) = (decided.accepted.len(), decided.rejected.len());
    output::print(&format!(
        "\n{accepted} accepted, {rejected} rejected, {} left; {} written\n",
        differences.len() - accepted - rejected,
        count(files, "file")
    ));
    for at in &decided.rejected {
        let one = differences[*at];
        output::print(&format!("  rejected: {}/{} · {}\n", one.dataset, one.template, one.row));
    }
    Ok(if accepted == differences.len() {
        ExitCode::SUCCESS
    } else {
        output::FOUND
    })
}

fn report(common: &Common, command: &Report, look: &Look) -> anyhow::Result<ExitCode> {
    let differences: Vec<&Difference> = look.differences().collect();
    let coverage: Vec<&Coverage> = look.coverage().collect();
    let page = golden::page(&differences, &coverage);
    let path = &command.html;
    files::replace(path, &page).with_context(|| format!("cannot write {}", path.display()))?;
    if common.json() {
        print_json(look);
    } else if !common.quiet {
        output::note(&format!(
            "{}: {}",
            path.display(),
            count(differences.len(), "difference")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
