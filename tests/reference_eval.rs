//! What models make of prompts against what `transformers` makes of them: `$FLANC_REFERENCE/model/*.json`, with the models of
//! `$FLANC_MODELS`.
//!
//! A case is scored by the ids it gives; then our tokenizer must give these ids. Its README says how near is near enough.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use flanc::eval::{Continuation, Limits, Prompter, Question, Worth, greedy, largest, log_probs};
use flanc::model::{Llama, Numbers, Span};
use flanc::token::{Join, Sides, Tokenizer};
use serde_json::Value;

use crate::support::say;

/// Tokens of a pass, and of another with whose results these are compared.
const BATCH: usize = 2048;

/// The files of one kind, each with its name and its model's folder; `None` where there is nothing to compare with.
fn files(kind: &str) -> Option<Vec<(String, Value, PathBuf)>> {
    let (Some(reference), Some(models)) = (env::var_os("FLANC_REFERENCE"), env::var_os("FLANC_MODELS")) else {
        say(&format!(
            "reference_{kind}: FLANC_REFERENCE and FLANC_MODELS are not both set, no model is compared"
        ));
        return None;
    };
    let folder = PathBuf::from(reference).join("model");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.starts_with(&format!("{kind}_")) || !name.ends_with(".json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a file of cases");
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        // The model's folder is the first word.
        let model = file["model"].as_str().expect("a model").split_whitespace().next();
        let model = Path::new(&models).join(model.expect("a name"));
        assert!(model.is_dir(), "{name}: there is no model {}", model.display());
        found.push((name, file, model));
    }
    Some(found)
}

fn ids(value: &Value) -> Vec<u32> {
    let ids = value.as_array().unwrap_or_else(|| panic!("{value} is no list"));
    ids.iter().map(|id| id.as_u64().expect("an id") as u32).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// What was compared, and what was wrong.
#[derive(Default)]
struct Compared {
    values: usize,
    /// The largest difference by what it is of.
    worst: BTreeMap<&'static str, f64>,
    wrong: Vec<String>,
}

impl Compared {
    fn near(&mut self, what: &'static str, place: &str, ours: f64, theirs: f64, within: f64) {
        self.values += 1;
        let difference = (ours - theirs).abs();
        let worst = self.worst.entry(what).or_default();
        *worst = worst.max(difference);
        if difference.is_nan() || difference > within {
            self.wrong.push(format!("{place}: {what} {ours}, not {theirs}"));
        }
    }

    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, place: &str, ours: &T, theirs: &T) {
        self.values += 1;
        if ours != theirs {
            self.wrong.push(format!("{place}: {what} {ours:?}, not {theirs:?}"));
        }
    }

    fn end(&self, kind: &str, file: &str, cases: usize) {
        let worst = self.worst.iter().map(|(what, worst)| format!("{what} {worst:.1e}"));
        say(&format!(
            "reference_{kind} {file}: {cases} cases, {} values, {} wrong; largest differences: {}",
            self.values,
            self.wrong.len(),
            worst.collect::<Vec<_>>().join(", ")
        ));
        assert!(cases > 0, "{file} has no cases");
        let first: Vec<&String> = self.wrong.iter().take(20).collect();
        assert!(
            self.wrong.is_empty(),
            "{file}: {} wrong, such as {first:#?}",
            self.wrong.len()
        );
    }
}

/// A question of a case, and what its options are behind the prompt that says nothing.
struct Asked {
    question: Question,
    nothing: Question,
}

