//! RMSNorm: each row over the root of its mean square, times a weight for each column.

use rayon::prelude::*;

use super::real::{Real, sum};
use super::wide::wide;

/// Rows that one thread takes at a time. Part of the result: partial sums of gradients are over so many rows.
const ROWS: usize = 64;

#[inline(always)]
fn inverse_rms<R: Real>(row: &[R], eps: f64) -> R {
    let squares = sum(row.len(), |i| row[i] * row[i]);
    R::ONE / (squares / R::of(row.len() as f64) + R::of(eps)).sqrt()
}

pub fn forward<R: Real>(x: &[R], weight: &[R], eps: f64) -> Vec<R> {
    let width = weight.len();
    let mut y = vec![R::ZERO; x.len()];
    let rows = y.par_chunks_mut(ROWS * width).zip(x.par_chunks(ROWS * width));
    rows.for_each(|(y, x)| {
        wide(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                    let scale = inverse_rms(x, eps);
                    for ((y, x), w) in y.iter_mut().zip(x).zip(weight) {
                        *y = *x * scale * *w;
                    }
                }
            },
        )
    });
    y
}

/// The gradients of x and of the weight.
pub fn backward<R: Real>(x: &[R], weight: &[R], eps: f64, dy: &[R]) -> (Vec<R>, Vec<R>) {
    let width = weight.len();
    let mut dx = vec![R::ZERO; x.len()];
    let chunk = ROWS * width;
    let parts: Vec<Vec<R>> = (dx.par_chunks_mut(chunk), x.par_chunks(chunk), dy.par_chunks(chunk))
        .into_par_iter()
        .map(|(dx, x, dy)| {
            wide(
                #[inline(always)]
                || {
                    let mut dw = vec![R::ZERO; width];
                    let rows = dx.chunks_exact_mut(width).zip(x.chunks_exact(width));
                    for ((dx, x), dy) in rows.zip(dy.chunks_exact(width)) {
                        let scale = inverse_rms(x, eps);
                        let along = sum(width, |i| dy[i] * weight[i] * x[i]);
                        let back = scale * scale * scale * along / R::of(width as f64);
                        for i in 0..width {
                            dx[i] = dy[i] * weight[i] * scale - x[i] * back;
                            dw[i] += dy[i] * x[i] * scale;
                        }
                    }
                    dw
                },
            )
        })
        .collect();
    let mut dw = vec![R::ZERO; width];
    for part in parts {
        dw.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    (dx, dw)
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    #[test]
    fn gradients_are_those_of_differences() {
        let (rows, width, eps) = (70, 3, 1e-2);
        let (x, w, dy) = (noise(1, rows * width), noise(2, width), noise(3, rows * width));
        let (dx, dw) = backward(&x, &w, eps, &dy);
        check("x", &x, &dy, &dx, |x| forward(x, &w, eps));
        check("weight", &w, &dy, &dw, |w| forward(&x, w, eps));
    }
}
