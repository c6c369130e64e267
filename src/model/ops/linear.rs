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

/// The gradient of x, [rows, k]; with `add`, it is added to what is there.
pub fn backward_x<R: Real>(w: &[R], dy: &[R], k: usize, n: usize, dx: &mut [R], add: bool) {
    let rows = dy.len() / n;
    product(dx, add, R::ONE, Mat::new(dy, rows, n), Mat::new(w, n, k), Threads::All);
}

/// The gradient of w, [n, k], which is added to what is there.
pub fn backward_w<R: Real>(x: &[R], dy: &[R], k: usize, n: usize, dw: &mut [R]) {
    let rows = dy.len() / n;
    product(
        dw,
        true,
        R::ONE,
        Mat::new(dy, rows, n).t(),
        Mat::new(x, rows, k),
        Threads::All,
    );
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
        let (mut dx, mut dw) = (vec![0.0; rows * k], vec![0.0; n * k]);
        backward_x(&w, &dy, k, n, &mut dx, false);
        backward_w(&x, &dy, k, n, &mut dw);
        check("x", &x, &dy, &dx, |x| forward(x, &w));
        check("w", &w, &dy, &dw, |w| forward(&x, w));
        // Once more: both are added.
        backward_x(&w, &dy, k, n, &mut dx, true);
        backward_w(&x, &dy, k, n, &mut dw);
        let twice = dy.iter().map(|dy| dy * 2.0).collect::<Vec<_>>();
        check("x", &x, &twice, &dx, |x| forward(x, &w));
        check("w", &w, &twice, &dw, |w| forward(&x, w));
    }
}
