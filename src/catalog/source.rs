//! Sources: splits, tables and how their files are read.

use std::collections::BTreeMap;

use regex::Regex;

use super::dataset::SPLITS;
use super::field::bad_pattern;
use super::location::Location;
use super::model::{Column, ColumnPlace, Encoding, Format, Matching, Source, Split, Table};
use crate::diagnostic::{Diagnostic, Span};
use crate::sql;
use crate::syntax::ast::{self, TableOption as O, Text, Word};

pub(super) fn check(tree: &ast::Source, diagnostics: &mut Vec<Diagnostic>) -> Source {
    let mut splits = BTreeMap::new();
    for split in &tree.splits {
        if !SPLITS.contains(&split.name.value.as_str()) {
            let message = format!("no split is named `{}`", split.name.value);
            diagnostics.push(
                Diagnostic::error("unknown-split", split.name.span, message)
                    .help("the splits of a source are `train`, `validation` and `test`")
                    .suggest(&split.name.value, SPLITS.iter().copied()),
            );
        }
        let checked = check_split(split, tree, diagnostics);
        if splits.insert(split.name.value.clone(), checked).is_some() {
            let message = format!("split `{}` is declared twice", split.name.value);
            let help = "several tables of one split stand in one block";
            diagnostics.push(Diagnostic::error("declared-twice", split.name.span, message).help(help));
        }
    }
    Source {
        name: tree.name.value.clone(),
        ordered: tree.ordered,
        absent: tree.absent.as_ref().map(|w| w.value.clone()),
        splits,
    }
}

fn check_split(tree: &ast::Split, source: &ast::Source, diagnostics: &mut Vec<Diagnostic>) -> Split {
    let tables: Vec<Table> = tree.tables.iter().filter_map(|t| check_table(t, diagnostics)).collect();
    let select = tree.select.clone().or_else(|| {
        // A `select` of the whole source is for the splits that have its tables; the others are read plainly.
        let general = source.select.clone()?;
        let missing = sql::tables(&general.value).is_ok_and(|used| {
            tables.len() == tree.tables.len() && used.iter().any(|name| !tables.iter().any(|t| t.name == *name))
        });
        if missing && tables.len() == 1 {
            None
        } else {
            Some(general)
        }
    });
    let select = select.filter(|_| !tree.tables.is_empty());
    if let Some(select) = &select {
        check_select(select, &tables, tree, diagnostics);
    } else if tables.len() > 1 {
        let message = format!(
            "split `{}` has {} tables and no `select` that joins them",
            tree.name.value,
            tables.len()
        );
        diagnostics.push(
            Diagnostic::error("no-select", tree.name.span, message)
                .help("give several files to one table (`rows jsonl \"a\", \"b\"`), or say how the tables make rows: `select \"select ..\"`"),
        );
    }
    if !tree.broken && tree.tables.is_empty() && tree.absent.is_none() && source.absent.is_none() {
        let message = format!("split `{}` has no table", tree.name.value);
        diagnostics.push(
            Diagnostic::error("empty-split", tree.name.span, message)
                .help("say `rows jsonl \"PATH\"`, or `absent \"why\"`"),
        );
    }
    Split {
        absent: tree.absent.as_ref().map(|w| w.value.clone()),
        select,
        tables,
    }
}

fn check_select(select: &Text, tables: &[Table], tree: &ast::Split, diagnostics: &mut Vec<Diagnostic>) {
    match sql::tables(&select.value) {
        Err(mistake) => {
            let span = mistake.word.map_or(select.span, |word| word_in(select, &word));
            diagnostics.push(Diagnostic::error("bad-select", span, mistake.message).help(mistake.help));
        }
        Ok(used) if tables.len() == tree.tables.len() && !tree.broken => {
            for name in used {
                if !tables.iter().any(|t| t.name == name) {
                    let message = format!("split `{}` has no table named `{name}`", tree.name.value);
                    let names = tables.iter().map(|t| t.name.as_str());
                    diagnostics.push(
                        Diagnostic::error("unknown-table", word_in(select, &name), message).suggest(&name, names),
                    );
                }
            }
        }
        Ok(_) => {}
    }
}

/// The place of a word of a select, whatever its case; the select itself where it does not stand there as a word.
fn word_in(select: &Text, word: &str) -> Span {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let (text, word) = (select.value.to_ascii_lowercase(), word.to_ascii_lowercase());
    let found = text
        .match_indices(&word)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(inside) && !text[at + word.len()..].starts_with(inside));
    found.map_or(select.span, |at| select.place(at, at + word.len()))
}