/// The question by the ids that a case gives.
fn given(case: &Value, convention: &str, nothing: &[u32]) -> Asked {
    let prompt = ids(&case["prompt_ids"]);
    let options = case[convention]["options"].as_array().expect("options");
    let start = |value: &Value, usual: usize| value.as_u64().map_or(usual, |start| start as usize);
    let own = options.iter().map(|option| Continuation {
        start: start(&option["start"], prompt.len()),
        ids: ids(&option["ids"]),
    });
    let alone = options.iter().map(|option| match &option["uncond_ids"] {
        Value::Null => Continuation {
            start: nothing.len(),
            ids: ids(&option["ids"]),
        },
        given => Continuation {
            start: start(&option["uncond_start"], nothing.len()),
            ids: ids(given),
        },
    });
    Asked {
        question: Question {
            options: own.collect(),
            prompt: prompt.clone(),
        },
        nothing: Question {
            options: alone.collect(),
            prompt: nothing.to_vec(),
        },
    }
}

#[test]
fn reference_rank_scores_are_those_of_transformers() {
    let Some(files) = files("rank") else { return };
    assert!(
        !files.is_empty(),
        "FLANC_REFERENCE is set, and there is no model/rank_*.json"
    );
    for (name, file, model) in files {
        let llama = Llama::open(&model).expect("the model");
        let tokenizer = Tokenizer::open(&model).expect("its tokenizer");
        let cases = file["cases"].as_array().expect("cases");
        let mut nothing: Vec<u32> = file["bos"].as_u64().map(|id| id as u32).into_iter().collect();
        nothing.extend(tokenizer.encode(file["null_prompt"].as_str().expect("a prompt")));
        // The 135M parameters of the larger model leave more room for rounding.
        let large = llama.config().parameters() > 10_000_000;
        let mut compared = Compared::default();
        let mut spelled = 0;
        for (convention, sides) in [("separate", Sides::Apart), ("joint", Sides::Jointly)] {
            let asked: Vec<Asked> = cases.iter().map(|case| given(case, convention, &nothing)).collect();
            let questions: Vec<Question> = asked.iter().map(|asked| asked.question.clone()).collect();
            let alone: Vec<Question> = asked.iter().map(|asked| asked.nothing.clone()).collect();
            let ours = log_probs(&llama, &questions, BATCH).expect("log-probabilities");
            let alone = log_probs(&llama, &alone, BATCH).expect("log-probabilities");
            if !large {
                let one = log_probs(&llama, &questions, 1).expect("log-probabilities");
                assert_eq!(ours, one, "{name}: what is computed together changes the result");
            }
            let prompter = Prompter::new(&tokenizer, Join::Nothing, sides, 1 << 20).expect("a prompter");
            for (at, case) in cases.iter().enumerate() {
                let place = format!("{} {convention}", case["id"]);
                scores(&mut compared, &place, case, convention, &ours[at], &alone[at], large);
                // Chat prompts spell special tokens, which text of data may not give.
                if questions[at].prompt.iter().skip(1).any(|id| tokenizer.is_special(*id))
                    || (tokenizer.bos().is_none() && tokenizer.is_special(questions[at].prompt[0]))
                {
                    spelled += 1;
                    continue;
                }
                let texts: Vec<String> = case["options"]
                    .as_array()
                    .expect("options")
                    .iter()
                    .map(|option| option.as_str().expect("a text").to_string())
                    .collect();
                let text = case["prompt"].as_str().expect("a prompt");
                let question = prompter.question(text, &texts).expect("a question");
                compared.same("ids", &place, &question, &questions[at]);
                let null = file["null_prompt"].as_str().expect("a prompt");
                let question = prompter.question(null, &texts).expect("a question");
                compared.same("ids without the prompt", &place, &question, &asked[at].nothing);
            }
        }
        if spelled > 0 {
            say(&format!(
                "reference_rank {name}: {spelled} prompts spell special tokens; they are scored by the ids given"
            ));
        }
        compared.end("rank", &name, cases.len());
    }
}

