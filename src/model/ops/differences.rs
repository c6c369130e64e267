//! For tests: a gradient against central differences, in f64.

/// Numbers about 0 that look random, other ones for another seed.
pub fn noise(seed: u64, n: usize) -> Vec<f64> {
    let draw = |i| crate::digest::mix64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + i as u64);
    (0..n)
        .map(|i| (draw(i) >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
        .collect()
}

/// Whether `gradient` is that of `sum(weights * f(at))` at `at`.
pub fn check(name: &str, at: &[f64], weights: &[f64], gradient: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) {
    const STEP: f64 = 1e-5;
    assert_eq!(at.len(), gradient.len(), "{name}: one number for each");
    let value = |at: &[f64]| -> f64 { f(at).iter().zip(weights).map(|(y, w)| y * w).sum() };
    let mut moved = at.to_vec();
    for i in 0..at.len() {
        moved[i] = at[i] + STEP;
        let above = value(&moved);
        moved[i] = at[i] - STEP;
        let below = value(&moved);
        moved[i] = at[i];
        let slope = (above - below) / (2.0 * STEP);
        let off = (slope - gradient[i]).abs();
        assert!(
            off < 1e-7 * (1.0 + slope.abs()),
            "{name}[{i}]: {} and not {slope}",
            gradient[i]
        );
    }
}
