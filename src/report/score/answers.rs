//! What a prediction says in the words of its example: a generation cut and trimmed, or the text of an option.

use super::predictions::Said;
use crate::metrics::Item;
use crate::shard::Record;

/// An example of the build, with what was predicted for it.
#[derive(Clone, Debug)]
pub struct Answered {
    pub row_key: String,
    pub said: String,
    pub answers: Vec<String>,
    pub options: Vec<String>,
    pub gold: Option<usize>,
}

impl Answered {
    /// Puts an example and its prediction together; `Err` says why they do not fit.
    pub fn of(record: &Record, said: &Said, stop: &[String]) -> Result<Self, String> {
        // A generation has lost the white space at its ends, so what it is compared with has none either.
        let trimmed = |texts: &[String]| -> Vec<String> { texts.iter().map(|text| text.trim().to_string()).collect() };
        let options = trimmed(record.options.as_deref().unwrap_or_default());
        let fits = |count: usize, name: &str| match (options.len(), count) {
            (0, _) => Err(format!("`{name}` is for examples with options, and this one has none")),
            (options, count) if options != count => Err(format!("`{name}` has {count} items for {options} options")),
            _ => Ok(()),
        };
        let said = match said {
            Said::Text(text) => cut(text, stop),
            Said::Scores(scores) => {
                fits(scores.len(), "option_scores")?;
                options[largest(scores)].clone()
            }
            Said::Chosen(flags) => {
                fits(flags.len(), "predictions")?;
                let mut chosen = options.iter().zip(flags).filter(|(_, flag)| **flag);
                match (chosen.next(), chosen.next()) {
                    (Some((one, _)), None) => one.clone(),
                    _ => String::new(),
                }
            }
        };
        Ok(Self {
            row_key: record.row_key.clone(),
            said,
            answers: trimmed(
                record
                    .answers
                    .as_deref()
                    .unwrap_or(std::slice::from_ref(&record.targets)),
            ),
            gold: record
                .answer_index
                .map(|at| at as usize)
                .filter(|at| *at < options.len()),
            options,
        })
    }

    /// As the metrics see it, with what is put in the place of the prediction.
    pub fn item<'a>(&'a self, said: &'a str, in_order: bool) -> Item<'a> {
        Item {
            prediction: said,
            answers: self.answers.iter().map(String::as_str).collect(),
            options: self.options.iter().map(String::as_str).collect(),
            gold: self.gold,
            in_order,
        }
    }
}

/// A generation without white space at its ends and without what follows the first stop string.
fn cut(text: &str, stop: &[String]) -> String {
    let text = text.trim();
    let end = stop
        .iter()
        .filter(|stop| !stop.is_empty())
        .filter_map(|stop| text.find(stop.as_str()));
    text[..end.min().unwrap_or(text.len())].trim_end().to_string()
}

/// The place of the largest, the first of equal ones. What is no number is never the largest.
fn largest(scores: &[f64]) -> usize {
    let mut best = 0;
    for (at, score) in scores.iter().enumerate() {
        if *score > scores[best] || scores[best].is_nan() {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_end_at_the_first_stop() {
        let stop = ["\n".to_string(), "###".to_string()];
        assert_eq!(cut("\n Paris ###\nQ: next", &stop), "Paris");
        assert_eq!(cut(" Paris\t", &[]), "Paris");
        assert_eq!(cut("###", &stop), "");
    }

    #[test]
    fn ties_go_to_the_lowest_place() {
        assert_eq!(largest(&[-2.0, -1.0, -1.0]), 1);
        assert_eq!(largest(&[f64::NEG_INFINITY, f64::NEG_INFINITY]), 0);
        assert_eq!(largest(&[f64::NAN, -3.0]), 1);
    }
}
