//! A guess at the fields of a data file, for `flanc new`: the one place that looks at data to find types, and only to
//! write a card that a person reads.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::DataType;

use super::number;
use super::read::{ReadError, TableReader};
use crate::catalog::{Format, Table};
use crate::diagnostic::Span;

/// What a file looks like.
pub struct Sniffed {
    pub format: &'static str,
    pub columns: Vec<SniffedColumn>,
}

pub struct SniffedColumn {
    pub name: String,
    /// A type as the language writes it.
    pub kind: String,
    pub nullable: bool,
}

/// Rows looked at, and the most values that still look like labels.
const ROWS: usize = 10_000;
const LABELS: usize = 12;

/// Reads the head of a file.
pub fn sniff(path: &Path) -> anyhow::Result<Sniffed> {
    let name = path
        .file_name()
        .and_then(|n| n.to_str())
        .context("the file has no name that can be read")?;
    let packed = [".gz", ".zst", ".bz2", ".xz"];
    let bare = packed.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let (format, kind) = match bare.rsplit('.').next() {
        Some("jsonl" | "ndjson") => ("jsonl", Format::Jsonl),
        Some("json") => ("json", Format::Json),
        Some("csv") => ("csv", Format::Csv),
        Some("tsv") => ("tsv", Format::Tsv),
        Some("parquet") => ("parquet", Format::Parquet),
        Some("arrow") => ("arrow", Format::Arrow),
        Some("txt") => ("lines", Format::Lines),
        _ => bail!(
            "{}: give a .jsonl, .json, .csv, .tsv, .parquet, .arrow or .txt file",
            path.display()
        ),
    };
    let root = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let table = Table::new("rows", kind, vec![name.to_string()], Span::default());
    let failed = |error: ReadError| explain(path, format, error);
    let reader = TableReader::open(&table, &root.into(), None).map_err(failed)?;
    let schema = reader.schema();
    let names: Vec<&String> = schema
        .fields()
        .iter()
        .map(|f| f.name())
        .filter(|n| !n.starts_with('_'))
        .collect();
    let mut seen: Vec<Seen> = names.iter().map(|_| Seen::default()).collect();
    let mut rows = 0;
    for batch in reader.batches() {
        let batch = batch.map_err(failed)?;
        for (seen, name) in seen.iter_mut().zip(&names) {
            if let Some(column) = batch.column_by_name(name) {
                seen.look(column);
            }
        }
        rows += batch.num_rows();
        if rows >= ROWS {
            break;
        }
    }
    let columns = names.iter().zip(&seen).map(|(name, seen)| SniffedColumn {
        name: (*name).clone(),
        kind: seen.kind(rows),
        nullable: seen.nulls > 0,
    });
    Ok(Sniffed {
        format,
        columns: columns.collect(),
    })
}

/// An error with the whole path of the file, and with where the words of its help belong.
fn explain(path: &Path, format: &str, error: ReadError) -> anyhow::Error {
    let help = error.help.clone();
    let error = match error.file.is_empty() {
        true => error,
        false => ReadError {
            file: path.display().to_string(),
            ..error
        },
    };
    match help {
        None => anyhow::anyhow!("{error}"),
        Some(help) => anyhow::anyhow!(
            "{error}\nhelp: {help}\n\
             help: no card can be made of such a file alone; write one in which that stands behind `rows {format} \"..\"`, \
             as docs/adding-a-dataset.md does"
        ),
    }
}

#[derive(Default)]
struct Seen {
    nulls: usize,
    list: bool,
    other_than_number: bool,
    values: BTreeSet<String>,
}

impl Seen {
    fn look(&mut self, column: &arrow::array::ArrayRef) {
        self.list |= matches!(column.data_type(), DataType::List(_));
        let Some(texts) = column.as_string_opt::<i32>() else {
            return;
        };
        for row in 0..texts.len() {
            if texts.is_null(row) || texts.value(row).is_empty() {
                self.nulls += 1;
                continue;
            }
            let text = texts.value(row);
            self.list |= text.starts_with('[') && text.ends_with(']');
            self.other_than_number |= number::canonical(text).is_none();
            if self.values.len() <= LABELS {
                self.values.insert(text.to_string());
            }
        }
    }

    fn kind(&self, rows: usize) -> String {
        let labels = self.values.len();
        let is_name = |text: &String| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if self.list {
            return "list".to_string();
        }
        if self.values.iter().all(|v| v == "true" || v == "false") && labels > 0 {
            return "bool".to_string();
        }
        if (2..=LABELS).contains(&labels) && rows >= labels * 4 && self.values.iter().all(|v| v.chars().count() <= 30) {
            // Values that are names keep them, so they are given away first.
            let mut taken: BTreeSet<String> = self.values.iter().filter(|value| is_name(value)).cloned().collect();
            let labels = self.values.iter().map(|value| {
                if is_name(value) {
                    return value.clone();
                }
                let plain = format!("label_{}", value.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
                let mut name = plain.clone();
                for n in 2.. {
                    if taken.insert(name.clone()) {
                        break;
                    }
                    name = format!("{plain}_{n}");
                }
                format!("{name} = {}", quoted(value))
            });
            return format!("choice {{ {} }}", labels.collect::<Vec<_>>().join("  "));
        }
        if labels > 0 && !self.other_than_number {
            "number".to_string()
        } else {
            "text".to_string()
        }
    }
}

/// A text as a string of the language.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
