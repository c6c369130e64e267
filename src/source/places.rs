//! Where rows stand in their source: records of a file that follow one another are said once.

/// The file of each row, and the record in it, from 1.
#[derive(Debug, Default)]
pub struct Places(Vec<Run>);

/// Rows that follow one another as their records do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first of them.
    pub row: u32,
    pub file: u32,
    /// Its record.
    pub record: u32,
}

impl Places {
    /// Adds the place of a row, of which there were so many before.
    pub fn push(&mut self, row: usize, (file, record): (u32, u32)) {
        let row = row as u32;
        let goes_on = |last: &Run| last.file == file && last.record.checked_add(row - last.row) == Some(record);
        if !self.0.last().is_some_and(goes_on) {
            self.0.push(Run { row, file, record });
        }
    }

    /// Adds the places of rows after these, whose files are counted from another one.
    pub fn append(&mut self, rows: usize, files: u32, other: Places) {
        self.0.extend(other.0.into_iter().map(|run| Run {
            row: run.row + rows as u32,
            file: run.file.saturating_add(files),
            record: run.record,
        }));
    }

    pub fn get(&self, row: usize) -> (u32, u32) {
        let row = row as u32;
        let after = self.0.partition_point(|run| run.row <= row);
        let run = after.checked_sub(1).and_then(|at| self.0.get(at));
        run.map_or((u32::MAX, u32::MAX), |run| {
            (run.file, run.record.saturating_add(row - run.row))
        })
    }

    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// `None` where they are in no order.
    pub fn of_runs(runs: Vec<Run>) -> Option<Self> {
        runs.is_sorted_by_key(|run| run.row).then_some(Self(runs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_the_place_it_was_given() {
        let given = [
            (0, 1),
            (0, 2),
            (0, 5),
            (0, 6),
            (1, 7),
            (1, 1),
            (u32::MAX, u32::MAX),
            (u32::MAX, u32::MAX),
        ];
        let mut places = Places::default();
        given
            .iter()
            .enumerate()
            .for_each(|(row, place)| places.push(row, *place));
        let mut more = Places::default();
        more.push(0, (0, 9));
        places.append(given.len(), 2, more);
        for (row, place) in given.iter().chain(&[(2, 9)]).enumerate() {
            assert_eq!(places.get(row), *place);
        }
        assert_eq!(places.runs().len(), 7);
    }
}
