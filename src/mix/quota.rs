//! Rates and quotas: how many examples each dataset gives.

use std::collections::BTreeMap;

use crate::catalog::{Mixture, Scheme, Size};

/// What one dataset is to give.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// The weight the scheme gives it; for `proportional` the number of rows up to the maximum rate.
    pub rate: f64,
    /// Its part of the mixture, by the rates.
    pub share: f64,
    pub examples: u64,
    /// How many fewer than its share it gives, because its rows may not be used more often.
    pub short: u64,
}

/// Weights as whole numbers in units of 2^-20, so that shares are exact and the same on every machine.
const UNIT: f64 = 1_048_576.0;

/// The largest weight is kept below this, so that it fits 64 bits in those units.
const LARGEST: f64 = (1u64 << 42) as f64;

/// The weight of a dataset with this many rows under the cap.
pub fn weight(scheme: &Scheme, name: &str, rows: u64) -> f64 {
    if rows == 0 {
        return 0.0;
    }
    let limited = |maximum: &Option<u64>| maximum.map_or(rows, |m| rows.min(m));
    match scheme {
        Scheme::Proportional { maximum } => limited(maximum) as f64,
        Scheme::Temperature { temperature, maximum } => (limited(maximum) as f64).powf(1.0 / temperature),
        Scheme::Equal => 1.0,
        Scheme::Fixed(rates) => rates.get(name).copied().unwrap_or(0.0),
    }
}

/// The parts of a whole that datasets have, given their cluster and rows: two levels where the mixture says so.
pub fn shares(mixture: &Mixture, datasets: &BTreeMap<String, (String, u64)>) -> BTreeMap<String, f64> {
    let total = divide(mixture, datasets, 1 << 52);
    total
        .into_iter()
        .map(|(name, part)| (name, part as f64 / (1u64 << 52) as f64))
        .collect()
}

/// The quotas of a mixture: the largest remainders of its size by the rates.
///
/// `datasets` maps each to its cluster and its number of rows under the cap.
pub fn quotas(mixture: &Mixture, datasets: &BTreeMap<String, (String, u64)>) -> BTreeMap<String, Quota> {
    let rates: BTreeMap<&String, f64> = datasets
        .iter()
        .map(|(name, (_, rows))| (name, weight(&mixture.rates, name, *rows)))
        .collect();
    let size = match mixture.size {
        Size::Examples(examples) => examples,
        Size::Epochs(epochs) => epoch(mixture, datasets, epochs),
    };
    let wanted = divide(mixture, datasets, size);
    let mut given = wanted.clone();
    if let Some(passes) = mixture.passes {
        refill(mixture, datasets, passes, size, &mut given);
    }
    let shares = shares(mixture, datasets);
    datasets
        .keys()
        .map(|name| {
            let examples = given.get(name).copied().unwrap_or(0);
            let quota = Quota {
                rate: rates[name],
                share: shares.get(name).copied().unwrap_or(0.0),
                examples,
                short: wanted.get(name).copied().unwrap_or(0).saturating_sub(examples),
            };
            (name.clone(), quota)
        })
        .collect()
}

/// One epoch is the sum of the rates; of rates that are not counts of rows, the rows under the cap.
fn epoch(mixture: &Mixture, datasets: &BTreeMap<String, (String, u64)>, epochs: f64) -> u64 {
    let sum: f64 = match &mixture.rates {
        Scheme::Proportional { .. } => datasets
            .iter()
            .map(|(name, (_, rows))| weight(&mixture.rates, name, *rows))
            .sum(),
        _ => datasets.values().map(|(_, rows)| *rows as f64).sum(),
    };
    (sum * epochs).round() as u64
}

/// Divides a number of examples, over clusters first where the mixture says so.
fn divide(mixture: &Mixture, datasets: &BTreeMap<String, (String, u64)>, size: u64) -> BTreeMap<String, u64> {
    let inner = |members: Vec<(&String, u64)>, size: u64| {
        let weights = members
            .iter()
            .map(|(name, rows)| ((*name).clone(), weight(&mixture.rates, name, *rows)));
        largest_remainders(size, &whole(weights.collect()))
    };
    let Some(outer) = &mixture.over_clusters else {
        return inner(datasets.iter().map(|(name, (_, rows))| (name, *rows)).collect(), size);
    };
    let mut clusters: BTreeMap<&String, Vec<(&String, u64)>> = BTreeMap::new();
    for (name, (cluster, rows)) in datasets {
        clusters.entry(cluster).or_default().push((name, *rows));
    }
    let weights = clusters.iter().map(|(cluster, members)| {
        let rows = members.iter().map(|(_, rows)| rows).sum();
        // What a cluster gets that has nobody to give it to would be lost.
        let gives = members
            .iter()
            .any(|(name, rows)| weight(&mixture.rates, name, *rows) > 0.0);
        (
            (*cluster).clone(),
            if gives { weight(outer, cluster, rows) } else { 0.0 },
        )
    });
    let sizes = largest_remainders(size, &whole(weights.collect()));
    clusters
        .into_iter()
        .flat_map(|(cluster, members)| inner(members, sizes[cluster]))
        .collect()
}

