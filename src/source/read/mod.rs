//! Files to Arrow batches of text: every format a source can have, one record at a time.
//!
//! Nothing here knows of fields or types: a cell is text, a list of texts or null, as the file has it.
//! A format is a `Layout`; it learns its columns from the files' heads and opens one file after another.

mod archive;
mod aside;
mod blocks;
mod bytes;
mod columnar;
mod delimited;
mod error;
mod json;
mod lines;
mod lines_of;
mod parts;
mod paths;
mod pattern;
mod rows;
mod sections;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

use crate::catalog::model::{Column, ColumnPlace, Format, Table};

use super::place::Place;
pub(super) use archive::Archive;
pub use aside::Aside;
use blocks::Blocks;
pub use error::ReadError;
pub(super) use json::Value as Json;
pub use parts::Part;
use parts::Stretch;
pub use paths::{SourceFile, on_disk};
pub(super) use paths::{parse, whole_files};
pub(super) use pattern::Pattern;
pub use rows::Block;
use rows::{DataColumn, Rows};

/// How all files of a table are read.
trait Layout: Send + Sync {
    fn columns(&self) -> &[DataColumn];
    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError>;

    /// The names that a record of a file has, in its order; `None` where the format has no names of its own for each.
    fn names(&self, _file: &SourceFile, _record: u64) -> Result<Option<Vec<String>>, ReadError> {
        Ok(None)
    }

    /// Stretches of a file, each of about so many bytes, that can be read apart; none where it is read in one go.
    fn stretches(&self, _file: &SourceFile, _bytes: u64) -> Result<Vec<Stretch>, ReadError> {
        Ok(Vec::new())
    }
}

/// The records of one file.
trait Records: Send {
    /// Puts the cells of the next record and says which one it was; `None` at the end of the file. After an error that is
    /// passable the next call gives the record after it.
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError>;

    /// The next records as whole columns, with the number of the first, where the file has them so; whoever says
    /// `None` at first gives records one at a time.
    fn next_columns(&mut self) -> Result<Option<(Vec<ArrayRef>, u64)>, ReadError> {
        Ok(None)
    }

    /// Whether the records come as whole columns.
    fn is_columnar(&self) -> bool {
        false
    }
}

/// What a layout is made from.
struct Request<'a> {
    table: &'a Table,
    /// The table's columns but for those that the paths capture; `None`: it has no such block.
    columns: Option<Vec<&'a Column>>,
    wanted: Option<Vec<String>>,
    /// Records that cannot be read are passed over.
    passing: bool,
    files: &'a [SourceFile],
}

impl Request<'_> {
    /// Calls `look` with every file, and names the file in what goes wrong.
    fn each_file(&self, mut look: impl FnMut(&SourceFile) -> Result<(), ReadError>) -> Result<(), ReadError> {
        self.files
            .iter()
            .try_for_each(|file| look(file).map_err(|e| e.in_file(&file.path)))
    }
}

/// The name that the file has for a column; `None` for one that goes by position.
fn name_in_file(column: &Column) -> Option<&str> {
    match &column.place {
        ColumnPlace::Own => Some(&column.name),
        ColumnPlace::Path(path) => Some(path),
        ColumnPlace::Position(_) => None,
    }
}

/// One table of a split, opened: its files found, its columns known; nothing but what that needs has been read.
pub struct TableReader {
    files: Vec<SourceFile>,
    layout: Box<dyn Layout>,
    /// The columns of the layout, then those of `captured`.
    columns: Vec<DataColumn>,
    /// Name of each column that a path gives, and the capture it shows.
    captured: Vec<(String, String)>,
    /// Where the errors of records go that cannot be read, if they are to be passed over.
    aside: Option<Aside>,
}

impl TableReader {
    /// Finds the files of `table` and learns their columns. What has to be fetched is fetched.
    ///
    /// `wanted` names the columns to read from files that do not list their own (JSON); `None` is every key
    /// that occurs, sorted by name, which takes a pass over the files.
    pub fn open(table: &Table, place: &Place, wanted: Option<&[String]>) -> Result<TableReader, ReadError> {
        Self::open_passing(table, place, wanted, None)
    }

