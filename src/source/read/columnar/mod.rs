//! `parquet` and `arrow`: tables with types, whose cells become text.

mod ipc;
mod value;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::bytes::{LIMIT, too_long};
use super::error::ReadError;
use super::json::{Frame, Path, Step};
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request, SourceFile, Stretch, bytes, name_in_file};

/// Rows decoded at a time: long texts make eight times as many dear to hold.
const BATCH: usize = 1024;

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Parquet,
    Arrow,
}

/// The column of the file that a column is read from, and the path below it.
#[derive(Clone)]
struct Origin {
    column: String,
    below: Path,
}

pub(super) struct Columnar {
    kind: Kind,
    columns: Vec<DataColumn>,
    origins: Arc<[Origin]>,
    skip: usize,
}

impl Columnar {
    pub(super) fn new(request: &Request, kind: Kind) -> Result<Columnar, ReadError> {
        let Schemas { known, twice } = union_of_schemas(request, kind)?;
        let mut columns = Vec::new();
        let mut origins = Vec::new();
        let mut add = |name: &str, origin: Origin| {
            columns.push(DataColumn {
                name: name.to_string(),
                list: origin.below.is_list(),
            });
            origins.push(origin);
        };
        match &request.columns {
            None => known
                .iter()
                .for_each(|(name, kind)| add(name, whole_column(name, kind))),
            Some(chosen) => {
                for column in chosen {
                    let Some(name) = name_in_file(column) else {
                        return Err(ReadError::new(format!(
                            "column `{}` has a position, but this format has names",
                            column.name
                        )));
                    };
                    match origin(name, &known)? {
                        Some(origin) => add(&column.name, origin),
                        None => {
                            let error = ReadError::new(format!("there is no column `{name}`"));
                            return Err(error.suggesting(name, known.iter().map(|(name, _)| name.as_str())));
                        }
                    }
                }
            }
        }
        let asked = |(name, _): &&(String, String)| origins.iter().any(|origin| origin.column == *name);
        if let Some((name, file)) = twice.iter().find(asked) {
            return Err(ReadError::new(format!("the schema names `{name}` twice"))
                .help(
                    "write the file anew with another name for one of them, or read other columns in a `columns` block",
                )
                .in_file(file));
        }
        Ok(Columnar {
            kind,
            columns,
            origins: origins.into(),
            skip: request.table.skip,
        })
    }
}

/// A list of texts where the column is one, else the text of the cell.
fn whole_column(name: &str, kind: &DataType) -> Origin {
    Origin {
        column: name.to_string(),
        below: listed(Path::key(name).below_first(), kind),
    }
}

fn listed(path: Path, kind: &DataType) -> Path {
    if value::item_type(kind).is_some_and(value::is_scalar) {
        path.items()
    } else {
        path
    }
}

fn origin(name: &str, known: &[(String, DataType)]) -> Result<Option<Origin>, ReadError> {
    if let Some((name, kind)) = known.iter().find(|(known, _)| known == name) {
        return Ok(Some(whole_column(name, kind)));
    }
    let path = Path::parse(name)?;
    let Some(Step::Key(first)) = path.steps.first() else {
        return Ok(None);
    };
    let below = path.below_first();
    let found = known
        .iter()
        .find(|(known, _)| known == first)
        .filter(|_| path.climb == 0);
    Ok(found.and_then(|(column, kind)| {
        let kind = value::type_below(kind, &below.steps)?;
        Some(Origin {
            column: column.clone(),
            below: listed(below, kind),
        })
    }))
}

/// What the files of a table have.
struct Schemas {
    /// Every column once, in the order of the first file and then of the others.
    known: Vec<(String, DataType)>,
    /// Names that one file has twice, each with the file. That hurts only who asks for them.
    twice: Vec<(String, String)>,
}

fn union_of_schemas(request: &Request, kind: Kind) -> Result<Schemas, ReadError> {
    let mut union: Vec<(String, DataType)> = Vec::new();
    let mut twice: Vec<(String, String)> = Vec::new();
    request.each_file(|file| {
        let schema = open(file, kind, &mut |_| Vec::new())?.0;
        let mut seen = BTreeSet::new();
        for field in schema.fields() {
            if !seen.insert(field.name()) {
                twice.push((field.name().clone(), file.path.clone()));
            }
            let list = |kind: &DataType| value::item_type(kind).is_some_and(value::is_scalar);
            match union.iter().find(|(name, _)| name == field.name()) {
                None => union.push((field.name().clone(), field.data_type().clone())),
                Some((name, known)) if list(known) != list(field.data_type()) => {
                    return Err(ReadError::new(format!(
                        "column `{name}` is a list in one file and not in another"
                    )));
                }
                Some(_) => {}
            }
        }
        Ok(())
    })?;
    Ok(Schemas { known: union, twice })
}

