//! One split of one source, read whole: tables, select, fields, drops, in that order.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::again::Again;
use super::budget::Budget;
use super::direct::Direct;
use super::drops::Drops;
use super::error::SourceError;
use super::place::Place;
use super::quarantine::{self, Quarantined};
use super::read::{self, Aside, Block, Part, TableReader};
use super::rows::{Rows, RowsBuilder};
use super::select;
use super::typed::{self, Raw, Typed};
use crate::catalog::{Dataset, FieldKind, Format, Split, Table};
use crate::digest::Digest;

/// What reading a split came to, beside its rows. The counts add up to `read`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitReport {
    /// Rows the tables and the select gave.
    pub read: u64,
    /// Rows taken out by each named drop of the dataset, in their order.
    pub dropped: Vec<(String, u64)>,
    /// Rows without an answer.
    pub unlabelled: u64,
    /// Rows that cannot be read as declared, by file and record; none but where the dataset puts such rows aside.
    pub quarantined: Vec<Quarantined>,
    /// Bytes of the files, by their names.
    pub files: Vec<(String, u64)>,
}

/// The files of a split by name, sorted, each with its SHA-256; `None` where some cannot be had, which reading them will
/// explain.
pub fn split_files(split: &Split, place: &Place) -> Option<Vec<(String, Digest)>> {
    let mut files = Vec::new();
    for table in &split.tables {
        for file in read::files(table, place).ok()? {
            let digest = place.digest(read::on_disk(&file.path)).ok()?.0;
            files.push((file.path, digest));
        }
    }
    files.sort();
    files.dedup();
    Some(files)
}

/// Reads one split of a source, whose files are at `place`: a directory, or one with a lock and a cache. Its rows stay in
/// memory as far as `budget` lets them.
pub fn read_split(
    dataset: &Dataset,
    name: &str,
    split: &Split,
    place: impl Into<Place>,
    budget: &Budget,
) -> Result<(Rows, SplitReport), SourceError> {
    let place = &place.into();
    let absent = |reason: String| SourceError::Absent {
        dataset: dataset.id.clone(),
        split: name.to_string(),
        reason,
    };
    if let Some(why) = &split.absent {
        return Err(absent(why.clone()));
    }
    if let Some(reason) = read::absence(&split.tables, place) {
        return Err(absent(reason));
    }
    let wanted: Vec<String> = dataset.fields.iter().map(|f| f.source_column().to_string()).collect();
    // A select may name any key; without one only the declared fields are looked for.
    let wanted = if split.select.is_some() {
        None
    } else {
        Some(wanted.as_slice())
    };
    let aside = dataset.quarantine.map(|_| Aside::default());
    let mut readers = Vec::new();
    for table in &split.tables {
        let reader = TableReader::open_passing(table, place, wanted, aside.as_ref())?;
        readers.push(select::Named {
            table: table.clone(),
            place: place.clone(),
            aside: aside.clone(),
            reader,
        });
    }
    let mut files: Vec<(String, u64)> = readers
        .iter()
        .flat_map(|named| named.reader.files().iter().map(|f| (f.path.clone(), f.bytes)))
        .collect();
    files.sort();
    files.dedup();
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let bytes = files.iter().map(|(_, bytes)| bytes).sum();
    let again = (split.select.is_none() && dataset.quarantine.is_none()).then(|| Again::new(split, place));
    let begin = || Work::new(dataset, name, &names, budget, bytes, again.as_ref());
    let mut work = begin();
    work.report.files = files;
    match &split.select {
        None => {
            for named in readers {
                let found: Vec<u32> = named.reader.files().iter().map(|f| work.file(&f.path)).collect();
                let parts = named.reader.parts(rayon::current_num_threads())?;
                work.take_parts(parts, begin, &found)?;
            }
        }
        Some(sql) => {
            let failed = |failure| match failure {
                select::Failure::Read(error) => SourceError::Read(error),
                select::Failure::Sql(reason) => SourceError::Select {
                    dataset: dataset.id.clone(),
                    split: name.to_string(),
                    reason,
                },
                select::Failure::Taken(error) => error,
            };
            select::run(&sql.value, readers, |batch| work.take_selected(&batch)).map_err(failed)?;
        }
    }
    work.check_columns(split)?;
    work.check_answer(split, place)?;
    let passed = aside.map(|aside| aside.take()).unwrap_or_default();
    quarantine::settle(dataset, name, passed, &mut work.report).map_err(SourceError::Quarantine)?;
    Ok((work.builder.finish(name, names.clone())?, work.report))
}

