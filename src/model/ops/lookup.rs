//! Rows of the embedding, by token.

use super::real::Real;

pub fn forward<R: Real>(weight: &[R], width: usize, ids: &[u32]) -> Vec<R> {
    let mut rows = Vec::with_capacity(ids.len() * width);
    for id in ids {
        let at = *id as usize * width;
        rows.extend_from_slice(&weight[at..at + width]);
    }
    rows
}

/// Adds the gradient of the looked-up rows to that of the embedding, in the order of the tokens.
pub fn backward<R: Real>(dweight: &mut [R], width: usize, ids: &[u32], dy: &[R]) {
    for (id, dy) in ids.iter().zip(dy.chunks_exact(width)) {
        let at = *id as usize * width;
        let row = &mut dweight[at..at + width];
        row.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += *dy);
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check, noise};
    use super::*;

    #[test]
    fn gradients_are_those_of_differences() {
        let ids = [2, 0, 2, 1, 2];
        let (weight, dy) = (noise(1, 4 * 3), noise(2, ids.len() * 3));
        let mut gradient = vec![0.0; weight.len()];
        backward(&mut gradient, 3, &ids, &dy);
        check("weight", &weight, &dy, &gradient, |weight| forward(weight, 3, &ids));
    }
}
