//! One record a file: `sections`, cut at lines that mark one, and `files`, as they are.

use regex::Regex;

use super::bytes;
use super::error::ReadError;
use super::lines::only_text;
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request, SourceFile, name_in_file};
use crate::catalog::model::Encoding;

/// The section before the first mark.
const BODY: &str = "body";

/// `sections`: a line that matches begins the section that it names.
pub(super) struct Sections {
    encoding: Encoding,
    skip: usize,
    mark: Regex,
    columns: Vec<DataColumn>,
    /// The section each column shows.
    names: Vec<String>,
}

impl Sections {
    pub(super) fn new(request: &Request) -> Result<Sections, ReadError> {
        let table = request.table;
        let Some(matching) = &table.matching else {
            return Err(ReadError::new(
                "`sections` needs a `match` for the lines that begin one",
            ));
        };
        let Some(chosen) = &request.columns else {
            return Err(ReadError::new("`sections` needs a `columns` block")
                .help("name the sections to read; `body` is the text before the first mark, `name[]` a list"));
        };
        let mut columns = Vec::new();
        let mut names = Vec::new();
        for column in chosen {
            let Some(name) = name_in_file(column) else {
                return Err(ReadError::new(format!(
                    "column `{}` has a position, but sections have names",
                    column.name
                )));
            };
            let (name, list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
            columns.push(DataColumn {
                name: column.name.clone(),
                list,
            });
            names.push(name.to_string());
        }
        let mark = matching.pattern.clone();
        Ok(Sections {
            encoding: table.encoding,
            skip: table.skip,
            mark,
            columns,
            names,
        })
    }
}

impl Layout for Sections {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        let text = match bytes::whole(file, self.encoding) {
            Ok(text) => text,
            Err(error) => return OneRecord::wrong(error),
        };
        let lines = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .skip(self.skip);
        let mut sections: Vec<(String, Vec<&str>)> = vec![(BODY.to_string(), Vec::new())];
        for line in lines {
            match self.mark.captures(line) {
                Some(found) => {
                    let name = found.name("name").or_else(|| found.get(0)).map(|name| name.as_str());
                    sections.push((name.unwrap_or_default().to_string(), Vec::new()));
                }
                None => {
                    if let Some((_, lines)) = sections.last_mut() {
                        lines.push(line);
                    }
                }
            }
        }
        let columns = self.names.iter().zip(&self.columns).map(|(name, column)| {
            let mut texts = sections
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, lines)| joined(lines));
            if column.list {
                Cell::List(texts.collect())
            } else {
                Cell::Text(texts.next())
            }
        });
        Ok(Box::new(OneRecord {
            cells: Some(Ok(columns.collect())),
        }))
    }
}

/// Lines as one text, without the blank ones around it.
fn joined(lines: &[&str]) -> String {
    let blank = |line: &&str| line.trim().is_empty();
    let start = lines.iter().take_while(|line| blank(line)).count();
    let end = lines.len() - lines.iter().rev().take_while(|line| blank(line)).count();
    lines.get(start..end).unwrap_or_default().join("\n")
}

/// `files`: the whole content is the text.
pub(super) struct WholeFiles {
    encoding: Encoding,
    columns: Vec<DataColumn>,
}

impl WholeFiles {
    pub(super) fn new(request: &Request) -> Result<WholeFiles, ReadError> {
        let columns = vec![DataColumn::text(only_text(request)?)];
        Ok(WholeFiles {
            encoding: request.table.encoding,
            columns,
        })
    }
}

impl Layout for WholeFiles {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        match bytes::whole(file, self.encoding) {
            Ok(text) => Ok(Box::new(OneRecord {
                cells: Some(Ok(vec![Cell::Text(Some(text))])),
            })),
            Err(error) => OneRecord::wrong(error),
        }
    }
}

enum Cell {
    Text(Option<String>),
    List(Vec<String>),
}

struct OneRecord {
    cells: Option<Result<Vec<Cell>, ReadError>>,
}

impl OneRecord {
    /// Where the text of a file is wrong, so is its record; where the file is, nothing can be said of its records.
    fn wrong(error: ReadError) -> Result<Box<dyn Records>, ReadError> {
        if !error.passable {
            return Err(error);
        }
        Ok(Box::new(OneRecord {
            cells: Some(Err(error.at(1))),
        }))
    }
}

impl Records for OneRecord {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let Some(cells) = self.cells.take() else {
            return Ok(None);
        };
        let cells = cells?;
        for (column, cell) in cells.iter().enumerate() {
            match cell {
                Cell::Text(Some(text)) => rows.put(column, text)?,
                Cell::List(texts) if !texts.is_empty() => rows.put_list(column, texts)?,
                Cell::Text(None) | Cell::List(_) => {}
            }
        }
        Ok(Some(1))
    }
}
