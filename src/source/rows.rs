//! The rows of one split, in the dataset's own fields, each with its identity.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};

use super::typed::{self, Typed};
use crate::catalog::{Dataset, Field, FieldKind};
use crate::digest::{Digest, Hasher};
use crate::jinja::Value;

/// Rows a batch holds.
const BATCH: usize = 8192;

/// Who a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What it says: a digest over its key fields, without split or seed. Copies share it.
    pub content: Digest,
    /// A digest over all its fields, to tell rows of one content apart without their position.
    pub whole: Digest,
    /// A digest over the fields that keep rows together; the content where none are declared.
    pub group: Digest,
    /// Which file, by its place in [`Rows::files`], and which record in it, from 1.
    pub file: u32,
    pub record: u32,
    /// The source split, by its place in [`Rows::splits`].
    pub split: u32,
}

/// The rows of one dataset, of one or several source splits: columns of text and of lists of text, in batches.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    batches: Vec<RecordBatch>,
    /// The first row of each batch.
    starts: Vec<usize>,
    pub ids: Vec<Identity>,
    /// Names of the files read, in order.
    pub files: Vec<String>,
    pub splits: Vec<String>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The typed value of a field of a row.
    pub fn value(&self, row: usize, field: usize) -> Typed {
        let at = self.starts.partition_point(|start| *start <= row) - 1;
        let (batch, row) = (&self.batches[at], row - self.starts[at]);
        let column = batch.column(field);
        if column.is_null(row) {
            return Typed::Null;
        }
        match column.data_type() {
            DataType::List(_) => {
                let items = column.as_list::<i32>().value(row);
                let items = items.as_string::<i32>();
                Typed::List((0..items.len()).map(|i| items.value(i).to_string()).collect())
            }
            _ => Typed::Text(column.as_string::<i32>().value(row).to_string()),
        }
    }

    /// All values of a row, as templates see them, in the order of the fields.
    pub fn values(&self, dataset: &Dataset, row: usize) -> Vec<Value> {
        let fields = dataset.fields.iter().enumerate();
        fields
            .map(|(at, field)| typed::to_value(&field.kind, &self.value(row, at)))
            .collect()
    }

    /// The source split a row was found in.
    pub fn split(&self, row: usize) -> &str {
        &self.splits[self.ids[row].split as usize]
    }

    /// Adds the rows of another split of the same dataset.
    pub fn append(&mut self, other: Rows) {
        let (rows, files, splits) = (self.len(), self.files.len() as u32, self.splits.len() as u32);
        self.batches.extend(other.batches);
        self.starts.extend(other.starts.iter().map(|start| start + rows));
        self.files.extend(other.files);
        self.splits.extend(other.splits);
        self.ids.extend(other.ids.into_iter().map(|id| Identity {
            file: id.file.saturating_add(files),
            split: id.split + splits,
            ..id
        }));
    }

    /// `FILE, row N`.
    pub fn origin(&self, row: usize) -> (&str, u32) {
        let id = &self.ids[row];
        (
            self.files
                .get(id.file as usize)
                .map_or("the select's result", String::as_str),
            id.record,
        )
    }
}

/// Collects rows into batches.
pub(super) struct RowsBuilder<'a> {
    dataset: &'a Dataset,
    schema: SchemaRef,
    columns: Vec<Column>,
    pending: usize,
    rows: Rows,
    whole_is_content: bool,
}

enum Column {
    Text(StringBuilder),
    List(ListBuilder<StringBuilder>),
}

impl<'a> RowsBuilder<'a> {
    pub fn new(dataset: &'a Dataset, split: &str, files: Vec<String>) -> Self {
        let item = Arc::new(ArrowField::new_list_field(DataType::Utf8, true));
        let column = |field: &Field| {
            let kind = if is_list(field) {
                DataType::List(item.clone())
            } else {
                DataType::Utf8
            };
            ArrowField::new(&field.name, kind, true)
        };
        let schema = Arc::new(Schema::new(dataset.fields.iter().map(column).collect::<Vec<_>>()));
        Self {
            dataset,
            schema,
            columns: dataset.fields.iter().map(empty).collect(),
            pending: 0,
            rows: Rows {
                files,
                splits: vec![split.to_string()],
                ..Rows::default()
            },
            whole_is_content: dataset.key.len() == dataset.fields.len(),
        }
    }

    /// Adds a row. `raw` are the texts before their clean-ups, which is what identities are made of.
    pub fn push(&mut self, values: &[Typed], raw: &[Typed], file: u32, record: u32) {
        let content = self.identity("content", &self.dataset.key, raw);
        let all: Vec<usize> = (0..raw.len()).collect();
        let whole = if self.whole_is_content {
            content
        } else {
            self.identity("whole", &all, raw)
        };
        let group = if self.dataset.group.is_empty() {
            content
        } else {
            self.identity("group", &self.dataset.group, raw)
        };
        self.rows.ids.push(Identity {
            content,
            whole,
            group,
            file,
            record,
            split: 0,
        });
        for (column, value) in self.columns.iter_mut().zip(values) {
            match (column, value) {
                (Column::Text(builder), Typed::Text(text)) => builder.append_value(text),
                (Column::Text(builder), _) => builder.append_null(),
                (Column::List(builder), Typed::List(items)) => {
                    items.iter().for_each(|item| builder.values().append_value(item));
                    builder.append(true);
                }
                (Column::List(builder), _) => builder.append_null(),
            }
        }
        self.pending += 1;
        if self.pending == BATCH {
            self.flush();
        }
    }

    pub fn finish(mut self) -> Rows {
        if self.pending > 0 {
            self.flush();
        }
        self.rows
    }

    fn flush(&mut self) {
        let fresh = self.dataset.fields.iter().map(empty).collect();
        let columns = std::mem::replace(&mut self.columns, fresh)
            .into_iter()
            .map(|column| match column {
                Column::Text(mut builder) => Arc::new(builder.finish()) as ArrayRef,
                Column::List(mut builder) => Arc::new(builder.finish()) as ArrayRef,
            });
        let options = arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(self.pending));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns.collect(), &options)
            .expect("columns made for this schema");
        self.rows.starts.push(self.rows.ids.len() - self.pending);
        self.rows.batches.push(batch);
        self.pending = 0;
    }

    /// `H(tag, dataset, fields..)`: a null is the byte 0; a text 1 and its bytes; a list 2, then each item's length
    /// as four big-endian bytes and its bytes.
    fn identity(&self, tag: &str, fields: &[usize], raw: &[Typed]) -> Digest {
        let mut hasher = Hasher::new(tag);
        hasher.part(self.dataset.id.as_bytes());
        let mut part = Vec::new();
        for at in fields {
            part.clear();
            match &raw[*at] {
                Typed::Text(text) => {
                    part.push(1);
                    part.extend_from_slice(text.as_bytes());
                }
                Typed::List(items) => {
                    part.push(2);
                    for item in items {
                        part.extend_from_slice(&u32::try_from(item.len()).unwrap_or(u32::MAX).to_be_bytes());
                        part.extend_from_slice(item.as_bytes());
                    }
                }
                Typed::Null | Typed::Bad { .. } => part.push(0),
            }
            hasher.part(&part);
        }
        hasher.finish()
    }
}

fn empty(field: &Field) -> Column {
    if is_list(field) {
        Column::List(ListBuilder::new(StringBuilder::new()))
    } else {
        Column::Text(StringBuilder::new())
    }
}

fn is_list(field: &Field) -> bool {
    matches!(field.kind, FieldKind::List)
}
