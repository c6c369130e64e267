//! The report as a page in Markdown, and its tables for whoever shows them.

use std::fmt::Write as _;

use super::{DatasetScores, Report, Score};
use crate::text::{self, thousands};

/// A score as people read it: two decimals, a dash where there is none.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_string(), |value| format!("{value:.2}"))
}

/// The page as it is written to a file.
pub fn page(report: &Report) -> String {
    let mut out = format!("# Scores of {}\n\n", report.title);
    let _ = writeln!(
        out,
        "Mixture `{}`, content `{}`: {}.\n",
        report.mixture,
        report.content.get(..16).unwrap_or_default(),
        summary(report)
    );
    if let Some(comparison) = &report.comparison {
        let (datasets, clusters) = comparison.tables();
        let _ = writeln!(out, "## Beside `{}`\n", comparison.baseline);
        for table in [clusters, datasets] {
            markdown(&mut out, &table);
            out.push('\n');
        }
        for note in &comparison.notes {
            let _ = writeln!(out, "- {note}");
        }
        if !comparison.notes.is_empty() {
            out.push('\n');
        }
    }
    let (datasets, clusters) = tables(report);
    out.push_str("## Clusters\n\n");
    markdown(&mut out, &clusters);
    out.push_str("\n## Datasets\n\n");
    markdown(&mut out, &datasets);
    out.push_str("\n## Templates\n\n| template | examples | scores |\n|---|--:|---|\n");
    for dataset in &report.datasets {
        for template in &dataset.templates {
            let scores = template
                .scores
                .iter()
                .map(|(name, value)| format!("{name} {}", number(*value)));
            let _ = writeln!(
                out,
                "| {}/{} | {} | {} |",
                dataset.dataset,
                template.template,
                thousands(template.examples),
                scores.collect::<Vec<_>>().join(", ")
            );
        }
    }
    let notes: String = notes(report)
        .into_iter()
        .map(|(about, note)| format!("- `{about}`: {note}\n"))
        .collect();
    if !notes.is_empty() {
        let _ = write!(out, "\n## Notes\n\n{notes}");
    }
    out
}

/// A table whose first row is its head.
pub fn markdown(out: &mut String, rows: &[Vec<String>]) {
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(out, "| {} |", row.join(" | "));
        if at == 0 {
            let side = |cell: &String| if TEXTS.contains(&cell.as_str()) { "---" } else { "--:" };
            let _ = writeln!(out, "|{}|", row.iter().map(side).collect::<Vec<_>>().join("|"));
        }
    }
}

/// The columns of the table of datasets; the last two only where templates were chosen on other examples.
const HEAD: &[&str] = &[
    "dataset",
    "score",
    "templates",
    "mean",
    "deviation",
    "95 %",
    "best template",
    "best",
    "majority",
    "random",
    "chosen template",
    "chosen",
];

/// Those of them that are words.
const TEXTS: &[&str] = &["dataset", "cluster", "score", "best template", "chosen template"];

/// The line of a score in the table of datasets.
fn cells(dataset: &DatasetScores, score: &Score, chosen: bool) -> Vec<String> {
    let text = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_string());
    let mut cells = vec![
        dataset.dataset.clone(),
        score.score.clone(),
        dataset.templates.len().to_string(),
        number(score.mean),
        number(score.deviation),
        match (score.low, score.high) {
            (Some(low), Some(high)) => format!("{low:.2} to {high:.2}"),
            _ => "-".to_string(),
        },
        text(&score.best_template),
        number(score.best),
        number(score.majority),
        number(score.random),
    ];
    if chosen {
        cells.extend([text(&score.chosen_template), number(score.chosen)]);
    }
    cells
}

/// The tables of datasets and of clusters, the first row of each its head.
pub fn tables(report: &Report) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let chosen = report.dev.is_some();
    let head = &HEAD[..if chosen { HEAD.len() } else { HEAD.len() - 2 }];
    let mut datasets = vec![head.iter().map(|name| (*name).to_string()).collect()];
    for dataset in &report.datasets {
        datasets.extend(dataset.scores.iter().map(|score| cells(dataset, score, chosen)));
    }
    let mut clusters = vec![["cluster", "datasets", "mean"].map(str::to_string).to_vec()];
    for cluster in &report.clusters {
        clusters.push(vec![
            cluster.cluster.clone(),
            thousands(cluster.datasets),
            number(cluster.mean),
        ]);
    }
    (datasets, clusters)
}

/// What a reader should know of the scores, each with what it is about.
pub fn notes(report: &Report) -> Vec<(&str, String)> {
    let own = report.datasets.iter().flat_map(|dataset| {
        dataset
            .notes
            .iter()
            .map(move |note| (dataset.dataset.as_str(), note.clone()))
    });
    let left_out = report.clusters.iter().flat_map(|cluster| {
        let why = format!(
            "not in the mean of {}: its main score is undefined or does not go up to 100",
            cluster.cluster
        );
        cluster.left_out.iter().map(move |name| (name.as_str(), why.clone()))
    });
    own.chain(left_out).collect()
}

/// How many examples were scored, what did not fit together, and how much of the split was not asked for.
pub fn summary(report: &Report) -> String {
    let rest = match report.not_asked {
        0 => String::new(),
        rest => format!("; {} not asked for", text::count(rest as usize, "further example")),
    };
    format!(
        "{} of {} of `{}` scored; {} missing, {} double, {} unknown{rest}",
        thousands(report.scored),
        text::count(report.examples as usize, "example"),
        report.split,
        thousands(report.missing),
        thousands(report.double),
        thousands(report.unknown)
    )
}
