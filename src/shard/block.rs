//! Rows of a shard under construction: columns that grow at their ends, so that an example is written once, in its place.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, Int32Array, ListArray, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field};

use super::columns::{Columns, Record, span, texts};

/// Bytes of text after which a block is written. Where a block ends is fixed by what it holds, for the pages of a file
/// end there too.
const TEXT: usize = 8 << 20;
/// Rows after which a block is written.
const ROWS: usize = 8192;

/// Columns by the names of the schema.
#[derive(Debug, Default)]
pub struct Block {
    pub inputs: TextColumn,
    pub targets: TextColumn,
    pub system: TextColumn,
    pub options: ListColumn,
    /// First byte and end of the options in `inputs`.
    pub options_span: Vec<Option<(u32, u32)>>,
    pub answers: ListColumn,
    pub answer_index: Vec<Option<u32>>,
    pub group: TextColumn,
    pub exemplars: ListColumn,
    pub dataset: TextColumn,
    pub family: TextColumn,
    pub cluster: TextColumn,
    pub template: TextColumn,
    pub role: TextColumn,
    pub split: TextColumn,
    pub row_key: TextColumn,
    pub pass: Vec<u32>,
}

impl Block {
    pub fn len(&self) -> usize {
        self.pass.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pass.is_empty()
    }

    /// Whether it is time to write it.
    pub fn is_full(&self) -> bool {
        let lists = [&self.options, &self.answers, &self.exemplars];
        let beside = lists.map(|list| list.items.text.len()).iter().sum::<usize>() + self.system.text.len();
        self.len() >= ROWS || self.inputs.text.len() + self.targets.text.len() >= TEXT || beside >= TEXT
    }

    /// Whether a column holds more text than Arrow's offsets count, which one example alone would have to bring.
    pub fn is_too_large(&self) -> bool {
        let texts = [&self.inputs, &self.targets, &self.system];
        let lists = [&self.options, &self.answers, &self.exemplars].map(|list| &list.items);
        let mut columns = texts.iter().chain(&lists);
        columns.any(|column| i32::try_from(column.text.len()).is_err())
    }

    /// Adds a record whole.
    pub fn push(&mut self, record: &Record) {
        self.inputs.push(&record.inputs);
        self.targets.push(&record.targets);
        self.system.push_maybe(record.system.as_deref());
        match &record.options {
            Some(options) => self.options.push(options.iter().map(String::as_str)),
            None => self.options.push_null(),
        }
        self.options_span.push(record.options_span);
        match &record.answers {
            Some(answers) => self.answers.push(answers.iter().map(String::as_str)),
            None => self.answers.push_null(),
        }
        self.answer_index.push(record.answer_index);
        self.group.push(&record.group);
        self.exemplars.push(record.exemplars.iter().map(String::as_str));
        self.dataset.push(&record.dataset);
        self.family.push(&record.family);
        self.cluster.push(&record.cluster);
        self.template.push(&record.template);
        self.role.push(&record.role);
        self.split.push(&record.split);
        self.row_key.push(&record.row_key);
        self.pass.push(record.pass);
    }

    /// Adds a row of other columns as it is.
    pub fn copy(&mut self, from: &Columns, row: usize) {
        let lists = [
            (&mut self.options, &from.options),
            (&mut self.answers, &from.answers),
            (&mut self.exemplars, &from.exemplars),
        ];
        for (column, from) in lists {
            match texts(from, row) {
                Some(items) => column.push(items),
                None => column.push_null(),
            }
        }
        let columns = [
            (&mut self.inputs, &from.inputs),
            (&mut self.targets, &from.targets),
            (&mut self.system, &from.system),
            (&mut self.group, &from.group),
            (&mut self.dataset, &from.dataset),
            (&mut self.family, &from.family),
            (&mut self.cluster, &from.cluster),
            (&mut self.template, &from.template),
            (&mut self.role, &from.role),
            (&mut self.split, &from.split),
            (&mut self.row_key, &from.row_key),
        ];
        for (column, from) in columns {
            column.push_maybe((!from.is_null(row)).then(|| from.value(row)));
        }
        self.options_span.push(span(&from.options_span, row));
        let index = &from.answer_index;
        self.answer_index
            .push((!index.is_null(row)).then(|| index.value(row) as u32));
        self.pass.push(from.pass.value(row) as u32);
    }

