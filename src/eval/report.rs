//! What a run came to: the report of `flanc score` over its answers, what each rule of choosing comes to, what was left out of
//! prompts; as JSON, as Markdown and as one HTML page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::answer::Lengths;
use super::examples::Examples;
use super::run::{Request, predictions, without_validation};
use super::store::{PREDICTIONS, RUN, Store, VALIDATION};
use crate::report::score::{self, RULES, Request as Score};
use crate::text::thousands;

/// A run's results.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// What was asked, and of what.
    pub run: Value,
    pub scores: score::Report,
    /// What datasets with options come to by each rule of choosing among them.
    pub rules: Vec<ByRule>,
    /// What prompts came to, and what was left out of them, by dataset.
    pub lengths: BTreeMap<String, Lengths>,
}

/// The main score of a dataset, its mean over templates, by each rule.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ByRule {
    pub dataset: String,
    pub score: String,
    /// By the names of [`RULES`].
    pub means: BTreeMap<String, Option<f64>>,
}

/// Scores the answers of a run that is whole, and writes its reports.
pub fn make(
    request: &Request,
    store: &Store,
    examples: &Examples,
    run: Value,
    lengths: BTreeMap<String, Lengths>,
) -> anyhow::Result<Report> {
    let with = |rule: &str, resamples: u64| Score {
        directory: request.build.clone(),
        predictions: store.path(PREDICTIONS),
        split: "test".to_string(),
        rule: rule.to_string(),
        dev: (!examples.validation.is_empty()).then(|| store.path(VALIDATION)),
        allow_missing: true,
        // What was not selected, or is beyond the limit, was not asked for.
        part: true,
        resamples,
    };
    let mut scores = score::score(&with(RULES[0], score::RESAMPLES))?;
    if examples.validation.is_empty() {
        for dataset in without_validation(examples) {
            let found = scores.datasets.iter_mut().find(|found| found.dataset == dataset);
            if let Some(found) = found {
                let none = "the build has no validation examples of it, so that no template could be chosen";
                found.notes.push(none.to_string());
            }
        }
    }
    if let Some(baseline) = &request.baseline {
        scores.comparison = Some(beside(baseline, &request.build, &scores)?);
    }
    let mut rules: Vec<ByRule> = Vec::new();
    let with_options: Vec<&str> = examples
        .test
        .iter()
        .filter(|example| !example.options.is_empty())
        .map(|example| example.dataset.as_str())
        .collect();
    for rule in RULES {
        let by = score::score(&with(rule, 0))?;
        for dataset in by.datasets {
            let Some(main) = dataset.scores.first() else { continue };
            if !with_options.contains(&dataset.dataset.as_str()) {
                continue;
            }
            let at = rules.iter().position(|one| one.dataset == dataset.dataset);
            let at = at.unwrap_or_else(|| {
                rules.push(ByRule {
                    dataset: dataset.dataset.clone(),
                    score: main.score.clone(),
                    means: BTreeMap::new(),
                });
                rules.len() - 1
            });
            rules[at].means.insert((*rule).to_string(), main.mean);
        }
    }
    let report = Report {
        run,
        scores,
        rules,
        lengths,
    };
    store.write("report.json", &format!("{:#}\n", serde_json::to_value(&report)?))?;
    store.write("report.md", &markdown(&report))?;
    store.write("report.html", &html(&report))?;
    Ok(report)
}

/// The scores of one run beside those of another, which is of the same build.
fn beside(baseline: &Path, build: &Path, after: &score::Report) -> anyhow::Result<score::Comparison> {
    let before = score::score(&Score {
        directory: build.to_path_buf(),
        predictions: of_run(baseline)?,
        split: "test".to_string(),
        rule: RULES[0].to_string(),
        dev: None,
        allow_missing: true,
        part: true,
        resamples: score::RESAMPLES,
    })?;
    score::compare(&before, after)
}

/// The answers of a run that is whole.
fn of_run(run: &Path) -> anyhow::Result<std::path::PathBuf> {
    let path = predictions(run);
    if !path.is_file() {
        bail!(
            "{} holds no finished run: there is no {PREDICTIONS}\nhelp: name the `--out` of a run of `flanc eval` that has ended",
            run.display()
        );
    }
    Ok(path)
}

/// Two runs side by side: the second beside the first.
pub fn compare(first: &Path, second: &Path) -> anyhow::Result<score::Report> {
    let path = second.join(RUN);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}: is this a run of `flanc eval`?", path.display()))?;
    let run: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    let Some(build) = run["directory"].as_str().map(Path::new) else {
        bail!("{} names no build", path.display());
    };
    let mut after = score::score(&Score {
        directory: build.to_path_buf(),
        predictions: of_run(second)?,
        split: "test".to_string(),
        rule: RULES[0].to_string(),
        dev: None,
        allow_missing: true,
        part: true,
        resamples: score::RESAMPLES,
    })
    .with_context(|| format!("{} is about the build {}", second.display(), build.display()))?;
    if run["asked"]["content"] != after.content.as_str() {
        bail!(
            "{} has been built anew since {} was run\nhelp: run `flanc eval` again",
            build.display(),
            second.display()
        );
    }
    after.comparison = Some(beside(first, build, &after)?);
    Ok(after)
}

