//! One dataset: its metrics over every template, what they come to together, and what guessing would have come to.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::answers::Answered;
use super::bootstrap;
use crate::metrics::{Item, Metric, Tally};

/// The answers to one dataset's examples, by template; those of a template by row.
pub type Templates = BTreeMap<String, Vec<Answered>>;

/// What a dataset came to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct DatasetScores {
    pub dataset: String,
    /// The cluster that it counts for.
    pub cluster: String,
    pub rows: u64,
    pub examples: u64,
    /// The first score of the first metric.
    pub main: String,
    pub scores: Vec<Score>,
    pub templates: Vec<TemplateScores>,
    /// What a reader should know of the scores.
    pub notes: Vec<String>,
}

/// One score of a dataset, over its templates.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Score {
    pub metric: String,
    pub score: String,
    /// Whether more is better.
    pub rises: bool,
    /// Over templates; null where it is undefined for one of them.
    pub mean: Option<f64>,
    /// The standard deviation over templates, by n - 1; null where there is but one.
    pub deviation: Option<f64>,
    /// 95 % of the means over rows that were drawn again.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub best: Option<f64>,
    pub best_template: Option<String>,
    /// Of the template that is best on the validation split, where predictions for it were given.
    pub chosen: Option<f64>,
    pub chosen_template: Option<String>,
    /// Of always giving the most frequent answer, where the answer is a choice.
    pub majority: Option<f64>,
    /// Of guessing among the options, expected, where that can be said of the score.
    pub random: Option<f64>,
    /// The mean of each time that rows were drawn again.
    #[serde(skip)]
    pub drawn: Vec<Option<f64>>,
}

/// The scores of one template, by name.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TemplateScores {
    pub template: String,
    pub examples: u64,
    pub scores: BTreeMap<String, Option<f64>>,
}

/// Scores the answers to a dataset by the metrics it declares.
pub fn score(
    dataset: &str,
    cluster: &str,
    metrics: &[String],
    in_order: bool,
    templates: &Templates,
    resamples: u64,
) -> DatasetScores {
    let rows: BTreeSet<&str> = templates.values().flatten().map(|a| a.row_key.as_str()).collect();
    let choice = are_choices(templates);
    let mut notes = Vec::new();
    let chosen = of_names(metrics, choice);
    if let (true, Some(metric)) = (metrics.is_empty(), chosen.first()) {
        notes.push(format!("it declares no metric; this is `{}`", metric.name));
    }
    let mut found = DatasetScores {
        dataset: dataset.to_string(),
        cluster: cluster.to_string(),
        rows: rows.len() as u64,
        examples: templates.values().map(|answered| answered.len() as u64).sum(),
        main: chosen
            .first()
            .map_or_else(String::new, |metric| metric.scores[0].to_string()),
        scores: Vec::new(),
        templates: templates
            .iter()
            .map(|(name, answered)| TemplateScores {
                template: name.clone(),
                examples: answered.len() as u64,
                scores: BTreeMap::new(),
            })
            .collect(),
        notes,
    };
    for metric in chosen {
        of_metric(metric, in_order, choice, templates, resamples, &mut found);
    }
    found
}

/// Whether all answers are options.
fn are_choices(templates: &Templates) -> bool {
    let mut all = templates.values().flatten();
    all.all(|answered| !answered.options.is_empty())
}

/// The metrics that a dataset declares, or the one that fits its answers.
fn of_names(metrics: &[String], choice: bool) -> Vec<&'static Metric> {
    let declared: Vec<&Metric> = metrics.iter().filter_map(|name| Metric::named(name)).collect();
    match declared.is_empty() {
        true => Metric::named(if choice { "accuracy" } else { "exact_match" })
            .into_iter()
            .collect(),
        false => declared,
    }
}