    /// The columns as Arrow has them; the block is empty after that.
    pub fn take(&mut self) -> Columns {
        let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        let spans = std::mem::take(&mut self.options_span);
        let mut ends = vec![0];
        let mut places = Vec::new();
        for span in &spans {
            places.extend(span.iter().flat_map(|(start, end)| [number(*start), number(*end)]));
            ends.push(places.len() as i32);
        }
        let index = std::mem::take(&mut self.answer_index);
        Columns {
            inputs: self.inputs.take(),
            targets: self.targets.take(),
            system: self.system.take(),
            options: self.options.take(),
            options_span: list(
                DataType::Int32,
                ends,
                Arc::new(Int32Array::from(places)),
                spans.iter().map(Option::is_some).collect(),
            ),
            answers: self.answers.take(),
            answer_index: index.into_iter().map(|at| at.map(number)).collect(),
            group: self.group.take(),
            exemplars: self.exemplars.take(),
            dataset: self.dataset.take(),
            family: self.family.take(),
            cluster: self.cluster.take(),
            template: self.template.take(),
            role: self.role.take(),
            split: self.split.take(),
            row_key: self.row_key.take(),
            pass: std::mem::take(&mut self.pass)
                .into_iter()
                .map(|n| Some(number(n)))
                .collect(),
        }
    }

    /// Gets the large buffers of columns back that nothing else holds any more.
    pub fn reuse(&mut self, columns: Columns) {
        self.inputs.reuse(columns.inputs);
        self.targets.reuse(columns.targets);
    }
}

/// A column of texts.
#[derive(Debug, Default)]
pub struct TextColumn {
    /// The texts one after another. What stands after the last end belongs to the next one.
    pub text: String,
    /// The end of each text.
    ends: Vec<i32>,
    /// Which are there; empty as long as all are.
    valid: Vec<bool>,
}

impl TextColumn {
    /// Where the next text begins.
    pub fn start(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    /// Ends the text that was appended to [`TextColumn::text`].
    pub fn end(&mut self) {
        // What does not fit is not written; see [`Block::is_too_large`].
        self.ends.push(i32::try_from(self.text.len()).unwrap_or(i32::MAX));
        if !self.valid.is_empty() {
            self.valid.push(true);
        }
    }

    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.end();
    }

    pub fn push_null(&mut self) {
        if self.valid.is_empty() {
            self.valid = vec![true; self.ends.len()];
        }
        self.ends.push(i32::try_from(self.text.len()).unwrap_or(i32::MAX));
        self.valid.push(false);
    }

    fn push_maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.push(text),
            None => self.push_null(),
        }
    }

    pub(super) fn take(&mut self) -> StringArray {
        let offsets = std::mem::take(&mut self.ends);
        let text = std::mem::take(&mut self.text);
        let valid = std::mem::take(&mut self.valid);
        let nulls = (!valid.is_empty()).then(|| NullBuffer::from(valid));
        let values = Buffer::from_vec(text.into_bytes());
        StringArray::try_new(offsets_of(offsets), values, nulls).expect("texts and their ends")
    }

    fn reuse(&mut self, array: StringArray) {
        let (_, values, _) = array.into_parts();
        if let Ok(mut bytes) = values.into_vec::<u8>() {
            bytes.clear();
            self.text = String::from_utf8(bytes).unwrap_or_default();
        }
    }
}

/// A column of lists of texts.
#[derive(Debug, Default)]
pub struct ListColumn {
    items: TextColumn,
    ends: Vec<i32>,
    valid: Vec<bool>,
}

impl ListColumn {
    pub fn push<'t>(&mut self, items: impl IntoIterator<Item = &'t str>) {
        items.into_iter().for_each(|item| self.items.push(item));
        self.end(true);
    }

    pub fn push_null(&mut self) {
        self.end(false);
    }

    fn end(&mut self, valid: bool) {
        self.ends.push(self.items.ends.len() as i32);
        self.valid.push(valid);
    }

    fn take(&mut self) -> ListArray {
        let mut ends = vec![0];
        ends.append(&mut self.ends);
        list(
            DataType::Utf8,
            ends,
            Arc::new(self.items.take()),
            std::mem::take(&mut self.valid),
        )
    }
}

/// `ends` begins with 0.
fn list(kind: DataType, ends: Vec<i32>, items: ArrayRef, valid: Vec<bool>) -> ListArray {
    let field = Arc::new(Field::new_list_field(kind, true));
    let nulls = valid.contains(&false).then(|| NullBuffer::from(valid));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    ListArray::try_new(field, offsets, items, nulls).expect("lists and their ends")
}

fn offsets_of(ends: Vec<i32>) -> OffsetBuffer<i32> {
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0);
    offsets.extend(ends);
    OffsetBuffer::new(ScalarBuffer::from(offsets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_counts_towards_a_full_block() {
        let long = || "x".repeat(TEXT);
        let records = [
            Record {
                inputs: long(),
                ..Record::default()
            },
            Record {
                system: Some(long()),
                ..Record::default()
            },
            Record {
                options: Some(vec![long()]),
                ..Record::default()
            },
            Record {
                answers: Some(vec![long()]),
                ..Record::default()
            },
            Record {
                exemplars: vec![long()],
                ..Record::default()
            },
        ];
        for record in records {
            let mut block = Block::default();
            block.push(&Record::default());
            assert!(!block.is_full());
            block.push(&record);
            assert!(block.is_full() && !block.is_too_large());
        }
    }
}
