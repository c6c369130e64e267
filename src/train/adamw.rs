//! AdamW: running means of gradients and of their squares, without their bias towards 0, and decay apart from them.

use rayon::prelude::*;

use super::optimizer::{Gradient, Memory};
use crate::model::wide;

/// Elements that one thread takes at a time.
const PART: usize = 1 << 14;

pub struct Settings {
    pub betas: (f64, f64),
    pub eps: f64,
    pub weight_decay: f64,
    pub rate: f64,
    /// Which update it is, from 1.
    pub t: u64,
}

pub fn update(settings: &Settings, values: &mut [f32], gradient: Gradient<'_>, memory: &mut Memory) {
    let (b1, b2) = settings.betas;
    let corrected = |beta: f64| 1.0 - beta.powf(settings.t as f64);
    let step = (settings.rate / corrected(b1)) as f32;
    let root = corrected(b2).sqrt() as f32;
    let keep = (1.0 - settings.rate * settings.weight_decay) as f32;
    let (new1, b2, new2, eps) = ((1.0 - b1) as f32, b2 as f32, (1.0 - b2) as f32, settings.eps as f32);
    let factor = gradient.factor;
    let mut parts = memory.iter_mut().map(|(_, values)| values);
    let (Some(means), Some(squares)) = (parts.next(), parts.next()) else {
        return;
    };
    (
        values.par_chunks_mut(PART),
        means.par_chunks_mut(PART),
        squares.par_chunks_mut(PART),
        gradient.values.par_chunks(PART),
    )
        .into_par_iter()
        .for_each(|(values, means, squares, gradient)| {
            wide(
                #[inline(always)]
                || {
                    let memory = means.iter_mut().zip(squares);
                    for ((value, (mean, square)), g) in values.iter_mut().zip(memory).zip(gradient) {
                        let g = g * factor;
                        *mean += (g - *mean) * new1;
                        *square = *square * b2 + g * g * new2;
                        *value = *value * keep - step * *mean / (square.sqrt() / root + eps);
                    }
                },
            )
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_updates_by_hand() {
        let settings = |t| Settings {
            betas: (0.9, 0.99),
            eps: 1e-8,
            weight_decay: 0.1,
            rate: 0.5,
            t,
        };
        let mut memory: Memory = [("mean".to_string(), vec![0.0]), ("square".to_string(), vec![0.0])].into();
        let mut values = [2.0];
        let gradient = |values| Gradient { values, factor: 2.0 };
        // The first update is the rate itself, whatever the gradient; decay takes 5 % before.
        update(&settings(1), &mut values, gradient(&[1.5]), &mut memory);
        assert!((values[0] - (2.0 * 0.95 - 0.5)).abs() < 1e-6);
        update(&settings(2), &mut values, gradient(&[-0.5]), &mut memory);
        let mean = (0.9 * 0.3 - 0.1) / (1.0 - 0.81);
        let square: f64 = (0.99 * 0.09 + 0.01) / (1.0 - 0.9801);
        let expected = 1.4 * 0.95 - 0.5 * mean / square.sqrt();
        assert!((f64::from(values[0]) - expected).abs() < 1e-6);
    }
}
