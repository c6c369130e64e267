//! Causal attention inside spans, with grouped queries: scores of a block of queries at a time, never tokens x tokens.
//!
//! q is [tokens, heads * dim], k and v are [tokens, kv_heads * dim]. The forward keeps the logarithm of each softmax's
//! sum, from which the backward computes the probabilities again.

use std::ops::Range;

use rayon::prelude::*;

use super::product::{Mat, Threads, product};
use super::real::{Real, largest, sum};
use super::wide::wide;
use crate::model::span::Span;

/// Queries whose scores are held at once.
const BLOCK: usize = 64;

/// How heads are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    pub query: usize,
    pub key: usize,
    pub dim: usize,
}

impl Heads {
    pub fn group(self) -> usize {
        self.query / self.key
    }

    fn scale<R: Real>(self) -> R {
        R::of(1.0 / (self.dim as f64).sqrt())
    }
}

/// What the backward needs of the forward beside its inputs: [tokens, heads].
pub type LogSums<R> = Vec<R>;

/// The keys or values of one head that a span sees, its prefix first.
enum Seen<'a, R> {
    Here(Mat<'a, R>),
    Gathered(Vec<R>, usize),
}

impl<'a, R: Real> Seen<'a, R> {
    fn of(all: &'a [R], width: usize, head: Range<usize>, span: &Span) -> Self {
        let dim = head.len();
        let prefix = span.prefix();
        if prefix.is_empty() {
            let data = &all[span.start * width + head.start..];
            return Self::Here(Mat::strided(data, span.len, dim, width));
        }
        let tokens = prefix.chain(span.start..span.start + span.len);
        let rows = tokens.flat_map(|t| &all[t * width + head.start..t * width + head.end]);
        Self::Gathered(rows.copied().collect(), dim)
    }

    fn mat(&self) -> Mat<'_, R> {
        match self {
            Self::Here(mat) => *mat,
            Self::Gathered(rows, dim) => Mat::new(rows, rows.len() / dim, *dim),
        }
    }
}

/// Every pair of a span and a head of keys, in order.
fn tasks(spans: &[Span], heads: Heads) -> Vec<(&Span, usize)> {
    let pairs = spans
        .iter()
        .flat_map(|span| (0..heads.key).map(move |head| (span, head)));
    pairs.collect()
}

/// One head: `rows` queries that begin `width` apart in `q`, over `seen` keys of which the first `seen - rows` are the
/// past. Gives the results, [rows, dim], and the logarithms of the sums.
pub fn head<R: Real>(q: Mat<'_, R>, k: Mat<'_, R>, v: Mat<'_, R>, sizes: Sizes) -> (Vec<R>, Vec<R>) {
    let Sizes { rows, seen, dim } = sizes;
    let past = seen - rows;
    let scale = R::of(1.0 / (dim as f64).sqrt());
    let mut out = vec![R::ZERO; rows * dim];
    let mut log_sums = Vec::with_capacity(rows);
    let mut scores = vec![R::ZERO; BLOCK.min(rows) * seen];
    for start in (0..rows).step_by(BLOCK) {
        let len = BLOCK.min(rows - start);
        let keys = past + start + len;
        let scores = &mut scores[..len * keys];
        product(
            scores,
            false,
            scale,
            q.rows(start, len),
            k.rows(0, keys).t(),
            Threads::One,
        );
        for (i, row) in scores.chunks_exact_mut(keys).enumerate() {
            let (row, hidden) = row.split_at_mut(past + start + i + 1);
            log_sums.push(wide(
                #[inline(always)]
                || soften(row),
            ));
            hidden.fill(R::ZERO);
        }
        let out = &mut out[start * dim..(start + len) * dim];
        let scores = Mat::new(scores, len, keys);
        product(out, false, R::ONE, scores, v.rows(0, keys), Threads::One);
    }
    (out, log_sums)
}

