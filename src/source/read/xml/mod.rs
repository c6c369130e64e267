//! XML: the elements that `each` names are the rows.

mod path;
mod tree;

use std::sync::Arc;

use path::Path;
use tree::Element;

use super::bytes;
use super::error::ReadError;
use super::rows::{DataColumn, Rows};
use super::{Layout, Records, Request, SourceFile};
use crate::catalog::model::{ColumnPlace, Encoding};

pub(super) struct Xml {
    each: Vec<String>,
    columns: Vec<DataColumn>,
    paths: Arc<[Path]>,
    encoding: Encoding,
    skip: usize,
}

impl Xml {
    pub(super) fn new(request: &Request) -> Result<Xml, ReadError> {
        let table = request.table;
        let Some(each) = &table.each else {
            return Err(
                ReadError::new("`xml` needs `each`, the path of the elements that are rows")
                    .help("write it from the root, as `each benchmark/entries/entry`"),
            );
        };
        let each: Vec<String> = each.split('/').map(str::to_string).collect();
        if each
            .iter()
            .any(|name| name.is_empty() || name.contains(['[', '@', '^']))
        {
            return Err(ReadError::new(format!(
                "`each {}` has to be names of elements from the root",
                each.join("/")
            )));
        }
        let Some(chosen) = &request.columns else {
            return Err(ReadError::new("`xml` needs a `columns` block")
                .help("say where each column is, as `a/b`, `a/b[]` or `@key`"));
        };
        let mut columns = Vec::new();
        let mut paths = Vec::new();
        for column in chosen {
            let path = match &column.place {
                ColumnPlace::Own => Path::child(&column.name),
                ColumnPlace::Path(path) => Path::parse(path)?,
                ColumnPlace::Position(_) => {
                    return Err(ReadError::new(format!(
                        "column `{}` has a position, but elements have names",
                        column.name
                    )));
                }
            };
            if path.climb >= each.len() {
                return Err(ReadError::new(format!(
                    "the path of column `{}` climbs out of the document",
                    column.name
                )));
            }
            columns.push(DataColumn {
                name: column.name.clone(),
                list: path.list,
            });
            paths.push(path);
        }
        Ok(Xml {
            each,
            columns,
            paths: paths.into(),
            encoding: table.encoding,
            skip: table.skip,
        })
    }
}

impl Layout for Xml {
    fn columns(&self) -> &[DataColumn] {
        &self.columns
    }

    fn open(&self, file: &SourceFile) -> Result<Box<dyn Records>, ReadError> {
        Ok(Box::new(self.read(file)?))
    }

    fn names(&self, file: &SourceFile, record: u64) -> Result<Option<Vec<String>>, ReadError> {
        let file = self.read(file)?;
        let place = usize::try_from(record).ok().and_then(|record| record.checked_sub(1));
        let place = place.and_then(|place| file.places.get(place + file.skip));
        Ok(place.map(|place| {
            let element = file.ancestors(place).pop().unwrap_or(&file.root);
            let children = element.children().map(|child| child.name.clone());
            let attributes = element.attributes.iter().map(|(name, _)| format!("@{name}"));
            let mut names: Vec<String> = Vec::new();
            for name in children.chain(attributes) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        }))
    }
}

impl Xml {
    fn read(&self, file: &SourceFile) -> Result<XmlFile, ReadError> {
        let bytes = bytes::whole_bytes(file)?;
        let encoding = match self.encoding {
            Encoding::Utf8 => declared(&bytes)?,
            other => other,
        };
        let root = tree::parse(&bytes::decode_whole(bytes, encoding)?)?;
        let mut places = Vec::new();
        let (first, rest) = self
            .each
            .split_first()
            .ok_or_else(|| ReadError::new("`each` is empty"))?;
        if root.name != *first {
            return Err(ReadError::new(format!(
                "the root of this document is `{}`, not `{first}`",
                root.name
            )));
        }
        find(&root, rest, &mut Vec::new(), &mut places);
        if places.is_empty() {
            complain(&root, rest)?;
        }
        Ok(XmlFile {
            paths: self.paths.clone(),
            root,
            places,
            row: 0,
            skip: self.skip,
        })
    }
}