type BatchesOfFile = Box<dyn Iterator<Item = Result<RecordBatch, ReadError>> + Send>;

/// The schema of a file, and batches that hold at least the columns that `choose` picks from it.
fn open(
    file: &SourceFile,
    kind: Kind,
    choose: &mut dyn FnMut(&SchemaRef) -> Vec<usize>,
) -> Result<(SchemaRef, BatchesOfFile), ReadError> {
    match kind {
        Kind::Parquet => open_parquet(file, choose, None),
        Kind::Arrow => {
            let (schema, batches) = ipc::Batches::open(bytes::seekable(file)?)?;
            Ok((schema, Box::new(batches)))
        }
    }
}

/// The same for a Parquet file, or for some of its row groups.
fn open_parquet(
    file: &SourceFile,
    choose: &mut dyn FnMut(&SchemaRef) -> Vec<usize>,
    groups: Option<Vec<usize>>,
) -> Result<(SchemaRef, BatchesOfFile), ReadError> {
    let file = bytes::seekable(file)?;
    let mut builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file))?;
    let schema = builder.schema().clone();
    let mask = ProjectionMask::roots(builder.parquet_schema(), choose(&schema));
    if let Some(groups) = groups {
        builder = builder.with_row_groups(groups);
    }
    let mut batches = guarded(|| builder.with_projection(mask).with_batch_size(BATCH).build())?;
    let batches = std::iter::from_fn(move || guarded(|| batches.next().transpose()).transpose());
    Ok((schema, Box::new(batches)))
}

/// The rows of a Parquet file, by its footer.
pub(super) fn parquet_rows(file: &SourceFile) -> Result<u64, ReadError> {
    let file = bytes::seekable(file)?;
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file))?;
    Ok(u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0))
}

/// Decoders of binary formats index by what a damaged file claims: their panic is one more way to say so.
fn guarded<T, E: std::fmt::Display>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, ReadError> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)) {
        Ok(result) => result.map_err(|error| ReadError::new(error.to_string())),
        Err(_) => Err(ReadError::new("this file is damaged")),
    }
}

impl Layout for Columnar {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        let opened = open(file, self.kind, &mut |schema| chosen(&self.origins, schema))?;
        Ok(Box::new(ColumnarFile::new(opened, self.origins.clone(), self.skip, 0)))
    }

    fn stretches(&self, file: &SourceFile, bytes: u64) -> Result<Vec<Stretch>, ReadError> {
        if !matches!(self.kind, Kind::Parquet) || self.skip > 0 || file.local().is_none() {
            return Ok(Vec::new());
        }
        let stretch = |groups: Groups| {
            let (file, origins) = (file.clone(), self.origins.clone());
            Stretch::new(move || {
                let choose = &mut |schema: &SchemaRef| chosen(&origins, schema);
                let opened = open_parquet(&file, choose, Some(groups.of.clone().collect()))?;
                Ok(Box::new(ColumnarFile::new(opened, origins.clone(), 0, groups.before)))
            })
        };
        Ok(Groups::of(file, bytes)?.into_iter().map(stretch).collect())
    }
}

/// The columns of a file that some origins are in.
fn chosen(origins: &[Origin], schema: &SchemaRef) -> Vec<usize> {
    let found = origins.iter().filter_map(|origin| schema.index_of(&origin.column).ok());
    let mut chosen: Vec<usize> = found.collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// Row groups of a Parquet file that follow one another.
struct Groups {
    of: Range<usize>,
    /// Rows of the file before them.
    before: u64,
}

impl Groups {
    /// All of a file, so many compressed bytes or a little more at a time.
    fn of(file: &SourceFile, bytes: u64) -> Result<Vec<Groups>, ReadError> {
        let file = bytes::seekable(file)?;
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file))?;
        let (mut all, mut before, mut gathered) = (Vec::new(), 0, 0);
        let mut begun = Groups { of: 0..0, before };
        for (at, group) in builder.metadata().row_groups().iter().enumerate() {
            begun.of.end = at + 1;
            before += u64::try_from(group.num_rows()).unwrap_or(0);
            gathered += u64::try_from(group.compressed_size()).unwrap_or(0);
            if gathered >= bytes {
                let next = Groups {
                    of: at + 1..at + 1,
                    before,
                };
                all.push(std::mem::replace(&mut begun, next));
                gathered = 0;
            }
        }
        all.extend((!begun.of.is_empty()).then_some(begun));
        Ok(all)
    }
}

