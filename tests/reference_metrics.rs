//! Metrics against what the field's own packages compute: `$FLANC_REFERENCE/metrics/*.json`.
//!
//! A file names its metric and says in `settings` which definition it follows; a case has texts or vectors and every score
//! of them. A file or a score that is not known here is a failure, so that nothing is passed over in silence.

mod answers;
mod generation;
mod labels;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use flanc::metrics::{normalise, porter, record, squad, trivia_qa};
use serde_json::{Value, json};

use crate::support::say;
use answers::{
    answer, answers_x100, drop_case, drop_corpus, exact, exact_corpus, record_corpus, squad_v2, squad_v2_corpus,
};
use generation::{bleu_case, bleu_configs, bleu_corpus, chrf_configs, rouge_case, rouge_corpus, scores_of, tokens};
use labels::{correlated, labels, labels_of_all, multirc_case};

#[test]
fn reference_metric_values_are_those_of_the_packages() {
    let Some(root) = std::env::var_os("FLANC_REFERENCE") else {
        say("reference_metric: FLANC_REFERENCE is not set, no metric is compared");
        return;
    };
    let folder = PathBuf::from(root).join("metrics");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let mut all = Compared::default();
    for path in &files {
        let text = fs::read_to_string(path).expect("a file of cases");
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut compared = Compared::default();
        compare(&file, &mut compared);
        let name = file["metric"].as_str().unwrap_or_default();
        say(&format!(
            "reference_metric {name}: {} cases, {} groups of cases, {} values, {} wrong",
            compared.cases,
            compared.groups,
            compared.values,
            compared.wrong.len()
        ));
        all.cases += compared.cases;
        all.values += compared.values;
        all.groups += compared.groups;
        let more = compared.wrong.len().saturating_sub(10);
        all.wrong.extend(compared.wrong.into_iter().take(10));
        if more > 0 {
            all.wrong.push(format!("{name}: and {more} more"));
        }
    }
    say(&format!(
        "reference_metric: {} files, {} cases, {} values",
        files.len(),
        all.cases,
        all.values
    ));
    assert!(all.cases > 0, "no case was found in {}", folder.display());
    assert!(all.wrong.is_empty(), "{}", all.wrong.join("\n"));
}

#[test]
fn reference_metric_cases_that_are_not_known_fail() {
    let case = json!({ "id": "c", "predictions": ["a"], "references": [["a"]], "scores": { "em": 1.0, "new": 0.5 } });
    let file = |metric: &str| json!({ "metric": metric, "settings": {}, "cases": [case] });
    let wrong = |metric: &str| {
        let mut compared = Compared::default();
        compare(&file(metric), &mut compared);
        compared.wrong.join("\n")
    };
    assert_eq!(wrong("squad_v1"), "c: `new` is not known");
    assert_eq!(wrong("novel"), "no metric is known as `novel`");
}

/// What was compared, and what was not as it is to be.
#[derive(Default)]
struct Compared {
    cases: usize,
    groups: usize,
    values: usize,
    wrong: Vec<String>,
}

impl Compared {
    /// Holds what was computed to every value that is given. Nulls and bootstraps are not compared, nor are texts about the
    /// values (`signature_..`, `over`).
    fn hold(&mut self, place: &str, given: &Value, computed: &Value, tolerance: f64) {
        match given {
            Value::Null => {}
            Value::Object(given) => {
                for (key, given) in given {
                    let described = key == "over" || key.starts_with("signature_");
                    if key.ends_with("_informational") || (described && given.is_string()) {
                        continue;
                    }
                    match computed.get(key) {
                        None => self.wrong.push(format!("{place}: `{key}` is not known")),
                        Some(found) => {
                            let tolerance = if key.ends_with("_x100") { 1e-7 } else { tolerance };
                            self.hold(&format!("{place} {key}"), given, found, tolerance);
                        }
                    }
                }
            }
            Value::Array(given) => {
                let found = computed.as_array().map_or(&[][..], Vec::as_slice);
                if found.len() != given.len() {
                    self.wrong
                        .push(format!("{place}: {} items, not {}", found.len(), given.len()));
                }
                for (at, (given, found)) in given.iter().zip(found).enumerate() {
                    self.hold(&format!("{place}[{at}]"), given, found, tolerance);
                }
            }
            Value::Number(number) => {
                self.values += 1;
                let number = number.as_f64().expect("a number");
                let close = computed
                    .as_f64()
                    .is_some_and(|found| (found - number).abs() <= tolerance);
                if !close {
                    self.wrong.push(format!("{place}: {computed}, not {number}"));
                }
            }
            given => {
                self.values += 1;
                if given != computed {
                    self.wrong.push(format!("{place}: {computed}, not {given}"));
                }
            }
        }
    }
}

/// How the cases of a metric are scored: one by itself, and several as one corpus.
type One = Box<dyn Fn(&Value) -> Value>;
type Many = Box<dyn Fn(&[&Value]) -> Value>;