/// Rows on their way from batches of cells to fields.
struct Work<'a> {
    dataset: &'a Dataset,
    split: &'a str,
    builder: RowsBuilder<'a>,
    /// How rows go that need nothing computed of them; `None` where the dataset asks for more.
    direct: Option<Direct>,
    report: SplitReport,
    /// Sorted: a dataset of one file a record has as many of them as rows.
    files: &'a [String],
    drops: Drops<'a>,
    /// Where to look what a row has that lacks something; not where rows are put aside, of which there may be many.
    again: Option<&'a Again>,
    /// How many rows had a value, for each field.
    present: Vec<u64>,
    columns: Vec<String>,
}

impl<'a> Work<'a> {
    fn new(
        dataset: &'a Dataset,
        split: &'a str,
        files: &'a [String],
        budget: &'a Budget,
        bytes: u64,
        again: Option<&'a Again>,
    ) -> Self {
        Self {
            dataset,
            split,
            builder: RowsBuilder::new(dataset, budget, bytes),
            direct: Direct::of(dataset, split),
            report: SplitReport {
                dropped: dataset.drops.iter().map(|d| (d.reason.clone(), 0)).collect(),
                ..SplitReport::default()
            },
            files,
            drops: Drops::of(dataset, split),
            again,
            present: vec![0; dataset.fields.len()],
            columns: Vec::new(),
        }
    }

    /// The place of a file among those of the split.
    fn file(&self, name: &str) -> u32 {
        let found = self.files.binary_search_by(|file| file.as_str().cmp(name));
        found.map_or(u32::MAX, |at| at as u32)
    }

    /// Rows of a table, its parts read on all threads and put together in their order. What goes wrong is what would have
    /// gone wrong first in one go.
    fn take_parts(
        &mut self,
        parts: Vec<Part>,
        begin: impl Fn() -> Work<'a> + Sync,
        files: &[u32],
    ) -> Result<(), SourceError> {
        let failed = AtomicUsize::new(usize::MAX);
        let read = |(at, part): (usize, Part)| {
            let mut work = begin();
            for block in part.blocks() {
                if failed.load(Relaxed) < at {
                    break;
                }
                let taken = block
                    .map_err(SourceError::from)
                    .and_then(|block| work.take(&block, files));
                if taken.is_err() {
                    failed.fetch_min(at, Relaxed);
                }
                taken?;
            }
            Ok(work)
        };
        let works: Vec<Result<Work<'_>, SourceError>> =
            parts.into_par_iter().enumerate().with_max_len(1).map(read).collect();
        works.into_iter().try_for_each(|work| self.join(work?))
    }

    /// Adds what another part of the split came to.
    fn join(&mut self, part: Work<'_>) -> Result<(), SourceError> {
        self.builder.append(part.builder)?;
        let (report, more) = (&mut self.report, part.report);
        report.read += more.read;
        report.unlabelled += more.unlabelled;
        report.quarantined.extend(more.quarantined);
        for ((_, sum), (_, count)) in report.dropped.iter_mut().zip(more.dropped) {
            *sum += count;
        }
        for (sum, count) in self.present.iter_mut().zip(part.present) {
            *sum += count;
        }
        if self.columns.is_empty() {
            self.columns = part.columns;
        }
        Ok(())
    }

    /// Rows of a table. `files` are the places of its files among those of the split.
    fn take(&mut self, block: &Block, files: &[u32]) -> Result<(), SourceError> {
        let columns = self.columns_of(&block.cells);
        for row in 0..block.cells.num_rows() {
            let file = files.get(block.files[row] as usize).copied().unwrap_or(u32::MAX);
            self.row(&columns, row, (file, block.records[row]))?;
        }
        Ok(())
    }

    /// Rows of a select's result, which may say where they are from.
    fn take_selected(&mut self, batch: &RecordBatch) -> Result<(), SourceError> {
        let columns = self.columns_of(batch);
        let (files, records) = (batch.column_by_name("_file"), batch.column_by_name("_row"));
        for row in 0..batch.num_rows() {
            let file = files
                .and_then(|f| text_at(f, row))
                .map_or(u32::MAX, |name| self.file(name));
            let record = records.map_or(self.report.read as i64 + 1, |r| record_at(r, row));
            self.row(&columns, row, (file, u32::try_from(record).unwrap_or(u32::MAX)))?;
        }
        Ok(())
    }

    fn columns_of(&mut self, batch: &RecordBatch) -> Vec<Option<ArrayRef>> {
        let schema = batch.schema();
        if self.columns.is_empty() {
            let names = schema.fields().iter().map(|f| f.name().clone());
            self.columns = names.filter(|n| !matches!(n.as_str(), "_file" | "_row")).collect();
        }
        let by_name = |name: &str| schema.index_of(name).ok().map(|at| batch.column(at).clone());
        self.dataset.fields.iter().map(|f| by_name(f.source_column())).collect()
    }

