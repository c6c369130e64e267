//! How often each length occurs, and what that comes to.

use std::collections::BTreeMap;

/// An exact count of lengths.
#[derive(Clone, Debug, Default)]
pub struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    pub fn add(&mut self, length: usize) {
        *self.0.entry(u32::try_from(length).unwrap_or(u32::MAX)).or_default() += 1;
    }
}

/// What lengths come to. A quantile is the smallest length that at least this part of the texts does not exceed.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Summary {
    pub min: u32,
    pub median: u32,
    pub p90: u32,
    pub p99: u32,
    pub max: u32,
    pub mean: f64,
    /// Of one width up to the 99th percentile, then one for all that is longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bins: Vec<Bin>,
}

/// Texts with a length from `from` to `to`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Bin {
    pub from: u32,
    pub to: u32,
    pub examples: u64,
}

/// The most bins of one width.
const BINS: u32 = 40;

impl Summary {
    pub fn of<'a>(parts: impl Iterator<Item = &'a Histogram>, bins: bool) -> Self {
        let mut all: BTreeMap<u32, u64> = BTreeMap::new();
        for (length, count) in parts.flat_map(|part| &part.0) {
            *all.entry(*length).or_default() += count;
        }
        let total: u64 = all.values().sum();
        let (Some(min), Some(max)) = (all.keys().next(), all.keys().next_back()) else {
            return Self::default();
        };
        let sum: u128 = all
            .iter()
            .map(|(length, count)| u128::from(*length) * u128::from(*count))
            .sum();
        let p99 = quantile(&all, total, 99);
        Self {
            min: *min,
            median: quantile(&all, total, 50),
            p90: quantile(&all, total, 90),
            p99,
            max: *max,
            mean: sum as f64 / total as f64,
            bins: if bins {
                self::bins(&all, *min, p99, *max)
            } else {
                Vec::new()
            },
        }
    }
}

fn quantile(all: &BTreeMap<u32, u64>, total: u64, percent: u64) -> u32 {
    let wanted = (u128::from(total) * u128::from(percent)).div_ceil(100);
    let mut seen = 0;
    for (length, count) in all {
        seen += u128::from(*count);
        if seen >= wanted {
            return *length;
        }
    }
    0
}

fn bins(all: &BTreeMap<u32, u64>, min: u32, p99: u32, max: u32) -> Vec<Bin> {
    let width = width(p99 - min + 1);
    let start = min / width * width;
    let count = (p99 - start) / width + 1;
    let mut bins: Vec<Bin> = (0..count)
        .map(|at| {
            let from = start + at * width;
            let to = from.saturating_add(width - 1);
            Bin {
                from,
                to,
                examples: all.range(from..=to).map(|(_, n)| n).sum(),
            }
        })
        .collect();
    let last = bins.last().map_or(0, |bin| bin.to);
    if max > last {
        let from = last + 1;
        bins.push(Bin {
            from,
            to: max,
            examples: all.range(from..).map(|(_, n)| n).sum(),
        });
    }
    bins
}

/// The smallest of 1, 2, 5, 10, 20 .. that makes few enough bins.
fn width(range: u32) -> u32 {
    let least = range.div_ceil(BINS);
    let mut power: u32 = 1;
    loop {
        for step in [1, 2, 5] {
            let width = power.saturating_mul(step);
            if width >= least {
                return width;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lengths: &[usize]) -> Summary {
        let mut histogram = Histogram::default();
        lengths.iter().for_each(|length| histogram.add(*length));
        Summary::of([&histogram].into_iter(), true)
    }

    #[test]
    fn quantiles_are_lengths_that_occur() {
        let hundred: Vec<usize> = (1..=100).collect();
        let all = of(&hundred);
        assert_eq!((all.min, all.median, all.p90, all.p99, all.max), (1, 50, 90, 99, 100));
        let one = of(&[7]);
        assert_eq!((one.min, one.median, one.p99, one.max, one.mean), (7, 7, 7, 7, 7.0));
        assert_eq!(of(&[]), Summary::default());
    }

    #[test]
    fn every_text_is_in_one_bin() {
        for lengths in [
            vec![0],
            vec![3, 4, 900],
            (0..5000).collect(),
            vec![u32::MAX as usize, 1],
        ] {
            let bins = of(&lengths).bins;
            assert_eq!(
                bins.iter().map(|bin| bin.examples).sum::<u64>(),
                lengths.len() as u64,
                "{bins:?}"
            );
            assert!(bins.windows(2).all(|pair| pair[0].to + 1 == pair[1].from), "{bins:?}");
            assert!(bins.len() <= BINS as usize + 2, "{}", bins.len());
        }
    }
}