/// The encoding that a document says it has.
fn declared(bytes: &[u8]) -> Result<Encoding, ReadError> {
    if bytes.starts_with(b"\xff\xfe") {
        return Ok(Encoding::Named(encoding_rs::UTF_16LE));
    }
    if bytes.starts_with(b"\xfe\xff") {
        return Ok(Encoding::Named(encoding_rs::UTF_16BE));
    }
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes));
    let declaration = head
        .trim_start_matches('\u{feff}')
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"));
    let label = declaration.and_then(|(declaration, _)| {
        let value = declaration
            .split_once("encoding")?
            .1
            .trim_start()
            .strip_prefix('=')?
            .trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        Some(value[1..].split_once(quote)?.0.trim().to_ascii_lowercase())
    });
    match label.as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii" | "utf-16") => Ok(Encoding::Utf8),
        Some("iso-8859-1" | "latin1" | "latin-1") => Ok(Encoding::Latin1),
        Some(label) => match encoding_rs::Encoding::for_label(label.as_bytes()) {
            Some(encoding) => Ok(Encoding::Named(encoding)),
            None => Err(ReadError::new(format!(
                "this document says that its encoding is `{label}`, which is unknown"
            ))
            .help("say the `encoding` of the table")),
        },
    }
}

/// The places of the rows: the child taken at each step.
fn find(element: &Element, names: &[String], at: &mut Vec<usize>, places: &mut Vec<Vec<usize>>) {
    let Some((name, rest)) = names.split_first() else {
        places.push(at.clone());
        return;
    };
    for index in 0..element.content.len() {
        if let Some(child) = element.child(index).filter(|child| child.name == *name) {
            at.push(index);
            find(child, rest, at, places);
            at.pop();
        }
    }
}

/// Elements without children may have no rows, but rows of another name are a mistake.
fn complain(root: &Element, names: &[String]) -> Result<(), ReadError> {
    let mut element = root;
    for name in names {
        match element.children().find(|child| child.name == *name) {
            Some(child) => element = child,
            None if element.children().next().is_none() => return Ok(()),
            None => {
                let error = ReadError::new(format!("`{}` of this document has no `{name}`", element.name));
                let mut there: Vec<&str> = element.children().map(|child| child.name.as_str()).collect();
                there.sort_unstable();
                there.dedup();
                return Err(error.suggesting(name, there));
            }
        }
    }
    Ok(())
}

struct XmlFile {
    paths: Arc<[Path]>,
    root: Element,
    places: Vec<Vec<usize>>,
    row: usize,
    skip: usize,
}

impl XmlFile {
    /// The root and every element on the way to a row, which is the last.
    fn ancestors(&self, place: &[usize]) -> Vec<&Element> {
        let mut ancestors = vec![&self.root];
        for index in place {
            ancestors.extend(ancestors.last().and_then(|element| element.child(*index)));
        }
        ancestors
    }
}

impl Records for XmlFile {
    fn next(&mut self, rows: &mut Rows) -> Result<Option<u64>, ReadError> {
        let Some(place) = self.places.get(self.row + self.skip) else {
            return Ok(None);
        };
        self.row += 1;
        let row = self.row as u64;
        let ancestors = self.ancestors(place);
        for (column, path) in self.paths.iter().enumerate() {
            let element = ancestors
                .len()
                .checked_sub(path.climb + 1)
                .and_then(|at| ancestors.get(at));
            let found = element.map(|element| path.find(element)).unwrap_or_default();
            match found.first() {
                None => {}
                Some(_) if path.list => rows.put_list(column, &found).map_err(|error| error.at(row))?,
                Some(first) => rows.put(column, first).map_err(|error| error.at(row))?,
            }
        }
        Ok(Some(row))
    }
}