/// The name of a rule, for a person.
pub fn name_of(rule: &str) -> &'static str {
    match rule {
        "option_scores_per_token" => "mean of tokens",
        "option_scores_per_byte" => "mean of bytes",
        "option_scores_pmi" => "less without input",
        _ => "sum",
    }
}

/// The tables of a run beside those of its scores: rules and lengths, the first row of each its head.
pub fn tables(report: &Report) -> [Vec<Vec<String>>; 2] {
    let mut rules = vec![["dataset", "score"].map(str::to_string).to_vec()];
    rules[0].extend(RULES.iter().map(|rule| name_of(rule).to_string()));
    for one in &report.rules {
        let mut row = vec![one.dataset.clone(), one.score.clone()];
        row.extend(
            RULES
                .iter()
                .map(|rule| score::number(one.means.get(*rule).copied().flatten())),
        );
        rules.push(row);
    }
    let head = [
        "dataset",
        "prompts",
        "mean tokens",
        "longest",
        "exemplars",
        "left out",
        "trimmed",
        "tokens lost",
        "options left out",
    ];
    let mut lengths = vec![head.map(str::to_string).to_vec()];
    for (dataset, of) in &report.lengths {
        let mean = |count: u64| format!("{:.1}", count as f64 / of.examples.max(1) as f64);
        lengths.push(vec![
            dataset.clone(),
            thousands(of.examples),
            mean(of.tokens),
            thousands(of.longest),
            mean(of.exemplars),
            thousands(of.exemplars_left_out),
            thousands(of.trimmed),
            thousands(of.tokens_lost),
            thousands(of.options_left_out),
        ]);
    }
    [rules, lengths]
}

/// What was run, and what a reader should know of it, each a line.
pub fn said(report: &Report) -> Vec<String> {
    let run = &report.run;
    let asked = &run["asked"];
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let digest = |value: &Value| text(value).chars().take(16).collect::<String>();
    let mut lines = vec![format!(
        "model {}: {} parameters, {} positions, digest {}",
        text(&run["model"]),
        thousands(run["parameters"].as_u64().unwrap_or(0)),
        text(&run["positions"]),
        digest(&asked["model"])
    )];
    lines.push(match &run["trained"] {
        Value::Null => {
            "it does not say what it was trained on, so that nobody can know whether it has seen these examples"
                .to_string()
        }
        trained => format!(
            "trained on the mixture {}, manifest {}{}",
            text(&trained["mixture"]),
            digest(&trained["manifest"]),
            match trained["known"].as_bool() {
                Some(true) => "",
                _ => ", which was not there: nobody can know whether it has seen these examples",
            }
        ),
    });
    lines.push(format!(
        "{}; inputs and targets joined by {}, tokenised {}; at most {} new tokens",
        match asked["shots"].as_u64() {
            None | Some(0) => "zero-shot".to_string(),
            Some(shots) => format!("at most {shots} exemplars within {} tokens", text(&asked["budget"])),
        },
        text(&asked["join"]),
        text(&asked["sides"]),
        text(&asked["new_tokens"])
    ));
    for (dataset, reasons) in run["seen"].as_object().into_iter().flatten() {
        let reasons = reasons.as_array().into_iter().flatten().map(text);
        lines.push(format!(
            "{dataset} was seen in training, and evaluated all the same: {}",
            reasons.collect::<Vec<_>>().join("; ")
        ));
    }
    lines
}

fn markdown(report: &Report) -> String {
    let mut out = score::page(&report.scores);
    let mut more = String::new();
    more.push_str("\n## Run\n\n");
    for line in said(report) {
        let _ = writeln!(more, "- {line}");
    }
    let [rules, lengths] = tables(report);
    for (title, rows) in [("Rules of choosing among options", rules), ("Prompts", lengths)] {
        if rows.len() > 1 {
            let _ = writeln!(more, "\n## {title}\n");
            score::markdown(&mut more, &rows);
        }
    }
    out.push_str(&more);
    out
}

fn html(report: &Report) -> String {
    let title = format!("Evaluation on {}", report.scores.title);
    let mut body = String::from("<ul>\n");
    for line in said(report) {
        let _ = writeln!(body, "<li>{}</li>", score::escape(&line));
    }
    body.push_str("</ul>\n");
    body.push_str(&score::sections(&report.scores));
    let [rules, lengths] = tables(report);
    for (title, rows) in [("Rules of choosing among options", rules), ("Prompts", lengths)] {
        if rows.len() > 1 {
            let _ = writeln!(body, "<h2>{title}</h2>");
            score::table(&mut body, &rows, &mut |_| String::new());
        }
    }
    score::document(&title, &body)
}
