//! `flanc diff`: two built directories, what differs between them and why, with texts before and after.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::Value;

use super::args::{Common, Diff};
use super::output;
use super::unified::{self, Paint};
use crate::report::diff::{self, Cause, Change, DatasetInputs, Difference, Setting, Shown, Side};
use crate::text::{self, thousands};

/// Lines of a table; more are in `--format json`.
const LINES: usize = 40;

pub fn run(common: &Common, command: &Diff) -> anyhow::Result<ExitCode> {
    let difference = diff::diff(&command.old, &command.new, &command.selection, command.examples)?;
    if common.json() {
        output::print_json(&serde_json::to_value(&difference)?);
    } else {
        output::print(&text(&difference, Paint::new(output::paints(common))));
    }
    Ok(if difference.equal {
        ExitCode::SUCCESS
    } else {
        output::FOUND
    })
}

fn text(difference: &Difference, paint: Paint) -> String {
    let mut out = String::new();
    for (head, built) in [("---", &difference.old), ("+++", &difference.new)] {
        let examples = text::count(built.examples as usize, "example");
        let content = built.content.get(..16).unwrap_or_default();
        out.push_str(&format!(
            "{head} {}  {} · {examples} · content {content}\n",
            built.directory, built.mixture
        ));
    }
    out.push('\n');
    let stored = difference.storage.iter().map(setting).collect::<Vec<_>>();
    if !difference.settings.is_empty() {
        out.push_str("asked for otherwise:\n");
        difference
            .settings
            .iter()
            .for_each(|s| out.push_str(&format!("  {}\n", setting(s))));
    }
    if !stored.is_empty() {
        out.push_str(&format!("stored otherwise: {}\n", stored.join("; ")));
    }
    let inputs = inputs(&difference.datasets);
    if !inputs.is_empty() {
        out.push_str(&format!("what went in:\n{inputs}"));
    }
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
    if difference.counts.is_empty() {
        out.push_str(&match difference.reordered {
            Some(true) => format!(
                "the same {} in another order\n",
                text::count(difference.same as usize, "example")
            ),
            _ => format!("the same {}\n", text::count(difference.same as usize, "example")),
        });
        return out;
    }
    out.push_str(&format!(
        "{} the same, {} changed, {} removed, {} added\n\n",
        thousands(difference.same),
        thousands(difference.changed),
        thousands(difference.removed),
        thousands(difference.added)
    ));
    out.push_str(&tables(difference));
    for shown in &difference.examples {
        out.push('\n');
        out.push_str(&example(shown, paint));
    }
    out
}

fn setting(setting: &Setting) -> String {
    format!("{}: {} → {}", setting.name, value(&setting.old), value(&setting.new))
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_string(),
        Value::String(text) => text::excerpt(text, 60),
        other => text::excerpt(&other.to_string(), 60),
    }
}

/// What a build makes of a dataset.
fn role(part: &Value) -> String {
    part.as_str().map_or("not in the build".to_string(), str::to_string)
}

/// Which inputs of the datasets differ, those that differ alike on one line.
fn inputs(datasets: &[DatasetInputs]) -> String {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for inputs in datasets {
        let mut parts = Vec::new();
        if inputs.rows == Some(true) {
            parts.push("other rows".to_string());
        }
        if inputs.declaration == Some(true) {
            parts.push("declared otherwise".to_string());
        }
        if let Some(templates) = &inputs.templates {
            let lists = [
                ("changed", &templates.changed),
                ("added", &templates.added),
                ("removed", &templates.removed),
            ];
            for (what, names) in lists.iter().filter(|(_, names)| !names.is_empty()) {
                parts.push(format!("{what} {}", text::list(names)));
            }
            let renamed = templates.renamed.iter();
            parts.extend(renamed.map(|(old, new)| format!("`{old}` is now `{new}`")));
        }
        if inputs.declaration.is_none() && !inputs.is_new_or_gone() {
            parts.push("built by an older flanc, which did not record what it was made from".to_string());
        }
        // A dataset that plays another part has other counts, too.
        let part = inputs.facts.iter().find(|fact| fact.name == "part");
        match part {
            Some(part) => parts.push(format!("{} → {}", role(&part.old), role(&part.new))),
            None => parts.extend(inputs.facts.iter().map(setting)),
        }
        if parts.is_empty() {
            continue;
        }
        let what = parts.join("; ");
        match lines.iter_mut().find(|(known, _)| *known == what) {
            Some((_, datasets)) => datasets.push(&inputs.dataset),
            None => lines.push((what, vec![&inputs.dataset])),
        }
    }
    let line = |(what, datasets): (String, Vec<&str>)| format!("  {}: {what}\n", datasets.join(" "));
    lines.into_iter().map(line).collect()
}

