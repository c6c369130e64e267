//! How sure a score is: rows drawn again, each as often as a digest says.
//!
//! In resample `b` a row counts Poisson(1) times (Hanley and MacGibbon, "Creating non-parametric bootstrap samples using
//! Poisson frequencies", 2006), read from `mix64(word(H("bootstrap", row_key), 0) + b)`. So a resample is a function of
//! the rows alone: their order, other rows and threads change nothing.

use crate::digest::{digest, mix64, word};

/// How many times rows are drawn again.
pub const RESAMPLES: u64 = 1000;

/// The word that all draws of a row begin from.
pub fn start(row_key: &str) -> u64 {
    word(&digest("bootstrap", &[row_key.as_bytes()]), 0)
}

/// How often a row counts in a resample: 0 in 37 of a hundred, 1 in as many, 2 in 18, and so on.
pub fn times(start: u64, resample: u64) -> u32 {
    // Of 2^64, evenly from 0 to 1.
    let at = (mix64(start.wrapping_add(resample)) >> 11) as f64 / (1_u64 << 53) as f64;
    let (mut count, mut part, mut sum) = (0, (-1.0_f64).exp(), (-1.0_f64).exp());
    while at >= sum && count < 20 {
        count += 1;
        part /= f64::from(count);
        sum += part;
    }
    count
}

/// The middle 95 of a hundred values: the 2.5 % from either end, by linear interpolation. `None` where there are none.
pub fn interval(mut values: Vec<f64>) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (values.len() - 1) as f64;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        values[below] + (values[above] - values[below]) * (place - below as f64)
    };
    Some((at(0.025), at(0.975)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_count_once_on_average() {
        let rows = 50_000;
        let counts: Vec<u32> = (0..rows).map(|row| times(start(&format!("row {row}")), 3)).collect();
        let mean = f64::from(counts.iter().sum::<u32>()) / f64::from(rows);
        let none = counts.iter().filter(|count| **count == 0).count() as f64 / f64::from(rows);
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!((none - (-1.0_f64).exp()).abs() < 0.01, "{none}");
        assert_eq!(times(7, 3), times(7, 3));
    }

    #[test]
    fn an_interval_has_what_lies_within() {
        let values: Vec<f64> = (0..=1000).rev().map(f64::from).collect();
        assert_eq!(interval(values), Some((25.0, 975.0)));
        assert_eq!(interval(vec![4.0]), Some((4.0, 4.0)));
        assert_eq!(interval(Vec::new()), None);
    }
}
