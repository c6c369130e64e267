//! Which of the predicted spans stands for which of the right ones: the pairing of rows and columns with the largest sum.
//!
//! Shortest augmenting paths after Crouse, "On implementing 2D rectangular assignment algorithms" (2016). Ties are settled
//! as scipy's `linear_sum_assignment` settles them, since scores are rounded after they are added up.

/// For each row of a matrix its column in a pairing of the largest sum, `None` where there are more rows than columns
/// and it has none. All rows have the same length; values are finite.
pub fn largest(scores: &[Vec<f64>]) -> Vec<Option<usize>> {
    let rows = scores.len();
    let columns = scores.first().map_or(0, Vec::len);
    if columns >= rows {
        return pair(rows, columns, &|row, column| -scores[row][column]);
    }
    // Every column has a row: solve it the other way round.
    let mut found = vec![None; rows];
    for (column, row) in pair(columns, rows, &|column, row| -scores[row][column])
        .into_iter()
        .enumerate()
    {
        if let Some(row) = row {
            found[row] = Some(column);
        }
    }
    found
}

/// The column of each row for the smallest sum of costs; there are at least as many columns as rows.
fn pair(rows: usize, columns: usize, cost: &dyn Fn(usize, usize) -> f64) -> Vec<Option<usize>> {
    let mut row_price = vec![0.0; rows];
    let mut column_price = vec![0.0; columns];
    let mut column_of: Vec<Option<usize>> = vec![None; rows];
    let mut row_of: Vec<Option<usize>> = vec![None; columns];
    for start in 0..rows {
        let mut path = vec![start; columns];
        let mut distance = vec![f64::INFINITY; columns];
        let (mut seen_rows, mut seen_columns) = (vec![false; rows], vec![false; columns]);
        // From the last, so that equal costs pair each row with the column of its own number.
        let mut open: Vec<usize> = (0..columns).rev().collect();
        let (mut row, mut least) = (start, 0.0);
        let end = loop {
            seen_rows[row] = true;
            let (mut lowest, mut at) = (f64::INFINITY, None);
            for (place, &column) in open.iter().enumerate() {
                let reduced = least + cost(row, column) - row_price[row] - column_price[column];
                if reduced < distance[column] {
                    path[column] = row;
                    distance[column] = reduced;
                }
                let free = row_of[column].is_none();
                if distance[column] < lowest || (distance[column] == lowest && free) {
                    lowest = distance[column];
                    at = Some(place);
                }
            }
            let Some(place) = at else { return column_of };
            least = lowest;
            let column = open.swap_remove(place);
            seen_columns[column] = true;
            match row_of[column] {
                Some(next) => row = next,
                None => break column,
            }
        };
        row_price[start] += least;
        for other in (0..rows).filter(|other| *other != start && seen_rows[*other]) {
            if let Some(column) = column_of[other] {
                row_price[other] += least - distance[column];
            }
        }
        for column in (0..columns).filter(|column| seen_columns[*column]) {
            column_price[column] -= least - distance[column];
        }
        let mut column = end;
        loop {
            let row = path[column];
            row_of[column] = Some(row);
            let before = column_of[row].replace(column);
            match before {
                Some(next) if row != start => column = next,
                _ => break,
            }
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_largest_there_is() {
        let square = vec![vec![4.0, 1.0, 3.0], vec![2.0, 0.0, 5.0], vec![3.0, 2.0, 2.0]];
        assert_eq!(largest(&square), [Some(0), Some(2), Some(1)]);
        let wide = vec![vec![1.0, 2.0, 9.0], vec![1.0, 2.0, 10.0]];
        assert_eq!(largest(&wide), [Some(1), Some(2)]);
        let tall = vec![vec![1.0], vec![3.0], vec![2.0]];
        assert_eq!(largest(&tall), [None, Some(0), None]);
        assert_eq!(largest(&[vec![0.0; 3], vec![0.0; 3]]), [Some(0), Some(1)]);
        assert_eq!(largest(&[]), Vec::<Option<usize>>::new());
        assert_eq!(largest(&[Vec::new()]), [None]);
    }
}