/// Scores to probabilities; the logarithm of their sum.
#[inline(always)]
fn soften<R: Real>(row: &mut [R]) -> R {
    let top = largest(row);
    row.iter_mut().for_each(|score| *score = (*score - top).exp());
    let total = sum(row.len(), |i| row[i]);
    let factor = R::ONE / total;
    row.iter_mut().for_each(|p| *p *= factor);
    top + R::of(total.wide().ln())
}

/// The sizes of one head's work.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub rows: usize,
    pub seen: usize,
    pub dim: usize,
}

pub fn forward<R: Real>(heads: Heads, spans: &[Span], q: &[R], k: &[R], v: &[R]) -> (Vec<R>, LogSums<R>) {
    let (dim, group) = (heads.dim, heads.group());
    let (width, key_width) = (heads.query * dim, heads.key * dim);
    let done: Vec<Vec<(Vec<R>, Vec<R>)>> = tasks(spans, heads)
        .into_par_iter()
        .map(|(span, key)| {
            let at = key * dim..(key + 1) * dim;
            let keys = Seen::of(k, key_width, at.clone(), span);
            let values = Seen::of(v, key_width, at, span);
            let sizes = Sizes {
                rows: span.len,
                seen: span.prefix().len() + span.len,
                dim,
            };
            let of_query = |query: usize| {
                let q = Mat::strided(&q[span.start * width + query * dim..], span.len, dim, width);
                head(q, keys.mat(), values.mat(), sizes)
            };
            (key * group..(key + 1) * group).map(of_query).collect()
        })
        .collect();
    let tokens = q.len() / width;
    let mut out = vec![R::ZERO; q.len()];
    let mut log_sums = vec![R::ZERO; tokens * heads.query];
    for ((span, key), results) in tasks(spans, heads).into_iter().zip(done) {
        for (query, (rows, sums)) in (key * group..).zip(results) {
            place(&mut out, width, span.start, query * dim, &rows, dim);
            place(&mut log_sums, heads.query, span.start, query, &sums, 1);
        }
    }
    (out, log_sums)
}

/// Puts rows of `dim` into the columns from `column` of a wider matrix.
pub fn place<R: Real>(into: &mut [R], width: usize, start: usize, column: usize, rows: &[R], dim: usize) {
    for (i, row) in rows.chunks_exact(dim).enumerate() {
        let at = (start + i) * width + column;
        into[at..at + dim].copy_from_slice(row);
    }
}

fn place_sum<R: Real>(into: &mut [R], width: usize, start: usize, column: usize, rows: &[R], dim: usize) {
    for (i, row) in rows.chunks_exact(dim).enumerate() {
        let at = (start + i) * width + column;
        into[at..at + dim].iter_mut().zip(row).for_each(|(sum, x)| *sum += *x);
    }
}

/// What the forward was given and what it gave.
pub struct Done<'a, R> {
    pub q: &'a [R],
    pub k: &'a [R],
    pub v: &'a [R],
    pub out: &'a [R],
    pub log_sums: &'a [R],
}

/// The gradients of q, k and v.
pub fn backward<R: Real>(heads: Heads, spans: &[Span], done: &Done<'_, R>, dout: &[R]) -> (Vec<R>, Vec<R>, Vec<R>) {
    let (dim, group) = (heads.dim, heads.group());
    let (width, key_width) = (heads.query * dim, heads.key * dim);
    let parts: Vec<Parts<R>> = tasks(spans, heads)
        .into_par_iter()
        .map(|(span, key)| of_task(heads, span, key, done, dout))
        .collect();
    let (mut dq, mut dk, mut dv) = (
        vec![R::ZERO; done.q.len()],
        vec![R::ZERO; done.k.len()],
        vec![R::ZERO; done.k.len()],
    );
    // In the order of the tasks: a prefix gets its sums from several spans.
    for ((span, key), part) in tasks(spans, heads).into_iter().zip(parts) {
        for (query, rows) in (key * group..).zip(&part.dq) {
            place(&mut dq, width, span.start, query * dim, rows, dim);
        }
        let prefix = span.prefix();
        for (sums, part) in [(&mut dk, &part.dk), (&mut dv, &part.dv)] {
            let (of_prefix, own) = part.split_at(prefix.len() * dim);
            place_sum(sums, key_width, prefix.start, key * dim, of_prefix, dim);
            place_sum(sums, key_width, span.start, key * dim, own, dim);
        }
    }
    (dq, dk, dv)
}

