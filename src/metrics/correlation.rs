//! Numbers against numbers: Pearson's and Spearman's correlation, as scipy's `pearsonr` and `spearmanr`.

/// Pearson's correlation of two lists of one length, from -1 to 1; `None` where one of them is constant or shorter than two.
pub fn pearson(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() < 2 || one.len() != other.len() || constant(one) || constant(other) {
        return None;
    }
    let (one, other) = (directed(one)?, directed(other)?);
    let product: f64 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
    Some(product.clamp(-1.0, 1.0))
}

/// Spearman's rank correlation: Pearson's over ranks, equal values sharing the mean of theirs.
pub fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() != other.len() || one.iter().chain(other).any(|value| value.is_nan()) {
        return None;
    }
    pearson(&ranks(one), &ranks(other))
}

fn constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// A list moved to mean 0 and brought to length 1, by its largest value first so that squares of large ones stay finite.
fn directed(values: &[f64]) -> Option<Vec<f64>> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mut moved: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let largest = moved.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return None;
    }
    moved.iter_mut().for_each(|value| *value /= largest);
    let length = moved.iter().map(|value| value * value).sum::<f64>().sqrt();
    moved.iter_mut().for_each(|value| *value /= length);
    Some(moved)
}

/// The rank of each value from 1; equal ones have the mean of the ranks that they take up.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let same = order[start..]
            .iter()
            .take_while(|at| values[**at] == values[order[start]])
            .count();
        // Of a value that equals nothing, not even itself, the run is still one.
        let end = start + same.max(1);
        let mean = (start + 1 + end) as f64 / 2.0;
        order[start..end].iter().for_each(|at| ranks[*at] = mean);
        start = end;
    }
    ranks
}
