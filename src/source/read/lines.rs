//! Text without fields: `lines`, one record a line, and `records`, one record every N lines.

use regex::Regex;

use super::bytes::Lines;
use super::error::ReadError;
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request, SourceFile, name_in_file};
use crate::catalog::model::{ColumnPlace, Encoding, Matching};

/// `lines`: the line itself, or what a pattern captures in it.
pub(super) struct PlainLines {
    encoding: Encoding,
    skip: usize,
    matching: Option<Matching>,
    columns: Vec<DataColumn>,
    /// The capture each column shows, where there is a pattern.
    captures: Vec<String>,
}

impl PlainLines {
    pub(super) fn new(request: &Request) -> Result<PlainLines, ReadError> {
        let table = request.table;
        let (columns, captures) = match &table.matching {
            Some(matching) => of_captures(request, &matching.pattern)?,
            None => (vec![only_text(request)?], Vec::new()),
        };
        let columns = columns.iter().map(DataColumn::text).collect();
        Ok(PlainLines {
            encoding: table.encoding,
            skip: table.skip,
            matching: table.matching.clone(),
            columns,
            captures,
        })
    }
}

/// Names of the columns, and the captures they show.
fn of_captures(request: &Request, pattern: &Regex) -> Result<(Vec<String>, Vec<String>), ReadError> {
    let names: Vec<String> = pattern.capture_names().flatten().map(str::to_string).collect();
    if names.is_empty() {
        return Err(ReadError::new("the pattern captures nothing by name").help("write `(?<name>...)` for each column"));
    }
    let Some(columns) = &request.columns else {
        return Ok((names.clone(), names));
    };
    let mut chosen = (Vec::new(), Vec::new());
    for column in columns {
        let Some(capture) = name_in_file(column) else {
            return Err(ReadError::new(format!(
                "column `{}` has a position, but captures have names",
                column.name
            )));
        };
        if !names.iter().any(|name| name == capture) {
            let error = ReadError::new(format!("the pattern captures no `{capture}`"));
            return Err(error.suggesting(capture, names.iter().map(String::as_str)));
        }
        chosen.0.push(column.name.clone());
        chosen.1.push(capture.to_string());
    }
    Ok(chosen)
}

/// The name of the only column of a format that has one, `text` unless the table gives it another.
pub(super) fn only_text(request: &Request) -> Result<String, ReadError> {
    match request.columns.as_deref() {
        None | Some([]) => Ok("text".to_string()),
        Some([column]) => match &column.place {
            ColumnPlace::Own | ColumnPlace::Position(1 | -1) => Ok(column.name.clone()),
            ColumnPlace::Path(path) if path == "text" => Ok(column.name.clone()),
            _ => Err(ReadError::new(format!("column `{}` is not there", column.name))
                .help("the only column of this format is `text`")),
        },
        Some([_, second, ..]) => Err(ReadError::new(format!("column `{}` is not there", second.name))
            .help("the only column of this format is `text`; a `match` of lines makes several")),
    }
}

impl Layout for PlainLines {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        let lines = Lines::open(file, self.encoding, self.skip)?;
        let matching = self.matching.clone().map(|matching| (matching, self.captures.clone()));
        Ok(Box::new(LinesFile {
            lines,
            matching,
            line: 0,
            row: 0,
        }))
    }
}

struct LinesFile {
    lines: Lines,
    matching: Option<(Matching, Vec<String>)>,
    /// The line, which errors name, and the record: lines left out are none.
    line: u64,
    row: u64,
}

impl Records for LinesFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        loop {
            self.line += 1;
            let at = self.line;
            // A line that cannot be read is a record, so that the numbers of those after it stay what they are.
            let counted = &mut self.row;
            let mut wrong = |error: ReadError| {
                *counted += 1;
                error.at(at)
            };
            let Some(line) = self.lines.next().map_err(&mut wrong)? else {
                return Ok(None);
            };
            match &self.matching {
                None => rows.put(0, line).map_err(wrong)?,
                Some((matching, columns)) => match matching.pattern.captures(line) {
                    Some(found) => {
                        for (column, capture) in columns.iter().enumerate() {
                            if let Some(value) = found.name(capture) {
                                rows.put(column, value.as_str()).map_err(&mut wrong)?;
                            }
                        }
                    }
                    None if matching.skip_others => continue,
                    None => {
                        let shown = crate::text::excerpt(line, 60);
                        let error = ReadError::new(format!("this line does not match: {shown}")).passable();
                        return Err(wrong(error).help("say `match \"..\" else skip` to leave such lines out"));
                    }
                },
            }
            self.row += 1;
            return Ok(Some(self.row));
        }
    }
}

