//! `flanc show`: rows of datasets through their templates, as a person reviews them.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::args::{Common, Show};
use super::count::located;
use super::show_tokens::drawn;
use super::visible::marked;
use super::{chosen, count, output};
use crate::catalog::{Dataset, Template};
use crate::render::{Example, Failure, Renderer, Variant};
use crate::source::{self, Budget, Place, Rows, SplitReport};
use crate::text;
use crate::token::{Frame, Tokenizer};

pub fn run(common: &Common, command: &Show) -> anyhow::Result<ExitCode> {
    let (project, mut code) = output::usable_project(common)?;
    let chosen = chosen::of_project(&project, &command.selecting)?;
    let datasets = chosen.datasets(&project);
    let (source, _) = count::place(&project, &command.from);
    let place = located(common, &project, &command.from)?;
    let mut shown = Shown::default();
    let tokenizer = match command.tokenizer.named(None).filter(|_| command.tokens) {
        Some(named) => Some(Tokenizer::open_with(&named.tokenizer, named.eos.as_deref())?),
        None => None,
    };
    let frame = match &tokenizer {
        Some(tokenizer) => Some(Frame::new(tokenizer, command.frame.settings(Some(LONGEST), None))?),
        None => None,
    };
    let how = How {
        command,
        frame: frame.as_ref(),
        color: output::paints(common),
    };
    for dataset in &datasets {
        let failed = match templates(dataset, chosen.templates(dataset), command.template.as_deref()) {
            Ok(templates) => of_dataset((&source, &place), &how, dataset, &templates, &mut shown),
            Err(error) => Err(error),
        };
        match failed {
            Ok(()) => {}
            // What one of many lacks is said, and the others are shown.
            Err(error) if datasets.len() > 1 => {
                output::note(&format!("error: {error:#}"));
                code = output::outside();
            }
            Err(error) => return Err(error),
        }
    }
    if common.json() {
        output::print_json(&json!({ "examples": shown.values }));
    } else {
        output::print(&shown.text);
    }
    Ok(code)
}

/// A row of tokens that no limit of a side leaves too short.
const LONGEST: usize = 1 << 24;

/// How examples are shown.
struct How<'h> {
    command: &'h Show,
    /// Makes the tokens that are drawn, if they are to be.
    frame: Option<&'h Frame<'h>>,
    color: bool,
}

/// What there is to print, in both forms.
#[derive(Default)]
struct Shown {
    text: String,
    values: Vec<Value>,
}

/// The templates to show: the chosen ones, or the one of them that was named.
fn templates<'a>(
    dataset: &'a Dataset,
    chosen: Vec<&'a Template>,
    named: Option<&str>,
) -> anyhow::Result<Vec<&'a Template>> {
    ensure!(
        !dataset.templates.is_empty(),
        "dataset `{}` has no templates to show its rows through",
        dataset.id
    );
    let Some(name) = named else { return Ok(chosen) };
    match chosen.iter().find(|template| template.name == name) {
        Some(template) => Ok(vec![*template]),
        None => {
            let names = chosen.iter().map(|template| template.name.as_str());
            let near = text::suggest(name, names).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
            bail!("dataset `{}` has no template named `{name}`{near}", dataset.id)
        }
    }
}

