//! `flanc list`: the datasets of the project, their templates, and what they lack.

use std::process::ExitCode;

use serde_json::json;

use super::args::{Common, List};
use super::output;
use crate::text;

pub fn run(common: &Common, _command: &List) -> anyhow::Result<ExitCode> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let datasets = project.catalog.datasets.values();
    if common.json() {
        let one = |d: &crate::catalog::Dataset| {
            let templates: Vec<_> = d
                .templates
                .iter()
                .map(|t| json!({ "name": t.name, "set": t.set, "role": t.role }))
                .collect();
            json!({ "id": d.id, "title": d.title, "family": d.family, "cluster": d.cluster(), "clusters": d.clusters,
                "license": d.license.as_ref().map(|l| &l.name), "metrics": d.metrics, "published": d.published,
                "sources": d.sources.keys().collect::<Vec<_>>(), "templates": templates })
        };
        output::print_json(&json!({ "datasets": datasets.map(one).collect::<Vec<_>>(),
            "mixtures": project.catalog.mixtures.keys().collect::<Vec<_>>() }));
        return Ok(ExitCode::SUCCESS);
    }
    let header = ["cluster", "dataset", "templates", "sources", "license"];
    let mut rows = vec![header.map(str::to_string).to_vec()];
    let mut sorted: Vec<_> = datasets.collect();
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
            d.templates.len().to_string(),
            sources,
            license.to_string(),
        ]);
    }
    let without: Vec<&str> = sorted
        .iter()
        .filter(|d| d.templates.is_empty())
        .map(|d| d.id.as_str())
        .collect();
    output::print(&output::table(&rows));
    let mixtures: Vec<&str> = project.catalog.mixtures.keys().map(String::as_str).collect();
    output::print(&format!("\nmixtures: {}\n", mixtures.join(" ")));
    if !without.is_empty() {
        output::print(&format!(
            "\n{} without templates: {}\n",
            text::count(without.len(), "dataset"),
            without.join(" ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
