//! What `flanc golden` prints for people.

use std::collections::BTreeMap;

use super::look::Look;
use crate::cli::output;
use crate::cli::unified::{self, Paint};
use crate::golden::{Change, Coverage, Difference, Rendering};
use crate::text;

/// Templates of a dataset that get a line each.
const MANY: usize = 3;

/// Differences as a person reads them, some of each template, and how many there are.
pub fn differences(look: &Look, shown: usize, paint: Paint) -> String {
    let mut out = String::new();
    let mut of_template: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for difference in look.differences() {
        let count = of_template
            .entry((&difference.dataset, &difference.template))
            .or_default();
        *count += 1;
        if *count <= shown {
            out.push_str(&self::difference(difference, paint));
            out.push('\n');
        }
    }
    let more: Vec<String> = of_template
        .iter()
        .filter(|(_, count)| **count > shown)
        .map(|((dataset, template), count)| format!("{dataset}/{template}: {} more", count - shown))
        .collect();
    if !more.is_empty() {
        out.push_str(&format!("not shown without --all: {}\n\n", more.join(", ")));
    }
    for looked in look.datasets.iter().filter(|looked| looked.misplaced) {
        out.push_str(&format!(
            "the file of `{}` belongs in golden/{}/: `flanc golden accept {}` moves it\n\n",
            looked.dataset, looked.cluster, looked.dataset
        ));
    }
    out.push_str(&summary(look));
    out
}

/// How many differences there are, of what kind, and how to decide.
pub fn summary(look: &Look) -> String {
    let of = |change: Change| look.differences().filter(|d| d.change == change).count();
    let renderings: usize = look
        .datasets
        .iter()
        .flat_map(|looked| looked.now.templates.values())
        .map(|template| template.renderings.len())
        .sum();
    let datasets = text::count(look.datasets.len(), "dataset");
    if look.differences().next().is_none() {
        return format!(
            "{} of {datasets}: all as accepted\n",
            text::count(renderings, "rendering")
        );
    }
    let differ = look
        .datasets
        .iter()
        .filter(|looked| !looked.differences.is_empty())
        .count();
    format!(
        "{} changed, {} new, {} removed, in {differ} of {datasets}\n",
        of(Change::Changed),
        of(Change::New),
        of(Change::Removed)
    )
}

/// One difference: whose it is and why, then both texts as one.
pub fn difference(difference: &Difference, paint: Paint) -> String {
    let causes: Vec<&str> = difference.causes.iter().map(|cause| cause.name()).collect();
    let about = difference.about.iter().map(|word| format!(" · {word}"));
    let mut out = format!(
        "━━ {} ({}) · {}/{} · {}{}\n",
        difference.change.name(),
        causes.join(" or "),
        difference.dataset,
        difference.template,
        difference.row,
        about.collect::<String>()
    );
    let (old, new) = (difference.old.as_ref(), difference.new.as_ref());
    for name in ["system", "input", "target", "fails"] {
        let of = |side: Option<&Rendering>| side.and_then(|side| side.part(name).map(str::to_string));
        out.push_str(&unified::part(name, of(old).as_deref(), of(new).as_deref(), paint));
    }
    out
}

/// How much is shown by the pinned rows, and what is not.
pub fn covered(look: &Look, all: bool) -> String {
    let coverage: Vec<&Coverage> = look.coverage().collect();
    let sum = |of: fn(&Coverage) -> usize| coverage.iter().map(|one| of(one)).sum::<usize>();
    let share = |shown: usize, of: usize| {
        if of == 0 {
            return "none".to_string();
        }
        let percent = shown as f64 * 100.0 / of as f64;
        format!("{percent:.1} % ({shown} of {of})")
    };
    let mut out = String::new();
    if all {
        let head = ["template", "labels", "branches"].map(str::to_string).to_vec();
        let row = |one: &&Coverage| {
            vec![
                format!("{}/{}", one.dataset, one.template),
                format!("{} of {}", one.labels_shown, one.labels),
                format!("{} of {}", one.branches_shown, one.branches),
            ]
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(coverage.iter().map(row)).collect();
        out.push_str(&format!("{}\n", output::table(&rows)));
    }
    out.push_str(&format!(
        "shown: {}, labels {}, branches {}\n",
        text::count(coverage.len(), "template"),
        share(sum(|one| one.labels_shown), sum(|one| one.labels)),
        share(sum(|one| one.branches_shown), sum(|one| one.branches)),
    ));
    for one in &coverage {
        for lacking in &one.lacking {
            out.push_str(&format!("  not shown of {}/{}: {lacking}\n", one.dataset, one.template));
        }
    }
    out
}

/// The commands that decide on what differs, template by template; of a dataset that differs in many, on the whole.
pub fn commands(look: &Look) -> String {
    let mut out = String::new();
    for looked in &look.datasets {
        let mut templates: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
        for one in &looked.differences {
            templates.entry(&one.template).or_default().push(one);
        }
        let causes: std::collections::BTreeSet<&str> = looked
            .differences
            .iter()
            .flat_map(|d| d.causes.iter().map(|cause| cause.name()))
            .collect();
        let causes: Vec<&str> = causes.into_iter().collect();
        let lines: Vec<(String, usize)> = if templates.len() > MANY {
            vec![(looked.dataset.clone(), looked.differences.len())]
        } else {
            let line = |(name, of): (&str, Vec<&Difference>)| (format!("template:{}/{name}", looked.dataset), of.len());
            templates.into_iter().map(line).collect()
        };
        for (word, count) in lines {
            let causes = causes.join(", ");
            out.push_str(&format!(
                "{} to decide on ({causes})\n",
                text::count(count, "rendering")
            ));
            for (what, more) in [("check", " --all"), ("accept", ""), ("reject", "")] {
                out.push_str(&format!("  flanc golden {what} {word}{more}\n"));
            }
        }
    }
    out
}