fn scores(
    compared: &mut Compared,
    place: &str,
    case: &Value,
    convention: &str,
    ours: &[Vec<f32>],
    alone: &[Vec<f32>],
    large: bool,
) {
    let mut worths = Vec::new();
    let bytes = ids(&case["option_bytes"]);
    for (at, option) in case[convention]["options"]
        .as_array()
        .expect("options")
        .iter()
        .enumerate()
    {
        let place = format!("{place} option {at}");
        let theirs = option["logprobs"].as_array().expect("log-probabilities");
        compared.same("tokens", &place, &ours[at].len(), &theirs.len());
        for (ours, theirs) in ours[at].iter().zip(theirs) {
            compared.near("log-probability", &place, f64::from(*ours), number(theirs), 1e-4);
        }
        let tokens = theirs.len() as f64;
        let room = |tokens: f64| if large { 5e-4 } else { 1e-4 + 2e-5 * tokens };
        let within = room(tokens);
        let worth = Worth::of(&ours[at], bytes[at] as usize, Some(&alone[at]));
        compared.near("sum", &place, worth.sum, number(&option["sum"]), within);
        compared.near(
            "mean",
            &place,
            worth.per_token,
            number(&option["mean"]),
            within / tokens,
        );
        let per_byte = number(&option["per_byte"]);
        compared.near(
            "per byte",
            &place,
            worth.per_byte,
            per_byte,
            within / f64::from(bytes[at]),
        );
        let sum_alone = worth.sum - worth.pmi.expect("asked for");
        let within_alone = room(alone[at].len() as f64);
        compared.near(
            "unconditional sum",
            &place,
            sum_alone,
            number(&option["uncond_sum"]),
            within_alone,
        );
        compared.near(
            "pmi",
            &place,
            worth.pmi.expect("asked for"),
            number(&option["pmi"]),
            within + within_alone,
        );
        worths.push(worth);
    }
    let best = case[convention]["best"].as_object().expect("rules");
    for (rule, best) in best {
        let by = |worth: &Worth| match rule.as_str() {
            "sum" => worth.sum,
            "mean" => worth.per_token,
            "per_byte" => worth.per_byte,
            "pmi" => worth.pmi.expect("asked for"),
            other => panic!("{place}: a rule `{other}` that is not known here"),
        };
        let ours = largest(worths.iter().map(by)).expect("an option");
        let theirs = best["argmax"].as_u64().expect("a place") as usize;
        compared.same(&format!("argmax by {rule}"), place, &ours, &theirs);
    }
}

#[test]
fn reference_generate_texts_are_those_of_transformers() {
    let Some(files) = files("greedy") else { return };
    assert!(
        !files.is_empty(),
        "FLANC_REFERENCE is set, and there is no model/greedy_*.json"
    );
    for (name, file, model) in files {
        let llama = Llama::open(&model).expect("the model");
        let tokenizer = Tokenizer::open(&model).expect("its tokenizer");
        let cases = file["cases"].as_array().expect("cases");
        let eos = file["eos"].as_u64().expect("a token") as u32;
        let new_tokens = file["new_tokens"].as_u64().expect("a number") as usize;
        let prompts: Vec<Vec<u32>> = cases.iter().map(|case| ids(&case["prompt_ids"])).collect();
        let limits = |eos: Vec<u32>| Limits { new_tokens, eos };
        let run = |prompts: &[Vec<u32>], limits: &Limits| {
            greedy(&llama, prompts, limits, &mut |_, _| false).expect("what was generated")
        };
        let together = run(&prompts, &limits(Vec::new()));
        let ending = run(&prompts, &limits(vec![eos]));
        let mut compared = Compared::default();
        for (at, case) in cases.iter().enumerate() {
            let place = case["id"].to_string();
            let theirs = ids(&case["new_ids"]);
            let ours = &together[at];
            compared.same("ids", &place, &ours.ids, &theirs);
            let probable = case["logprobs"].as_array().expect("log-probabilities");
            for (ours, theirs) in ours.log_probs.iter().zip(probable) {
                compared.near("log-probability", &place, f64::from(*ours), number(theirs), 1e-4);
            }
            let text = |value: &Value| value.as_str().expect("a text").to_string();
            compared.same("text", &place, &tokenizer.decode(&ours.ids), &text(&case["text_new"]));
            let whole = [prompts[at].clone(), ours.ids.clone()].concat();
            compared.same(
                "whole text",
                &place,
                &tokenizer.decode(&whole),
                &text(&case["text_full"]),
            );
            // Alone as in company, with a cache as without, and no further than the end of the text.
            if llama.config().parameters() < 10_000_000 || at == 0 {
                let alone = run(&prompts[at..=at], &limits(Vec::new()));
                compared.same("alone", &place, &alone[0], ours);
                compared.same(
                    "without a cache",
                    &place,
                    &without_cache(&llama, &prompts[at], new_tokens),
                    &theirs,
                );
            }
            let first = case["first_eos"].as_u64().map_or(theirs.len(), |first| first as usize);
            compared.same(
                "up to the end of the text",
                &place,
                &ending[at].ids,
                &theirs[..first].to_vec(),
            );
        }
        compared.end("generate", &name, cases.len());
    }
}

