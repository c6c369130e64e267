//! The whole model: what its results may not depend on, files that are not what they should be, and gradients.

use std::fs;
use std::path::Path;

use super::*;

fn config(change: &[(&str, serde_json::Value)]) -> Config {
    let mut object = serde_json::json!({
        "model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 40, "max_position_embeddings": 64, "tie_word_embeddings": true,
        "initializer_range": 0.3, "eos_token_id": 2
    });
    for (name, value) in change {
        object[*name] = value.clone();
    }
    Config::parse(&object.to_string()).unwrap()
}

fn model() -> Llama {
    Llama::fresh(config(&[]), 7).unwrap()
}

fn ids(seed: u32, n: u32) -> Vec<u32> {
    (0..n).map(|i| (seed * 31 + i * i * 7 + i) % 40).collect()
}

fn numbers(tensor: &candle_core::Tensor) -> Vec<f32> {
    Numbers::of(tensor).get().unwrap().to_vec()
}

/// Hidden states of one sequence alone.
fn alone(model: &Llama, ids: &[u32]) -> Vec<f32> {
    let positions: Vec<u32> = (0..ids.len() as u32).collect();
    numbers(&model.hidden(ids, &positions, &[Span::new(0, ids.len())]).unwrap())
}

#[test]
fn results_do_not_depend_on_what_is_beside() {
    let model = model();
    let sequences = [ids(1, 5), ids(2, 1), ids(3, 40), ids(4, 2)];
    let (mut all, mut positions, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    for ids in &sequences {
        spans.push(Span::new(all.len(), ids.len()));
        all.extend_from_slice(ids);
        positions.extend(0..ids.len() as u32);
    }
    let hidden = model.hidden(&all, &positions, &spans).unwrap();
    let expected: Vec<f32> = sequences.iter().flat_map(|ids| alone(&model, ids)).collect();
    assert_eq!(numbers(&hidden), expected);
    let (at, asked) = ([3, 5, 6, 40], [1, 2, 3, 4]);
    let together = model.log_probs(&hidden, &at, &asked).unwrap();
    for i in 0..4 {
        assert_eq!(
            model.log_probs(&hidden, &at[i..=i], &asked[i..=i]).unwrap(),
            together[i..=i]
        );
    }
}

#[test]
fn a_prefix_computed_once_gives_what_whole_sequences_give() {
    let model = model();
    let (prompt, options) = (ids(1, 9), [ids(5, 3), ids(6, 1)]);
    let mut all = prompt.clone();
    let mut positions: Vec<u32> = (0..9).collect();
    let mut spans = vec![Span::new(0, 9)];
    for option in &options {
        spans.push(Span {
            start: all.len(),
            len: option.len(),
            prefix: Some(0..9),
        });
        all.extend_from_slice(option);
        positions.extend(9..9 + option.len() as u32);
    }
    let hidden = numbers(&model.hidden(&all, &positions, &spans).unwrap());
    for (span, option) in spans[1..].iter().zip(&options) {
        let whole = alone(&model, &[prompt.clone(), option.clone()].concat());
        let ours = &hidden[span.start * 16..(span.start + span.len) * 16];
        // Scores are summed in blocks that begin elsewhere, so the last bits differ.
        assert!(ours.iter().zip(&whole[9 * 16..]).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn a_cache_gives_what_whole_sequences_give() {
    let model = model();
    let (first, second) = (ids(1, 20), ids(2, 7));
    let third = 2;
    let mut cache = model.cache(3);
    let feed = [(0, &first[..10]), (1, &second[..3]), (third, &first[..10])];
    let got = numbers(&model.step(&mut cache, &feed).unwrap());
    assert!(
        got[..160]
            .iter()
            .zip(alone(&model, &first))
            .all(|(a, b)| (a - b).abs() < 1e-5)
    );
    for step in 0..4 {
        let feed = [(1, &second[3 + step..4 + step]), (third, &first[10 + step..11 + step])];
        let got = numbers(&model.step(&mut cache, &feed).unwrap());
        let whole = [alone(&model, &second[..4 + step]), alone(&model, &first[..11 + step])];
        for (got, whole) in got.chunks(16).zip(&whole) {
            assert!(
                got.iter()
                    .zip(&whole[whole.len() - 16..])
                    .all(|(a, b)| (a - b).abs() < 1e-5)
            );
        }
    }
    assert_eq!((cache.len(0), cache.len(1), cache.len(third)), (10, 7, 14));
    assert!(model.step(&mut cache, &[(9, &[1])]).is_err());
    assert!(model.step(&mut cache, &[(0, &[1]), (0, &[1])]).is_err());
}

#[test]
fn every_parameter_has_the_gradient_that_differences_give() {
    for tied in [true, false] {
        let model = Llama::fresh(config(&[("tie_word_embeddings", tied.into())]), 3).unwrap();
        let (ids, positions) = ([ids(1, 6), ids(2, 5)].concat(), [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4]);
        let spans = [Span::new(0, 6), Span::new(6, 5)];
        let supervised = Supervised {
            at: &[2, 3, 4, 8, 9],
            ids: &[7, 8, 9, 10, 11],
            scale: 0.2,
        };
        let mut gradients = Gradients::zeros(&model);
        assert!(gradients.check().is_err());
        let losses = model
            .learn(&ids, &positions, &spans, supervised, &mut gradients)
            .unwrap();
        gradients.check().unwrap();
        let loss = |model: &Llama| {
            let hidden = model.hidden(&ids, &positions, &spans).unwrap();
            let logs = model.log_probs(&hidden, supervised.at, supervised.ids).unwrap();
            logs.iter().map(|log| -f64::from(*log)).sum::<f64>()
        };
        assert!((losses.iter().sum::<f64>() - loss(&model)).abs() < 1e-5);
        for (name, gradient) in gradients.iter() {
            // Along the gradient itself the loss grows by its squared length; single elements are lost in rounding.
            let square: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
            assert!(square > 0.0, "{name}");
            let step = 2e-3 / square.sqrt();
            let moved = |sign: f64| {
                let other = model.copied().unwrap();
                let change = |values: &mut [f32]| {
                    let pairs = values.iter_mut().zip(gradient);
                    pairs.for_each(|(x, g)| *x += (sign * step * f64::from(*g)) as f32);
                };
                update(other.weights().get(name).unwrap(), change).unwrap();
                loss(&other) * 0.2
            };
            let slope = (moved(1.0) - moved(-1.0)) / (2.0 * step);
            assert!(
                (slope - square).abs() < 5e-3 * square + 1e-6,
                "{name}: {square} and not {slope}"
            );
        }
        // Once more, and the other model is as it was: gradients are added.
        let once = gradients.clone();
        model
            .learn(&ids, &positions, &spans, supervised, &mut gradients)
            .unwrap();
        for ((name, twice), (_, once)) in gradients.iter().zip(once.iter()) {
            let close = |(a, b): (&f32, &f32)| (a - 2.0 * b).abs() <= 1e-5 * b.abs() + 1e-7;
            assert!(twice.iter().zip(once).all(close), "{name}");
        }
    }
}

#[test]
fn a_saved_model_is_the_same_when_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let model = model();
    model.save(folder.path()).unwrap();
    let again = Llama::open(folder.path()).unwrap();
    assert_eq!(alone(&again, &ids(1, 8)), alone(&model, &ids(1, 8)));
    let bytes = fs::read(folder.path().join("model.safetensors")).unwrap();
    again.save(folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("model.safetensors")).unwrap(), bytes);
}

#[test]
fn shards_are_read_by_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let model = model();
    model.save(folder.path()).unwrap();
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let mut map = serde_json::Map::new();
    for shard in 0..2 {
        let part = model.weights().iter().enumerate().filter(|(i, _)| i % 2 == shard);
        let name = format!("part-{shard}.safetensors");
        let part: Vec<_> = part.map(|(_, pair)| pair).collect();
        map.extend(part.iter().map(|(tensor, _)| (tensor.to_string(), name.clone().into())));
        write(&folder.path().join(&name), part.into_iter()).unwrap();
    }
    let index = serde_json::json!({ "weight_map": map });
    fs::write(folder.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
    let again = Llama::open(folder.path()).unwrap();
    assert_eq!(alone(&again, &ids(1, 8)), alone(&model, &ids(1, 8)));
}

/// Other values for a tensor, or none where it is to be missing.
type Change<'a> = &'a dyn Fn(&str, Vec<f32>) -> Option<Vec<f32>>;

#[test]
fn files_that_are_not_what_they_should_be_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let said = |path: &Path| format!("{:#}", Llama::open(path).unwrap_err());
    assert!(said(folder.path()).contains("is this the directory of a model?"));
    let model = model();
    model.save(folder.path()).unwrap();
    let weights = folder.path().join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    for length in [0, 7, 100, whole.len() - 1] {
        fs::write(&weights, &whole[..length]).unwrap();
        assert!(said(folder.path()).contains("torn"), "{length}");
    }
    let changed = |change: Change<'_>| {
        let tensors = model.weights().iter().filter_map(|(name, tensor)| {
            let values = change(name, numbers(tensor))?;
            let shape = if values.len() == tensor.elem_count() {
                tensor.dims().to_vec()
            } else {
                vec![values.len()]
            };
            Some((
                name,
                candle_core::Tensor::from_vec(values, shape, tensor.device()).unwrap(),
            ))
        });
        let tensors: Vec<_> = tensors.collect();
        write(&weights, tensors.iter().map(|(name, tensor)| (*name, tensor))).unwrap();
        said(folder.path())
    };
    let norm = "model.norm.weight";
    assert!(changed(&|name, x| (name != norm).then_some(x)).contains("`model.norm.weight` is missing"));
    let short = |name: &str, x: Vec<f32>| Some(if name == norm { x[1..].to_vec() } else { x });
    assert!(changed(&short).contains("has the shape [15]"));
    let broken = |name: &str, mut x: Vec<f32>| {
        x[3] = if name == norm { f32::NAN } else { x[3] };
        Some(x)
    };
    assert!(changed(&broken).contains("no finite number, at 3"));
    fs::remove_file(&weights).unwrap();
    fs::write(folder.path().join("x.gguf"), b"GGUF and then nothing").unwrap();
    assert!(said(folder.path()).contains("GGUF"));
}
