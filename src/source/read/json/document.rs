//! `json`: one document, read whole, whose elements are the rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Frame, Path, Shape, Step, Value, add_keys, keys_of};
use crate::catalog::model::Encoding;
use crate::source::read::error::ReadError;
use crate::source::read::rows::{DataColumn, Rows};
use crate::source::read::{Layout, Records, Request, SourceFile, bytes};

struct JsonDocument {
    shape: Arc<Shape>,
    needs_object: bool,
    encoding: Encoding,
    skip: usize,
    /// `None`: the document has to be a list.
    each: Option<Path>,
}

pub(in crate::source::read) fn document(request: &Request) -> Result<impl Layout + use<>, ReadError> {
    let table = request.table;
    let each = table.each.as_deref().map(Path::parse).transpose()?;
    if let Some(each) = &each
        && (each.climb > 0 || each.steps.contains(&Step::OwnKey))
    {
        return Err(ReadError::new(format!(
            "`each {}` has to name elements from the root",
            each.written()
        )));
    }
    let mut layout = JsonDocument {
        shape: Shape {
            columns: Vec::new(),
            paths: Vec::new(),
        }
        .into(),
        needs_object: request.columns.is_none(),
        encoding: table.encoding,
        skip: table.skip,
        each,
    };
    let shape = Shape::new(request, || {
        let mut keys = BTreeSet::new();
        request.each_file(|file| {
            let file = layout.read(file)?;
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
    fn read(&self, file: &SourceFile) -> Result<JsonDocumentFile, ReadError> {
        let text = bytes::whole(file, self.encoding)?;
        let document = Value::parse(&text)?.into_owned();
        let each = match (&self.each, &document) {
            (Some(each), _) => each.clone(),
            (None, Value::List(_)) => Path::parse("[]")?,
            (None, other) => {
                return Err(ReadError::new(format!("the document is {}, not a list of rows", other.kind())).help(
                    "say where the rows are: `each data[]` the elements of a list, `each {}` the values of an object",
                ));
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

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        Ok(Box::new(self.read(file)?))
    }

    fn names(&self, file: &SourceFile, record: u64) -> Result<Option<Vec<String>>, ReadError> {
        let file = self.read(file)?;
        let Some(place) = usize::try_from(record).ok().and_then(|record| record.checked_sub(1)) else {
            return Ok(None);
        };
        let place = place + file.skip;
        let row = file.frames(place).last().map(|frame| keys_of(frame.value));
        Ok(row.filter(|_| place < file.rows()))
    }
}

/// One document: its tree, and for every row the element taken at each `[]` and `{}` of `each`.
struct JsonDocumentFile {
    shape: Arc<Shape>,
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
            (Some(next), _) if rest.is_empty() && at.is_empty() && matches!(next.value, Value::List(_)) => Err(
                ReadError::new(format!("`each {}` names a list, which is one value", each.written()))
                    .help(format!("`each {}[]` is every element of it", each.written())),
            ),
            (Some(next), _) => each_place(each, rest, next, at, places),
            // Further in, an element may well lack what its siblings have.
            (None, Value::Object(entries)) if at.is_empty() => {
                let error = ReadError::new(format!("`each {}` names nothing in this document", each.written()));
                let Step::Key(key) = step else { return Err(error) };
                Err(error.suggesting(key, entries.iter().map(|(key, _)| key.as_ref())))
            }
            (None, other) if at.is_empty() => {
                let what = other.kind();
                Err(ReadError::new(format!(
                    "`each {}` names nothing in this document, which is {what}",
                    each.written()
                )))
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
            let next = if iterated {
                at.next().and_then(|at| frame.element(*at))
            } else {
                frame.descend(step)
            };
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
        self.shape
            .put(&self.frames(place), self.needs_object, rows)
            .map_err(|error| error.at(row).passable())?;
        Ok(Some(row))
    }
}
