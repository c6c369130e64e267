//! Answers to questions: SQuAD, ReCoRD, DROP, and exact matches.

use flanc::metrics::exact_match::{self, Ignore};
use flanc::metrics::overlap::Answer;
use flanc::metrics::{drop, record, squad};
use serde_json::{Map, Value, json};

use super::{list, mean, strings, texts};

pub fn answer(case: &Value, score: fn(&str, &[&str]) -> Answer, normal: Option<fn(&str) -> String>) -> Value {
    let (prediction, references) = texts(case);
    let found = score(prediction, &references);
    let normalized = normal.map(|normal| {
        let references: Vec<String> = references.iter().map(|text| normal(text)).collect();
        json!({ "prediction": normal(prediction), "references": references })
    });
    json!({ "scores": { "em": found.em, "f1": found.f1 }, "normalized": normalized })
}

fn answers(cases: &[&Value], score: fn(&str, &[&str]) -> Answer) -> Vec<Answer> {
    let one = |case: &&Value| {
        let (prediction, references) = texts(case);
        score(prediction, &references)
    };
    cases.iter().map(one).collect()
}

pub fn answers_x100(cases: &[&Value], score: fn(&str, &[&str]) -> Answer) -> Value {
    let all = answers(cases, score);
    json!({
        "em_x100": 100.0 * mean(all.iter().map(|a| a.em)),
        "f1_x100": 100.0 * mean(all.iter().map(|a| a.f1)),
    })
}

pub fn squad_v2(case: &Value) -> Value {
    let (prediction, references) = texts(case);
    let found = squad::v2(prediction, &references);
    json!({ "scores": { "exact": found.em, "f1": found.f1 }, "has_answer": !references.is_empty() })
}

pub fn squad_v2_corpus(cases: &[&Value]) -> Value {
    let answers = answers(cases, squad::v2);
    let questions: Vec<(Answer, bool)> = answers
        .into_iter()
        .zip(cases.iter().map(|case| !texts(case).1.is_empty()))
        .collect();
    // Of all questions, of those with an answer, and of those without.
    let means = |wanted: fn(bool) -> bool| {
        let chosen: Vec<Answer> = questions
            .iter()
            .filter(|(_, has)| wanted(*has))
            .map(|(answer, _)| *answer)
            .collect();
        (
            100.0 * mean(chosen.iter().map(|answer| answer.em)),
            100.0 * mean(chosen.iter().map(|answer| answer.f1)),
            chosen.len(),
        )
    };
    let (all, with, without) = (means(|_| true), means(|has| has), means(|has| !has));
    json!({
        "exact": all.0, "f1": all.1, "total": all.2,
        "HasAns_exact": with.0, "HasAns_f1": with.1, "HasAns_total": with.2,
        "NoAns_exact": without.0, "NoAns_f1": without.1, "NoAns_total": without.2,
    })
}

pub fn record_corpus(cases: &[&Value]) -> Value {
    let all = answers(cases, record::score);
    let questions: Vec<&str> = cases.iter().filter_map(|case| case["group"].as_str()).collect();
    let first = record::first_of(&questions);
    let kept: Vec<&Answer> = all
        .iter()
        .zip(&first)
        .filter(|(_, first)| **first)
        .map(|(a, _)| a)
        .collect();
    json!({
        "em_x100": 100.0 * mean(kept.iter().map(|a| a.em)),
        "f1_x100": 100.0 * mean(kept.iter().map(|a| a.f1)),
        "n_groups": kept.len(),
        "em_x100_no_dedup": 100.0 * mean(all.iter().map(|a| a.em)),
        "f1_x100_no_dedup": 100.0 * mean(all.iter().map(|a| a.f1)),
    })
}

fn drop_answer(case: &Value) -> Answer {
    let spans = strings(&case["predictions"][0]);
    let annotators: Vec<Vec<&str>> = list(&case["references"][0]).iter().map(strings).collect();
    let annotators: Vec<&[&str]> = annotators.iter().map(Vec::as_slice).collect();
    drop::score(&spans, &annotators)
}

pub fn drop_case(case: &Value) -> Value {
    let spans = strings(&case["predictions"][0]);
    let annotators: Vec<Vec<&str>> = list(&case["references"][0]).iter().map(strings).collect();
    let found = drop_answer(case);
    let each: Vec<Value> = annotators
        .iter()
        .map(|reference| drop::one(&spans, reference))
        .map(|one| json!({ "em": one.em, "f1": one.f1 }))
        .collect();
    let normal = |spans: &Vec<&str>| spans.iter().map(|span| drop::normalised(span)).collect::<Vec<_>>();
    json!({
        "scores": { "em": found.em, "f1": found.f1 },
        "per_reference": each,
        "normalized": {
            "prediction": normal(&spans),
            "references": annotators.iter().map(normal).collect::<Vec<_>>(),
        },
    })
}

pub fn drop_corpus(cases: &[&Value]) -> Value {
    let all: Vec<Answer> = cases.iter().map(|case| drop_answer(case)).collect();
    json!({ "em": mean(all.iter().map(|a| a.em)), "f1": mean(all.iter().map(|a| a.f1)) })
}

fn ignored() -> [(&'static str, Ignore); 5] {
    let none = Ignore::default();
    let (case, punctuation, numbers) = (true, true, true);
    [
        ("em", none),
        ("em_ignore_case", Ignore { case, ..none }),
        ("em_ignore_punctuation", Ignore { punctuation, ..none }),
        (
            "em_ignore_case_punctuation",
            Ignore {
                case,
                punctuation,
                ..none
            },
        ),
        ("em_ignore_numbers", Ignore { numbers, ..none }),
    ]
}

pub fn exact(case: &Value) -> Value {
    let (prediction, references) = texts(case);
    let scores = ignored().map(|(name, ignore)| {
        (
            name.to_string(),
            json!(exact_match::score(prediction, &references, ignore)),
        )
    });
    Value::Object(scores.into_iter().collect())
}

/// The cases for which the file itself has no value are left out of the mean.
pub fn exact_corpus(cases: &[&Value]) -> Value {
    let mut scores = Map::new();
    for (name, ignore) in ignored() {
        let known: Vec<f64> = cases
            .iter()
            .filter(|case| !case["scores"][name].is_null())
            .map(|case| texts(case))
            .map(|(prediction, references)| exact_match::score(prediction, &references, ignore))
            .collect();
        scores.insert(name.to_string(), json!(mean(known.iter().copied())));
        scores.insert(format!("{name}_n"), json!(known.len()));
        if name == "em" {
            let all = 100.0 * mean(known.into_iter());
            scores.insert("t5_sequence_accuracy_x100".to_string(), json!(all));
        }
    }
    Value::Object(scores)
}