/// `records`: N lines make one.
pub(super) struct LineRecords {
    encoding: Encoding,
    skip: usize,
    lines: usize,
    columns: Vec<DataColumn>,
    /// The line of the record that each column shows, from 0.
    shown: Vec<usize>,
}

impl LineRecords {
    pub(super) fn new(request: &Request) -> Result<LineRecords, ReadError> {
        let table = request.table;
        let lines = table.lines;
        if lines == 0 {
            return Err(ReadError::new("a record has no lines").help("say `of N lines`"));
        }
        let mut columns = Vec::new();
        let mut shown = Vec::new();
        match &request.columns {
            None => {
                columns.extend((1..=lines).map(|line| DataColumn::text(format!("line{line}"))));
                shown.extend(0..lines);
            }
            Some(named) => {
                for (at, column) in named.iter().enumerate() {
                    let line = match &column.place {
                        ColumnPlace::Own => Some(at),
                        ColumnPlace::Path(path) => (0..lines).find(|line| *path == format!("line{}", line + 1)),
                        ColumnPlace::Position(line @ 1..) => usize::try_from(line - 1).ok(),
                        ColumnPlace::Position(line) => usize::try_from(line.unsigned_abs())
                            .ok()
                            .filter(|back| *back > 0)
                            .and_then(|back| lines.checked_sub(back)),
                    };
                    let Some(line) = line.filter(|line| *line < lines) else {
                        return Err(ReadError::new(format!("column `{}` is not there", column.name))
                            .help(format!("a record has {}", crate::text::count(lines, "line"))));
                    };
                    columns.push(DataColumn::text(&column.name));
                    shown.push(line);
                }
            }
        }
        Ok(LineRecords {
            encoding: table.encoding,
            skip: table.skip,
            lines,
            columns,
            shown,
        })
    }
}

impl Layout for LineRecords {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        Ok(Box::new(LineRecordsFile {
            lines: Lines::open(file, self.encoding, self.skip)?,
            length: self.lines,
            shown: self.shown.clone(),
            always_blank: None,
            row: 0,
        }))
    }
}

struct LineRecordsFile {
    lines: Lines,
    length: usize,
    shown: Vec<usize>,
    /// How many lines at the end of a record were blank in every record so far.
    always_blank: Option<usize>,
    row: u64,
}

impl Records for LineRecordsFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let row = self.row + 1;
        let mut record: Vec<String> = Vec::with_capacity(self.length.min(64));
        let mut wrong = None;
        while record.len() < self.length {
            match self.lines.next() {
                Ok(Some(line)) => record.push(line.to_string()),
                Ok(None) => break,
                // The record is read to its end all the same: the next one begins there.
                Err(error) if error.passable => {
                    wrong.get_or_insert(error);
                    record.push(String::new());
                }
                Err(error) => return Err(error.at(row)),
            }
        }
        if let Some(error) = wrong {
            self.row = row;
            return Err(error.at(row));
        }
        let lacking = self.length - record.len();
        if lacking > 0 {
            if record.iter().all(|line| line.trim().is_empty()) {
                return Ok(None);
            }
            // An editor takes the blank lines that end a file away; what was never blank is cut off.
            let spare = self.always_blank.unwrap_or(usize::from(self.length > 2));
            if lacking > spare {
                let error = ReadError::new(format!("the file ends after line {} of this record", record.len())).at(row);
                return Err(error.help(format!("a record has {}", crate::text::count(self.length, "line"))));
            }
            record.resize(self.length, String::new());
        }
        let blank = record.iter().rev().take_while(|line| line.trim().is_empty()).count();
        self.always_blank = Some(self.always_blank.map_or(blank, |so_far| so_far.min(blank)));
        self.row = row;
        for (column, line) in self.shown.iter().enumerate() {
            if let Some(value) = record.get(*line) {
                rows.put(column, value).map_err(|error| error.at(row))?;
            }
        }
        Ok(Some(row))
    }
}