    /// The same, which passes over records that cannot be read and puts their errors into `aside`.
    pub fn open_passing(
        table: &Table,
        place: &Place,
        wanted: Option<&[String]>,
        aside: Option<&Aside>,
    ) -> Result<TableReader, ReadError> {
        let captures = paths::capture_names(&table.paths)?;
        let files = paths::find(&table.paths, place)?;
        // Where every record is a file, an empty one is a record; elsewhere a table of nothing is an accident.
        if let Some(first) = files.first()
            && table.format != Format::Files
            && files.iter().all(|file| holds_nothing(file, table))
        {
            let help = "fetch it again, or say `absent \"why\"` in its split";
            return Err(ReadError::new("the file is empty").help(help).in_file(&first.path));
        }
        let is_capture =
            |column: &Column| name_in_file(column).is_some_and(|name| captures.iter().any(|capture| capture == name));
        let mut captured: Vec<(String, String)> = Vec::new();
        for column in table.columns.iter().filter(|column| is_capture(column)) {
            captured.push((
                column.name.clone(),
                name_in_file(column).unwrap_or_default().to_string(),
            ));
        }
        for capture in &captures {
            if !captured.iter().any(|(_, shown)| shown == capture) {
                captured.push((capture.clone(), capture.clone()));
            }
        }
        let own = || table.columns.iter().filter(|column| !is_capture(column)).collect();
        let request = Request {
            table,
            columns: (!table.columns.is_empty()).then(own),
            wanted: wanted.map(|names| names.iter().filter(|name| !captures.contains(name)).cloned().collect()),
            passing: aside.is_some(),
            files: &files,
        };
        // What is wrong with the table is wrong with its first file, where no other is to blame.
        let first = files.first().map(|file| file.path.as_str()).unwrap_or_default();
        let layout = layout(&request).map_err(|error| error.in_file(first))?;
        let mut columns = layout.columns().to_vec();
        columns.extend(captured.iter().map(|(name, _)| DataColumn::text(name)));
        check_names(&columns).map_err(|error| error.in_file(first))?;
        Ok(TableReader {
            layout,
            columns,
            captured,
            files,
            aside: aside.cloned(),
        })
    }

    /// The columns of the data, each `Utf8` or a list of it, then `_file` and `_row`.
    pub fn schema(&self) -> SchemaRef {
        rows::schema(&rows::data_schema(&self.columns))
    }

    /// The files in the order in which they are read.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The names that a record has, in its order: the keys of JSON, the children and attributes of XML; `None` for other
    /// formats, and where the record cannot be found again. This reads the file up to the record.
    pub fn names(&self, file: &str, record: u64) -> Option<Vec<String>> {
        let file = self.files.iter().find(|known| known.path == file)?;
        self.layout.names(file, record).ok().flatten()
    }

    /// The rows, at most 8192 a block, until the first error.
    pub fn blocks(self) -> impl Iterator<Item = Result<Block, ReadError>> + Send {
        let files = 0..self.files.len();
        Blocks::new(Arc::new(self), files, None)
    }

    /// Parts that can be read apart, by so many threads; their blocks one after another are those of the table.
    pub fn parts(self, threads: usize) -> Result<Vec<Part>, ReadError> {
        parts::parts(self, threads)
    }

    /// The same as tables with the schema of [`TableReader::schema`].
    pub fn batches(self) -> impl Iterator<Item = Result<RecordBatch, ReadError>> + Send {
        let files = self.files.clone();
        self.blocks()
            .map(move |block| block.and_then(|block| block.with_places(&files)))
    }
}

