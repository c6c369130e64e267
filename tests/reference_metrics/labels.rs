//! Labels and numbers: classification, MultiRC, and correlations.

use flanc::metrics::classification::{Confusion, binary_f1};
use flanc::metrics::{correlation, multirc};
use serde_json::{Value, json};

use super::{list, strings, tagged};

/// Labels as they are compared: numbers by their value, texts by their code points.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(i64),
    Text(String),
}

impl Label {
    fn of(value: &Value) -> Self {
        match value.as_i64() {
            Some(number) => Self::Number(number),
            None => Self::Text(value.as_str().expect("a label").to_string()),
        }
    }
}

fn vectors(cases: &[&Value]) -> (Vec<Label>, Vec<Label>) {
    let gold = cases.iter().flat_map(|case| list(&case["references"]));
    let said = cases.iter().flat_map(|case| list(&case["predictions"]));
    (
        gold.map(|gold| Label::of(&gold[0])).collect(),
        said.map(Label::of).collect(),
    )
}

fn numbers(labels: &[Label]) -> Option<Vec<i64>> {
    let number = |label: &Label| match label {
        Label::Number(number) => Some(*number),
        Label::Text(_) => None,
    };
    labels.iter().map(number).collect()
}

pub fn labels(case: &Value) -> Value {
    json!({ "scores": label_scores(&[case]), "per_class": classes(case) })
}

fn label_scores(cases: &[&Value]) -> Value {
    let (gold, said) = vectors(cases);
    let confusion = Confusion::of(&gold, &said);
    let mut scores = json!({
        "n_examples": gold.len(),
        "accuracy": confusion.accuracy(),
        "macro_f1": confusion.macro_f1(),
        "micro_f1": confusion.accuracy(),
        "weighted_f1": confusion.weighted_f1(),
        "mcc": confusion.matthews(),
        "num_classes": null,
    });
    if let (Some(gold), Some(said)) = (numbers(&gold), numbers(&said)) {
        let known = cases
            .iter()
            .filter_map(|case| case["num_classes"].as_u64())
            .max()
            .unwrap_or(0);
        scores["num_classes"] = json!(known);
        scores["macro_f1_fixed_labels"] = json!(Confusion::of(&gold, &said).macro_f1_of(known as usize));
        scores["binary_f1_with_invalid"] = json!(binary_f1(&gold, &said));
        if gold.iter().chain(&said).all(|label| matches!(label, 0 | 1)) {
            scores["binary_f1"] = json!(binary_f1(&gold, &said));
        }
    }
    scores
}

fn classes(case: &Value) -> Value {
    let (gold, said) = vectors(&[case]);
    let confusion = Confusion::of(&gold, &said);
    let class = |(at, label): (usize, &Label)| {
        let class = confusion.class(at);
        let label = match label {
            Label::Number(number) => json!(number),
            Label::Text(text) => json!(text),
        };
        json!({
            "label": label, "precision": class.precision, "recall": class.recall, "f1": class.f1,
            "support": class.support,
        })
    };
    confusion.labels.iter().enumerate().map(class).collect()
}

pub fn labels_of_all(cases: &[&Value]) -> Value {
    let of = |wanted: &dyn Fn(&Value) -> bool| -> Vec<&Value> {
        cases.iter().filter(|case| wanted(case)).copied().collect()
    };
    let kinds = [
        ("int", of(&|case| !case["num_classes"].is_null())),
        ("int_2class", of(&|case| case["num_classes"] == 2)),
        ("str", of(&|case| case["num_classes"].is_null())),
    ];
    let kinds = kinds.into_iter().filter(|(_, cases)| !cases.is_empty());
    Value::Object(
        kinds
            .map(|(name, cases)| (name.to_string(), label_scores(&cases)))
            .collect(),
    )
}

pub fn multirc_case(cases: &[&Value]) -> Value {
    let mut questions = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        questions.extend(strings(&case["groups"]).into_iter().map(|group| (at, group)));
    }
    let (gold, said) = vectors(cases);
    let (gold, said) = (numbers(&gold).expect("numbers"), numbers(&said).expect("numbers"));
    let found = multirc::score(&questions, &gold, &said);
    let mut scores = json!({
        "f1a": found.f1a, "em": found.em, "n_examples": gold.len(), "n_questions": found.questions,
    });
    if let Some(f1m) = found.f1m {
        scores["f1m_macro"] = json!(f1m);
    }
    scores
}

pub fn correlated(metric: &str, cases: &[&Value]) -> Value {
    let sound = |case: &&Value| !tagged(case, "ill_conditioned") && !tagged(case, "constant_input");
    let mut chosen: Vec<&Value> = cases.to_vec();
    if cases.len() > 1 {
        chosen.retain(sound);
        if chosen.is_empty() {
            chosen = cases.to_vec();
        }
    }
    let number = |value: &Value| value.as_f64().expect("a number");
    let gold = chosen.iter().flat_map(|case| list(&case["references"]));
    let gold: Vec<f64> = gold.map(|gold| number(&gold[0])).collect();
    let said = chosen.iter().flat_map(|case| list(&case["predictions"]));
    let said: Vec<f64> = said.map(number).collect();
    let found = match metric {
        "pearson" => correlation::pearson(&gold, &said),
        _ => correlation::spearman(&gold, &said),
    };
    json!({ metric: found, "n_examples": gold.len() })
}
