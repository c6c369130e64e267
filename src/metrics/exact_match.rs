//! Exact match: two texts are one, as they are or without case, punctuation or ASCII digits.
//!
//! The variants are those of Hugging Face's `exact_match`.

use super::python;

/// What is passed over before texts are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    pub case: bool,
    pub punctuation: bool,
    pub numbers: bool,
}

/// Whether the prediction is one of the references: 1 or 0.
pub fn score(prediction: &str, references: &[&str], ignore: Ignore) -> f64 {
    let prediction = form(prediction, ignore);
    let same = references.iter().any(|reference| form(reference, ignore) == prediction);
    f64::from(u8::from(same))
}

fn form(text: &str, ignore: Ignore) -> String {
    let text = if ignore.case {
        text.to_lowercase()
    } else {
        text.to_string()
    };
    let passed =
        |c: &char| (ignore.punctuation && python::PUNCTUATION.contains(*c)) || (ignore.numbers && c.is_ascii_digit());
    text.chars().filter(|c| !passed(c)).collect()
}
