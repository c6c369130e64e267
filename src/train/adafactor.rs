//! Adafactor without momentum: squares remembered by rows and columns, updates held to a size.
//!
//! Sums are in f64, over fixed parts and in order.

use rayon::prelude::*;

use super::optimizer::{Gradient, Memory};

/// Elements of a vector, and about as many of a matrix, that one thread takes at a time. Part of the result.
const PART: usize = 1 << 14;

pub struct Settings {
    pub scale_parameter: bool,
    pub weight_decay: f64,
    pub clip_threshold: f64,
    /// What the past weighs.
    pub past: f64,
    pub eps: (f64, f64),
    pub rate: f64,
    /// Columns of a matrix.
    pub width: usize,
}

/// The sum of squares, over fixed parts.
fn squares(values: &[f32]) -> f64 {
    let part = |part: &[f32]| part.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
    let parts: Vec<f64> = values.par_chunks(PART).map(part).collect();
    parts.iter().sum()
}

fn rms(values: &[f32]) -> f64 {
    (squares(values) / values.len().max(1) as f64).sqrt()
}

pub fn update(settings: &Settings, values: &mut [f32], gradient: Gradient<'_>, memory: &mut Memory) {
    let factor = gradient.factor;
    let mut step: Vec<f32> = gradient.values.par_iter().map(|g| g * factor).collect();
    match memory.contains_key("rows") {
        true => by_rows_and_columns(settings, &mut step, memory),
        false => by_elements(settings, &mut step, memory),
    }
    let rate = match settings.scale_parameter {
        true => settings.rate * rms(values).max(settings.eps.1),
        false => settings.rate,
    };
    let held = (rms(&step) / settings.clip_threshold).max(1.0);
    let (step_rate, keep) = ((rate / held) as f32, (1.0 - rate * settings.weight_decay) as f32);
    let parts = values.par_chunks_mut(PART).zip(step.par_chunks(PART));
    parts.for_each(|(values, step)| {
        for (value, step) in values.iter_mut().zip(step) {
            *value = *value * keep - step_rate * step;
        }
    });
}

fn by_elements(settings: &Settings, step: &mut [f32], memory: &mut Memory) {
    let Some(running) = memory.get_mut("square") else {
        return;
    };
    let (past, eps) = (settings.past, settings.eps.0);
    let parts = step.par_chunks_mut(PART).zip(running.par_chunks_mut(PART));
    parts.for_each(|(step, running)| {
        for (g, running) in step.iter_mut().zip(running) {
            let square = f64::from(*g) * f64::from(*g) + eps;
            *running = (past * f64::from(*running) + (1.0 - past) * square) as f32;
            *g = (f64::from(*g) / f64::from(*running).sqrt()) as f32;
        }
    });
}

fn by_rows_and_columns(settings: &Settings, step: &mut [f32], memory: &mut Memory) {
    let (width, past, eps) = (settings.width, settings.past, settings.eps.0);
    let rows = step.len() / width;
    let part = PART.div_ceil(width) * width;
    // Of each part: the means of its rows, and the sums of its columns.
    let sums: Vec<(Vec<f64>, Vec<f64>)> = step
        .par_chunks(part)
        .map(|part| {
            let mut columns = vec![0.0; width];
            let of_row = |row: &[f32]| {
                let mut sum = 0.0;
                for (g, column) in row.iter().zip(&mut columns) {
                    let square = f64::from(*g) * f64::from(*g) + eps;
                    sum += square;
                    *column += square;
                }
                sum / width as f64
            };
            let means = part.chunks_exact(width).map(of_row).collect();
            (means, columns)
        })
        .collect();
    let mut columns = vec![0.0; width];
    for (_, part) in &sums {
        columns.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    let means = sums.iter().flat_map(|(means, _)| means.iter().copied());
    let run = |running: &mut f32, new: f64| *running = (past * f64::from(*running) + (1.0 - past) * new) as f32;
    let Some(running_rows) = memory.get_mut("rows") else {
        return;
    };
    running_rows
        .iter_mut()
        .zip(means)
        .for_each(|(running, mean)| run(running, mean));
    let mean = running_rows.iter().map(|r| f64::from(*r)).sum::<f64>() / rows as f64;
    let by_row: Vec<f64> = running_rows.iter().map(|r| (mean / f64::from(*r)).sqrt()).collect();
    let Some(running_columns) = memory.get_mut("columns") else {
        return;
    };
    running_columns
        .iter_mut()
        .zip(columns)
        .for_each(|(running, sum)| run(running, sum / rows as f64));
    let by_column: Vec<f64> = running_columns.iter().map(|c| 1.0 / f64::from(*c).sqrt()).collect();
    let parts = step.par_chunks_mut(part).zip(by_row.par_chunks(part / width));
    parts.for_each(|(part, by_row)| {
        for (row, by_row) in part.chunks_exact_mut(width).zip(by_row) {
            for (g, by_column) in row.iter_mut().zip(&by_column) {
                *g = (f64::from(*g) * by_row * by_column) as f32;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(t: f64) -> Settings {
        Settings {
            scale_parameter: false,
            weight_decay: 0.0,
            clip_threshold: 1.0,
            past: 1.0 - f64::powf(t, -0.8),
            eps: (1e-30, 1e-3),
            rate: 0.1,
            width: 2,
        }
    }

    #[test]
    fn a_first_update_by_elements_is_the_sign_of_the_gradient() {
        let mut memory: Memory = [("square".to_string(), vec![0.0; 2])].into();
        let mut values = [1.0, 1.0];
        let gradient = Gradient {
            values: &[3.0, -0.2],
            factor: 1.0,
        };
        update(&settings(1.0), &mut values, gradient, &mut memory);
        assert!((values[0] - 0.9).abs() < 1e-6 && (values[1] - 1.1).abs() < 1e-6);
    }

    #[test]
    fn rows_and_columns_by_hand() {
        let mut memory: Memory = [
            ("rows".to_string(), vec![0.0; 2]),
            ("columns".to_string(), vec![0.0; 2]),
        ]
        .into();
        let mut values = [1.0; 4];
        let (g, scaled) = (
            [1.0, 2.0, 3.0, 4.0],
            Settings {
                scale_parameter: true,
                weight_decay: 0.5,
                ..settings(1.0)
            },
        );
        update(
            &scaled,
            &mut values,
            Gradient {
                values: &g,
                factor: 1.0,
            },
            &mut memory,
        );
        let (rows, columns): ([f64; 2], [f64; 2]) = ([2.5, 12.5], [5.0, 10.0]);
        let u = |i: usize| f64::from(g[i]) / (rows[i / 2] * columns[i % 2] / 7.5).sqrt();
        let rms = ((0..4).map(|i| u(i) * u(i)).sum::<f64>() / 4.0).sqrt();
        for (i, value) in values.iter().enumerate() {
            let expected = 1.0 - 0.1 * 0.5 - 0.1 * u(i) / rms.max(1.0);
            assert!((f64::from(*value) - expected).abs() < 1e-6);
        }
    }
}
