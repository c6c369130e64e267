//! Matrix products over slices, by the gemm crate: the one place that hands it pointers.
//!
//! An element's sum runs over the inner dimension in one order, whatever the number of threads and of rows (see [`whole`]).

use gemm::Parallelism;

use super::real::Real;

/// A matrix in a slice.
#[derive(Clone, Copy)]
pub struct Mat<'a, R> {
    data: &'a [R],
    rows: usize,
    cols: usize,
    row: usize,
    col: usize,
}

impl<'a, R: Real> Mat<'a, R> {
    /// Rows one after another.
    pub fn new(data: &'a [R], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// Rows that begin `row` elements apart.
    pub fn strided(data: &'a [R], rows: usize, cols: usize, row: usize) -> Self {
        assert!(rows == 0 || cols == 0 || (rows - 1) * row + cols <= data.len());
        Self {
            data,
            rows,
            cols,
            row,
            col: 1,
        }
    }

    /// The same with rows and columns exchanged.
    pub fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row: self.col,
            col: self.row,
            ..self
        }
    }

    /// Some of the rows.
    pub fn rows(self, start: usize, len: usize) -> Self {
        assert!(start + len <= self.rows);
        Self {
            data: if len == 0 { &[] } else { &self.data[start * self.row..] },
            rows: len,
            ..self
        }
    }

    /// One row of a matrix whose rows are contiguous.
    pub fn row(self, row: usize) -> &'a [R] {
        assert!(self.col == 1 && row < self.rows);
        &self.data[row * self.row..row * self.row + self.cols]
    }
}

/// Who computes a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The thread that asks: it has neighbours that do the same.
    One,
    /// All of the pool.
    All,
}

/// `out = scale * a b`, or with `add` `out += scale * a b`; `out` has its rows one after another.
pub fn product<R: Real>(out: &mut [R], add: bool, scale: R, a: Mat<'_, R>, b: Mat<'_, R>, threads: Threads) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    assert_eq!(k, b.rows);
    assert_eq!(out.len(), m * n);
    let parallelism = match threads {
        Threads::One => Parallelism::None,
        Threads::All => Parallelism::Rayon(0),
    };
    // SAFETY: the constructors of `Mat` keep every element inside its slice, the length of `out` was compared, and the
    // borrows keep `out` apart from `a` and `b`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.data.as_ptr(),
            a.col as isize,
            a.row as isize,
            b.data.as_ptr(),
            b.col as isize,
            b.row as isize,
            R::ONE,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// How many rows to compute so that the bits of a row of `x w^T` do not depend on how many there are: the crate sums in
/// other orders where the result is one row, or very small. `n` is the number of columns of the result.
pub fn whole(rows: usize, n: usize) -> usize {
    if rows == 0 {
        0
    } else {
        rows.max(2).max(256 / n.max(1) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        let (m, k, n) = (5, 7, 3);
        let a: Vec<f64> = (0..m * k).map(|i| (i as f64).sin()).collect();
        let b: Vec<f64> = (0..n * k).map(|i| (i as f64).cos()).collect();
        let mut out = vec![1.0; m * n];
        product(
            &mut out,
            true,
            2.0,
            Mat::new(&a, m, k),
            Mat::new(&b, n, k).t(),
            Threads::One,
        );
        for i in 0..m {
            for j in 0..n {
                let dot: f64 = (0..k).map(|x| a[i * k + x] * b[j * k + x]).sum();
                assert!((out[i * n + j] - 1.0 - 2.0 * dot).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn bits_do_not_depend_on_threads_nor_rows() {
        let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        for (k, n) in [(64, 64), (172, 64), (288, 1000), (768, 288), (1600, 70), (64, 8)] {
            let noise = |i: usize| ((i * 7919 % 1009) as f32 - 500.0) / 300.0;
            let x: Vec<f32> = (0..300 * k).map(noise).collect();
            let w: Vec<f32> = (0..n * k).map(|i| noise(i + 13)).collect();
            let run = |rows: usize, threads: usize| {
                let mut out = vec![0.0; rows * n];
                pool(threads).install(|| {
                    product(
                        &mut out,
                        false,
                        1.0,
                        Mat::new(&x, rows, k),
                        Mat::new(&w, n, k).t(),
                        Threads::All,
                    )
                });
                out
            };
            let all = run(300, 1);
            for rows in [300, 257, 64, 33, 2, 1] {
                for threads in [1, 2, 3] {
                    let some = run(whole(rows, n), threads);
                    assert!(
                        some[..rows * n] == all[..rows * n],
                        "{rows} rows, {threads} threads, {k} to {n}"
                    );
                }
            }
        }
    }
}
