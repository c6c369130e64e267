//! `y = x w^T (+ residual)`: x is [rows, k], w is [n, k] as Hugging Face stores it, y is [rows, n].

use super::product::{Mat, Threads, product, whole};
use super::real::Real;

pub fn forward<R: Real>(x: &[R], w: &[R], k: usize, n: usize, residual: Option<&[R]>) -> Vec<R> {
    let rows = x.len() / k;
    let computed = whole(rows, n);
    let mut padded;
    let x = if computed == rows {
        x
    } else {
        padded = x.to_vec();
        padded.resize(computed * k, R::ZERO);
        &padded
    };
    let mut y = vec![R::ZERO; computed * n];
    if let Some(residual) = residual {
        y[..rows * n].copy_from_slice(residual);
    }
    let (x, w) = (Mat::new(x, computed, k), Mat::new(w, n, k));
    product(&mut y, residual.is_some(), R::ONE, x, w.t(), Threads::All);
    y.truncate(rows * n);
    y
}

/// The gradient of x.
pub fn backward_x<R: Real>(w: &[R], dy: &[R], k: usize, n: usize) -> Vec<R> {
    let rows = dy.len() / n;
    let mut dx = vec![R::ZERO; rows * k];
    product(
        &mut dx,
        false,
        R::ONE,
        Mat::new(dy, rows, n),
        Mat::new(w, n, k),
        Threads::All,
    );
    dx
}

/// The gradient of w.
pub fn backward_w<R: Real>(x: &[R], dy: &[R], k: usize, n: usize) -> Vec<R> {
    let rows = dy.len() / n;
    let mut dw = vec![R::ZERO; n * k];
    product(
        &mut dw,
        false,
        R::ONE,
        Mat::new(dy, rows, n).t(),
        Mat::new(x, rows, k),
        Threads::All,
    );
    dw
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    #[test]
    fn gradients_are_those_of_differences() {
        let (rows, k, n) = (4, 6, 5);
        let (x, w, r) = (noise(1, rows * k), noise(2, n * k), noise(3, rows * n));
        let dy = noise(4, rows * n);
        let forward = |x: &[f64], w: &[f64]| forward(x, w, k, n, Some(&r));
        check("x", &x, &dy, &backward_x(&w, &dy, k, n), |x| forward(x, &w));
        check("w", &w, &dy, &backward_w(&x, &dy, k, n), |w| forward(&x, w));
    }
}
