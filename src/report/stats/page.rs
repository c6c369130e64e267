//! One HTML page of what was measured: no script, no network, light and dark, for a screen, a phone and paper.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plot::{bar, escape, histogram, percent, stack};
use super::{Group, Stats};
use crate::text::{self, thousands};

/// How pages look: colours for light and dark, tiles, tables, a phone and paper.
pub const STYLE: &str = include_str!("page.css");

/// The page as it is written to a file.
pub fn page(stats: &Stats) -> String {
    let title = escape(&stats.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}: statistics</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    let _ = writeln!(
        out,
        "<p>Mixture <code>{}</code>, edition {}, seed {}, content <code>{}</code>.{}</p>",
        escape(&stats.mixture),
        escape(&stats.edition),
        stats.seed,
        escape(stats.content.get(..16).unwrap_or_default()),
        if stats.selection.is_empty() {
            String::new()
        } else {
            format!(
                " Selected: <code>{}</code>. Shares are of all examples of a split.",
                escape(&stats.selection.join(" "))
            )
        }
    );
    let links = stats.splits.iter().map(|split| {
        let name = escape(&split.name);
        format!(
            "<a href=\"#{name}\">{name} <small>{}</small></a>",
            thousands(split.examples)
        )
    });
    let _ = writeln!(out, "<nav>{}</nav>", links.collect::<String>());
    for split in &stats.splits {
        section(&mut out, stats, split);
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// Everything about one split.
fn section(out: &mut String, stats: &Stats, split: &Group) {
    let of = |groups: &'_ [Group]| -> Vec<Group> {
        groups
            .iter()
            .filter(|group| group.split == split.name)
            .cloned()
            .collect()
    };
    let (clusters, mut datasets, templates) = (of(&stats.clusters), of(&stats.datasets), of(&stats.templates));
    let name = escape(&split.name);
    let _ = writeln!(out, "<h2 id=\"{name}\">{name}</h2>");
    let part = |count: u64| {
        if split.examples == 0 {
            0.0
        } else {
            count as f64 / split.examples as f64
        }
    };
    let tiles = [
        ("examples", thousands(split.examples)),
        ("clusters", thousands(clusters.len() as u64)),
        ("datasets", thousands(datasets.len() as u64)),
        ("templates", thousands(templates.len() as u64)),
        ("median input", text::count(split.inputs.words.median as usize, "word")),
        (
            "median target",
            text::count(split.targets.words.median as usize, "word"),
        ),
        (
            "with options",
            percent(part(split.examples - split.options.get(&0).copied().unwrap_or(0))),
        ),
        ("repeated", percent(part(split.repeated_inputs))),
    ];
    out.push_str("<dl>");
    for (name, value) in tiles {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>\n<div class=\"plots\">\n");
    for (title, lengths) in [("Inputs", &split.inputs), ("Targets", &split.targets)] {
        out.push_str(&histogram(title, "words", &lengths.words));
        out.push_str(&histogram(title, "bytes", &lengths.bytes));
    }
    out.push_str("</div>\n");

    let targets = split.name == "train";
    let note = if targets {
        "<p>A bar is the share that is there, the tick the share that the rates ask for.</p>\n"
    } else {
        ""
    };
    let _ = writeln!(out, "<h3>Clusters</h3>\n{note}");
    shares(out, &clusters, "cluster", targets);
    out.push_str("<h3>Datasets</h3>\n");
    datasets.sort_by(|a, b| (&a.cluster, &a.name).cmp(&(&b.cluster, &b.name)));
    shares(out, &datasets, "dataset", targets);
    counts(out, stats, split);
    labels(out, stats, &split.name);
    self::templates(out, &datasets, &templates);
}

/// A table of groups with their shares and lengths.
fn shares(out: &mut String, groups: &[Group], kind: &str, targets: bool) {
    let all = groups
        .iter()
        .flat_map(|group| [group.share, group.target_share.unwrap_or(0.0)]);
    let largest = all.fold(0.0, f64::max);
    let target = if targets { "<th class=\"n\">target</th>" } else { "" };
    let _ = writeln!(
        out,
        "<div class=\"wide\"><table><tr><th>{kind}</th><th class=\"n\">examples</th><th></th><th class=\"n\">share</th>{target}\
         <th class=\"n extra\" title=\"words: median, 99th percentile\">input words</th>\
         <th class=\"n extra\" title=\"words: median, 99th percentile\">target words</th><th class=\"n extra\">repeated inputs</th></tr>"
    );
    for group in groups {
        let cluster = match &group.cluster {
            Some(cluster) if kind == "dataset" => format!(" <small>{}</small>", escape(cluster)),
            _ => String::new(),
        };
        let target = match group.target_share {
            Some(share) if targets => format!("<td class=\"n\">{}</td>", percent(share)),
            _ if targets => "<td class=\"n\">-</td>".to_string(),
            _ => String::new(),
        };
        let words = |lengths: &super::Summary| {
            format!(
                "{}, {}",
                thousands(u64::from(lengths.median)),
                thousands(u64::from(lengths.p99))
            )
        };
        let _ = writeln!(
            out,
            "<tr><td class=\"name\">{}{cluster}</td><td class=\"n\">{}</td><td class=\"plot\">{}</td><td class=\"n\">{}</td>{target}\
             <td class=\"n extra\">{}</td><td class=\"n extra\">{}</td><td class=\"n extra\">{}</td></tr>",
            escape(&group.name),
            thousands(group.examples),
            bar(group.share, group.target_share, largest),
            percent(group.share),
            words(&group.inputs.words),
            words(&group.targets.words),
            thousands(group.repeated_inputs)
        );
    }
    out.push_str("</table></div>\n");
}

/// Roles, and how many options examples have.
fn counts(out: &mut String, stats: &Stats, split: &Group) {
    let roles = stats.roles.iter().filter(|group| group.split == split.name);
    let roles: Vec<(String, u64)> = roles.map(|group| (group.name.clone(), group.examples)).collect();
    let options = split.options.iter().map(|(count, examples)| {
        let name = if *count == 0 {
            "none".to_string()
        } else {
            count.to_string()
        };
        (name, *examples)
    });
    let options: Vec<(String, u64)> = options.collect();
    let _ = writeln!(
        out,
        "<h3>Roles</h3>\n{}\n<h3>Options of an example</h3>\n{}",
        stack(&roles),
        stack(&options)
    );
}

/// Label balance, and for other options the place of the right one.
fn labels(out: &mut String, stats: &Stats, split: &str) {
    let balanced: BTreeMap<&str, String> = stats
        .labels
        .iter()
        .filter(|labels| labels.split == split)
        .map(|labels| {
            let parts: Vec<(String, u64)> = labels.labels.iter().map(|l| (l.label.clone(), l.examples)).collect();
            (labels.dataset.as_str(), stack(&parts))
        })
        .collect();
    if !balanced.is_empty() {
        out.push_str("<h3>Labels</h3>\n<p>What is right, where every row has the same options.</p>\n");
        rows(out, balanced.into_iter().map(|(name, plot)| (name.to_string(), plot)));
    }
    let known = |dataset: &str| {
        stats
            .labels
            .iter()
            .any(|labels| labels.split == split && labels.dataset == dataset)
    };
    let places: Vec<(String, String)> = stats
        .positions
        .iter()
        .filter(|positions| positions.split == split && !known(&positions.dataset))
        .map(|positions| {
            let place = |(at, examples): (usize, &u64)| (format!("{}.", at + 1), *examples);
            let parts: Vec<(String, u64)> = positions.examples.iter().enumerate().map(place).collect();
            (
                format!("{} ({} options)", positions.dataset, positions.options),
                stack(&parts),
            )
        })
        .collect();
    if !places.is_empty() {
        out.push_str("<h3>Places of the right option</h3>\n");
        rows(out, places.into_iter());
    }
}

fn rows(out: &mut String, rows: impl Iterator<Item = (String, String)>) {
    out.push_str("<div class=\"wide\"><table>");
    for (name, plot) in rows {
        let _ = writeln!(
            out,
            "<tr><td class=\"name\">{}</td><td style=\"width:75%\">{plot}</td></tr>",
            escape(&name)
        );
    }
    out.push_str("</table></div>\n");
}

/// The templates of each dataset, folded away.
fn templates(out: &mut String, datasets: &[Group], templates: &[Group]) {
    out.push_str("<h3>Templates</h3>\n");
    for dataset in datasets {
        let own: Vec<&Group> = templates
            .iter()
            .filter(|group| group.name.split_once('/').is_some_and(|(id, _)| id == dataset.name))
            .collect();
        let largest = own.iter().map(|group| group.examples).max().unwrap_or(0) as f64;
        let _ = write!(
            out,
            "<details><summary>{} <small>{}</small></summary><div class=\"wide\"><table>",
            escape(&dataset.name),
            text::count(own.len(), "template")
        );
        for group in own {
            let name = group.name.split_once('/').map_or("", |(_, name)| name);
            let _ = writeln!(
                out,
                "<tr><td class=\"name\">{}</td><td class=\"n\">{}</td><td class=\"plot\">{}</td>\
                 <td class=\"n\">{} words in</td><td class=\"n\">{} out</td></tr>",
                escape(name),
                thousands(group.examples),
                bar(group.examples as f64, None, largest),
                thousands(u64::from(group.inputs.words.median)),
                thousands(u64::from(group.targets.words.median))
            );
        }
        out.push_str("</table></div></details>\n");
    }
}
