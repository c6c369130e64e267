//! The output layer and the cross-entropy in one: only the rows that are asked for, and the logits of a few at a time.

use rayon::prelude::*;

use super::product::{Mat, Threads, product, whole};
use super::real::{Real, largest, sum};
use super::wide::wide;

/// How many logits are held at once, at most (64 MiB of f32), as long as [`FEWEST`] rows fit.
const LOGITS: usize = 16 << 20;
const FEWEST: usize = 64;

/// Which rows are asked, and for which token.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Rows of the hidden states.
    pub at: &'a [u32],
    /// The token at each that was right.
    pub ids: &'a [u32],
}

/// What the gradients are added to: `scale` times those of the sum of losses.
pub struct Gradients<'a, R> {
    pub scale: R,
    pub hidden: &'a mut [R],
    pub weight: &'a mut [R],
}

/// Rows that are computed at a time: a number that depends on the vocabulary alone.
fn rows_of(vocab: usize) -> usize {
    (LOGITS / vocab / FEWEST * FEWEST).max(FEWEST)
}

/// The logits of some rows: [at, vocab].
pub fn logits<R: Real>(hidden: &[R], weight: &[R], width: usize, at: &[u32]) -> Vec<R> {
    let vocab = weight.len() / width;
    let rows = whole(at.len(), vocab);
    let mut x = gather(hidden, width, at);
    x.resize(rows * width, R::ZERO);
    let mut logits = vec![R::ZERO; rows * vocab];
    let (x, w) = (Mat::new(&x, rows, width), Mat::new(weight, vocab, width));
    product(&mut logits, false, R::ONE, x, w.t(), Threads::All);
    logits.truncate(at.len() * vocab);
    logits
}

fn gather<R: Real>(hidden: &[R], width: usize, at: &[u32]) -> Vec<R> {
    super::lookup::forward(hidden, width, at)
}

/// The loss of each row that is asked, `-ln p(id)`: hidden is [rows, width], weight is [vocab, width].
pub fn losses<R: Real>(
    hidden: &[R],
    weight: &[R],
    width: usize,
    asked: Asked<'_>,
    mut gradients: Option<Gradients<'_, R>>,
) -> Vec<f64> {
    let vocab = weight.len() / width;
    let rows = rows_of(vocab);
    let mut losses = Vec::with_capacity(asked.at.len());
    for (at, ids) in asked.at.chunks(rows).zip(asked.ids.chunks(rows)) {
        let mut logits = logits(hidden, weight, width, at);
        let scale = gradients.as_ref().map(|gradients| gradients.scale);
        let row_losses: Vec<f64> = logits
            .par_chunks_mut(vocab)
            .zip(ids)
            .map(|(row, id)| {
                wide(
                    #[inline(always)]
                    || loss(row, *id as usize, scale),
                )
            })
            .collect();
        losses.extend(row_losses);
        let Some(gradients) = &mut gradients else { continue };
        let x = gather(hidden, width, at);
        let d = Mat::new(&logits, at.len(), vocab);
        let mut dx = vec![R::ZERO; x.len()];
        let w = Mat::new(weight, vocab, width);
        product(&mut dx, false, R::ONE, d, w, Threads::All);
        super::lookup::backward(gradients.hidden, width, at, &dx);
        let x = Mat::new(&x, at.len(), width);
        product(gradients.weight, true, R::ONE, d.t(), x, Threads::All);
    }
    losses
}

/// The loss of one row of logits; with a scale, the row becomes its gradient times that.
#[inline(always)]
fn loss<R: Real>(row: &mut [R], id: usize, scale: Option<R>) -> f64 {
    let top = largest(row);
    let right = row[id];
    let total = match scale {
        None => sum(row.len(), |i| (row[i] - top).exp()),
        Some(scale) => {
            row.iter_mut().for_each(|logit| *logit = (*logit - top).exp());
            let total = sum(row.len(), |i| row[i]);
            let factor = scale / total;
            row.iter_mut().for_each(|p| *p *= factor);
            row[id] = row[id] - scale;
            total
        }
    };
    total.wide().ln() + top.wide() - right.wide()
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    #[test]
    fn gradients_are_those_of_differences() {
        let (rows, width, vocab) = (5, 3, 7);
        let asked = Asked {
            at: &[0, 3, 3, 4],
            ids: &[6, 0, 2, 2],
        };
        let (hidden, weight) = (noise(1, rows * width), noise(2, vocab * width));
        let (mut dhidden, mut dweight) = (vec![0.0; hidden.len()], vec![0.0; weight.len()]);
        let gradients = Gradients {
            scale: 0.25,
            hidden: &mut dhidden,
            weight: &mut dweight,
        };
        let with = losses(&hidden, &weight, width, asked, Some(gradients));
        let weights = [0.25; 4];
        let forward = |hidden: &[f64], weight: &[f64]| losses(hidden, weight, width, asked, None);
        assert!(
            with.iter()
                .zip(forward(&hidden, &weight))
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        check("hidden", &hidden, &weights, &dhidden, |hidden| forward(hidden, &weight));
        check("weight", &weight, &weights, &dweight, |weight| forward(&hidden, weight));
    }

    #[test]
    fn a_logit_that_is_no_number_is_a_loss_that_is_none() {
        let mut row = [0.0, f32::NAN, 1.0];
        assert!(loss(&mut row, 0, None).is_nan());
    }
}