fn check_table(tree: &ast::Table, diagnostics: &mut Vec<Diagnostic>) -> Option<Table> {
    let Some((_, format)) = Format::ALL.iter().find(|(name, _)| *name == tree.format.value) else {
        let names: Vec<&str> = Format::ALL.iter().map(|(name, _)| *name).collect();
        diagnostics.push(
            Diagnostic::error(
                "unknown-format",
                tree.format.span,
                format!("no format is named `{}`", tree.format.value),
            )
            .help(format!("the formats are {}", crate::text::list(&names)))
            .suggest(&tree.format.value, names.iter().copied()),
        );
        return None;
    };
    for path in &tree.paths {
        check_path(path, diagnostics);
    }
    let paths = tree.paths.iter().map(|p| p.value.clone()).collect();
    let mut table = Table::new(&tree.name.value, *format, paths, tree.span);
    for option in &tree.options {
        let (word, span, fits): (&str, Span, &[Format]) = match option {
            O::Columns(_) => ("columns", tree.format.span, &[]),
            O::Each(w) => ("each", w.span, &[Format::Json, Format::Xml]),
            O::Match { pattern, .. } => ("match", pattern.span, &[Format::Lines, Format::Sections]),
            O::Encoding(w) => ("encoding", w.span, &[]),
            O::Delimiter(w) => ("delimiter", w.span, &[Format::Csv, Format::Tsv]),
            O::Headerless(span) => ("headerless", *span, &[Format::Csv, Format::Tsv]),
            O::Ragged(span) => ("ragged", *span, &[Format::Csv, Format::Tsv]),
            O::OfLines(n) => ("of N lines", n.span, &[Format::Records]),
            O::Skip(n) => (
                "skip",
                n.span,
                &[Format::Csv, Format::Tsv, Format::Lines, Format::Records, Format::Jsonl],
            ),
        };
        if !fits.is_empty() && !fits.contains(format) {
            let takers: Vec<&str> = Format::ALL
                .iter()
                .filter(|(_, f)| fits.contains(f))
                .map(|(name, _)| *name)
                .collect();
            let message = format!("`{word}` means nothing for `{}`", tree.format.value);
            diagnostics.push(
                Diagnostic::error("option-misplaced", span, message)
                    .help(format!("it is for {}", crate::text::list(&takers))),
            );
        }
        apply(option, &mut table, diagnostics);
    }
    if table.headerless && table.columns.is_empty() && matches!(format, Format::Csv | Format::Tsv) {
        diagnostics.push(
            Diagnostic::error(
                "no-columns",
                tree.format.span,
                "a table without a header needs its columns named",
            )
            .help("say `columns { first second third }` in the order of the file"),
        );
    }
    if *format == Format::Records && table.lines == 0 {
        diagnostics.push(
            Diagnostic::error("no-lines", tree.format.span, "records need their number of lines")
                .help("say `of 5 lines`"),
        );
    }
    Some(table)
}

fn apply(option: &O, table: &mut Table, diagnostics: &mut Vec<Diagnostic>) {
    match option {
        O::Columns(columns) => table.columns = check_columns(columns, diagnostics),
        O::Each(word) => table.each = Some(word.value.clone()),
        O::Match { pattern, skip_others } => match Regex::new(&pattern.value) {
            Ok(regex) => {
                table.matching = Some(Matching {
                    pattern: regex,
                    skip_others: *skip_others,
                })
            }
            Err(error) => diagnostics.push(bad_pattern(pattern, &error)),
        },
        O::Encoding(word) => match word.value.to_ascii_lowercase().as_str() {
            "utf8" | "utf-8" => table.encoding = Encoding::Utf8,
            "latin1" | "latin-1" | "iso-8859-1" => table.encoding = Encoding::Latin1,
            label => match encoding_rs::Encoding::for_label(label.as_bytes()) {
                Some(encoding) => table.encoding = Encoding::Named(encoding),
                None => diagnostics.push(
                    Diagnostic::error(
                        "unknown-encoding",
                        word.span,
                        format!("no encoding is named `{}`", word.value),
                    )
                    .help("encodings go by their names on the web, as `latin1`, `windows-1252` or `shift_jis`"),
                ),
            },
        },
        O::Delimiter(word) => match word.value.as_bytes() {
            [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => table.delimiter = Some(*byte),
            _ => diagnostics.push(
                Diagnostic::error("bad-delimiter", word.span, "a delimiter is one ASCII character")
                    .help("such as \";\" or \"\\t\"; not a quote or a line break"),
            ),
        },
        O::Headerless(_) => table.headerless = true,
        O::Ragged(_) => table.ragged = true,
        O::OfLines(number) => table.lines = small(number, 1, diagnostics),
        O::Skip(number) => table.skip = small(number, 0, diagnostics),
    }
}

fn small(number: &ast::Number, least: u64, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let found = super::check::whole(number, least, "this number of lines", diagnostics);
    usize::try_from(found.unwrap_or(least)).unwrap_or(usize::MAX)
}

fn check_columns(trees: &[ast::Column], diagnostics: &mut Vec<Diagnostic>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for tree in trees {
        if columns.iter().any(|c| c.name == tree.name.value) {
            let message = format!("column `{}` is named twice", tree.name.value);
            diagnostics.push(Diagnostic::error("declared-twice", tree.name.span, message));
        }
        let place = match (&tree.path, &tree.position) {
            (Some(path), _) => ColumnPlace::Path(path.value.clone()),
            (_, Some(position)) if position.value != 0.0 && position.value.fract() == 0.0 => {
                ColumnPlace::Position(position.value as i64)
            }
            (_, Some(position)) => {
                let help = "1 is the first, -1 the last";
                diagnostics
                    .push(Diagnostic::error("bad-number", position.span, "columns are counted from 1").help(help));
                ColumnPlace::Own
            }
            _ => ColumnPlace::Own,
        };
        columns.push(Column {
            name: tree.name.value.clone(),
            place,
        });
    }
    columns
}

fn check_path(path: &Word, diagnostics: &mut Vec<Diagnostic>) {
    if let Err(error) = Location::parse(&path.value) {
        let code = if error.url { "bad-url" } else { "bad-path" };
        diagnostics.push(Diagnostic::error(code, path.span, error.message).help(error.help));
    }
}
