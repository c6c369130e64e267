//! The report as one HTML page: no script, nothing loaded, light and dark; every score with its spread as a plot.

use std::fmt::Write as _;

use super::page::{notes, number, summary, tables};
use super::{Compared, DatasetScores, Report, Score};
use crate::report::stats::{STYLE, escape};

/// How plots of scores look, beside what all pages share.
const PLOTS: &str = include_str!("page.css");

/// The page as it is written to a file.
pub fn html(report: &Report) -> String {
    let title = format!("Scores of {}", report.title);
    document(&title, &sections(report))
}

/// A whole page around its body.
pub fn document(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}{PLOTS}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

/// All of a report, without a title.
pub fn sections(report: &Report) -> String {
    let mut out = format!(
        "<p>Mixture <code>{}</code>, content <code>{}</code>: {}.</p>\n",
        escape(&report.mixture),
        escape(report.content.get(..16).unwrap_or_default()),
        escape(&summary(report))
    );
    if let Some(comparison) = &report.comparison {
        let _ = writeln!(out, "<h2>Beside <code>{}</code></h2>", escape(&comparison.baseline));
        let (datasets, clusters) = comparison.tables();
        for (rows, all) in [(clusters, &comparison.clusters), (datasets, &comparison.datasets)] {
            table(&mut out, &rows, &mut |at| all.get(at).map_or(String::new(), arrow));
        }
        for note in &comparison.notes {
            let _ = writeln!(out, "<p>{}</p>", escape(note));
        }
    }
    let (datasets, clusters) = tables(report);
    out.push_str("<h2>Clusters</h2>\n");
    table(&mut out, &clusters, &mut |_| String::new());
    out.push_str(
        "<h2>Datasets</h2>\n<p>In a plot each ring is a template, the dot their mean, the line 95 % of the means where rows are \
         drawn again. The long tick is what the most frequent answer comes to, the short one guessing.</p>\n",
    );
    let mut plots = report
        .datasets
        .iter()
        .flat_map(|dataset| dataset.scores.iter().map(|score| plot(dataset, score)));
    table(&mut out, &datasets, &mut |_| plots.next().unwrap_or_default());
    out.push_str("<h2>Templates</h2>\n");
    report.datasets.iter().for_each(|dataset| templates(&mut out, dataset));
    let notes = notes(report);
    if !notes.is_empty() {
        out.push_str("<h2>Notes</h2>\n<ul>\n");
        for (about, note) in notes {
            let _ = writeln!(out, "<li><code>{}</code>: {}</li>", escape(about), escape(&note));
        }
        out.push_str("</ul>\n");
    }
    out
}

/// A table whose rows end in a plot, where there are plots.
pub fn table(out: &mut String, rows: &[Vec<String>], plot: &mut dyn FnMut(usize) -> String) {
    let Some((head, rows)) = rows.split_first() else {
        return;
    };
    let is_number = |cell: &String| cell.chars().all(|c| c.is_ascii_digit() || "-,.% to+".contains(c));
    let numbers: Vec<bool> = (0..head.len())
        .map(|at| rows.iter().filter_map(|row| row.get(at)).all(is_number))
        .collect();
    let cells = |tag: &str, row: &[String]| -> String {
        let cell = |(cell, number): (&String, &bool)| {
            let class = if *number { " class=\"n\"" } else { "" };
            // A name breaks after an underscore, and nowhere else.
            format!("<{tag}{class}>{}</{tag}>", escape(cell).replace('_', "_<wbr>"))
        };
        row.iter().zip(&numbers).map(cell).collect()
    };
    let _ = writeln!(
        out,
        "<div class=\"wide\"><table>\n<tr>{}<th></th></tr>",
        cells("th", head)
    );
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(out, "<tr>{}<td class=\"plot\">{}</td></tr>", cells("td", row), plot(at));
    }
    out.push_str("</table></div>\n");
}

