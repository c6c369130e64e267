//! `flanc show`: rows of a dataset through its templates, as a person reviews them.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use serde_json::json;

use super::args::{Common, Show};
use super::count::{dataset, located, place};
use super::output;
use crate::render::{Example, Failure, Renderer, Variant};
use crate::source::{self, Budget, SplitReport};
use crate::text;

pub fn run(common: &Common, command: &Show) -> anyhow::Result<ExitCode> {
    let (project, code) = output::usable_project(common)?;
    let dataset = dataset(&project, &command.dataset)?;
    let names: Vec<&str> = dataset.templates.iter().map(|t| t.name.as_str()).collect();
    if let Some(name) = &command.template
        && !names.contains(&name.as_str())
    {
        let near =
            text::suggest(name, names.iter().copied()).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
        bail!("dataset `{}` has no template named `{name}`{near}", dataset.id);
    }
    let (source, _) = place(&project, &command.from);
    let place = located(common, &project, &command.from)?;
    let Some(declared) = dataset.sources.get(&source) else {
        bail!("dataset `{}` has no source named `{source}`", dataset.id)
    };
    let Some(split) = declared.splits.get(&command.split) else {
        let splits: Vec<&String> = declared.splits.keys().collect();
        bail!(
            "source `{source}` of `{}` has no split `{}`; it has {}",
            dataset.id,
            command.split,
            text::list(&splits)
        );
    };
    let (rows, report) = source::read_split(dataset, &command.split, split, &place, &Budget::unlimited())?;
    ensure!(
        !names.is_empty(),
        "dataset `{}` has no templates to show its rows through",
        dataset.id
    );
    ensure!(
        !rows.is_empty(),
        "split `{}` of `{}` has no row to show: {}",
        command.split,
        dataset.id,
        left_out(&report)
    );
    // The first by digest, so that the choice does not hang on the order of a file.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|row| *rows.whole(*row));
    let renderer = Renderer::new(dataset);
    let mut shown = Vec::new();
    let mut text = String::new();
    if let Some(name) = &command.template {
        // Rows that the one template is not for would show nothing.
        let at = dataset
            .templates
            .iter()
            .position(|t| t.name == *name)
            .unwrap_or_default();
        let mut kept = Vec::new();
        for row in order {
            if renderer.admits(at, rows.row(row, &mut Vec::new())?) != Ok(false) {
                kept.push(row);
            }
        }
        order = kept;
        ensure!(
            !order.is_empty(),
            "the guard of `{name}` admits none of the {}: when {}",
            text::count(rows.len(), "row"),
            dataset.templates[at].when.as_deref().unwrap_or_default()
        );
    }
    for row in order.into_iter().take(command.rows) {
        let mut guarded = Vec::new();
        let (file, record) = rows.origin(row);
        let mut scratch = Vec::new();
        let row = rows.row(row, &mut scratch)?;
        text.push_str(&format!("━━ {} · {file}, row {record}\n", dataset.id));
        for (at, template) in dataset.templates.iter().enumerate() {
            if command.template.as_ref().is_some_and(|name| *name != template.name) {
                continue;
            }
            let rendered = match renderer.admits(at, row) {
                Ok(true) => renderer.example(at, row, &Variant::default()),
                Ok(false) => {
                    guarded.push(template.name.as_str());
                    continue;
                }
                Err(failure) => Err(failure),
            };
            text.push_str(&format!("\n── {} ({:?})\n", template.name, template.role).to_lowercase());
            match rendered {
                Ok(example) => {
                    text.push_str(&visible(&example));
                    shown.push(
                        json!({ "dataset": dataset.id, "template": template.name, "role": template.role, "file": file,
                        "row": record, "system": example.system, "inputs": example.inputs, "targets": example.targets,
                        "options": example.options, "answers": example.answers, "answer_index": example.answer_index }),
                    );
                }
                Err(Failure::Render(reason)) => text.push_str(&format!("cannot be used for this row: {reason}\n")),
                Err(Failure::EmptyTarget) => text.push_str("cannot be used for this row: its target is empty\n"),
            }
        }
        if !guarded.is_empty() {
            text.push_str(&format!(
                "\nnot for this row, by their guards: {}\n",
                guarded.join(", ")
            ));
        }
        text.push('\n');
    }
    if common.json() {
        output::print_json(&json!({ "examples": shown }));
    } else {
        output::print(&text);
    }
    Ok(code)
}

/// Why a split that was read has no row.
fn left_out(report: &SplitReport) -> String {
    let dropped = report.dropped.iter().filter(|(_, count)| *count > 0);
    let mut parts: Vec<String> = dropped
        .map(|(why, count)| format!("{} dropped as {why}", text::thousands(*count)))
        .collect();
    if report.unlabelled > 0 {
        parts.push(format!("{} unlabelled", text::thousands(report.unlabelled)));
    }
    if parts.is_empty() {
        return "its files hold none".to_string();
    }
    parts.join(", ")
}

/// An example with its white space in sight: `·` at the end of a line, `→` for a tab, `⏎` for an empty last line.
fn visible(example: &Example) -> String {
    let mut out = String::new();
    if let Some(system) = &example.system {
        out.push_str(&marked("system", system));
    }
    out.push_str(&marked("input ", &example.inputs));
    out.push_str(&marked("target", &example.targets));
    out
}

fn marked(name: &str, text: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.split('\n').enumerate() {
        let body = line.trim_end_matches(' ');
        let trailing = "·".repeat(line.len() - body.len());
        let body = body.replace('\t', "→").replace('\r', "␍").replace('\u{a0}', "⍽");
        let head = if at == 0 { name } else { "      " };
        out.push_str(format!("{head} │ {body}{trailing}").trim_end_matches(' '));
        out.push('\n');
    }
    if text.ends_with('\n') {
        out.pop();
        out.push_str(" ⏎\n");
    }
    out
}