/// Puts beside each score that of the template which is best by it on other examples, those of the validation split.
pub fn choose(metrics: &[String], in_order: bool, dev: Option<&Templates>, found: &mut DatasetScores) {
    let Some(dev) = dev.filter(|dev| !dev.is_empty()) else {
        let none = "there are no validation examples of it that were predicted, so that no template could be chosen";
        found.notes.push(none.to_string());
        return;
    };
    for metric in of_names(metrics, are_choices(dev)) {
        let values: Vec<Vec<Option<f64>>> = dev
            .values()
            .map(|answered| {
                let items: Vec<Item<'_>> = answered.iter().map(|a| a.item(&a.said, in_order)).collect();
                metric.tally(&items).scores(&vec![1; answered.len()])
            })
            .collect();
        for (at, name) in metric.scores.iter().enumerate() {
            let known = dev
                .keys()
                .zip(&values)
                .filter(|(template, _)| found.templates.iter().any(|own| own.template == **template));
            let best = best(
                metric,
                known.map(|(template, values)| (template, values.get(at).copied().flatten())),
            );
            let Some((_, template)) = best else { continue };
            let own = found.templates.iter().find(|own| own.template == *template);
            let value = own.and_then(|own| own.scores.get(*name).copied().flatten());
            if let Some(score) = found.scores.iter_mut().find(|score| score.score == *name) {
                score.chosen = value;
                score.chosen_template = Some(template.clone());
            }
        }
    }
}

/// The best of the templates that have a value, the first of equally good ones.
fn best<'t>(metric: &Metric, values: impl Iterator<Item = (&'t String, Option<f64>)>) -> Option<(f64, &'t String)> {
    let better = |one: f64, other: f64| if metric.rises { one > other } else { one < other };
    let mut best: Option<(f64, &String)> = None;
    for (template, value) in values {
        if let Some(value) = value
            && best.is_none_or(|(old, _)| better(value, old))
        {
            best = Some((value, template));
        }
    }
    best
}

/// Adds the scores of one metric.
fn of_metric(
    metric: &Metric,
    in_order: bool,
    choice: bool,
    templates: &Templates,
    resamples: u64,
    found: &mut DatasetScores,
) {
    let tallies: Vec<Tally> = templates
        .par_iter()
        .map(|(_, answered)| {
            let items: Vec<Item<'_>> = answered.iter().map(|a| a.item(&a.said, in_order)).collect();
            metric.tally(&items)
        })
        .collect();
    for (tally, name) in tallies.iter().zip(templates.keys()) {
        if let Tally::Undefined(why) = tally {
            found
                .notes
                .push(format!("`{}` of `{name}` is undefined: {why}", metric.name));
        }
    }
    let ones: Vec<Vec<u32>> = templates.values().map(|answered| vec![1; answered.len()]).collect();
    let by_template = |tallies: &[Tally], weights: &[Vec<u32>]| -> Vec<Vec<Option<f64>>> {
        tallies
            .iter()
            .zip(weights)
            .map(|(tally, weights)| tally.scores(weights))
            .collect()
    };
    let values = by_template(&tallies, &ones);
    let starts: Vec<Vec<u64>> = templates
        .values()
        .map(|answered| answered.iter().map(|a| bootstrap::start(&a.row_key)).collect())
        .collect();
    let drawn: Vec<Vec<Option<f64>>> = (0..resamples)
        .into_par_iter()
        .map(|resample| {
            let weights: Vec<Vec<u32>> = starts
                .iter()
                .map(|starts| starts.iter().map(|start| bootstrap::times(*start, resample)).collect())
                .collect();
            let values = by_template(&tallies, &weights);
            (0..metric.scores.len()).map(|at| mean(&values, at)).collect()
        })
        .collect();
    let majority: Vec<Vec<Option<f64>>> = match choice {
        true => templates
            .values()
            .zip(&ones)
            .map(|(answered, ones)| guessed(metric, answered, in_order).scores(ones))
            .collect(),
        false => Vec::new(),
    };
    for (at, name) in metric.scores.iter().enumerate() {
        for (template, values) in found.templates.iter_mut().zip(&values) {
            template
                .scores
                .insert((*name).to_string(), values.get(at).copied().flatten());
        }
        let of_template = templates
            .keys()
            .zip(values.iter().map(|values| values.get(at).copied().flatten()));
        let best = best(metric, of_template);
        let interval = bootstrap::interval(drawn.iter().filter_map(|means| means[at]).collect());
        let mean_of = |values: &[Vec<Option<f64>>]| mean(values, at);
        found.scores.push(Score {
            metric: metric.name.to_string(),
            score: (*name).to_string(),
            rises: metric.rises,
            mean: mean_of(&values),
            deviation: deviation(&values, at),
            low: interval.filter(|_| mean_of(&values).is_some()).map(|(low, _)| low),
            high: interval.filter(|_| mean_of(&values).is_some()).map(|(_, high)| high),
            best: best.map(|(value, _)| value),
            best_template: best.map(|(_, template)| template.clone()),
            chosen: None,
            chosen_template: None,
            majority: mean_of(&majority),
            random: (choice && matches!(metric.name, "accuracy" | "exact_match"))
                .then(|| random(templates))
                .flatten(),
            drawn: drawn.iter().map(|means| means[at]).collect(),
        });
    }
}

