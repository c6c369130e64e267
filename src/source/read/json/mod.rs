//! JSON: `jsonl`, a value a line, and `json`, one document whose elements are the rows.

mod document;
mod path;
mod value;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) use document::document;
pub(super) use path::{Frame, Path, Step};
pub(in crate::source) use value::Value;

use super::bytes::Lines;
use super::error::ReadError;
use super::lines_of::LinesOf;
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request, SourceFile, Stretch};
use crate::catalog::model::{ColumnPlace, Encoding};

/// The columns of a table of JSON and the paths they are found by.
pub(super) struct Shape {
    columns: Vec<DataColumn>,
    paths: Vec<Path>,
}

impl Shape {
    fn add(&mut self, name: &str, path: Path) {
        self.columns.push(DataColumn {
            name: name.to_string(),
            list: path.is_list(),
        });
        self.paths.push(path);
    }

    /// From the `columns` block, else what is wanted, else what `keys` finds in the files.
    fn new(request: &Request, keys: impl FnOnce() -> Result<BTreeSet<String>, ReadError>) -> Result<Shape, ReadError> {
        let mut shape = Shape {
            columns: Vec::new(),
            paths: Vec::new(),
        };
        match (&request.columns, &request.wanted) {
            (Some(columns), _) => {
                for column in columns {
                    let path = match &column.place {
                        ColumnPlace::Own => Path::key(&column.name),
                        ColumnPlace::Path(path) => Path::parse(path)?,
                        ColumnPlace::Position(_) => {
                            return Err(ReadError::new(format!(
                                "column `{}` has a position, but keys have names",
                                column.name
                            ))
                            .help("`[0]` is the first element of a list"));
                        }
                    };
                    shape.add(&column.name, path);
                }
            }
            (None, Some(wanted)) => wanted.iter().for_each(|name| shape.add(name, Path::key(name))),
            (None, None) => keys()?.iter().for_each(|name| shape.add(name, Path::key(name))),
        }
        Ok(shape)
    }

    /// Puts the cells of one row. `frames` are what `^` climbs through; the last is the row itself.
    fn put(&self, frames: &[Frame], needs_object: bool, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(own) = frames.last() else { return Ok(()) };
        if needs_object && !matches!(own.value, Value::Object(_)) {
            return Err(
                ReadError::new(format!("this row is {}, not an object", own.value.kind()))
                    .help("a `columns` block can say where its columns are, as `[0]` or `.`"),
            );
        }
        for (column, path) in self.paths.iter().enumerate() {
            let Some(frame) = frames.len().checked_sub(path.climb + 1).and_then(|at| frames.get(at)) else {
                return Err(ReadError::new(format!(
                    "path `{}` climbs out of the document",
                    path.written()
                )));
            };
            if path.is_list() {
                let mut items = Vec::new();
                let found = path.visit(*frame, &mut |text| {
                    items.push(text);
                    Ok(())
                })?;
                if found {
                    rows.put_list(column, items)?;
                }
            } else {
                path.visit(*frame, &mut |text| rows.put(column, &text))?;
            }
        }
        Ok(())
    }
}

fn add_keys(value: &Value, keys: &mut BTreeSet<String>) {
    if let Value::Object(entries) = value {
        for (key, _) in entries {
            if !keys.contains(key.as_ref()) {
                keys.insert(key.to_string());
            }
        }
    }
}

/// The keys of a row, in its order; a row that is no object has none.
fn keys_of(value: &Value) -> Vec<String> {
    match value {
        Value::Object(entries) => entries.iter().map(|(key, _)| key.to_string()).collect(),
        _ => Vec::new(),
    }
}

struct JsonLines {
    shape: Arc<Shape>,
    /// Without a `columns` block only an object has columns.
    needs_object: bool,
    encoding: Encoding,
    skip: usize,
}

pub(super) fn lines(request: &Request) -> Result<impl Layout + use<>, ReadError> {
    let (encoding, skip) = (request.table.encoding, request.table.skip);
    let shape = Shape::new(request, || {
        let mut keys = BTreeSet::new();
        request.each_file(|file| {
            let mut lines = JsonLineReader {
                lines: Lines::open(file, encoding, skip)?,
                row: 0,
            };
            loop {
                let found = lines.next(|_, value| {
                    add_keys(value, &mut keys);
                    Ok(())
                });
                match found {
                    Ok(None) => return Ok(()),
                    Err(error) if !(error.passable && request.passing) => return Err(error),
                    Ok(Some(_)) | Err(_) => {}
                }
            }
        })?;
        Ok(keys)
    })?;
    Ok(JsonLines {
        shape: shape.into(),
        needs_object: request.columns.is_none(),
        encoding,
        skip,
    })
}

impl Layout for JsonLines {
    fn columns(&self) -> &[DataColumn] {
        &self.shape.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        let reader = JsonLineReader {
            lines: Lines::open(file, self.encoding, self.skip)?,
            row: 0,
        };
        Ok(Box::new(JsonLinesFile {
            shape: self.shape.clone(),
            needs_object: self.needs_object,
            reader,
        }))
    }

    fn names(&self, file: &SourceFile, record: u64) -> Result<Option<Vec<String>>, ReadError> {
        let mut reader = JsonLineReader {
            lines: Lines::open(file, self.encoding, self.skip)?,
            row: 0,
        };
        loop {
            let mut names = None;
            let take = |row: u64, value: &Value| {
                names = (row == record).then(|| keys_of(value));
                Ok(())
            };
            match reader.next(take) {
                Ok(None) => return Ok(None),
                Ok(Some(_)) if names.is_some() => return Ok(names),
                Err(error) if !error.passable => return Err(error),
                Ok(Some(_)) | Err(_) => {}
            }
        }
    }

    fn stretches(&self, file: &SourceFile, bytes: u64) -> Result<Vec<Stretch>, ReadError> {
        if self.skip > 0 {
            return Ok(Vec::new());
        }
        let stretch = |lines: LinesOf| {
            let (shape, needs_object) = (self.shape.clone(), self.needs_object);
            Stretch::new(move || {
                let reader = JsonLineReader {
                    lines: lines.open()?,
                    row: lines.before,
                };
                Ok(Box::new(JsonLinesFile {
                    shape: shape.clone(),
                    needs_object,
                    reader,
                }))
            })
        };
        Ok(LinesOf::of(file, self.encoding, bytes)?
            .into_iter()
            .map(stretch)
            .collect())
    }
}

/// Reads the values of the lines that are not blank; every line counts.
struct JsonLineReader {
    lines: Lines,
    row: u64,
}

impl JsonLineReader {
    fn next(&mut self, take: impl FnOnce(u64, &Value) -> Result<(), ReadError>) -> Result<Option<u64>, ReadError> {
        loop {
            self.row += 1;
            let row = self.row;
            let Some(line) = self.lines.next().map_err(|error| error.at(row))? else {
                return Ok(None);
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let wrong = |error: ReadError| error.at(row).passable();
            let value = Value::parse(line).map_err(wrong)?;
            take(row, &value).map_err(wrong)?;
            return Ok(Some(row));
        }
    }
}

struct JsonLinesFile {
    shape: Arc<Shape>,
    needs_object: bool,
    reader: JsonLineReader,
}

impl Records for JsonLinesFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let JsonLinesFile {
            shape,
            needs_object,
            reader,
        } = self;
        reader.next(|_, value| shape.put(&[Frame::root(value)], *needs_object, rows))
    }
}
