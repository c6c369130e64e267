//! The metrics by the names that datasets declare them under: which functions they are, and what becomes of many examples.

use std::collections::{BTreeMap, BTreeSet};

use super::bleu::Bleu;
use super::chrf::Chrf;
use super::exact_match::Ignore;
use super::overlap::Answer;
use super::tally::{Over, Tally};
use super::{drop, edit_distance, exact_match, python, record, rouge, squad, trivia_qa};

/// One example as it is scored.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// What was generated, or the text of the option that was chosen.
    pub prediction: &'a str,
    /// Every text that counts as right, at least one.
    pub answers: Vec<&'a str>,
    /// Empty where the answer is free text.
    pub options: Vec<&'a str>,
    /// Which option is right.
    pub gold: Option<usize>,
    /// Whether options stand as they are declared, so that a place is a label.
    pub in_order: bool,
}

/// A metric that a dataset may declare.
#[derive(Clone, Copy)]
pub struct Metric {
    pub name: &'static str,
    /// The scores that it has, the main one first. All go from 0 to 100 (correlations from -100), but for edit distance, which
    /// counts words.
    pub scores: &'static [&'static str],
    /// Whether more is better.
    pub rises: bool,
    count: fn(&[Item<'_>]) -> Tally,
}

impl Metric {
    /// By the name of the keyword `metric`.
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// What the metric counts of examples, which are those of one template.
    pub fn tally(&self, items: &[Item<'_>]) -> Tally {
        (self.count)(items)
    }
}

/// Every metric, sorted by name.
pub const METRICS: &[Metric] = &[
    up("accuracy", &["accuracy"], |items| means(items, |item| [right(item)])),
    up("bleu", &["bleu"], |items| {
        let bleu = Bleu::default();
        let counts = items.iter().map(|item| bleu.counts(item.prediction, &item.answers));
        Tally::Bleu(bleu, counts.collect())
    }),
    up("chrf", &["chrf"], |items| {
        let chrf = Chrf::default();
        let counts = items.iter().map(|item| chrf.counts(item.prediction, &item.answers));
        Tally::Chrf(chrf, counts.collect())
    }),
    up("drop", &["drop_f1", "drop_em"], |items| {
        means(items, |item| {
            let annotators: Vec<[&str; 1]> = item.answers.iter().map(|answer| [*answer]).collect();
            let annotators: Vec<&[&str]> = annotators.iter().map(|spans| &spans[..]).collect();
            both(drop::score(&[item.prediction], &annotators))
        })
    }),
    Metric {
        name: "edit_distance",
        scores: &["edit_distance"],
        rises: false,
        count: |items| {
            means_of(items, 1.0, |item| {
                [edit_distance::score(item.prediction, &item.answers)]
            })
        },
    },
    up("exact_match", &["exact_match"], |items| {
        means(items, |item| {
            [exact_match::score(item.prediction, &item.answers, Ignore::default())]
        })
    }),
    up("f1", &["f1"], f1),
    up("macro_f1", &["macro_f1"], |items| labels(items, Over::All)),
    up("matthews", &["matthews"], |items| labels(items, Over::Matthews)),
    up("multirc", &["f1a"], f1),
    up("pearson", &["pearson"], |items| numbers(items, false)),
    up("record", &["record_f1", "record_em"], |items| {
        means(items, |item| both(record::score(item.prediction, &item.answers)))
    }),
    up("rouge", &["rouge1", "rouge2", "rougeLsum"], |items| {
        means(items, |item| {
            let rouge = rouge::t5(item.prediction, &item.answers);
            [rouge.rouge1.f1, rouge.rouge2.f1, rouge.rouge_lsum.f1]
        })
    }),
    up("spearman", &["spearman"], |items| numbers(items, true)),
    up("squad", &["squad_f1", "squad_em"], |items| {
        means(items, |item| both(squad::v1(item.prediction, &item.answers)))
    }),
    up("trivia_qa", &["trivia_qa_em", "trivia_qa_f1"], |items| {
        means(items, |item| {
            let found = trivia_qa::score(item.prediction, &item.answers);
            [found.em, found.f1]
        })
    }),
];

const fn up(name: &'static str, scores: &'static [&'static str], count: fn(&[Item<'_>]) -> Tally) -> Metric {
    Metric {
        name,
        scores,
        rises: true,
        count,
    }
}

/// F1 before exact match, as their papers report first.
fn both(answer: Answer) -> [f64; 2] {
    [answer.f1, answer.em]
}

/// The mean of scores from 0 to 1, as parts of a hundred.
fn means<const N: usize>(items: &[Item<'_>], score: impl Fn(&Item<'_>) -> [f64; N]) -> Tally {
    means_of(items, 100.0, score)
}

fn means_of<const N: usize>(items: &[Item<'_>], scale: f64, score: impl Fn(&Item<'_>) -> [f64; N]) -> Tally {
    Tally::Means {
        width: N,
        values: items.iter().flat_map(score).map(|value| value * scale).collect(),
    }
}

fn right(item: &Item<'_>) -> f64 {
    f64::from(u8::from(item.answers.contains(&item.prediction)))
}

/// F1 of the second of two options against the first; of free text that of its words.
fn f1(items: &[Item<'_>]) -> Tally {
    if items.iter().all(|item| item.options.is_empty()) {
        return means(items, |item| [squad::v1(item.prediction, &item.answers).f1]);
    }
    if items.iter().any(|item| item.options.len() != 2 || item.gold.is_none()) {
        return Tally::Undefined("F1 is of one label against another, and there are not two options in every example");
    }
    if items.iter().any(|item| !item.in_order) {
        return Tally::Undefined("options are shuffled, so that none can be known as the label that F1 is of");
    }
    let pair = |item: &Item<'_>| {
        let given = item.options.iter().position(|option| *option == item.prediction);
        (item.gold.unwrap_or_default(), given.unwrap_or(2))
    };
    Tally::Labels {
        labels: 2,
        pairs: items.iter().map(pair).collect(),
        over: Over::Second,
    }
}

/// Labels go by their texts, which are the same in all examples of a template, in whatever order they are shown.
fn labels(items: &[Item<'_>], over: Over) -> Tally {
    let texts: BTreeSet<&str> = items
        .iter()
        .flat_map(|item| item.options.iter().chain(&item.answers))
        .copied()
        .collect();
    let places: BTreeMap<&str, usize> = texts.iter().enumerate().map(|(at, text)| (*text, at)).collect();
    let place = |text: &str| places.get(text).copied().unwrap_or(places.len());
    let pair = |item: &Item<'_>| {
        let answer = item
            .gold
            .and_then(|gold| item.options.get(gold))
            .or(item.answers.first());
        let answer = place(answer.copied().unwrap_or_default());
        match item.answers.contains(&item.prediction) {
            true => (answer, answer),
            false => (answer, place(item.prediction)),
        }
    };
    Tally::Labels {
        labels: places.len(),
        pairs: items.iter().map(pair).collect(),
        over,
    }
}

/// A prediction that is no number counts as -1, as in T5's `string_to_float`.
fn numbers(items: &[Item<'_>], ranked: bool) -> Tally {
    let read = |text: &str| python::float(text).filter(|number| number.is_finite());
    let pair = |item: &Item<'_>| {
        let right = item.answers.first().and_then(|answer| read(answer))?;
        Some((right, read(item.prediction).unwrap_or(-1.0)))
    };
    match items.iter().map(pair).collect() {
        Some(pairs) => Tally::Numbers { pairs, ranked },
        None => Tally::Undefined("a right answer is no number"),
    }
}
