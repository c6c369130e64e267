//! Tables of delimited fields: `csv` with the quotes of RFC 4180, `tsv` with none at all.

use super::bytes::{LIMIT, Lines, too_long};
use super::error::ReadError;
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request, SourceFile};
use crate::catalog::model::{Column, ColumnPlace, Encoding};

/// Where a column is in every file of the table.
#[derive(Clone)]
enum Place {
    Header(String),
    /// From 1, or from -1 at the end of the record.
    Position(i64),
}

pub(super) struct Delimited {
    style: Style,
    headerless: bool,
    ragged: bool,
    columns: Vec<DataColumn>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Style {
    delimiter: u8,
    quoted: bool,
    encoding: Encoding,
    skip: usize,
}

impl Delimited {
    pub(super) fn new(request: &Request, delimiter: u8, quoted: bool) -> Result<Delimited, ReadError> {
        let table = request.table;
        let delimiter = table.delimiter.unwrap_or(delimiter);
        if !delimiter.is_ascii() || b"\r\n".contains(&delimiter) || (quoted && delimiter == b'"') {
            return Err(ReadError::new(
                "fields are separated by one ASCII character that is no line end or quote",
            ));
        }
        let style = Style {
            delimiter,
            quoted,
            encoding: table.encoding,
            skip: table.skip,
        };
        let header = if table.headerless {
            Vec::new()
        } else {
            union_of_headers(request, style)?
        };
        let names = header.iter().map(String::as_str);
        let (columns, places) = match &request.columns {
            None if table.headerless => {
                return Err(ReadError::new("files without a header need a `columns` block")
                    .help("name the columns in their order"));
            }
            None if header.is_empty() => return Err(ReadError::new("none of the files has a header")),
            None => names
                .map(|name| (DataColumn::text(name), Place::Header(name.to_string())))
                .unzip(),
            Some(columns) => {
                let mut chosen = (Vec::new(), Vec::new());
                for (at, column) in columns.iter().enumerate() {
                    chosen.0.push(DataColumn::text(&column.name));
                    chosen.1.push(place(column, at, table.headerless)?);
                }
                for place in &chosen.1 {
                    if let Place::Header(name) = place
                        && !table.headerless
                        && !header.contains(name)
                    {
                        let error = ReadError::new(format!("there is no column `{name}`"));
                        return Err(error.suggesting(name, names));
                    }
                }
                chosen
            }
        };
        Ok(Delimited {
            style,
            headerless: table.headerless,
            ragged: table.ragged,
            columns,
            places,
        })
    }
}

fn place(column: &Column, at: usize, headerless: bool) -> Result<Place, ReadError> {
    match &column.place {
        ColumnPlace::Own if headerless => Ok(Place::Position(at as i64 + 1)),
        ColumnPlace::Own => Ok(Place::Header(column.name.clone())),
        ColumnPlace::Path(name) if headerless => Err(ReadError::new(format!(
            "column `{}` is read from `{name}`, but the files have no header",
            column.name
        ))
        .help("say the position of the column, counted from 1")),
        ColumnPlace::Path(name) => Ok(Place::Header(name.clone())),
        ColumnPlace::Position(0) => Err(ReadError::new(format!("column `{}` is at position 0", column.name))
            .help("positions count from 1, or from -1 at the end")),
        ColumnPlace::Position(position) => Ok(Place::Position(*position)),
    }
}

/// Every name of a header once, in the order of the first file and then of the others. A name that one header
/// has twice hurts only who asks for it, when the file is opened.
fn union_of_headers(request: &Request, style: Style) -> Result<Vec<String>, ReadError> {
    let mut union: Vec<String> = Vec::new();
    request.each_file(|file| {
        let mut fields = Fields::open(file, style)?;
        if !fields.next()? {
            return Ok(());
        }
        if fields.iter().any(has_bare_return) {
            return Err(
                ReadError::new("the header has a carriage return in it that ends no line")
                    .help("lines end at LF or CRLF: give the file such line ends"),
            );
        }
        for name in fields.iter() {
            if !union.iter().any(|known| known == name) {
                union.push(name.to_string());
            }
        }
        Ok(())
    })?;
    Ok(union)
}

/// Whether a text has a CR without an LF after it, as a header has that goes on to the end of the file.
fn has_bare_return(text: &str) -> bool {
    text.split('\r').skip(1).any(|after| !after.starts_with('\n'))
}

impl Layout for Delimited {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        let mut fields = Fields::open(file, self.style)?;
        let mut header: Vec<String> = Vec::new();
        if !self.headerless && fields.next()? {
            header = fields.iter().map(str::to_string).collect();
        }
        let places = self.places.iter().map(|place| match place {
            Place::Position(position) => Ok(Some(*position)),
            Place::Header(name) => {
                let mut found = header.iter().enumerate().filter(|(_, known)| *known == name);
                match (found.next(), found.next()) {
                    (Some((at, _)), None) => Ok(Some(at as i64 + 1)),
                    (None, _) => Ok(None),
                    (Some(_), Some(_)) => Err(ReadError::new(format!("the header names `{name}` twice"))
                        .help("say in a `columns` block which one, by its position")),
                }
            }
        });
        let places = places.collect::<Result<Vec<_>, ReadError>>()?;
        let width = (!header.is_empty()).then_some(header.len());
        Ok(Box::new(DelimitedFile {
            fields,
            places,
            width,
            ragged: self.ragged,
            headed: !self.headerless,
            row: 0,
        }))
    }
}

