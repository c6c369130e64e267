//! Cells to Arrow batches: one builder a column, cut before offsets could overflow.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, RecordBatch, RecordBatchOptions, StringArray, StringBuilder,
};
use arrow::compute::filter;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::bytes::{LIMIT, too_long};
use super::error::ReadError;
use super::paths::SourceFile;

const ROWS: usize = 8192;
const TEXT: usize = 8 << 20;
/// One row may hold many values of [`LIMIT`]; its columns still have 32-bit offsets.
const ROW_TEXT: usize = 1 << 30;

/// A column of data as the files give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DataColumn {
    pub name: String,
    pub list: bool,
}

impl DataColumn {
    pub(super) fn text(name: impl Into<String>) -> DataColumn {
        DataColumn {
            name: name.into(),
            list: false,
        }
    }
}

/// The columns of the data.
pub(super) fn data_schema(columns: &[DataColumn]) -> SchemaRef {
    let data = columns.iter().map(|column| {
        let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
        Field::new(&column.name, if column.list { list } else { DataType::Utf8 }, true)
    });
    Arc::new(Schema::new(data.collect::<Vec<_>>()))
}

/// The columns of the data, then where the row is from.
pub(super) fn schema(data: &Schema) -> SchemaRef {
    let place = [
        Arc::new(Field::new("_file", DataType::Utf8, false)),
        Arc::new(Field::new("_row", DataType::Int64, false)),
    ];
    Arc::new(Schema::new(
        data.fields().iter().cloned().chain(place).collect::<Vec<_>>(),
    ))
}

/// Some rows of a table, and where each is from.
pub struct Block {
    /// Each column is `Utf8` or a list of it.
    pub cells: RecordBatch,
    /// The file of each row, by its place in [`super::TableReader::files`].
    pub files: Vec<u32>,
    /// The record of each row in its file, from 1.
    pub records: Vec<u32>,
}

impl Block {
    /// With the places as columns `_file` and `_row`, as a `select` sees them.
    pub(super) fn with_places(self, files: &[SourceFile]) -> Result<RecordBatch, ReadError> {
        let name = |at: &u32| files.get(*at as usize).map_or("", |file| file.path.as_str());
        let mut columns = self.cells.columns().to_vec();
        columns.push(Arc::new(StringArray::from_iter_values(self.files.iter().map(name))));
        columns.push(Arc::new(
            self.records.iter().map(|at| i64::from(*at)).collect::<Int64Array>(),
        ));
        RecordBatch::try_new(schema(&self.cells.schema()), columns).map_err(|error| ReadError::new(error.to_string()))
    }
}

enum Builder {
    Text(StringBuilder),
    List(ListBuilder<StringBuilder>),
}

impl Builder {
    fn new(list: bool) -> Builder {
        if list {
            Builder::List(ListBuilder::new(StringBuilder::new()))
        } else {
            Builder::Text(StringBuilder::new())
        }
    }

    fn rows(&self) -> usize {
        match self {
            Builder::Text(cells) => arrow::array::ArrayBuilder::len(cells),
            Builder::List(cells) => arrow::array::ArrayBuilder::len(cells),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(cells) => Arc::new(cells.finish()),
            Builder::List(cells) => Arc::new(cells.finish()),
        }
    }
}

/// The batch being filled. A record puts its cells, in any order, and is ended by [`Rows::end`].
pub(super) struct Rows {
    schema: SchemaRef,
    columns: Vec<Builder>,
    files: Vec<u32>,
    records: Vec<u32>,
    rows: usize,
    text: usize,
    row_text: usize,
    /// Rows of the batch that are none, ascending.
    discarded: Vec<usize>,
}

impl Rows {
    pub(super) fn new(columns: &[DataColumn]) -> Rows {
        Rows {
            schema: data_schema(columns),
            columns: columns.iter().map(|column| Builder::new(column.list)).collect(),
            files: Vec::new(),
            records: Vec::new(),
            rows: 0,
            text: 0,
            row_text: 0,
            discarded: Vec::new(),
        }
    }

    fn count(&mut self, value: &str) -> Result<(), ReadError> {
        self.row_text = self.row_text.saturating_add(value.len());
        if value.len() > LIMIT {
            Err(too_long("value").passable())
        } else if self.row_text > ROW_TEXT {
            Err(ReadError::new(format!("this record holds more than {} MiB", ROW_TEXT >> 20)).passable())
        } else {
            Ok(())
        }
    }

    /// The cell of a text column; one that is put twice keeps its first value.
    pub(super) fn put(&mut self, column: usize, value: &str) -> Result<(), ReadError> {
        self.count(value)?;
        match self.columns.get_mut(column) {
            Some(Builder::Text(cells)) if arrow::array::ArrayBuilder::len(cells) == self.rows => {
                cells.append_value(value);
                Ok(())
            }
            Some(Builder::List(_)) => self.put_list(column, [value]),
            _ => Ok(()),
        }
    }

    /// The cell of a list column.
    pub(super) fn put_list<S: AsRef<str>>(
        &mut self,
        column: usize,
        values: impl IntoIterator<Item = S>,
    ) -> Result<(), ReadError> {
        for value in values {
            self.count(value.as_ref())?;
            if let Some(Builder::List(cells)) = self.columns.get_mut(column) {
                cells.values().append_value(value);
            }
        }
        if let Some(Builder::List(cells)) = self.columns.get_mut(column) {
            cells.append(true);
        }
        Ok(())
    }

    /// Ends the record: a column that it did not put is null.
    pub(super) fn end(&mut self, file: usize, row: u64) {
        self.rows += 1;
        for column in &mut self.columns {
            if column.rows() < self.rows {
                match column {
                    Builder::Text(cells) => cells.append_null(),
                    Builder::List(cells) => cells.append(false),
                }
            }
        }
        self.files.push(u32::try_from(file).unwrap_or(u32::MAX));
        self.records.push(u32::try_from(row).unwrap_or(u32::MAX));
        self.text += self.row_text;
        self.row_text = 0;
    }

    /// Ends a record that cannot be read: what it has put is not in the batch.
    pub(super) fn discard(&mut self) {
        self.end(0, 0);
        self.discarded.push(self.rows - 1);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= ROWS || self.text >= TEXT
    }

    /// The rows so far; `None` where there are none.
    pub(super) fn take(&mut self) -> Result<Option<Block>, ReadError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Builder::finish).collect();
        let (mut files, mut records) = (std::mem::take(&mut self.files), std::mem::take(&mut self.records));
        if !self.discarded.is_empty() {
            let mut kept = vec![true; records.len()];
            std::mem::take(&mut self.discarded)
                .iter()
                .for_each(|at| kept[*at] = false);
            let mut mask = kept.iter().copied();
            files.retain(|_| mask.next().unwrap_or(true));
            let mut mask = kept.iter().copied();
            records.retain(|_| mask.next().unwrap_or(true));
            let mask = BooleanArray::from(kept);
            for array in &mut arrays {
                *array = filter(array, &mask).map_err(|error| ReadError::new(error.to_string()))?;
            }
        }
        self.block(arrays, files, records).map(Some)
    }

    /// Columns that came whole, under this schema.
    pub(super) fn block(
        &mut self,
        arrays: Vec<ArrayRef>,
        files: Vec<u32>,
        records: Vec<u32>,
    ) -> Result<Block, ReadError> {
        let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
        (self.rows, self.text) = (0, 0);
        let cells = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|error| ReadError::new(error.to_string()))?;
        Ok(Block { cells, files, records })
    }
}
