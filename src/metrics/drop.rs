//! DROP: exact match and F1 over lists of spans (Dua et al. 2019; the official drop_eval.py).
//!
//! An answer is one span or several. Spans are compared as sets of words, paired so that the sum is largest, and a span
//! whose numbers are not those of the right one counts nothing.

use std::collections::BTreeSet;

use super::assignment;
use super::normalise::without_articles;
use super::overlap::Answer;
use super::python;

/// The best over annotators of exact match and F1, each by itself, from 0 to 1. An annotator whose first span is blank,
/// or who has none, counts nothing.
pub fn score<S: AsRef<str>, T: AsRef<str>>(spans: &[S], annotators: &[&[T]]) -> Answer {
    annotators
        .iter()
        .filter(|reference| {
            reference
                .first()
                .is_some_and(|first| first.as_ref().chars().any(|c| !python::is_space(c)))
        })
        .fold(Answer::default(), |best, reference| best.max(one(spans, reference)))
}

/// Against the spans of one annotator. F1 is rounded to two decimals, halves to even.
pub fn one<S: AsRef<str>, T: AsRef<str>>(spans: &[S], reference: &[T]) -> Answer {
    let given: Vec<String> = spans.iter().map(|span| normalised(span.as_ref())).collect();
    let wanted: Vec<String> = reference.iter().map(|span| normalised(span.as_ref())).collect();
    let set = |spans: &[String]| spans.iter().cloned().collect::<BTreeSet<_>>();
    let em = given.len() == wanted.len() && set(&given) == set(&wanted);
    let mean = mean(&aligned(&given, &wanted));
    Answer {
        em: f64::from(u8::from(em)),
        f1: (mean * 100.0).round_ties_even() / 100.0,
    }
}

/// A span as it is compared: its words without case, articles and punctuation, numbers as numbers.
pub fn normalised(span: &str) -> String {
    let words: Vec<String> = span
        .split([' ', '-'])
        .map(word)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

fn word(written: &str) -> String {
    let lower = written.to_lowercase();
    let bare: String = match python::float(&lower) {
        Some(_) => lower,
        None => lower.chars().filter(|c| !python::PUNCTUATION.contains(*c)).collect(),
    };
    let number = python::float(&bare).map_or(bare, python::float_text);
    python::join_split(&without_articles(&number))
}

/// The F1 of each right span with the predicted one it is paired with; 0 for what has no partner.
fn aligned(given: &[String], wanted: &[String]) -> Vec<f64> {
    let bag = |span: &String| python::split(span).map(str::to_string).collect::<BTreeSet<_>>();
    let given: Vec<BTreeSet<String>> = given.iter().map(bag).collect();
    let wanted: Vec<BTreeSet<String>> = wanted.iter().map(bag).collect();
    let scores: Vec<Vec<f64>> = wanted
        .iter()
        .map(|right| given.iter().map(|said| bag_f1(said, right)).collect())
        .collect();
    let mut found = vec![0.0; given.len().max(wanted.len())];
    for (row, column) in assignment::largest(&scores).into_iter().enumerate() {
        if let Some(column) = column {
            found[row] = scores[row][column];
        }
    }
    found
}

fn bag_f1(given: &BTreeSet<String>, wanted: &BTreeSet<String>) -> f64 {
    let number = |word: &&String| python::float(word).is_some();
    let mut numbers = wanted.iter().filter(number).peekable();
    if numbers.peek().is_some() && !numbers.any(|number| given.contains(number)) {
        return 0.0;
    }
    let same = given.intersection(wanted).count() as f64;
    let part = |of: usize| if of == 0 { 1.0 } else { same / of as f64 };
    let (precision, recall) = (part(given.len()), part(wanted.len()));
    if precision == 0.0 && recall == 0.0 {
        0.0
    } else {
        2.0 * precision * recall / (precision + recall)
    }
}

/// The mean as numpy adds it up, in eight sums from eight values on: the result is rounded, and a half is a matter of the last bit.
fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    pairwise(values) / values.len() as f64
}

fn pairwise(values: &[f64]) -> f64 {
    let count = values.len();
    if count < 8 {
        return values.iter().sum();
    }
    if count > 128 {
        let half = count / 2 - (count / 2) % 8;
        return pairwise(&values[..half]) + pairwise(&values[half..]);
    }
    let mut sums = [0.0; 8];
    let whole = values.chunks_exact(8);
    let rest = whole.remainder();
    for eight in whole {
        sums.iter_mut().zip(eight).for_each(|(sum, value)| *sum += value);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    rest.iter()
        .fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, value| sum + value)
}
