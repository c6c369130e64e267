//! Which examples share a row: best fit decreasing, as a function of their lengths in their order.

use std::collections::BTreeSet;

/// Puts examples of the given lengths into rows of at most `most` tokens, by their places. The longest goes first, into
/// the row it fills best; ties go to the earlier example and to the row that was begun first. The examples of a row are
/// in their order, and the rows in the order of their first examples. No length may be over `most`.
pub fn fit(lengths: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(lengths[*at]));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    // Rows by what is left in them.
    let mut open: BTreeSet<(usize, usize)> = BTreeSet::new();
    for at in order {
        let length = lengths[at];
        let best = open.range((length, 0)..).next().copied();
        let (left, row) = match best {
            Some(place) => {
                open.remove(&place);
                place
            }
            None => {
                rows.push(Vec::new());
                (most.max(length), rows.len() - 1)
            }
        };
        rows[row].push(at);
        if left > length {
            open.insert((left - length, row));
        }
    }
    rows.iter_mut().for_each(|row| row.sort_unstable());
    rows.sort_unstable_by_key(|row| row[0]);
    rows
}