    fn row(&mut self, columns: &[Option<ArrayRef>], row: usize, place: (u32, u32)) -> Result<(), SourceError> {
        self.report.read += 1;
        if let Some(direct) = &self.direct {
            let builder = &mut self.builder;
            if builder.add(place, |out| Ok::<_, SourceError>(direct.pack(columns, row, out)))? {
                direct.count(columns, row, &mut self.present);
                return Ok(());
            }
        }
        match self.slowly(columns, row, place) {
            Err(SourceError::Value {
                file, record, reason, ..
            }) if self.dataset.quarantine.is_some() => {
                self.report.quarantined.push(Quarantined {
                    split: self.split.to_string(),
                    file,
                    row: u64::from(record),
                    reason,
                });
                Ok(())
            }
            read => read,
        }
    }

    /// A row whose values are computed one by one: where a field asks for that, or something is wrong with the row.
    fn slowly(&mut self, columns: &[Option<ArrayRef>], row: usize, place: (u32, u32)) -> Result<(), SourceError> {
        let (file, record) = place;
        let fields = &self.dataset.fields;
        let mut values: Vec<Typed> = Vec::with_capacity(fields.len());
        let mut raw: Vec<Typed> = Vec::with_capacity(fields.len());
        for (field, column) in fields.iter().zip(columns) {
            let cell = column.as_ref().map_or(Raw::Null, |column| cell_at(column, row));
            let value = typed::read(field, &cell);
            // What a text says is what the source wrote; what a number or a label says is its meaning.
            raw.push(match (&field.kind, &value, &cell) {
                (FieldKind::Text, Typed::Text(_), Raw::Text(text)) => Typed::Text((*text).to_string()),
                _ => value.clone(),
            });
            values.push(value);
        }
        for (at, field) in fields.iter().enumerate() {
            if matches!(field.kind, FieldKind::Index { .. }) {
                values[at] = typed::resolve_index(field, values[at].clone(), &values);
                raw[at] = values[at].clone();
            }
        }
        for (present, value) in self.present.iter_mut().zip(&values) {
            *present += u64::from(*value != Typed::Null);
        }
        if let Some(drop) = self.dropped(&values, file, record)? {
            self.report.dropped[drop].1 += 1;
            return Ok(());
        }
        let answer = self.dataset.answer.as_ref().map(|a| a.field);
        for (at, value) in values.iter().enumerate() {
            if let Typed::Bad { reason, help, .. } = value {
                return Err(self.value_error(file, record, reason.clone(), help.clone()));
            }
            let empty =
                *value == Typed::Null || matches!(value, Typed::List(items) if items.is_empty() && Some(at) == answer);
            if empty && Some(at) == answer {
                self.report.unlabelled += 1;
                return Ok(());
            }
        }
        for (field, value) in fields.iter().zip(&values) {
            if *value == Typed::Null && !field.nullable {
                let column = field.source_column();
                let reason = format!("`{}` is empty", field.name);
                let name = self.files.get(file as usize).map_or("", String::as_str);
                if let Some(lacking) = self.again.and_then(|again| again.lacking(column, name, record)) {
                    let reason = format!("{reason}: {}", lacking.reason);
                    return Err(self.value_error(file, record, reason, lacking.help(&field.name)));
                }
                let help = format!(
                    "say `drop \"why\" when not {0}`, declare `field {0}: ..?` where it may be missing, or `empty is text`",
                    field.name
                );
                return Err(self.value_error(file, record, self.absent_column(column, reason), help));
            }
        }
        Ok(self.builder.push(&values, &raw, place)?)
    }

