//! `silu(gate) * up`, element by element.

use rayon::prelude::*;

use super::real::Real;
use super::wide::wide;

/// Elements that one thread takes at a time.
const PART: usize = 1 << 14;

pub fn forward<R: Real>(gate: &[R], up: &[R]) -> Vec<R> {
    let mut y = vec![R::ZERO; gate.len()];
    (y.par_chunks_mut(PART), gate.par_chunks(PART), up.par_chunks(PART))
        .into_par_iter()
        .for_each(|(y, gate, up)| {
            wide(
                #[inline(always)]
                || {
                    for ((y, g), u) in y.iter_mut().zip(gate).zip(up) {
                        *y = *g / (R::ONE + (-*g).exp()) * *u;
                    }
                },
            )
        });
    y
}

/// The gradients of gate and up.
pub fn backward<R: Real>(gate: &[R], up: &[R], dy: &[R]) -> (Vec<R>, Vec<R>) {
    let mut dgate = vec![R::ZERO; gate.len()];
    let mut dup = vec![R::ZERO; gate.len()];
    let out = (dgate.par_chunks_mut(PART), dup.par_chunks_mut(PART));
    (
        out.0,
        out.1,
        gate.par_chunks(PART),
        up.par_chunks(PART),
        dy.par_chunks(PART),
    )
        .into_par_iter()
        .for_each(|(dgate, dup, gate, up, dy)| {
            wide(
                #[inline(always)]
                || {
                    let out = dgate.iter_mut().zip(dup);
                    for (((dgate, dup), (gate, up)), dy) in out.zip(gate.iter().zip(up)).zip(dy) {
                        let sigmoid = R::ONE / (R::ONE + (-*gate).exp());
                        let silu = *gate * sigmoid;
                        *dup = *dy * silu;
                        *dgate = *dy * *up * (sigmoid + silu * (R::ONE - sigmoid));
                    }
                },
            )
        });
    (dgate, dup)
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    #[test]
    fn gradients_are_those_of_differences() {
        let gate: Vec<f64> = noise(1, 40).iter().map(|x| x * 8.0).collect();
        let (up, dy) = (noise(2, 40), noise(3, 40));
        let (dgate, dup) = backward(&gate, &up, &dy);
        check("gate", &gate, &dy, &dgate, |gate| forward(gate, &up));
        check("up", &up, &dy, &dup, |up| forward(&gate, up));
    }
}
