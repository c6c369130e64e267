//! Training against traces of transformers: `$FLANC_REFERENCE/model/training_*.json`, with the models of `$FLANC_MODELS`.
//!
//! A case names its batches, its optimiser and what every step gave; `training_noise.json` says how far equally right runs
//! are apart. The conventions are those of the folder's README. A setting that is not known here is a failure.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flanc::model::{Llama, Numbers};
use flanc::token::{NO_LOSS, Row};
use flanc::train::{Batch, Factored, Learner, Optimizer, length};
use serde_json::Value;

use crate::support::{json, say};

/// The least that is tolerated, and how many times the noise.
const NOISE: f64 = 20.0;

#[test]
fn reference_train_traces_are_those_of_transformers() {
    let (Some(reference), Some(models)) = (std::env::var_os("FLANC_REFERENCE"), std::env::var_os("FLANC_MODELS"))
    else {
        say("reference_train: FLANC_REFERENCE and FLANC_MODELS are not both set, no trace is compared");
        return;
    };
    let folder = PathBuf::from(reference).join("model");
    let models = PathBuf::from(models);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_string();
            name.starts_with("training_") && name.ends_with(".json") && !name.contains("noise")
        })
        .collect();
    files.sort();
    let noise = noises(&folder);
    let (mut cases, mut wrong) = (0, Vec::new());
    for path in &files {
        let file = json(path);
        let model = models.join(text(&file["model"]));
        for case in file["cases"].as_array().expect("cases") {
            cases += 1;
            let id = text(&case["id"]);
            let compared = match Known::of(case) {
                Ok(known) => compare(case, &known, &folder, &model, noise.get(id)),
                Err(unknown) => Compared {
                    values: 0,
                    wrong: vec![unknown],
                    worst: 0.0,
                },
            };
            say(&format!(
                "reference_train {id}: {} values, {} wrong, at most {:.2} of what is tolerated",
                compared.values,
                compared.wrong.len(),
                compared.worst
            ));
            wrong.extend(compared.wrong.into_iter().take(8).map(|what| format!("{id}: {what}")));
        }
    }
    say(&format!("reference_train: {} files, {cases} cases", files.len()));
    assert!(cases > 0, "no case was found in {}", folder.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reference_train_settings_that_are_not_known_fail() {
    let case = |optimizer: Value| Known::of(&serde_json::json!({ "optimizer": optimizer })).err();
    let adamw =
        serde_json::json!({ "name": "adamw", "lr": 0.1, "betas": [0.9, 0.99], "eps": 1e-8, "weight_decay": 0.0 });
    assert_eq!(case(adamw.clone()), None);
    let mut novel = adamw;
    novel["amsgrad"] = true.into();
    assert_eq!(
        case(novel),
        Some("the optimiser's setting `amsgrad` true is not known".to_string())
    );
}

/// The settings of a case.
struct Known {
    optimizer: Optimizer,
    rate: f64,
}

impl Known {
    fn of(case: &Value) -> Result<Self, String> {
        let settings = case["optimizer"].as_object().expect("an optimiser");
        let number = |name: &str, default: f64| settings.get(name).and_then(Value::as_f64).unwrap_or(default);
        let flag = |name: &str, default: bool| settings.get(name).and_then(Value::as_bool).unwrap_or(default);
        let pair = |name: &str, default: (f64, f64)| match settings.get(name).and_then(Value::as_array) {
            Some(pair) => (pair[0].as_f64().expect("a number"), pair[1].as_f64().expect("a number")),
            None => default,
        };
        let kind = text(&settings["name"]);
        for (name, value) in settings {
            let known = match name.as_str() {
                "name" | "lr" | "eps" | "weight_decay" => true,
                "betas" => kind == "adamw",
                "scale_parameter" | "factored" | "clip_threshold" | "decay_rate" => kind == "adafactor",
                "relative_step" | "warmup_init" => value == false,
                "beta1" => value.is_null(),
                _ => false,
            };
            if !known {
                return Err(format!("the optimiser's setting `{name}` {value} is not known"));
            }
        }
        let optimizer = match kind {
            "adamw" => Optimizer::Adamw {
                betas: pair("betas", (0.9, 0.999)),
                eps: number("eps", 1e-8),
                weight_decay: number("weight_decay", 0.0),
            },
            "adafactor" => Optimizer::Adafactor {
                factored: match settings.get("factored") {
                    Some(Value::Bool(false)) => Factored::Large,
                    _ => Factored::All,
                },
                scale_parameter: flag("scale_parameter", true),
                weight_decay: number("weight_decay", 0.0),
                clip_threshold: number("clip_threshold", 1.0),
                decay: -number("decay_rate", -0.8),
                eps: pair("eps", (1e-30, 1e-3)),
            },
            other => return Err(format!("the optimiser `{other}` is not known")),
        };
        Ok(Self {
            optimizer,
            rate: number("lr", f64::NAN),
        })
    }
}

/// What came of one case.
#[derive(Default)]
struct Compared {
    values: usize,
    wrong: Vec<String>,
    /// The largest difference as a part of what is tolerated.
    worst: f64,
}

impl Compared {
    fn value(&mut self, name: &str, got: f64, expected: f64, tolerance: f64) {
        self.values += 1;
        let part = (got - expected).abs() / tolerance;
        self.worst = self.worst.max(part);
        if part.is_nan() || part > 1.0 {
            self.wrong.push(format!(
                "{name}: {got:.9e} and not {expected:.9e}, {part:.1} times what is tolerated"
            ));
        }
    }
}

fn compare(case: &Value, known: &Known, folder: &Path, model: &Path, noise: Option<&Value>) -> Compared {
    let mut compared = Compared::default();
    let model = Llama::open(model).unwrap_or_else(|error| panic!("{error:#}"));
    let mut learner = Learner::new(&model, known.optimizer.clone()).expect("a learner");
    let batches = batches(&folder.join(text(&case["batches"])));
    let steps = case["steps"].as_u64().expect("steps") as usize;
    let accumulate = case["accumulate"].as_u64().unwrap_or(1) as usize;
    let clip = case["clip_grad_norm"].as_f64();
    // The larger of a floor and so many times the noise of the entry.
    let tolerance = |name: &str, step: Option<usize>, floor: f64| {
        let noise = noise.map(|noise| match step {
            Some(step) => noise[name][step].as_f64().unwrap_or(0.0),
            None => noise[name].as_f64().unwrap_or(0.0),
        });
        floor.max(NOISE * noise.unwrap_or(0.0))
    };
    for step in 0..steps {
        let parts = &batches[step * accumulate..(step + 1) * accumulate];
        if step == 0 {
            let (gradients, _) = learner.gradients(parts).expect("gradients");
            let expected = case["grad_norm_step_1"].as_object().expect("norms");
            assert_eq!(gradients.iter().count(), expected.len(), "parameters");
            let part = tolerance("grad_norm_step_1", None, 1e-4);
            for (name, expected) in expected {
                let expected = expected.as_f64().expect("a number");
                let got = length(gradients.get(name).expect("a gradient"));
                compared.value(&format!("gradient of {name}"), got, expected, part * expected);
            }
        }
        let update = learner.update(parts, known.rate, clip).expect("an update");
        let (loss, norm) = (number(&case["loss"][step]), number(&case["grad_norm"][step]));
        let floors = if step == 0 { (1e-5, 1e-4) } else { (5e-5, 5e-4) };
        let part = tolerance("loss", Some(step), floors.0);
        compared.value(&format!("loss {step}"), update.loss, loss, part * loss);
        let part = tolerance("grad_norm", Some(step), floors.1);
        compared.value(&format!("norm {step}"), update.norm, norm, part * norm);
    }
    let losses = learner.losses(&batches[0]).expect("losses");
    let after = losses.iter().sum::<f64>() / losses.len() as f64;
    let expected = number(&case["loss_on_batch_0_after"]);
    let part = tolerance("loss_on_batch_0_after", None, 5e-5);
    compared.value("loss on batch 0 after", after, expected, part * expected);
    for (name, expected) in case["final"].as_object().expect("final parameters") {
        let (now, before) = (values(learner.model(), name), values(&model, name));
        let wide = now.iter().map(|x| f64::from(*x));
        let abs_sum = number(&expected["abs_sum"]);
        let part = tolerance("abs_sum", None, 1e-5);
        compared.value(
            &format!("abs_sum of {name}"),
            wide.clone().map(f64::abs).sum(),
            abs_sum,
            part * abs_sum,
        );
        let part = tolerance("sum_over_abs_sum", None, 1e-5);
        compared.value(
            &format!("sum of {name}"),
            wide.clone().sum(),
            number(&expected["sum"]),
            part * abs_sum,
        );
        let change = wide
            .zip(&before)
            .map(|(now, before)| (now - f64::from(*before)).powi(2));
        let change_l2 = number(&expected["change_l2"]);
        let part = tolerance("change_l2", None, 1e-3);
        compared.value(
            &format!("change of {name}"),
            change.sum::<f64>().sqrt(),
            change_l2,
            part * change_l2,
        );
        let absolute = tolerance("values_absolute", None, 1e-5);
        for (j, expected) in expected["values"].as_array().expect("values").iter().enumerate() {
            let at = now.len() * (2 * j + 1) / 10;
            compared.value(&format!("{name}[{at}]"), now[at].into(), number(expected), absolute);
        }
    }
    compared
}

fn values(model: &Llama, name: &str) -> Vec<f32> {
    let tensor = model.weights().get(name).expect("a parameter");
    Numbers::of(tensor).get().expect("numbers").to_vec()
}

/// The micro-batches of a file.
fn batches(path: &Path) -> Vec<Batch> {
    let file = json(path);
    let micro = |batch: &Value| {
        let whole = |name: &str| -> Vec<Vec<u32>> { serde_json::from_value(batch[name].clone()).expect(name) };
        let (ids, positions, segments) = (whole("input_ids"), whole("position_ids"), whole("segment_ids"));
        let mask = whole("loss_mask");
        let mut made = Batch::default();
        for row in 0..ids.len() {
            let label = |(id, mask): (&u32, &u32)| if *mask == 1 { *id as i32 } else { NO_LOSS };
            let row = Row {
                labels: ids[row].iter().zip(&mask[row]).map(label).collect(),
                input_ids: ids[row].clone(),
                position_ids: positions[row].clone(),
                segment_ids: segments[row].clone(),
                examples: Vec::new(),
            };
            made.push(&row).expect("a sound row");
        }
        assert_eq!(made.at.len() as u64, batch["supervised"].as_u64().expect("a count"));
        assert_eq!(made.ids.len() as u64, batch["tokens"].as_u64().expect("a count"));
        made
    };
    file["batches"].as_array().expect("batches").iter().map(micro).collect()
}

/// The noise of every case, by its id: of all files that say it.
fn noises(folder: &Path) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().to_string();
        if !(name.contains("noise") && name.ends_with(".json")) {
            continue;
        }
        for case in json(&entry.path())["cases"].as_array().into_iter().flatten() {
            all.insert(text(&case["id"]).to_string(), case.clone());
        }
    }
    all
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