/// Holds every dataset to so many passes over its rows, and gives what is left over to the others by their rates.
fn refill(
    mixture: &Mixture,
    datasets: &BTreeMap<String, (String, u64)>,
    passes: u64,
    size: u64,
    given: &mut BTreeMap<String, u64>,
) {
    let mut open = datasets.clone();
    let mut left = size;
    let mut settled = BTreeMap::new();
    loop {
        let parts = divide(mixture, &open, left);
        let full: Vec<(String, u64)> = open
            .iter()
            .map(|(name, (_, rows))| (name.clone(), rows.saturating_mul(passes)))
            .filter(|(name, most)| parts.get(name).copied().unwrap_or(0) > *most)
            .collect();
        if full.is_empty() {
            settled.extend(parts);
            break;
        }
        for (name, most) in full {
            left -= most;
            open.remove(&name);
            settled.insert(name, most);
        }
    }
    *given = settled;
}

/// Weights in whole units. Where one is below 1, all are doubled until none is, or until the largest would be too
/// large; where that is too large, all are halved. What is nothing even so is too little for any size.
fn whole(mut weights: BTreeMap<String, f64>) -> BTreeMap<String, u64> {
    // A weight without a bound is as good as the largest there is.
    weights.values_mut().for_each(|weight| *weight = weight.min(f64::MAX));
    loop {
        let positive = weights.values().copied().filter(|weight| *weight > 0.0);
        let (least, most) = positive.fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), weight| {
            (least.min(weight), most.max(weight))
        });
        // By powers of two, so that a share that was exact stays exact.
        let factor = match (least, most) {
            (_, most) if most >= LARGEST => 0.5,
            (least, most) if least < 1.0 && most < LARGEST / 2.0 => 2.0,
            _ => break,
        };
        weights.values_mut().for_each(|weight| *weight *= factor);
    }
    weights
        .into_iter()
        .map(|(name, weight)| (name, (weight * UNIT).round() as u64))
        .collect()
}

/// Divides `size` by whole weights: the floor for each, and one more for the largest remainders; ties go to the name
/// that sorts first. Names of weight 0 get nothing.
fn largest_remainders(size: u64, weights: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let total: u128 = weights.values().map(|w| u128::from(*w)).sum();
    let mut parts: BTreeMap<String, u64> = weights.keys().map(|name| (name.clone(), 0)).collect();
    if total == 0 {
        return parts;
    }
    let mut remainders: Vec<(u128, &String)> = Vec::new();
    let mut left = size;
    for (name, weight) in weights {
        let product = u128::from(size) * u128::from(*weight);
        let part = (product / total) as u64;
        parts.insert(name.clone(), part);
        left -= part;
        if *weight > 0 {
            remainders.push((product % total, name));
        }
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    for (_, name) in remainders.into_iter().take(left as usize) {
        *parts.get_mut(name).expect("every name has a part") += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_go_to_the_largest() {
        let weights = [("a", 1), ("b", 1), ("c", 1)].map(|(n, w)| (n.to_string(), w)).into();
        let parts = largest_remainders(10, &weights);
        assert_eq!(parts.values().copied().collect::<Vec<_>>(), [4, 3, 3]);
        assert_eq!(parts.values().sum::<u64>(), 10);
    }

    #[test]
    fn weights_are_whole_however_large_they_are() {
        let whole = |weights: &[f64]| -> Vec<u64> {
            let named = weights.iter().enumerate().map(|(at, weight)| (at.to_string(), *weight));
            whole(named.collect()).into_values().collect()
        };
        // Where none is below 1 they are as they always were.
        assert_eq!(whole(&[1.0, 1.5, 0.0, 3000.0]), [1 << 20, 3 << 19, 0, 3000 << 20]);
        assert_eq!(whole(&[0.5, 1.0]), [1 << 20, 2 << 20]);
        for (least, most) in [
            (1e-7, 3e-7),
            (1e-300, 3e-300),
            (5e-324, 1.5e-323),
            (1e30, 3e30),
            (1e300, 3e300),
        ] {
            let found = whole(&[least, most]);
            let ratio = found[1] as f64 / found[0] as f64;
            assert!((2.999..3.001).contains(&ratio), "{least} and {most}: {found:?}");
        }
        let apart = whole(&[1e-300, 1e300]);
        assert!(apart[0] == 0 && apart[1] > 1 << 60, "{apart:?}");
    }
}
