//! The blocks of some files of a table, or of a stretch of one, in their order.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::StringArray;

use super::error::ReadError;
use super::rows::{Block, Rows};
use super::{Records, Stretch, TableReader};

/// The rows, until the first error.
pub(super) struct Blocks {
    reader: Arc<TableReader>,
    /// Files still to be opened.
    files: Range<usize>,
    /// What is read of the first file, if that is not all of it.
    stretch: Option<Stretch>,
    rows: Rows,
    /// The file that is open.
    open: Option<(usize, Box<dyn Records>)>,
    ended: bool,
}

impl Blocks {
    pub(super) fn new(reader: Arc<TableReader>, files: Range<usize>, stretch: Option<Stretch>) -> Self {
        Blocks {
            rows: Rows::new(&reader.columns),
            reader,
            files,
            stretch,
            open: None,
            ended: false,
        }
    }

    /// Opens the next file; false where there is none.
    fn open(&mut self) -> Result<bool, ReadError> {
        let Some((at, file)) = self.files.next().and_then(|at| Some((at, self.reader.files.get(at)?))) else {
            return Ok(false);
        };
        let opened = match self.stretch.take() {
            Some(stretch) => stretch.open(),
            None => self.reader.layout.open(file),
        };
        self.open = Some((at, opened.map_err(|error| error.in_file(&file.path))?));
        Ok(true)
    }

    /// One record, or one step to the next file; false after the last.
    fn step(&mut self) -> Result<bool, ReadError> {
        let reader = &self.reader;
        let Some((at, records)) = &mut self.open else {
            return self.open();
        };
        let Some(file) = reader.files.get(*at) else {
            return Ok(false);
        };
        let read = records.next(&mut self.rows).and_then(|row| match row {
            None => Ok(None),
            Some(row) => {
                let first = reader.columns.len() - reader.captured.len();
                for (at, (_, capture)) in reader.captured.iter().enumerate() {
                    if let Some((_, value)) = file.captures.iter().find(|(name, _)| name == capture) {
                        self.rows.put(first + at, value)?;
                    }
                }
                Ok(Some(row))
            }
        });
        match (read.map_err(|error| error.in_file(&file.path)), &reader.aside) {
            (Ok(None), _) => self.open = None,
            (Ok(Some(row)), _) => self.rows.end(*at, row),
            (Err(error), Some(aside)) if error.passable => {
                self.rows.discard();
                aside.put(error);
            }
            (Err(error), _) => return Err(error),
        }
        Ok(true)
    }

    /// A block of whole columns of the file that is open; `None` at its end.
    fn columns(&mut self) -> Result<Option<Block>, ReadError> {
        let Some((file, records)) = &mut self.open else {
            return Ok(None);
        };
        let Some(source) = self.reader.files.get(*file) else {
            return Ok(None);
        };
        let Some((mut arrays, first)) = records.next_columns().map_err(|error| error.in_file(&source.path))? else {
            self.open = None;
            return Ok(None);
        };
        let rows = arrays.first().map_or(0, |array| array.len());
        for (_, capture) in &self.reader.captured {
            let value = source.captures.iter().find(|(name, _)| name == capture);
            let cells = (0..rows).map(|_| value.map(|(_, value)| value.as_str()));
            arrays.push(Arc::new(cells.collect::<StringArray>()));
        }
        let number = |at: usize| u32::try_from(first + at as u64).unwrap_or(u32::MAX);
        let (files, records) = (vec![*file as u32; rows], (0..rows).map(number).collect());
        self.rows.block(arrays, files, records).map(Some)
    }

    fn fill(&mut self) -> Result<Option<Block>, ReadError> {
        loop {
            if self.open.as_ref().is_some_and(|(_, records)| records.is_columnar()) {
                // What the files before have put comes first.
                if !self.rows.is_empty() {
                    return self.rows.take();
                }
                if let Some(block) = self.columns()? {
                    return Ok(Some(block));
                }
                continue;
            }
            if self.rows.is_full() || !self.step()? {
                return self.rows.take();
            }
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<Block, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let block = self.fill();
        self.ended = !matches!(block, Ok(Some(_)));
        block.transpose()
    }
}