/// The gradients of one span and one head of keys: those of its queries' heads, and of all keys and values it sees.
struct Parts<R> {
    dq: Vec<Vec<R>>,
    dk: Vec<R>,
    dv: Vec<R>,
}

fn of_task<R: Real>(heads: Heads, span: &Span, key: usize, done: &Done<'_, R>, dout: &[R]) -> Parts<R> {
    let (dim, group) = (heads.dim, heads.group());
    let (width, key_width) = (heads.query * dim, heads.key * dim);
    let scale = heads.scale::<R>();
    let at = key * dim..(key + 1) * dim;
    let keys = Seen::of(done.k, key_width, at.clone(), span);
    let values = Seen::of(done.v, key_width, at, span);
    let past = span.prefix().len();
    let seen = past + span.len;
    let mut parts = Parts {
        dq: Vec::with_capacity(group),
        dk: vec![R::ZERO; seen * dim],
        dv: vec![R::ZERO; seen * dim],
    };
    let mut p = vec![R::ZERO; BLOCK.min(span.len) * seen];
    let mut ds = p.clone();
    for query in key * group..(key + 1) * group {
        let rows = |of: &'_ [R]| -> Vec<R> {
            let tokens = span.start..span.start + span.len;
            let rows = tokens.flat_map(|t| &of[t * width + query * dim..t * width + (query + 1) * dim]);
            rows.copied().collect()
        };
        let (q, out, dout) = (rows(done.q), rows(done.out), rows(dout));
        let (q, out) = (Mat::new(&q, span.len, dim), Mat::new(&out, span.len, dim));
        let dout = Mat::new(&dout, span.len, dim);
        let mut dq = vec![R::ZERO; span.len * dim];
        for start in (0..span.len).step_by(BLOCK) {
            let len = BLOCK.min(span.len - start);
            let seen = past + start + len;
            let (p, ds) = (&mut p[..len * seen], &mut ds[..len * seen]);
            let (k, v) = (keys.mat().rows(0, seen), values.mat().rows(0, seen));
            let (q, dout_block) = (q.rows(start, len), dout.rows(start, len));
            product(p, false, scale, q, k.t(), Threads::One);
            product(ds, false, R::ONE, dout_block, v.t(), Threads::One);
            for i in 0..len {
                let token = start + i;
                let log_sum = done.log_sums[(span.start + token) * heads.query + query];
                let (out, dout) = (out.row(token), dout.row(token));
                let along = sum(dim, |x| out[x] * dout[x]);
                let shown = past + token + 1;
                let (p, hidden_p) = p[i * seen..(i + 1) * seen].split_at_mut(shown);
                let (ds, hidden_ds) = ds[i * seen..(i + 1) * seen].split_at_mut(shown);
                wide(
                    #[inline(always)]
                    || {
                        for (p, ds) in p.iter_mut().zip(ds) {
                            *p = (*p - log_sum).exp();
                            *ds = *p * (*ds - along) * scale;
                        }
                    },
                );
                hidden_p.fill(R::ZERO);
                hidden_ds.fill(R::ZERO);
            }
            let (p, ds) = (Mat::new(p, len, seen), Mat::new(ds, len, seen));
            product(
                &mut dq[start * dim..(start + len) * dim],
                false,
                R::ONE,
                ds,
                k,
                Threads::One,
            );
            product(&mut parts.dk[..seen * dim], true, R::ONE, ds.t(), q, Threads::One);
            product(
                &mut parts.dv[..seen * dim],
                true,
                R::ONE,
                p.t(),
                dout_block,
                Threads::One,
            );
        }
        parts.dq.push(dq);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    const HEADS: Heads = Heads {
        query: 4,
        key: 2,
        dim: 2,
    };

    /// Token by token, head by head, as the definition says it.
    fn slow(spans: &[Span], q: &[f64], k: &[f64], v: &[f64]) -> Vec<f64> {
        let Heads { query, key, dim } = HEADS;
        let mut out = vec![0.0; q.len()];
        for span in spans {
            for token in span.start..span.start + span.len {
                for head in 0..query {
                    let row = |of: &[f64], t: usize, heads: usize, head: usize| -> Vec<f64> {
                        of[(t * heads + head) * dim..(t * heads + head + 1) * dim].to_vec()
                    };
                    let kv = head / (query / key);
                    let q = row(q, token, query, head);
                    let seen: Vec<usize> = span.prefix().chain(span.start..token + 1).collect();
                    let weight = |t: &usize| {
                        let k = row(k, *t, key, kv);
                        (q.iter().zip(k).map(|(a, b)| a * b).sum::<f64>() / (dim as f64).sqrt()).exp()
                    };
                    let weights: Vec<f64> = seen.iter().map(weight).collect();
                    let total: f64 = weights.iter().sum();
                    for (t, weight) in seen.iter().zip(weights) {
                        for (x, v) in row(v, *t, key, kv).into_iter().enumerate() {
                            out[(token * query + head) * dim + x] += weight / total * v;
                        }
                    }
                }
            }
        }
        out
    }

    fn case(spans: &[Span]) {
        let tokens = spans.iter().map(|span| span.len).sum::<usize>();
        let (width, key_width) = (HEADS.query * HEADS.dim, HEADS.key * HEADS.dim);
        let q = noise(1, tokens * width);
        let (k, v) = (noise(2, tokens * key_width), noise(3, tokens * key_width));
        let dout = noise(4, tokens * width);
        let (out, log_sums) = forward(HEADS, spans, &q, &k, &v);
        for (fast, slow) in out.iter().zip(slow(spans, &q, &k, &v)) {
            assert!((fast - slow).abs() < 1e-12);
        }
        let done = Done {
            q: &q,
            k: &k,
            v: &v,
            out: &out,
            log_sums: &log_sums,
        };
        let (dq, dk, dv) = backward(HEADS, spans, &done, &dout);
        // Differences of every element of a long span take minutes: of the last tokens only.
        let last = |of: &[f64], width: usize| of.len() - of.len().min(9 * width);
        let part = |name: &str, at: &[f64], gradient: &[f64], from: usize, f: &dyn Fn(&[f64]) -> Vec<f64>| {
            check(name, &at[from..], &dout, &gradient[from..], |tail| {
                f(&[&at[..from], tail].concat())
            });
        };
        part("q", &q, &dq, last(&q, width), &|q| forward(HEADS, spans, q, &k, &v).0);
        part("k", &k, &dk, last(&k, key_width), &|k| {
            forward(HEADS, spans, &q, k, &v).0
        });
        part("v", &v, &dv, last(&v, key_width), &|v| {
            forward(HEADS, spans, &q, &k, v).0
        });
    }

    #[test]
    fn gradients_are_those_of_differences() {
        case(&[Span::new(0, 3), Span::new(3, 1), Span::new(4, 5)]);
    }

    #[test]
    fn gradients_reach_across_blocks() {
        case(&[Span::new(0, BLOCK + 5)]);
    }

    #[test]
    fn gradients_of_a_shared_prefix_are_sums() {
        let option = |start, len| Span {
            start,
            len,
            prefix: Some(0..4),
        };
        case(&[Span::new(0, 4), option(4, 2), option(6, 3)]);
    }
}