/// The mean over templates of one of their scores; `None` where one has none.
fn mean(values: &[Vec<Option<f64>>], at: usize) -> Option<f64> {
    let known: Option<Vec<f64>> = values.iter().map(|values| values.get(at).copied().flatten()).collect();
    known
        .filter(|known| !known.is_empty())
        .map(|known| known.iter().sum::<f64>() / known.len() as f64)
}

fn deviation(values: &[Vec<Option<f64>>], at: usize) -> Option<f64> {
    let mean = mean(values, at).filter(|_| values.len() > 1)?;
    let squares = values.iter().filter_map(|values| values.get(at).copied().flatten());
    let sum: f64 = squares.map(|value| (value - mean).powi(2)).sum();
    Some((sum / (values.len() - 1) as f64).sqrt())
}

/// What always giving the most frequent answer counts: that label where all examples of a template have the same options, or
/// else the option at that place. The first of equally frequent ones.
fn guessed(metric: &Metric, answered: &[Answered], in_order: bool) -> Tally {
    let set = |answered: &Answered| answered.options.iter().cloned().collect::<BTreeSet<_>>();
    let first = answered.first().map(set).unwrap_or_default();
    let labels = answered.iter().all(|answered| set(answered) == first);
    let mut counts: BTreeMap<(Option<&str>, usize), usize> = BTreeMap::new();
    for answered in answered {
        if let Some(gold) = answered.gold {
            let key = match labels {
                true => (answered.options.get(gold).map(String::as_str), 0),
                false => (None, gold),
            };
            *counts.entry(key).or_default() += 1;
        }
    }
    let mut most: Option<((Option<&str>, usize), usize)> = None;
    for (key, count) in counts {
        if most.is_none_or(|(_, old)| count > old) {
            most = Some((key, count));
        }
    }
    let (label, place) = most.map_or((None, 0), |(key, _)| key);
    let guess = |answered: &'_ Answered| -> String {
        let option = answered.options.get(place).cloned().unwrap_or_default();
        label.map_or(option, str::to_string)
    };
    let guesses: Vec<String> = answered.iter().map(guess).collect();
    let items: Vec<Item<'_>> = answered
        .iter()
        .zip(&guesses)
        .map(|(a, guess)| a.item(guess, in_order))
        .collect();
    metric.tally(&items)
}

/// The part of options that is right, over examples and then over templates, of a hundred.
fn random(templates: &Templates) -> Option<f64> {
    let of = |answered: &Answered| {
        let right = answered
            .options
            .iter()
            .filter(|option| answered.answers.contains(option))
            .count();
        right as f64 / answered.options.len().max(1) as f64
    };
    let means: Vec<f64> = templates
        .values()
        .filter(|answered| !answered.is_empty())
        .map(|answered| 100.0 * answered.iter().map(of).sum::<f64>() / answered.len() as f64)
        .collect();
    (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)
}