fn of_dataset(
    (source, place): (&str, &Place),
    how: &How<'_>,
    dataset: &Dataset,
    templates: &[&Template],
    shown: &mut Shown,
) -> anyhow::Result<()> {
    let command = how.command;
    let Some(declared) = dataset.sources.get(source) else {
        bail!("{}", count::unknown(dataset, source))
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
    let (rows, report) = source::read_split(dataset, &command.split, split, place, &Budget::unlimited())?;
    ensure!(
        !rows.is_empty(),
        "split `{}` of `{}` has no row to show: {}",
        command.split,
        dataset.id,
        left_out(&report)
    );
    let renderer = Renderer::new(dataset);
    let places: Vec<usize> = (0..dataset.templates.len())
        .filter(|at| {
            templates
                .iter()
                .any(|chosen| chosen.name == dataset.templates[*at].name)
        })
        .collect();
    for row in order(dataset, &renderer, &places, &rows)?
        .into_iter()
        .take(command.rows)
    {
        let mut guarded = Vec::new();
        let (file, record) = rows.origin(row);
        let mut scratch = Vec::new();
        let row = rows.row(row, &mut scratch)?;
        shown
            .text
            .push_str(&format!("━━ {} · {file}, row {record}\n", dataset.id));
        for at in &places {
            let template = &dataset.templates[*at];
            let rendered = match renderer.admits(*at, row) {
                Ok(true) => renderer.example(*at, row, &Variant::default()),
                Ok(false) => {
                    guarded.push(template.name.as_str());
                    continue;
                }
                Err(failure) => Err(failure),
            };
            let role = template.role.name();
            let why = renderer.lowered(*at).err().map(ToString::to_string);
            let said = why
                .as_ref()
                .map_or(String::new(), |why| format!(" · not lowered: {why}"));
            shown.text.push_str(&format!("\n── {} ({role}){said}\n", template.name));
            match rendered {
                Ok(example) => {
                    shown.text.push_str(&visible(&example));
                    let mut value = json!({ "dataset": dataset.id, "template": template.name, "role": role, "not_lowered": why, "file": file,
                        "row": record, "system": example.system, "inputs": example.inputs, "targets": example.targets,
                        "options": example.options, "answers": example.answers, "answer_index": example.answer_index });
                    if let Some(frame) = how.frame {
                        let (text, tokens) = drawn(frame, &example, how.color)?;
                        shown.text.push_str(&text);
                        value["tokens"] = tokens;
                    }
                    shown.values.push(value);
                }
                Err(Failure::Render(reason)) => {
                    shown.text.push_str(&format!("cannot be used for this row: {reason}\n"));
                }
                Err(Failure::EmptyTarget) => {
                    shown
                        .text
                        .push_str("cannot be used for this row: its target is empty\n");
                }
            }
        }
        if !guarded.is_empty() {
            let names = guarded.join(", ");
            shown
                .text
                .push_str(&format!("\nnot for this row, by their guards: {names}\n"));
        }
        shown.text.push('\n');
    }
    Ok(())
}

/// Rows by digest, so that the choice does not hang on the order of a file. Where a part of the templates is shown, rows
/// that none of them is for would show nothing, and are left out.
fn order(dataset: &Dataset, renderer: &Renderer<'_>, places: &[usize], rows: &Rows) -> anyhow::Result<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|row| rows.whole(*row));
    if places.len() == dataset.templates.len() {
        return Ok(order);
    }
    let mut admitted = Vec::new();
    for row in order {
        let mut scratch = Vec::new();
        let values = rows.row(row, &mut scratch)?;
        if places.iter().any(|at| renderer.admits(*at, values) != Ok(false)) {
            admitted.push(row);
        }
    }
    if admitted.is_empty() {
        let templates = places.iter().map(|at| &dataset.templates[*at]);
        let guards = templates.map(|t| {
            format!(
                "the guard of `{}`: when {}",
                t.name,
                t.when.as_deref().unwrap_or_default()
            )
        });
        let guards: Vec<String> = guards.collect();
        bail!(
            "none of the {} of `{}` is admitted by {}",
            text::count(rows.len(), "row"),
            dataset.id,
            guards.join("; nor by ")
        );
    }
    Ok(admitted)
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
    if !report.quarantined.is_empty() {
        parts.push(format!(
            "{} quarantined",
            text::thousands(report.quarantined.len() as u64)
        ));
    }
    if parts.is_empty() {
        return "its files hold none".to_string();
    }
    parts.join(", ")
}

/// An example with its white space in sight.
fn visible(example: &Example) -> String {
    let mut out = String::new();
    if let Some(system) = &example.system {
        out.push_str(&marked("system", system));
    }
    out.push_str(&marked("input ", &example.inputs));
    out.push_str(&marked("target", &example.targets));
    out
}
