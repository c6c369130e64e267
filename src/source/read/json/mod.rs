//! JSON: `jsonl`, a value a line, and `json`, one document whose elements are the rows.

mod path;
mod value;

use std::collections::BTreeSet;
use std::path::Path as FilePath;

pub(super) use path::{Frame, Path, Step};
pub(super) use value::Value;

use super::bytes::{self, Lines};
use super::error::ReadError;
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request};
use crate::catalog::model::{ColumnPlace, Encoding};

/// The columns of a table of JSON and the paths they are found by.
pub(super) struct Shape {
    columns: Vec<DataColumn>,
    paths: Vec<Path>,
}

impl Shape {
    fn add(&mut self, name: &str, path: Path) {
        self.columns.push(DataColumn { name: name.to_string(), list: path.is_list() });
        self.paths.push(path);
    }

    /// From the `columns` block, else what is wanted, else what `keys` finds in the files.
    fn new(request: &Request, keys: impl FnOnce() -> Result<BTreeSet<String>, ReadError>) -> Result<Shape, ReadError> {
        let mut shape = Shape { columns: Vec::new(), paths: Vec::new() };
        match (&request.columns, &request.wanted) {
            (Some(columns), _) => {
                for column in columns {
                    let path = match &column.place {
                        ColumnPlace::Own => Path::key(&column.name),
                        ColumnPlace::Path(path) => Path::parse(path)?,
                        ColumnPlace::Position(_) => {
                            return Err(ReadError::new(format!("column `{}` has a position, but keys have names", column.name))
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
            return Err(ReadError::new(format!("this row is {}, not an object", own.value.kind()))
                .help("a `columns` block can say where its columns are, as `[0]` or `.`"));
        }
        for (column, path) in self.paths.iter().enumerate() {
            let Some(frame) = frames.len().checked_sub(path.climb + 1).and_then(|at| frames.get(at)) else {
                return Err(ReadError::new(format!("path `{}` climbs out of the document", path.written())));
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

struct JsonLines {
    shape: std::sync::Arc<Shape>,
    /// Without a `columns` block only an object has columns.
    needs_object: bool,
    encoding: Encoding,
    skip: usize,
}

pub(super) fn lines(request: &Request) -> Result<impl Layout + use<>, ReadError> {
    let (encoding, skip) = (request.table.encoding, request.table.skip);
    let shape = Shape::new(request, || {
        let mut keys = BTreeSet::new();
        request.each_file(|path| {
            let mut lines = JsonLineReader { lines: Lines::open(path, encoding, skip)?, row: 0 };
            while lines.next(|_, value| {
                add_keys(value, &mut keys);
                Ok(())
            })?
            .is_some()
            {}
            Ok(())
        })?;
        Ok(keys)
    })?;
    Ok(JsonLines { shape: shape.into(), needs_object: request.columns.is_none(), encoding, skip })
}

impl Layout for JsonLines {
    fn columns(&self) -> &[DataColumn] {
        &self.shape.columns
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Records>, ReadError> {
        let reader = JsonLineReader { lines: Lines::open(path, self.encoding, self.skip)?, row: 0 };
        Ok(Box::new(JsonLinesFile { shape: self.shape.clone(), needs_object: self.needs_object, reader }))
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
            let Some(line) = self.lines.next().map_err(|error| error.at(row))? else { return Ok(None) };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let value = Value::parse(line).map_err(|error| error.at(row))?;
            take(row, &value).map_err(|error| error.at(row))?;
            return Ok(Some(row));
        }
    }
}

struct JsonLinesFile {
    shape: std::sync::Arc<Shape>,
    needs_object: bool,
    reader: JsonLineReader,
}

impl Records for JsonLinesFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let JsonLinesFile { shape, needs_object, reader } = self;
        reader.next(|_, value| shape.put(&[Frame::root(value)], *needs_object, rows))
    }
}

struct JsonDocument {
    shape: std::sync::Arc<Shape>,
    needs_object: bool,
    encoding: Encoding,
    skip: usize,
    /// `None`: the document has to be a list.
    each: Option<Path>,
}

pub(super) fn document(request: &Request) -> Result<impl Layout + use<>, ReadError> {
    let table = request.table;
    let each = table.each.as_deref().map(Path::parse).transpose()?;
    if let Some(each) = &each
        && (each.climb > 0 || each.steps.contains(&Step::OwnKey))
    {
        return Err(ReadError::new(format!("`each {}` has to name elements from the root", each.written())));
    }
    let mut layout = JsonDocument {
        shape: Shape { columns: Vec::new(), paths: Vec::new() }.into(),
        needs_object: request.columns.is_none(),
        encoding: table.encoding,
        skip: table.skip,
        each,
    };
    let shape = Shape::new(request, || {
        let mut keys = BTreeSet::new();
        request.each_file(|path| {
            let file = layout.read(path)?;
            for row in 0..file.rows() {
                if let Some(frame) = file.frames(row).last() {
                    add_keys(frame.value, &mut keys);
                }
            }
            Ok(())
        })?;
        Ok(keys)
    })?;
    layout.shape = shape.into();
    Ok(layout)
}

impl JsonDocument {
    fn read(&self, path: &FilePath) -> Result<JsonDocumentFile, ReadError> {
        let text = bytes::whole(path, self.encoding)?;
        let document = Value::parse(&text)?.into_owned();
        let each = match (&self.each, &document) {
            (Some(each), _) => each.clone(),
            (None, Value::List(_)) => Path::parse("[]")?,
            (None, other) => {
                return Err(ReadError::new(format!("the document is {}, not a list of rows", other.kind()))
                    .help("say where the rows are: `each data[]` the elements of a list, `each {}` the values of an object"));
            }
        };
        let mut places = Vec::new();
        each_place(&each, &each.steps, Frame::root(&document), &mut Vec::new(), &mut places)?;
        Ok(JsonDocumentFile {
            shape: self.shape.clone(),
            needs_object: self.needs_object,
            document,
            each,
            places,
            row: 0,
            skip: self.skip,
        })
    }
}

impl Layout for JsonDocument {
    fn columns(&self) -> &[DataColumn] {
        &self.shape.columns
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Records>, ReadError> {
        Ok(Box::new(self.read(path)?))
    }
}

/// One document: its tree, and for every row the element taken at each `[]` and `{}` of `each`.
struct JsonDocumentFile {
    shape: std::sync::Arc<Shape>,
    needs_object: bool,
    document: Value<'static>,
    each: Path,
    places: Vec<Vec<usize>>,
    row: usize,
    skip: usize,
}

/// Finds the places of all rows below `frame`, which is at `at`.
fn each_place(
    each: &Path,
    steps: &[Step],
    frame: Frame,
    at: &mut Vec<usize>,
    places: &mut Vec<Vec<usize>>,
) -> Result<(), ReadError> {
    let Some((step, rest)) = steps.split_first() else {
        places.push(at.clone());
        return Ok(());
    };
    if !matches!(step, Step::Items | Step::Values) {
        return match (frame.descend(step), frame.value) {
            (Some(next), _) if rest.is_empty() && at.is_empty() && matches!(next.value, Value::List(_)) => {
                Err(ReadError::new(format!("`each {}` names a list, which is one value", each.written()))
                    .help(format!("`each {}[]` is every element of it", each.written())))
            }
            (Some(next), _) => each_place(each, rest, next, at, places),
            // Further in, an element may well lack what its siblings have.
            (None, Value::Object(entries)) if at.is_empty() => {
                let error = ReadError::new(format!("`each {}` names nothing in this document", each.written()));
                let Step::Key(key) = step else { return Err(error) };
                Err(error.suggesting(key, entries.iter().map(|(key, _)| key.as_ref())))
            }
            (None, other) if at.is_empty() => {
                let what = other.kind();
                Err(ReadError::new(format!("`each {}` names nothing in this document, which is {what}", each.written())))
            }
            (None, _) => Ok(()),
        };
    }
    for element in 0..frame.elements(step, each.written())?.unwrap_or(0) {
        if let Some(next) = frame.element(element) {
            at.push(element);
            each_place(each, rest, next, at, places)?;
            at.pop();
        }
    }
    Ok(())
}

impl JsonDocumentFile {
    fn rows(&self) -> usize {
        self.places.len()
    }

    /// The document, the element of every `[]` and `{}` on the way, and the row where that is none of them.
    fn frames(&self, row: usize) -> Vec<Frame<'_>> {
        let mut frame = Frame::root(&self.document);
        let mut frames = vec![frame];
        let mut at = self.places.get(row).into_iter().flatten();
        let mut iterated = true;
        for step in &self.each.steps {
            iterated = matches!(step, Step::Items | Step::Values);
            let next = if iterated { at.next().and_then(|at| frame.element(*at)) } else { frame.descend(step) };
            let Some(next) = next else { break };
            frame = next;
            if iterated {
                frames.push(frame);
            }
        }
        if !iterated {
            frames.push(frame);
        }
        frames
    }
}

impl Records for JsonDocumentFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let place = self.row + self.skip;
        if place >= self.rows() {
            return Ok(None);
        }
        self.row += 1;
        let row = self.row as u64;
        self.shape.put(&self.frames(place), self.needs_object, rows).map_err(|error| error.at(row))?;
        Ok(Some(row))
    }
}
