//! `flanc list`: the datasets of the project, their templates, and what they lack.

use std::process::ExitCode;

use serde_json::json;

use super::args::{Common, List};
use super::{chosen, output};
use crate::catalog::{Dataset, Template};
use crate::render::Renderer;
use crate::select::State;
use crate::text;

pub fn run(common: &Common, command: &List) -> anyhow::Result<ExitCode> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let chosen = chosen::of_project(&project, &command.selecting)?;
    let datasets = chosen.datasets(&project);
    if common.json() {
        let one = |d: &Dataset| {
            let renderer = Renderer::new(d);
            let templates: Vec<_> = chosen
                .templates(d)
                .into_iter()
                .map(|t| {
                    let state = chosen.state(&d.id, Some(&t.name));
                    json!({ "name": t.name, "set": t.set, "role": t.role, "state": state.map(word),
                        "not_lowered": not_lowered(&renderer, d, t) })
                })
                .collect();
            json!({ "id": d.id, "title": d.title, "family": d.family, "task": d.task, "cluster": d.cluster(), "clusters": d.clusters,
                "license": d.license.as_ref().map(|l| &l.name), "metrics": d.metrics, "published": d.published,
                "sources": d.sources.keys().collect::<Vec<_>>(), "templates": templates })
        };
        output::print_json(&json!({ "datasets": datasets.into_iter().map(one).collect::<Vec<_>>(),
            "removed": chosen.removed(), "mixtures": project.catalog.mixtures.keys().collect::<Vec<_>>() }));
        return Ok(ExitCode::SUCCESS);
    }
    let compared = command.selecting.against.is_some() || datasets.iter().any(|d| !states(&chosen, d).is_empty());
    let mut header = vec!["cluster", "dataset", "templates", "sources", "license"];
    if compared {
        header.push("state");
    }
    let mut rows: Vec<Vec<String>> = vec![header.into_iter().map(str::to_string).collect()];
    let mut sorted = datasets;
    sorted.sort_by(|a, b| (a.cluster(), &a.id).cmp(&(b.cluster(), &b.id)));
    for d in &sorted {
        let license = d.license.as_ref().map_or("-", |l| l.name.as_str());
        let sources: Vec<&str> = d.sources.keys().map(String::as_str).collect();
        let sources = if sources.is_empty() {
            "-".to_string()
        } else {
            sources.join(" ")
        };
        rows.push(vec![
            d.cluster().to_string(),
            d.id.clone(),
            chosen.templates(d).len().to_string(),
            sources,
            license.to_string(),
        ]);
        if compared && let Some(row) = rows.last_mut() {
            row.push(states(&chosen, d));
        }
    }
    let without: Vec<&str> = sorted
        .iter()
        .filter(|d| d.templates.is_empty())
        .map(|d| d.id.as_str())
        .collect();
    output::print(&output::table(&rows));
    if names_templates(&chosen, &command.selecting.selection, &sorted) {
        output::print(&format!("\n{}", templates(&chosen, &sorted)));
    }
    let removed = chosen.removed();
    if !removed.is_empty() {
        output::print(&format!("\nin the build alone: {}\n", removed.join(" ")));
    }
    if chosen.everything {
        let mixtures: Vec<&str> = project.catalog.mixtures.keys().map(String::as_str).collect();
        output::print(&format!("\nmixtures: {}\n", mixtures.join(" ")));
    }
    output::print(&lowered(&chosen, &sorted));
    if !without.is_empty() {
        output::print(&format!(
            "\n{} without templates: {}\n",
            text::count(without.len(), "dataset"),
            without.join(" ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether templates are named one by one: those of one dataset, or where a selection is of templates.
fn names_templates(chosen: &chosen::Chosen, words: &[String], datasets: &[&Dataset]) -> bool {
    let of_templates = ["template:", "role:", "state:", "/"];
    let part = |dataset: &&Dataset| chosen.templates(dataset).len() < dataset.templates.len();
    let any = datasets.iter().any(|dataset| !chosen.templates(dataset).is_empty());
    let said = words
        .iter()
        .any(|word| of_templates.iter().any(|kind| word.contains(kind)));
    any && !chosen.everything && (said || datasets.len() == 1 || datasets.iter().any(part))
}

/// The chosen templates of each dataset with their roles, and how they compare with a build where that was asked.
fn templates(chosen: &chosen::Chosen, datasets: &[&Dataset]) -> String {
    let mut rows = vec![["template", "role", "state"].map(str::to_string).to_vec()];
    for dataset in datasets {
        for template in chosen.templates(dataset) {
            let state = chosen.state(&dataset.id, Some(&template.name)).map_or("", word);
            let name = format!("{}/{}", dataset.id, template.name);
            rows.push(vec![name, template.role.name().to_string(), state.to_string()]);
        }
    }
    if rows.iter().skip(1).all(|row| row[2].is_empty()) {
        rows.iter_mut().for_each(|row| row.truncate(2));
    }
    output::table(&rows)
}

fn word(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Modified => "modified",
        State::Same => "same",
        State::Removed => "removed",
    }
}

/// `2 modified, 1 new`: the chosen templates of a dataset, compared with a build.
fn states(chosen: &chosen::Chosen, dataset: &Dataset) -> String {
    let templates = chosen.templates(dataset);
    let mut found: Vec<State> = templates
        .iter()
        .filter_map(|template| chosen.state(&dataset.id, Some(&template.name)))
        .collect();
    if dataset.templates.is_empty() {
        found.extend(chosen.state(&dataset.id, None));
    }
    let of = |state: State| {
        let count = found.iter().filter(|other| **other == state).count();
        (count > 0).then(|| format!("{count} {}", word(state)))
    };
    [State::New, State::Modified, State::Same]
        .into_iter()
        .filter_map(of)
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many templates run as programs, and why others do not.
fn lowered(chosen: &chosen::Chosen, datasets: &[&Dataset]) -> String {
    let (mut all, mut rest) = (0, Vec::new());
    for dataset in datasets {
        let renderer = Renderer::new(dataset);
        for template in chosen.templates(dataset) {
            all += 1;
            if let Some(why) = not_lowered(&renderer, dataset, template) {
                rest.push(format!("  {}/{}: {why}\n", dataset.id, template.name));
            }
        }
    }
    if all == 0 {
        return String::new();
    }
    let count = all - rest.len();
    let others = if rest.is_empty() {
        "\n"
    } else {
        "; the others run on minijinja, which is slower:\n"
    };
    format!(
        "\n{} of {} {} lowered{others}{}",
        text::thousands(count as u64),
        text::count(all, "template"),
        if all == 1 { "is" } else { "are" },
        rest.concat()
    )
}

/// Why a template runs on minijinja, where it does.
fn not_lowered(renderer: &Renderer<'_>, dataset: &Dataset, template: &Template) -> Option<String> {
    let at = dataset.templates.iter().position(|other| other.name == template.name)?;
    renderer.lowered(at).err().map(ToString::to_string)
}