struct ColumnarFile {
    /// All columns are texts or whole numbers, and are handed on as they are.
    whole: bool,
    batches: BatchesOfFile,
    batch: Option<RecordBatch>,
    /// The next row of the batch.
    at: usize,
    row: u64,
    /// Rows still to be left out.
    skip: usize,
    origins: Arc<[Origin]>,
}

impl ColumnarFile {
    /// The batches of a file, `before` so many rows of it.
    fn new(
        (schema, batches): (SchemaRef, BatchesOfFile),
        origins: Arc<[Origin]>,
        skip: usize,
        before: u64,
    ) -> ColumnarFile {
        let is_whole = |origin: &Origin| {
            let kind = schema
                .field_with_name(&origin.column)
                .map(|field| is_whole(field.data_type()));
            origin.below.is_whole() && kind.unwrap_or(true)
        };
        ColumnarFile {
            whole: !origins.is_empty() && origins.iter().all(is_whole),
            batches,
            batch: None,
            at: 0,
            row: before,
            skip,
            origins,
        }
    }
}

/// A column whose cells are texts or whole numbers, as text; `None` for one that has to go cell by cell. `first` is the
/// number of its first record.
fn whole_text(array: &ArrayRef, first: u64) -> Result<Option<ArrayRef>, ReadError> {
    let texts = match array.data_type() {
        DataType::Utf8 => array.clone(),
        kind if kind.is_integer() || matches!(kind, DataType::LargeUtf8 | DataType::Utf8View) => {
            cast(array, &DataType::Utf8).map_err(|error| ReadError::new(error.to_string()))?
        }
        _ => return Ok(None),
    };
    let offsets = texts.as_string::<i32>().value_offsets();
    let mut lengths = offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize);
    if let Some(at) = lengths.position(|length| length > LIMIT) {
        return Err(too_long("value").at(first + at as u64));
    }
    Ok(Some(texts))
}

/// Whether cells of this type are read as whole columns.
fn is_whole(kind: &DataType) -> bool {
    kind.is_integer() || matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

impl Records for ColumnarFile {
    fn is_columnar(&self) -> bool {
        self.whole
    }

    fn next_columns(&mut self) -> Result<Option<(Vec<ArrayRef>, u64)>, ReadError> {
        let row = self.row + 1;
        loop {
            let Some(batch) = self.batches.next().transpose().map_err(|error| error.at(row))? else {
                return Ok(None);
            };
            let left_out = self.skip.min(batch.num_rows());
            self.skip -= left_out;
            let batch = batch.slice(left_out, batch.num_rows() - left_out);
            if batch.num_rows() == 0 {
                continue;
            }
            let missing = || arrow::array::new_null_array(&DataType::Utf8, batch.num_rows());
            let mut columns = Vec::with_capacity(self.origins.len());
            for origin in self.origins.iter() {
                let column = match batch.column_by_name(&origin.column) {
                    None => missing(),
                    Some(array) => whole_text(array, row).map_err(|e| e.at(row))?.unwrap_or_else(missing),
                };
                columns.push(column);
            }
            self.row += batch.num_rows() as u64;
            return Ok(Some((columns, row)));
        }
    }

    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let row = self.row + 1;
        let batch = loop {
            match &self.batch {
                Some(batch) if self.at < batch.num_rows() => {
                    if self.skip == 0 {
                        break batch;
                    }
                    let left_out = self.skip.min(batch.num_rows() - self.at);
                    self.at += left_out;
                    self.skip -= left_out;
                }
                _ => match self.batches.next().transpose().map_err(|error| error.at(row))? {
                    Some(batch) => (self.batch, self.at) = (Some(batch), 0),
                    None => return Ok(None),
                },
            }
        };
        let at = self.at;
        self.at += 1;
        self.row = row;
        for (column, origin) in self.origins.iter().enumerate() {
            let Some(array) = batch.column_by_name(&origin.column) else {
                continue;
            };
            put(array, at, &origin.below, column, rows).map_err(|error| error.at(row).passable())?;
        }
        Ok(Some(row))
    }
}

fn put(
    array: &dyn arrow::array::Array,
    at: usize,
    below: &Path,
    column: usize,
    rows: &mut Rows,
) -> Result<(), ReadError> {
    let cell = value::value(array, at)?;
    if !below.is_list() {
        return below
            .visit(Frame::root(&cell), &mut |text| rows.put(column, &text))
            .map(|_| ());
    }
    let mut items = Vec::new();
    let found = below.visit(Frame::root(&cell), &mut |text| {
        items.push(text);
        Ok(())
    })?;
    if found { rows.put_list(column, items) } else { Ok(()) }
}
