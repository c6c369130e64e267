//! Metrics against what the field's own packages compute: `$FLANC_REFERENCE/metrics/*.json`.
//!
//! A file names its metric and says in `settings` which definition it follows; a case has texts or vectors and every score
//! of them. A file or a score that is not known here is a failure, so that nothing is passed over in silence.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use flanc::metrics::bleu::{self, Bleu, Smoothing};
use flanc::metrics::bleu_tokenizers::Tokenizer;
use flanc::metrics::chrf::Chrf;
use flanc::metrics::classification::{Confusion, binary_f1};
use flanc::metrics::exact_match::{self, Ignore};
use flanc::metrics::overlap::Answer;
use flanc::metrics::rouge::{self, Prf, Rouge};
use flanc::metrics::{correlation, drop, multirc, normalise, porter, record, squad, trivia_qa};
use serde_json::{Map, Value, json};

use crate::support::say;

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

// Question answering

fn answer(case: &Value, score: fn(&str, &[&str]) -> Answer, normal: Option<fn(&str) -> String>) -> Value {
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

fn answers_x100(cases: &[&Value], score: fn(&str, &[&str]) -> Answer) -> Value {
    let all = answers(cases, score);
    json!({
        "em_x100": 100.0 * mean(all.iter().map(|a| a.em)),
        "f1_x100": 100.0 * mean(all.iter().map(|a| a.f1)),
    })
}

fn squad_v2(case: &Value) -> Value {
    let (prediction, references) = texts(case);
    let found = squad::v2(prediction, &references);
    json!({ "scores": { "exact": found.em, "f1": found.f1 }, "has_answer": !references.is_empty() })
}

fn squad_v2_corpus(cases: &[&Value]) -> Value {
    let answers = answers(cases, squad::v2);
    let questions: Vec<(Answer, bool)> = answers
        .into_iter()
        .zip(cases.iter().map(|case| !texts(case).1.is_empty()))
        .collect();
    let means = squad::v2_means(&questions);
    json!({
        "exact": 100.0 * means.all.em, "f1": 100.0 * means.all.f1, "total": means.total,
        "HasAns_exact": 100.0 * means.has_answer.em, "HasAns_f1": 100.0 * means.has_answer.f1,
        "HasAns_total": means.has_answer_total,
        "NoAns_exact": 100.0 * means.no_answer.em, "NoAns_f1": 100.0 * means.no_answer.f1,
        "NoAns_total": means.no_answer_total,
    })
}

fn record_corpus(cases: &[&Value]) -> Value {
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

fn drop_case(case: &Value) -> Value {
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

fn drop_corpus(cases: &[&Value]) -> Value {
    let all: Vec<Answer> = cases.iter().map(|case| drop_answer(case)).collect();
    json!({ "em": mean(all.iter().map(|a| a.em)), "f1": mean(all.iter().map(|a| a.f1)) })
}

// Exact match

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

fn exact(case: &Value) -> Value {
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
fn exact_corpus(cases: &[&Value]) -> Value {
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

// Labels

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

fn labels(case: &Value) -> Value {
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

fn labels_of_all(cases: &[&Value]) -> Value {
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

fn multirc_case(cases: &[&Value]) -> Value {
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

// Numbers

fn correlated(metric: &str, cases: &[&Value]) -> Value {
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

// Generation

fn rouge_json(rouge: &Rouge) -> Value {
    let prf = |of: &Prf| json!({ "p": of.precision, "r": of.recall, "f": of.f1 });
    json!({
        "rouge1": prf(&rouge.rouge1), "rouge2": prf(&rouge.rouge2),
        "rougeL": prf(&rouge.rouge_l), "rougeLsum": prf(&rouge.rouge_lsum),
    })
}

fn t5_json(rouge: &Rouge) -> Value {
    json!({
        "rouge1": 100.0 * rouge.rouge1.f1, "rouge2": 100.0 * rouge.rouge2.f1,
        "rougeLsum": 100.0 * rouge.rouge_lsum.f1,
    })
}

fn rouge_case(case: &Value) -> Value {
    let (prediction, references) = texts(case);
    json!({
        "nostem": rouge_json(&rouge::score(prediction, &references, false)),
        "stem": rouge_json(&rouge::score(prediction, &references, true)),
        "t5_x100": t5_json(&rouge::t5(prediction, &references)),
    })
}

fn rouge_corpus(cases: &[&Value]) -> Value {
    let all: Vec<Value> = cases.iter().map(|case| rouge_case(case)).collect();
    let means = |kind: &str| mean_of(&all.iter().map(|case| &case[kind]).collect::<Vec<_>>());
    json!({ "nostem_mean": means("nostem"), "stem_mean": means("stem"), "t5_mean_x100": means("t5_x100") })
}

/// The mean of each number of objects of one shape.
fn mean_of(values: &[&Value]) -> Value {
    match values.first() {
        Some(Value::Object(first)) => {
            let inner = |key: &String| mean_of(&values.iter().map(|value| &value[key]).collect::<Vec<_>>());
            Value::Object(first.keys().map(|key| (key.clone(), inner(key))).collect())
        }
        _ => json!(mean(values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)))),
    }
}

fn tokens(case: &Value) -> Value {
    let (line, _) = texts(case);
    let of = |name: &&str| {
        let tokenizer = Tokenizer::named(name).expect("a tokenizer");
        ((*name).to_string(), json!(tokenizer.words(line)))
    };
    let names = ["13a", "intl", "char", "zh", "none"];
    json!({ "tokens": Value::Object(names.iter().map(of).collect()) })
}

fn scores_of<C>(configs: &[(String, C)], score: impl Fn(&C) -> Value) -> Value {
    Value::Object(
        configs
            .iter()
            .map(|(name, config)| (name.clone(), score(config)))
            .collect(),
    )
}

fn bleu_configs(settings: &Value) -> Vec<(String, Bleu)> {
    let config = |(name, of): (&String, &Value)| {
        let smoothing = match of["smooth_method"].as_str() {
            Some("exp") => Smoothing::Exp,
            Some("none") => Smoothing::None,
            Some("floor") => Smoothing::Floor(0.1),
            Some("add-k") => Smoothing::AddK(1.0),
            other => panic!("no smoothing is known as {other:?}"),
        };
        let tokenizer = of["tokenize"].as_str().expect("a tokenizer");
        let bleu = Bleu {
            tokenizer: Tokenizer::named(tokenizer).unwrap_or_else(|| panic!("no tokenizer is known as `{tokenizer}`")),
            smoothing,
            lowercase: of["lowercase"].as_bool().expect("whether in lower case"),
            order: of["max_ngram_order"].as_u64().expect("an order") as usize,
            effective_order: false,
        };
        (name.clone(), bleu)
    };
    settings["configs"]
        .as_object()
        .into_iter()
        .flatten()
        .map(config)
        .collect()
}

fn chrf_configs(settings: &Value) -> Vec<(String, Chrf)> {
    let config = |(name, of): (&String, &Value)| {
        let flag = |name: &str| of[name].as_bool().expect("a flag");
        let order = |name: &str| of[name].as_u64().expect("an order") as usize;
        let chrf = Chrf {
            char_order: order("char_order"),
            word_order: order("word_order"),
            beta: of["beta"].as_f64().expect("a number"),
            lowercase: flag("lowercase"),
            whitespace: flag("whitespace"),
            eps_smoothing: flag("eps_smoothing"),
        };
        (name.clone(), chrf)
    };
    settings["configs"]
        .as_object()
        .into_iter()
        .flatten()
        .map(config)
        .collect()
}

fn bleu_json(score: &bleu::Score) -> Value {
    json!({
        "score": score.score, "counts": score.counts, "totals": score.totals, "precisions": score.precisions,
        "bp": score.brevity_penalty, "sys_len": score.given, "ref_len": score.wanted,
    })
}

fn bleu_case(case: &Value, configs: &[(String, Bleu)]) -> Value {
    let (prediction, references) = texts(case);
    let mut scores = Map::new();
    for (name, config) in configs {
        let sentence = Bleu {
            effective_order: true,
            ..*config
        };
        let found = sentence.sentence(prediction, &references);
        scores.insert(format!("{name}_detail"), bleu_json(&found));
        scores.insert(name.clone(), json!(found.score));
        let plain = config.sentence(prediction, &references).score;
        scores.insert(format!("{name}_noeff"), json!(plain));
    }
    Value::Object(scores)
}

fn bleu_corpus(cases: &[&Value], configs: &[(String, Bleu)]) -> Value {
    let all: Vec<(&str, Vec<&str>)> = cases.iter().map(|case| texts(case)).collect();
    let mut scores = scores_of(configs, |bleu| bleu_json(&bleu.corpus(&all)));
    let t5 = Bleu {
        tokenizer: Tokenizer::Intl,
        ..Bleu::default()
    };
    scores["t5_bleu"] = json!(t5.corpus(&all).score);
    scores
}