fn compare(file: &Value, compared: &mut Compared) {
    let metric = file["metric"].as_str().unwrap_or_default();
    let settings = &file["settings"];
    // Besides `scores`, these parts of a case are compared: what texts become on the way.
    let (one, many): (One, Many) = match metric {
        "accuracy" | "macro_f1" | "matthews" => (Box::new(labels), Box::new(labels_of_all)),
        "bleu" => {
            let configs = bleu_configs(settings);
            let same = configs.clone();
            (
                Box::new(move |case| bleu_case(case, &configs)),
                Box::new(move |cases| bleu_corpus(cases, &same)),
            )
        }
        "bleu_tokenizers" => (Box::new(tokens), Box::new(|_| json!({}))),
        "chrf" => {
            let configs = chrf_configs(settings);
            let same = configs.clone();
            (
                Box::new(move |case| {
                    let (prediction, references) = texts(case);
                    scores_of(&configs, |chrf| json!(chrf.sentence(prediction, &references)))
                }),
                Box::new(move |cases| {
                    let all: Vec<(&str, Vec<&str>)> = cases.iter().map(|case| texts(case)).collect();
                    scores_of(&same, |chrf| json!(chrf.corpus(&all)))
                }),
            )
        }
        "drop" => (Box::new(drop_case), Box::new(drop_corpus)),
        "exact_match" => (Box::new(exact), Box::new(exact_corpus)),
        "multirc" => (Box::new(|case| multirc_case(&[case])), Box::new(multirc_case)),
        "pearson" | "spearman" => {
            let name = metric.to_string();
            let same = name.clone();
            (
                Box::new(move |case| correlated(&name, &[case])),
                Box::new(move |cases| correlated(&same, cases)),
            )
        }
        "record" => (
            Box::new(|case| answer(case, record::score, None)),
            Box::new(record_corpus),
        ),
        "rouge" => (Box::new(rouge_case), Box::new(rouge_corpus)),
        "rouge_porter_stemmer" => (
            Box::new(|case| json!({ "stem": porter::stem(texts(case).0) })),
            Box::new(|_| json!({})),
        ),
        "squad_v1" => (
            Box::new(|case| answer(case, squad::v1, Some(normalise::squad))),
            Box::new(|cases| answers_x100(cases, squad::v1)),
        ),
        "squad_v2" => (Box::new(squad_v2), Box::new(squad_v2_corpus)),
        "triviaqa" => (
            Box::new(|case| answer(case, trivia_qa::score, Some(normalise::trivia_qa))),
            Box::new(|cases| answers_x100(cases, trivia_qa::score)),
        ),
        other => {
            compared.wrong.push(format!("no metric is known as `{other}`"));
            return;
        }
    };
    let hundred = matches!(metric, "bleu" | "chrf");
    let cases: Vec<&Value> = file["cases"].as_array().expect("cases").iter().collect();
    let mut by_id: BTreeMap<&str, &Value> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        let computed = one(case);
        let id = case["id"]
            .as_str()
            .map_or_else(|| format!("{metric} {at}"), str::to_string);
        let tolerance = match () {
            () if hundred => 1e-7,
            () if tagged(case, "ill_conditioned") => 1e-6,
            () => 1e-9,
        };
        compared.cases += 1;
        let scores = computed.get("scores").unwrap_or(&computed);
        compared.hold(&id, &case["scores"], scores, tolerance);
        for extra in [
            "normalized",
            "per_reference",
            "per_class",
            "tokens",
            "stem",
            "has_answer",
        ] {
            if let Some(given) = case.get(extra) {
                compared.hold(&format!("{id} {extra}"), given, &computed[extra], tolerance);
            }
        }
        if let Some(id) = case["id"].as_str() {
            by_id.insert(id, case);
        }
    }
    let corpus = file
        .get("corpus")
        .into_iter()
        .filter(|corpus| corpus.get("scores").is_some());
    let groups = file["corpus_groups"].as_array().into_iter().flatten();
    for group in corpus.chain(groups) {
        let chosen: Vec<&Value> = match group["case_ids"].as_array() {
            None => cases.clone(),
            Some(ids) => ids.iter().filter_map(|id| by_id.get(id.as_str()?).copied()).collect(),
        };
        let name = format!("{metric} {}", group["name"].as_str().unwrap_or("corpus"));
        compared.groups += 1;
        compared.hold(&name, &json!({ "n": group["n"] }), &json!({ "n": chosen.len() }), 0.0);
        let tolerance = if hundred || metric == "squad_v2" { 1e-7 } else { 1e-9 };
        compared.hold(&name, &group["scores"], &many(&chosen), tolerance);
    }
}

fn tagged(case: &Value, tag: &str) -> bool {
    let tags = case["tags"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|own| own == tag))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn strings(value: &Value) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}

/// The text of a case and its references.
fn texts(case: &Value) -> (&str, Vec<&str>) {
    let prediction = case["predictions"][0].as_str().expect("a text");
    (prediction, strings(&case["references"][0]))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}