/// A score on a line from 0 to 100, or from the least to the most there is where it is another kind of number.
fn plot(dataset: &DatasetScores, score: &Score) -> String {
    const WIDTH: f64 = 240.0;
    let of_templates: Vec<(&str, f64)> = dataset
        .templates
        .iter()
        .filter_map(|of| Some((of.template.as_str(), of.scores.get(&score.score).copied().flatten()?)))
        .collect();
    let known = [score.mean, score.low, score.high, score.majority, score.random];
    let all = || {
        of_templates
            .iter()
            .map(|(_, value)| *value)
            .chain(known.into_iter().flatten())
    };
    if all().next().is_none() {
        return String::new();
    }
    let least = all().fold(0.0, f64::min);
    let most = all().fold(if score.rises { 100.0 } else { 1.0 }, f64::max);
    let x = |value: f64| 4.0 + (value - least) / (most - least) * (WIDTH - 8.0);
    let line = |value: f64, y: [f64; 2], class: &str, title: &str| {
        format!(
            "<line class=\"{class}\" x1=\"{x:.2}\" x2=\"{x:.2}\" y1=\"{}\" y2=\"{}\"><title>{title} {value:.2}</title></line>",
            y[0],
            y[1],
            x = x(value)
        )
    };
    let mut out = format!(
        "<svg class=\"score\" viewBox=\"0 0 {WIDTH} 20\" role=\"img\" aria-label=\"{} of {}: {}\"><line x1=\"4\" x2=\"{:.0}\" y1=\"10\" y2=\"10\"/>",
        escape(&score.score),
        escape(&dataset.dataset),
        number(score.mean),
        WIDTH - 4.0
    );
    if let Some(value) = score.majority {
        out.push_str(&line(value, [1.0, 19.0], "guess", "majority"));
    }
    if let Some(value) = score.random {
        out.push_str(&line(value, [5.0, 15.0], "guess", "random"));
    }
    if let (Some(low), Some(high)) = (score.low, score.high) {
        let _ = write!(
            out,
            "<line class=\"interval\" x1=\"{:.2}\" x2=\"{:.2}\" y1=\"10\" y2=\"10\"><title>{low:.2} to {high:.2}</title></line>",
            x(low),
            x(high)
        );
    }
    for (template, value) in of_templates {
        let _ = write!(
            out,
            "<circle class=\"template\" cx=\"{:.2}\" cy=\"10\" r=\"3.5\"><title>{}: {value:.2}</title></circle>",
            x(value),
            escape(template)
        );
    }
    if let Some(mean) = score.mean {
        let _ = write!(
            out,
            "<circle class=\"mean\" cx=\"{:.2}\" cy=\"10\" r=\"3\"><title>mean {mean:.2}</title></circle>",
            x(mean)
        );
    }
    out + "</svg>"
}

/// From one score to another on a line from 0 to 100, or to the larger of both.
fn arrow(compared: &Compared) -> String {
    const WIDTH: f64 = 240.0;
    let both = compared.before.zip(compared.after);
    let Some((before, after)) = both.filter(|_| compared.difference.is_some()) else {
        return String::new();
    };
    let most = if compared.rises {
        100.0
    } else {
        before.max(after).max(1.0)
    };
    let least = before.min(after).min(0.0);
    let x = |value: f64| 4.0 + (value - least) / (most - least) * (WIDTH - 8.0);
    let class = if (after > before) == compared.rises {
        "better"
    } else {
        "worse"
    };
    format!(
        "<svg class=\"score\" viewBox=\"0 0 {WIDTH} 20\" role=\"img\" aria-label=\"from {before:.2} to {after:.2}\">\
         <line x1=\"4\" x2=\"{:.0}\" y1=\"10\" y2=\"10\"/><line class=\"{class}\" x1=\"{from:.2}\" x2=\"{:.2}\" y1=\"10\" y2=\"10\"/>\
         <circle class=\"template\" cx=\"{from:.2}\" cy=\"10\" r=\"3.5\"/><circle class=\"mean\" cx=\"{:.2}\" cy=\"10\" r=\"3.5\"/></svg>",
        WIDTH - 4.0,
        x(after),
        x(after),
        from = x(before),
    )
}

/// The templates of a dataset, folded away.
fn templates(out: &mut String, dataset: &DatasetScores) {
    let _ = writeln!(
        out,
        "<details><summary>{} <small>{}</small></summary>",
        escape(&dataset.dataset),
        crate::text::count(dataset.templates.len(), "template")
    );
    let names: Vec<&str> = dataset.scores.iter().map(|score| score.score.as_str()).collect();
    let mut rows = vec![
        ["template", "examples"]
            .iter()
            .chain(&names)
            .map(|name| (*name).to_string())
            .collect::<Vec<_>>(),
    ];
    for template in &dataset.templates {
        let mut row = vec![template.template.clone(), crate::text::thousands(template.examples)];
        row.extend(
            names
                .iter()
                .map(|name| number(template.scores.get(*name).copied().flatten())),
        );
        rows.push(row);
    }
    table(out, &rows, &mut |_| String::new());
    out.push_str("</details>\n");
}
