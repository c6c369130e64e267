//! Which rows are shown before a prompt: drawn by digest from the exemplars of a build, under a budget of tokens.
//!
//! The draw is that of a mixture's shots (docs/determinism.md), over what a shard still knows of a row: the 128 bits of its
//! key in the place of its digest, and the group for row and content, since copies share a group.

use std::collections::BTreeMap;

use crate::digest::{EDITION, digest, mix64, word};

/// A row of the split `exemplars`, as one template shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemplar {
    pub row_key: String,
    pub group: String,
    pub inputs: String,
    pub targets: String,
}

/// The exemplars of one template by the first 64 bits of their keys.
#[derive(Clone, Debug, Default)]
pub struct Ring(BTreeMap<(u64, String), Exemplar>);

/// Looking at more rows than this for one shot is no longer a draw.
const LOOKS: usize = 256;

impl Ring {
    pub fn add(&mut self, exemplar: Exemplar) {
        let place = exemplar
            .row_key
            .get(..16)
            .and_then(|head| u64::from_str_radix(head, 16).ok());
        self.0.insert((place.unwrap_or(0), exemplar.row_key.clone()), exemplar);
    }

    /// At most `count` exemplars for a row, in the order they are shown. None is of the row's own group, none stands twice, and
    /// together they are at most as large as `left`, by the size that `size` gives each.
    pub fn draw(
        &self,
        seed: u64,
        row_key: &str,
        group: &str,
        count: usize,
        mut left: usize,
        size: &mut dyn FnMut(&Exemplar) -> usize,
    ) -> Vec<&Exemplar> {
        let drawn = digest("shots", &[EDITION.as_bytes(), &seed.to_be_bytes(), row_key.as_bytes()]);
        let mut shown: Vec<&Exemplar> = Vec::new();
        for i in 0..count as u64 {
            let start = (mix64(word(&drawn, 0).wrapping_add(i)), String::new());
            let around = self.0.range(start.clone()..).chain(self.0.range(..start));
            for (_, exemplar) in around.take(LOOKS) {
                let tied = exemplar.group == group || exemplar.row_key == row_key;
                let again = |old: &&Exemplar| {
                    old.row_key == exemplar.row_key
                        || (old.inputs == exemplar.inputs && old.targets == exemplar.targets)
                };
                if tied || shown.iter().any(again) {
                    continue;
                }
                let own = size(exemplar);
                if own > left {
                    continue;
                }
                left -= own;
                shown.push(exemplar);
                break;
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(rows: u64) -> Ring {
        let mut ring = Ring::default();
        for row in 0..rows {
            ring.add(Exemplar {
                row_key: format!("{:032x}", u128::from(mix64(row)) << 64),
                group: format!("group {}", row / 2),
                inputs: format!("input {row}"),
                targets: format!("target {row}"),
            });
        }
        ring
    }

    fn keys(shown: &[&Exemplar]) -> Vec<String> {
        shown.iter().map(|one| one.inputs.clone()).collect()
    }

    #[test]
    fn a_row_never_sees_its_group_and_none_twice() {
        let ring = ring(12);
        for row in 0..40 {
            let shown = ring.draw(7, &format!("row {row}"), "group 3", 20, 1000, &mut |_| 1);
            assert_eq!(shown.len(), 10, "all but the two of its group");
            assert!(shown.iter().all(|one| one.group != "group 3"));
        }
    }

    #[test]
    fn draws_hang_on_the_row_alone() {
        let large = ring(40);
        let first = keys(&large.draw(7, "row", "none", 3, 1000, &mut |_| 1));
        assert_eq!(first, keys(&large.draw(7, "row", "none", 3, 1000, &mut |_| 1)));
        assert_ne!(first, keys(&large.draw(8, "row", "none", 3, 1000, &mut |_| 1)));
        // One shot more shows the same ones before it.
        assert_eq!(first, keys(&large.draw(7, "row", "none", 4, 1000, &mut |_| 1))[..3]);
    }

    #[test]
    fn what_is_too_large_passes_its_turn_on() {
        let ring = ring(6);
        let mut size = |one: &Exemplar| if one.inputs == "input 2" { 5 } else { 50 };
        let shown = ring.draw(7, "row", "none", 4, 9, &mut size);
        assert_eq!(keys(&shown), ["input 2"]);
        assert!(ring.draw(7, "row", "none", 4, 4, &mut size).is_empty());
    }
}
