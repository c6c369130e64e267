//! ROUGE-1, -2, -L and -Lsum, as the package `rouge_score` computes them (Lin 2004).
//!
//! Words are runs of a-z and 0-9 in lower case; letters of other scripts vanish. ROUGE-Lsum takes lines for sentences.

use std::collections::HashMap;

use super::porter;

/// Precision, recall and their harmonic mean, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prf {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// One text against one reference, or the best reference of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rouge {
    pub rouge1: Prf,
    pub rouge2: Prf,
    pub rouge_l: Prf,
    pub rouge_lsum: Prf,
}

/// Of each kind the reference with the largest F1, the first of equal ones; its precision and recall come with it.
pub fn score(prediction: &str, references: &[&str], stemmed: bool) -> Rouge {
    let prediction = Text::of(prediction, stemmed);
    let mut best: Option<Rouge> = None;
    for reference in references {
        let found = against(&prediction, &Text::of(reference, stemmed));
        let better = |old: Prf, new: Prf| if new.f1 > old.f1 { new } else { old };
        best = Some(best.map_or(found, |old| Rouge {
            rouge1: better(old.rouge1, found.rouge1),
            rouge2: better(old.rouge2, found.rouge2),
            rouge_l: better(old.rouge_l, found.rouge_l),
            rouge_lsum: better(old.rouge_lsum, found.rouge_lsum),
        }));
    }
    best.unwrap_or_default()
}

/// As T5 and FLAN score summaries: every ` . ` ends a sentence, nothing is stemmed. F1 from 0 to 1; they report it x 100.
pub fn t5(prediction: &str, references: &[&str]) -> Rouge {
    let lines = |text: &str| text.replace(" . ", " .\n");
    let references: Vec<String> = references.iter().map(|text| lines(text)).collect();
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    score(&lines(prediction), &references, false)
}

/// A text as words, and as the words of each of its lines that is not empty.
struct Text {
    words: Vec<String>,
    sentences: Vec<Vec<String>>,
}

impl Text {
    fn of(text: &str, stemmed: bool) -> Self {
        let lines = text.split('\n').filter(|line| !line.is_empty());
        Self {
            words: words(text, stemmed),
            sentences: lines.map(|line| words(line, stemmed)).collect(),
        }
    }
}

/// The words of a text; with the stemmer those of more than three letters as their stems.
fn words(text: &str, stemmed: bool) -> Vec<String> {
    let lower = text.to_lowercase();
    let stem = |word: &str| match stemmed && word.len() > 3 {
        true => porter::stem(word),
        false => word.to_string(),
    };
    lower
        .split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .map(stem)
        .collect()
}

fn against(prediction: &Text, reference: &Text) -> Rouge {
    Rouge {
        rouge1: ngrams(&prediction.words, &reference.words, 1),
        rouge2: ngrams(&prediction.words, &reference.words, 2),
        rouge_l: prf(
            common(&reference.words, &prediction.words),
            prediction.words.len(),
            reference.words.len(),
        ),
        rouge_lsum: summaries(&prediction.sentences, &reference.sentences),
    }
}

fn prf(same: usize, given: usize, wanted: usize) -> Prf {
    let part = |of: usize| same as f64 / of.max(1) as f64;
    let (precision, recall) = (part(given), part(wanted));
    let f1 = if precision + recall > 0.0 {
        2.0 * precision * recall / (precision + recall)
    } else {
        0.0
    };
    Prf { precision, recall, f1 }
}

fn ngrams(prediction: &[String], reference: &[String], order: usize) -> Prf {
    let mut left: HashMap<&[String], usize> = HashMap::new();
    reference
        .windows(order)
        .for_each(|ngram| *left.entry(ngram).or_default() += 1);
    let mut same = 0;
    for ngram in prediction.windows(order) {
        if let Some(count) = left.get_mut(ngram).filter(|count| **count > 0) {
            *count -= 1;
            same += 1;
        }
    }
    let count = |words: &[String]| words.windows(order).count();
    prf(same, count(prediction), count(reference))
}

/// The length of the longest common subsequence.
fn common(one: &[String], other: &[String]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for word in one {
        let mut diagonal = 0;
        for (at, second) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == second {
                diagonal + 1
            } else {
                above.max(row[at])
            };
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// ROUGE-Lsum: for each line of the reference the union of its common subsequences with all lines of the prediction; no
/// word counts more often than either text has it.
fn summaries(prediction: &[Vec<String>], reference: &[Vec<String>]) -> Prf {
    let counts = |sentences: &'_ [Vec<String>]| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for word in sentences.iter().flatten() {
            *counts.entry(word.clone()).or_default() += 1;
        }
        counts
    };
    let (mut given, mut wanted) = (counts(prediction), counts(reference));
    let length = |sentences: &[Vec<String>]| sentences.iter().map(Vec::len).sum::<usize>();
    let mut hits = 0;
    for sentence in reference {
        let mut shared = vec![false; sentence.len()];
        for other in prediction {
            mark_common(sentence, other, &mut shared);
        }
        for (word, _) in sentence.iter().zip(&shared).filter(|(_, shared)| **shared) {
            if let (Some(here), Some(there)) = (given.get_mut(word), wanted.get_mut(word))
                && *here > 0
                && *there > 0
            {
                *here -= 1;
                *there -= 1;
                hits += 1;
            }
        }
    }
    prf(hits, length(prediction), length(reference))
}

/// Marks the words of a sentence that are in its longest common subsequence with another. Which of several it is follows
/// `rouge_score`: from the end, a word less of the first sentence where that loses nothing.
fn mark_common(sentence: &[String], other: &[String], marks: &mut [bool]) {
    let width = other.len() + 1;
    let mut table = vec![0_u32; (sentence.len() + 1) * width];
    for (row, word) in sentence.iter().enumerate() {
        for (column, second) in other.iter().enumerate() {
            let at = (row + 1) * width + column + 1;
            table[at] = if word == second {
                table[at - width - 1] + 1
            } else {
                table[at - width].max(table[at - 1])
            };
        }
    }
    let (mut row, mut column) = (sentence.len(), other.len());
    while row > 0 && column > 0 {
        let at = row * width + column;
        if sentence[row - 1] == other[column - 1] {
            marks[row - 1] = true;
            row -= 1;
            column -= 1;
        } else if table[at - 1] > table[at - width] {
            column -= 1;
        } else {
            row -= 1;
        }
    }
}