struct DelimitedFile {
    fields: Fields,
    places: Vec<Option<i64>>,
    /// Fields of the header, or of the first record.
    width: Option<usize>,
    ragged: bool,
    headed: bool,
    row: u64,
}

impl Records for DelimitedFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let row = self.row + 1;
        self.row = row;
        if !self.fields.next().map_err(|error| error.at(row))? {
            return Ok(None);
        }
        let count = self.fields.ends.len();
        let width = *self.width.get_or_insert(count);
        if count != width && !self.ragged {
            let standard = if self.headed { "the header" } else { "the first record" };
            let fields = crate::text::count(count, "field");
            let error = ReadError::new(format!("this record has {fields}, {standard} has {width}"))
                .at(row)
                .passable();
            let quotes = if self.fields.style.quoted {
                "; if quotes mean nothing in it, read it as `tsv`"
            } else {
                ""
            };
            let header = if self.headed {
                ", `headerless` if the first line is no header"
            } else {
                ""
            };
            return Err(error.help(format!("say `ragged` if records may differ in length{header}{quotes}")));
        }
        for (column, place) in self.places.iter().enumerate() {
            let index = match *place {
                None => continue,
                Some(position) if position > 0 => usize::try_from(position - 1).ok(),
                Some(position) => usize::try_from(position.unsigned_abs())
                    .ok()
                    .and_then(|back| count.checked_sub(back)),
            };
            match index.and_then(|index| self.fields.get(index)) {
                Some(value) => rows.put(column, value).map_err(|error| error.at(row))?,
                None if self.ragged => {}
                None => {
                    let position = place.unwrap_or_default();
                    let fields = crate::text::count(count, "field");
                    return Err(
                        ReadError::new(format!("there is no field {position}: the record has {fields}"))
                            .at(row)
                            .passable(),
                    );
                }
            }
        }
        Ok(Some(row))
    }
}

/// Splits a file into records of fields.
struct Fields {
    lines: Lines,
    style: Style,
    /// The fields of the record, one after another, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// The record before had one field.
    single: bool,
}

impl Fields {
    fn open(file: &SourceFile, style: Style) -> Result<Fields, ReadError> {
        let lines = Lines::open(file, style.encoding, style.skip)?;
        Ok(Fields {
            lines,
            style,
            text: String::new(),
            ends: Vec::new(),
            single: false,
        })
    }

    fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(start..end)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|index| self.get(index))
    }

    fn next(&mut self) -> Result<bool, ReadError> {
        self.text.clear();
        self.ends.clear();
        let found = if self.style.quoted {
            self.next_quoted()
        } else {
            self.next_plain()
        }?;
        self.single = self.ends.len() == 1;
        Ok(found)
    }

    fn next_plain(&mut self) -> Result<bool, ReadError> {
        // One empty line among records of one field is an empty value; among wider ones it is nothing.
        let blank_counts = self.single;
        while let Some(line) = self.lines.next()? {
            if line.is_empty() && !blank_counts {
                continue;
            }
            for field in line.split(self.style.delimiter as char) {
                self.text.push_str(field);
                self.ends.push(self.text.len());
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// A quote counts only at the start of a field; what follows its closing is taken as it stands.
    fn next_quoted(&mut self) -> Result<bool, ReadError> {
        let Fields {
            lines,
            style,
            text,
            ends,
            ..
        } = self;
        let (mut started, mut quoted) = (false, false);
        let mut wrong = None;
        while let Some((line, error)) = lines.next_or_nearly()? {
            let line = line.as_ref();
            wrong = wrong.or(error);
            if !started && matches!(line, "\n" | "\r\n") {
                continue;
            }
            let mut at_start = !started;
            started = true;
            let mut rest = line;
            loop {
                if quoted {
                    let Some(at) = rest.find('"') else { break };
                    text.push_str(&rest[..at]);
                    rest = &rest[at + 1..];
                    match rest.strip_prefix('"') {
                        Some(after) => {
                            text.push('"');
                            rest = after;
                        }
                        None => quoted = false,
                    }
                } else if at_start && rest.starts_with('"') {
                    rest = &rest[1..];
                    quoted = true;
                    at_start = false;
                } else if let Some(at) = rest.find(style.delimiter as char) {
                    text.push_str(&rest[..at]);
                    ends.push(text.len());
                    rest = &rest[at + 1..];
                    at_start = true;
                } else {
                    let last = rest
                        .strip_suffix('\n')
                        .map_or(rest, |rest| rest.strip_suffix('\r').unwrap_or(rest));
                    text.push_str(last);
                    ends.push(text.len());
                    return wrong.map_or(Ok(true), Err);
                }
            }
            text.push_str(rest);
            if text.len() > LIMIT {
                return Err(too_long("record").help("a quote may be open since its start"));
            }
        }
        if quoted {
            let error = ReadError::new("a quote that opens in this record is never closed");
            return Err(error.help("if quotes mean nothing in this file, read it as `tsv` with its delimiter"));
        }
        Ok(false)
    }
}