/// The same by computing everything again for every token.
fn without_cache(llama: &Llama, prompt: &[u32], new_tokens: usize) -> Vec<u32> {
    let mut ids = prompt.to_vec();
    for _ in 0..new_tokens {
        let positions: Vec<u32> = (0..ids.len() as u32).collect();
        let hidden = llama
            .hidden(&ids, &positions, &[Span::new(0, ids.len())])
            .expect("hidden states");
        let logits = llama.logits(&hidden, &[ids.len() as u32 - 1]).expect("logits");
        let numbers = Numbers::of(&logits);
        let numbers = numbers.get().expect("numbers").iter().map(|logit| f64::from(*logit));
        ids.push(largest(numbers).expect("a token") as u32);
    }
    ids.split_off(prompt.len())
}

#[test]
fn reference_perplexity_is_that_of_transformers() {
    let Some(files) = files("perplexity") else { return };
    if files.is_empty() {
        say("reference_perplexity: there is no model/perplexity_*.json, nothing is compared");
    }
    for (name, file, model) in files {
        let llama = Llama::open(&model).expect("the model");
        let cases = file["cases"].as_array().expect("cases");
        let mut compared = Compared::default();
        for case in cases {
            let place = case["id"].to_string();
            let all = [&case["ids"], &case["input_ids"], &case["prompt_ids"]];
            let ids = ids(all.into_iter().find(|value| value.is_array()).expect("ids"));
            let (first, rest) = ids.split_at(1);
            let question = Question {
                prompt: first.to_vec(),
                options: vec![Continuation {
                    start: 1,
                    ids: rest.to_vec(),
                }],
            };
            let found = log_probs(&llama, &[question], BATCH)
                .expect("log-probabilities")
                .remove(0)
                .remove(0);
            let sum: f64 = found.iter().map(|one| f64::from(*one)).sum();
            let (tokens, before) = (found.len() as f64, compared.values);
            let within = 1e-4 + 2e-5 * tokens;
            for (ours, theirs) in found.iter().zip(case["logprobs"].as_array().into_iter().flatten()) {
                compared.near("log-probability", &place, f64::from(*ours), number(theirs), 1e-4);
            }
            let own = [
                ("sum", sum, within),
                ("nll", -sum, within),
                ("sum_nll", -sum, within),
                ("mean", sum / tokens, within / tokens),
                ("mean_nll", -sum / tokens, within / tokens),
                (
                    "perplexity",
                    (-sum / tokens).exp(),
                    within / tokens * (-sum / tokens).exp() + 1e-6,
                ),
            ];
            for (key, ours, within) in own {
                if case[key].is_number() {
                    compared.near("perplexity and its parts", &place, ours, number(&case[key]), within);
                }
            }
            assert!(compared.values > before, "{name} {place}: nothing in it is known here");
        }
        compared.end("perplexity", &name, cases.len());
    }
}