fn layout(request: &Request) -> Result<Box<dyn Layout>, ReadError> {
    Ok(match request.table.format {
        Format::Csv => Box::new(delimited::Delimited::new(request, b',', true)?),
        Format::Tsv => Box::new(delimited::Delimited::new(request, b'\t', false)?),
        Format::Jsonl => Box::new(json::lines(request)?),
        Format::Json => Box::new(json::document(request)?),
        Format::Xml => Box::new(xml::Xml::new(request)?),
        Format::Lines => Box::new(lines::PlainLines::new(request)?),
        Format::Records => Box::new(lines::LineRecords::new(request)?),
        Format::Sections => Box::new(sections::Sections::new(request)?),
        Format::Files => Box::new(sections::WholeFiles::new(request)?),
        Format::Parquet => Box::new(columnar::Columnar::new(request, columnar::Kind::Parquet)?),
        Format::Arrow => Box::new(columnar::Columnar::new(request, columnar::Kind::Arrow)?),
    })
}

/// Whether a file has no byte, no text once it is decompressed, or only blank lines where these are no records. One that
/// cannot be read has something, of which reading it will tell.
fn holds_nothing(file: &SourceFile, table: &Table) -> bool {
    let blank: &[u8] = match table.format {
        Format::Parquet | Format::Arrow => return file.bytes == 0,
        Format::Csv | Format::Tsv => b"\r\n",
        Format::Jsonl => b" \t\r\n",
        _ => b"",
    };
    file.bytes == 0 || bytes::has_only(file, table.encoding, blank).unwrap_or(false)
}

fn check_names(columns: &[DataColumn]) -> Result<(), ReadError> {
    let mut seen = BTreeSet::from(["_file", "_row"]);
    match columns.iter().find(|column| !seen.insert(&column.name)) {
        None => Ok(()),
        Some(twice) => Err(ReadError::new(format!("there are two columns `{}`", twice.name))
            .help("name the columns to read in a `columns` block")),
    }
}

/// The files of a table, all of them on this machine.
pub fn files(table: &Table, place: &Place) -> Result<Vec<SourceFile>, ReadError> {
    paths::find(&table.paths, place)
}

/// Why the files of some tables cannot be had; `None` where they can. This looks into no file and fetches none.
pub fn absence(tables: &[Table], place: &Place) -> Option<String> {
    let mut missing = Vec::new();
    for path in tables.iter().flat_map(|table| &table.paths) {
        let Ok(location) = parse(path) else { continue };
        if location.is_remote() {
            if let Some(reason) = place.absence(&location) {
                return Some(reason);
            }
        } else if whole_files(&location, place).is_ok_and(|files| files.is_empty()) {
            missing.push(location.file);
        }
    }
    let names = crate::text::list(&missing);
    (!missing.is_empty()).then(|| format!("no file matches {names} in {}", place.data.display()))
}

/// How many records a table reads from each of its files on disk, members of one archive taken together; with `passing`,
/// those that cannot be read are some of them.
pub fn count(table: &Table, place: &Place, passing: bool) -> Result<BTreeMap<String, u64>, ReadError> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    if table.format == Format::Parquet {
        for file in paths::find(&table.paths, place)? {
            let rows = columnar::parquet_rows(&file).map_err(|error| error.in_file(&file.path))?;
            *counts.entry(file.on_disk().to_string()).or_default() += rows;
        }
        return Ok(counts);
    }
    // Columns have no say in what a record is.
    let aside = passing.then(Aside::default);
    let reader = TableReader::open_passing(table, place, Some(&[]), aside.as_ref())?;
    let names: Vec<String> = reader.files().iter().map(|file| file.on_disk().to_string()).collect();
    let mut rows = vec![0; names.len()];
    for block in reader.blocks() {
        for file in block?.files {
            rows[file as usize] += 1;
        }
    }
    for (name, rows) in names.into_iter().zip(rows) {
        *counts.entry(name).or_default() += rows;
    }
    for error in aside.iter().flat_map(Aside::take) {
        *counts.entry(on_disk(&error.file).to_string()).or_default() += 1;
    }
    Ok(counts)
}