    /// A better reason where the whole column is not there.
    fn absent_column(&self, column: &str, reason: String) -> String {
        if self.columns.iter().any(|c| c == column) {
            return reason;
        }
        let near = crate::text::suggest(column, self.columns.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        format!(
            "{reason}: the table has no column `{column}`, it has {}{near}",
            crate::text::list(&self.columns)
        )
    }

    fn dropped(&self, values: &[Typed], file: u32, record: u32) -> Result<Option<usize>, SourceError> {
        self.drops.first(values).map_err(|(at, reason)| {
            let named = &self.dataset.drops[at].reason;
            let reason = format!("the condition of drop `{named}` fails: {reason}");
            let help = "a null compares as `none`: say `not FIELD` or `FIELD is none`".to_string();
            self.value_error(file, record, reason, help)
        })
    }

    /// A required field that no row at all had is a column by another name.
    fn check_columns(&self, split: &Split) -> Result<(), SourceError> {
        let answer = self.dataset.answer.as_ref().map(|a| a.field);
        let by_header = split.select.is_none()
            && !split
                .tables
                .iter()
                .any(|t| matches!(t.format, Format::Json | Format::Jsonl | Format::Xml));
        for (at, field) in self.dataset.fields.iter().enumerate() {
            let named = self.columns.iter().any(|c| c == field.source_column());
            let lacking = self.report.read > 0 && self.present[at] == 0 && Some(at) != answer;
            if lacking && !field.nullable
                || (by_header && !named && field.nullable && self.report.read > 0 && Some(at) != answer)
            {
                let reason =
                    self.absent_column(field.source_column(), format!("`{}` is empty in every row", field.name));
                return Err(self.value_error(
                    0,
                    1,
                    reason,
                    "say `from \"COLUMN\"` where the source has another name for it".to_string(),
                ));
            }
        }
        Ok(())
    }

    /// An answer that no file has a column for is a column by another name, in a split that is trained on. Splits that are
    /// only tested are often published without their answers, and without the column.
    fn check_answer(&self, split: &Split, place: &Place) -> Result<(), SourceError> {
        let dataset = self.dataset;
        let Some(at) = dataset.answer.as_ref().map(|answer| answer.field) else {
            return Ok(());
        };
        let set_apart = dataset.reserve.iter().flat_map(|reserve| &reserve.split);
        let mut used = dataset.train_on.iter().chain(set_apart);
        if self.report.read == 0 || self.present[at] > 0 || !used.any(|name| name == self.split) {
            return Ok(());
        }
        let (field, columns) = (&dataset.fields[at], self.columns_there(split, place));
        let column = field.source_column();
        if columns.is_empty() || columns.iter().any(|known| known == column) {
            return Ok(());
        }
        let near = crate::text::suggest(column, columns.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let reason = format!(
            "no row has the answer `{}`: the table has no column `{column}`, it has {}{near}",
            field.name,
            crate::text::list(&columns)
        );
        let help = "say `from \"COLUMN\"` where the source has another name for it; where no answers were published, \
                    say `absent \"why\"` in this split, or train on others";
        Err(self.value_error(0, 1, reason, help.to_string()))
    }

    /// The columns of the tables. Files that do not list their own were asked only for those that the fields need, and
    /// are looked at once more.
    fn columns_there(&self, split: &Split, place: &Place) -> Vec<String> {
        let keyed = |table: &&Table| matches!(table.format, Format::Json | Format::Jsonl);
        if split.select.is_some() || !split.tables.iter().any(|table| keyed(&table)) {
            return self.columns.clone();
        }
        let open = |table| TableReader::open_passing(table, place, None, Some(&Aside::default()));
        let readers: Vec<_> = split.tables.iter().filter_map(|table| open(table).ok()).collect();
        let names = readers.iter().flat_map(|reader| reader.schema().fields().to_vec());
        let names = names.map(|field| field.name().clone());
        names
            .filter(|name| !matches!(name.as_str(), "_file" | "_row"))
            .collect()
    }

    fn value_error(&self, file: u32, record: u32, reason: String, help: String) -> SourceError {
        let file = self
            .files
            .get(file as usize)
            .cloned()
            .unwrap_or_else(|| "the select's result".to_string());
        SourceError::Value {
            dataset: self.dataset.id.clone(),
            file,
            record,
            reason,
            help,
        }
    }
}

fn text_at(column: &ArrayRef, row: usize) -> Option<&str> {
    if column.is_null(row) {
        None
    } else {
        column.as_string_opt::<i32>().map(|texts| texts.value(row))
    }
}

fn record_at(column: &ArrayRef, row: usize) -> i64 {
    column
        .as_primitive_opt::<Int64Type>()
        .filter(|c| !c.is_null(row))
        .map_or(0, |c| c.value(row))
}

fn cell_at(column: &ArrayRef, row: usize) -> Raw<'_> {
    if column.is_null(row) {
        return Raw::Null;
    }
    match column.data_type() {
        DataType::Utf8 => Raw::Text(column.as_string::<i32>().value(row)),
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let (from, to) = (
                list.value_offsets()[row] as usize,
                list.value_offsets()[row + 1] as usize,
            );
            match list.values().as_string_opt::<i32>() {
                Some(items) => Raw::List(
                    (from..to)
                        .filter(|i| !items.is_null(*i))
                        .map(|i| items.value(i))
                        .collect(),
                ),
                None => Raw::Null,
            }
        }
        _ => Raw::Null,
    }
}
