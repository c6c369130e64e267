//! Texts that are generated: ROUGE, BLEU and its tokenizers, chrF.

use flanc::metrics::bleu::{self, Bleu, Smoothing};
use flanc::metrics::bleu_tokenizers::Tokenizer;
use flanc::metrics::chrf::Chrf;
use flanc::metrics::rouge::{self, Prf, Rouge};
use serde_json::{Map, Value, json};

use super::{mean, texts};

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

pub fn rouge_case(case: &Value) -> Value {
    let (prediction, references) = texts(case);
    json!({
        "nostem": rouge_json(&rouge::score(prediction, &references, false)),
        "stem": rouge_json(&rouge::score(prediction, &references, true)),
        "t5_x100": t5_json(&rouge::t5(prediction, &references)),
    })
}

pub fn rouge_corpus(cases: &[&Value]) -> Value {
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

pub fn tokens(case: &Value) -> Value {
    let (line, _) = texts(case);
    let of = |name: &&str| {
        let tokenizer = Tokenizer::named(name).expect("a tokenizer");
        ((*name).to_string(), json!(tokenizer.words(line)))
    };
    let names = ["13a", "intl", "char", "zh", "none"];
    json!({ "tokens": Value::Object(names.iter().map(of).collect()) })
}

pub fn scores_of<C>(configs: &[(String, C)], score: impl Fn(&C) -> Value) -> Value {
    Value::Object(
        configs
            .iter()
            .map(|(name, config)| (name.clone(), score(config)))
            .collect(),
    )
}

pub fn bleu_configs(settings: &Value) -> Vec<(String, Bleu)> {
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

pub fn chrf_configs(settings: &Value) -> Vec<(String, Chrf)> {
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

pub fn bleu_case(case: &Value, configs: &[(String, Bleu)]) -> Value {
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

pub fn bleu_corpus(cases: &[&Value], configs: &[(String, Bleu)]) -> Value {
    let all: Vec<(&str, Vec<&str>)> = cases.iter().map(|case| texts(case)).collect();
    let mut scores = scores_of(configs, |bleu| bleu_json(&bleu.corpus(&all)));
    let t5 = Bleu {
        tokenizer: Tokenizer::Intl,
        ..Bleu::default()
    };
    scores["t5_bleu"] = json!(t5.corpus(&all).score);
    scores
}