/// Counts by cause and split, then by dataset, then by template.
fn tables(difference: &Difference) -> String {
    let mut splits: BTreeMap<Vec<String>, [u64; 3]> = BTreeMap::new();
    let (mut datasets, mut templates) = (splits.clone(), splits.clone());
    for count in &difference.counts {
        let at = match count.change {
            Change::Changed => 0,
            Change::Removed => 1,
            Change::Added => 2,
        };
        let cause = cause(count.cause, &count.candidates);
        let key = vec![cause.clone(), count.split.clone()];
        splits.entry(key).or_default()[at] += count.examples;
        let key = vec![count.dataset.clone(), cause.clone(), count.split.clone()];
        datasets.entry(key).or_default()[at] += count.examples;
        let key = vec![format!("{}/{}", count.dataset, count.template), cause];
        templates.entry(key).or_default()[at] += count.examples;
    }
    [
        table(&["cause", "split"], &splits),
        table(&["dataset", "cause", "split"], &datasets),
        table(&["template", "cause"], &templates),
    ]
    .join("\n")
}

fn table(head: &[&str], counts: &BTreeMap<Vec<String>, [u64; 3]>) -> String {
    let head = head.iter().chain(&["changed", "removed", "added"]);
    let mut rows: Vec<Vec<String>> = vec![head.map(ToString::to_string).collect()];
    for (key, numbers) in counts.iter().take(LINES) {
        let numbers = numbers.map(|n| if n == 0 { "-".to_string() } else { thousands(n) });
        rows.push(key.iter().cloned().chain(numbers).collect());
    }
    let mut out = output::table(&rows);
    if counts.len() > LINES {
        let more = text::count(counts.len() - LINES, "more line");
        out.push_str(&format!("and {more}, all of which `--format json` has\n"));
    }
    out
}

fn cause(cause: Cause, candidates: &[Cause]) -> String {
    match candidates {
        [] => cause.name().to_string(),
        several => {
            let names: Vec<&str> = several.iter().map(|cause| cause.name()).collect();
            format!("unknown: {}", names.join(" or "))
        }
    }
}

/// One difference: whose it is and why, then both texts as one.
fn example(shown: &Shown, paint: Paint) -> String {
    let what = match shown.change {
        Change::Changed => "changed",
        Change::Removed => "removed",
        Change::Added => "added",
    };
    let template = match (&shown.old, &shown.new) {
        (Some(old), Some(new)) if old.template != new.template => format!("{} → {}", old.template, new.template),
        (_, Some(side)) | (Some(side), None) => side.template.clone(),
        (None, None) => String::new(),
    };
    let pass = if shown.pass > 0 {
        format!(", pass {}", shown.pass)
    } else {
        String::new()
    };
    let mut out = format!(
        "━━ {what} ({}) · {}/{template} · {}{pass} · {}\n",
        cause(shown.cause, &shown.candidates),
        shown.dataset,
        shown.split,
        shown.row_key
    );
    let hidden: Vec<&str> = shown
        .columns
        .iter()
        .map(String::as_str)
        .filter(|column| !matches!(*column, "system" | "inputs" | "targets" | "template"))
        .collect();
    if !hidden.is_empty() {
        out.push_str(&format!("   other columns that differ: {}\n", hidden.join(", ")));
    }
    let (old, new) = (shown.old.as_ref(), shown.new.as_ref());
    let mut part = |name: &str, of: fn(&Side) -> Option<&str>| {
        out.push_str(&unified::part(name, old.and_then(of), new.and_then(of), paint));
    };
    part("system", |side| side.system.as_deref());
    part("input", |side| Some(&side.inputs));
    part("target", |side| Some(&side.targets));
    out
}
