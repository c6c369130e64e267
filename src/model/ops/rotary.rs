//! Rotary positions in half-split order: element i of a head turns with element i + dim/2.

use rayon::prelude::*;

use super::real::Real;

/// Rows that one thread takes at a time.
const ROWS: usize = 64;

/// Cosines and sines for positions 0.. , each row `dim / 2` long.
#[derive(Clone, Debug)]
pub struct Table {
    pub half: usize,
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
}

/// Turns every head of every row by its position's angles; with `back`, by the opposite ones, which is the gradient.
pub fn turn<R: Real>(x: &[R], width: usize, positions: &[u32], table: &Table, back: bool) -> Vec<R> {
    let half = table.half;
    let mut y = x.to_vec();
    let rows = y.par_chunks_mut(ROWS * width).zip(positions.par_chunks(ROWS));
    rows.for_each(|(y, positions)| {
        for (row, position) in y.chunks_exact_mut(width).zip(positions) {
            let at = *position as usize * half;
            let (cos, sin) = (&table.cos[at..at + half], &table.sin[at..at + half]);
            for head in row.chunks_exact_mut(2 * half) {
                let (first, second) = head.split_at_mut(half);
                for i in 0..half {
                    let (c, s) = (R::of(cos[i].into()), R::of(sin[i].into()));
                    let s = if back { -s } else { s };
                    let (a, b) = (first[i], second[i]);
                    first[i] = a * c - b * s;
                    second[i] = b * c + a * s;
                }
            }
        }
    });
    y
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    #[test]
    fn gradients_are_those_of_differences() {
        let angle = |i: usize| i as f32 * 0.7;
        let table = Table {
            half: 2,
            cos: (0..8).map(|i| angle(i).cos()).collect(),
            sin: (0..8).map(|i| angle(i).sin()).collect(),
        };
        let positions = [0, 3, 1];
        let (x, dy) = (noise(1, 3 * 8), noise(2, 3 * 8));
        let dx = turn(&dy, 8, &positions, &table, true);
        check("x", &x, &dy, &dx, |x| turn(x, 8, &positions, &table, false));
    }
}
