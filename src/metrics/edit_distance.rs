//! Edit distance in words, as T5 and FLAN score the restoration of punctuation and case: lower is better.
//!
//! A word is what stands between characters that are no part of words, so two of those in a row have an empty word
//! between them, and texts are compared in lower case (`edit_distance` of T5's metrics).

use super::python;

/// The fewest words to put in, take out or replace that make the prediction one of the references.
pub fn score(prediction: &str, references: &[&str]) -> f64 {
    let prediction = words(prediction);
    let distance = |reference: &&str| distance(&prediction, &words(reference));
    references.iter().map(distance).min().unwrap_or(prediction.len()) as f64
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c| !python::is_word(c))
        .map(str::to_string)
        .collect()
}

/// Levenshtein's distance.
fn distance(one: &[String], other: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, word) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, second) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(word != second);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn words_count_and_case_does_not() {
        assert_eq!(score("The cat sat", &["the cat sat"]), 0.0);
        assert_eq!(score("the dog", &["the cat sat"]), 2.0);
        // `sat.` is a word and the empty one after the point.
        assert_eq!(score("the cat sat", &["The cat sat.", "a b c d e f"]), 1.0);
        assert_eq!(score("", &[""]), 0.0);
    }
}
