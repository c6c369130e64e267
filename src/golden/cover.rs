//! Few rows that show everything there is to see: a greedy cover, the same whatever order the rows come in.

use std::collections::BTreeSet;

use crate::digest::Digest;

/// A row that could be pinned.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// Who it is; no two are the same.
    pub key: Digest,
    /// Bytes of its texts.
    pub size: usize,
    /// How many of its fields hold nothing.
    pub empty: usize,
    /// What it shows, each thing under a number.
    pub shows: BTreeSet<u32>,
}

/// Chooses rows that together show all that any of them shows, with the longest and the emptiest. Those that are pinned
/// already stay, and what they show is shown. Indices into `rows`, in the order of their keys.
pub fn cover(rows: &[Candidate], pinned: &[usize]) -> Vec<usize> {
    let mut chosen: BTreeSet<usize> = pinned.iter().copied().collect();
    let largest = rows.iter().map(|row| row.size).max().unwrap_or(0);
    let emptiest = rows.iter().map(|row| row.empty).max().unwrap_or(0);
    // A row that is pinned for its length goes on standing for it while it is nearly the longest.
    let long = |row: &Candidate| row.size.saturating_mul(4) >= largest.saturating_mul(3);
    if !chosen.iter().any(|at| long(&rows[*at])) {
        let longest = (0..rows.len()).max_by_key(|at| (rows[*at].size, std::cmp::Reverse(rows[*at].key)));
        chosen.extend(longest);
    }
    if emptiest > 0 && !chosen.iter().any(|at| rows[*at].empty == emptiest) {
        let most = (0..rows.len()).filter(|at| rows[*at].empty == emptiest);
        chosen.extend(most.min_by_key(|at| (rows[*at].size, rows[*at].key)));
    }
    let mut left: BTreeSet<u32> = rows.iter().flat_map(|row| row.shows.iter().copied()).collect();
    for at in &chosen {
        left.retain(|shown| !rows[*at].shows.contains(shown));
    }
    while !left.is_empty() {
        let news = |at: &usize| rows[*at].shows.intersection(&left).count();
        // Of rows that show as much, the shorter is read sooner.
        let best = (0..rows.len()).max_by_key(|at| (news(at), std::cmp::Reverse((rows[*at].size, rows[*at].key))));
        let Some(best) = best.filter(|at| news(at) > 0) else {
            break;
        };
        left.retain(|shown| !rows[best].shows.contains(shown));
        chosen.insert(best);
    }
    let mut chosen: Vec<usize> = chosen.into_iter().collect();
    chosen.sort_by_key(|at| rows[*at].key);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: u8, size: usize, empty: usize, shows: &[u32]) -> Candidate {
        Candidate {
            key: [key; 32],
            size,
            empty,
            shows: shows.iter().copied().collect(),
        }
    }

    fn keys(rows: &[Candidate], pinned: &[usize]) -> Vec<u8> {
        cover(rows, pinned).into_iter().map(|at| rows[at].key[0]).collect()
    }

    #[test]
    fn few_rows_show_everything() {
        let rows = [
            row(1, 10, 0, &[1, 2]),
            row(2, 90, 0, &[1]),
            row(3, 11, 0, &[2]),
            row(4, 12, 2, &[1]),
            row(5, 9, 0, &[3, 1]),
        ];
        // The longest, the emptiest, then the rest: 2 by the shorter row, 3.
        assert_eq!(keys(&rows, &[]), [1, 2, 4, 5]);
        assert_eq!(keys(&[], &[]), [0u8; 0]);
    }

    #[test]
    fn the_order_of_rows_says_nothing() {
        let mut rows: Vec<Candidate> = (0..40u8)
            .map(|n| {
                row(
                    n,
                    usize::from(n % 7) * 10,
                    usize::from(n % 3),
                    &[u32::from(n % 5), u32::from(n % 11) + 20],
                )
            })
            .collect();
        let before = keys(&rows, &[]);
        rows.reverse();
        assert_eq!(keys(&rows, &[]), before);
        rows.rotate_left(13);
        assert_eq!(keys(&rows, &[]), before);
    }

    #[test]
    fn what_is_pinned_stays_and_a_row_more_adds_at_most_itself() {
        let mut rows = vec![row(1, 80, 0, &[1]), row(2, 10, 1, &[2]), row(3, 10, 0, &[1, 2])];
        let pinned = [0, 1];
        assert_eq!(keys(&rows, &pinned), [1, 2]);
        // A little longer than the longest, and nothing new.
        rows.push(row(4, 100, 0, &[1]));
        assert_eq!(keys(&rows, &pinned), [1, 2]);
        rows.push(row(5, 200, 0, &[1]));
        assert_eq!(keys(&rows, &pinned), [1, 2, 5]);
        rows.push(row(6, 10, 0, &[9]));
        assert_eq!(keys(&rows, &pinned), [1, 2, 5, 6]);
    }
}
