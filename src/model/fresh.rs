//! Weights from nothing: normal draws for matrices, ones for norms, from a stream of its own for each tensor.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::config::Config;
use super::weights::Weights;
use crate::digest::{digest, mix64, word};

/// What splitmix64 adds to its state.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The weights of a new model: the same for the same settings and seed, on every machine.
pub fn weights(config: &Config, seed: u64) -> anyhow::Result<Weights> {
    let mut tensors = BTreeMap::new();
    for (name, shape) in config.tensors() {
        let values = match shape.len() {
            1 => vec![1.0; shape[0]],
            _ => normal(seed, &name, shape.iter().product(), config.initializer_range),
        };
        tensors.insert(name, Tensor::from_vec(values, shape, &Device::Cpu)?);
    }
    Ok(Weights::trusted(tensors))
}

/// Draws with mean 0: each a sum of twelve even ones less 6, which whole numbers give alike on every machine. Its ends are
/// at six deviations.
fn normal(seed: u64, name: &str, n: usize, deviation: f64) -> Vec<f32> {
    let start = word(&digest("weights", &[&seed.to_be_bytes(), name.as_bytes()]), 0);
    let draw = |i: usize| {
        let first = (i as u64).wrapping_mul(6);
        let sum: u64 = (0..6)
            .map(|j| mix64(start.wrapping_add(STEP.wrapping_mul(first + j + 1))))
            .map(|word| (word >> 32) + (word & 0xffff_ffff))
            .sum();
        let centred = sum as i64 - (6 << 32);
        (centred as f64 / (1u64 << 32) as f64 * deviation) as f32
    };
    (0..n).into_par_iter().map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_deviation_that_is_asked_for() {
        let draws = normal(1, "x", 100_000, 0.02);
        let mean = draws.iter().map(|x| f64::from(*x)).sum::<f64>() / 1e5;
        let square = draws.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 1e5;
        let fourth = draws.iter().map(|x| f64::from(*x).powi(4)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 3e-4, "{mean}");
        assert!((square.sqrt() - 0.02).abs() < 2e-4, "{square}");
        assert!((fourth / square / square - 2.9).abs() < 0.1, "{fourth}");
        assert_ne!(draws[..10], normal(2, "x", 10, 0.02));
        assert_ne!(draws[..10], normal(1, "y", 10, 0.02));
    }
}
