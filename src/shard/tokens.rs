//! Shards of packed tokens: their columns, what digests them, and what must hold between their columns.

use std::sync::Arc;

use anyhow::{anyhow, ensure};
use arrow::array::{
    Array, ArrayRef, AsArray, Int32Builder, ListArray, ListBuilder, PrimitiveArray, RecordBatch, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use sha2::{Digest as _, Sha256};

use super::columns::texts;
use crate::digest::Digest;

/// The label of a token without a loss.
pub const NO_LOSS: i32 = -100;

/// Some examples in one sequence of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRow {
    pub input_ids: Vec<u32>,
    /// The token where it has a loss, else -100.
    pub labels: Vec<i32>,
    /// The place of each token in its example, from 0.
    pub position_ids: Vec<u32>,
    /// The example of each token, from 1.
    pub segment_ids: Vec<u32>,
    /// The examples, in their order.
    pub examples: Vec<Packed>,
}

/// One of the examples of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Its tokens, and those of them before its targets.
    pub length: u32,
    pub prompt: u32,
    pub dataset: String,
    pub template: String,
    /// Who the source row is.
    pub row_key: String,
    pub pass: u32,
}

/// The examples of a row as a shard stores them: a list for each thing that is said of them.
pub(super) struct Lists {
    pub lengths: Vec<u32>,
    pub prompts: Vec<u32>,
    pub datasets: Vec<String>,
    pub templates: Vec<String>,
    pub row_keys: Vec<String>,
    pub passes: Vec<u32>,
}

impl Lists {
    /// The examples; `None` where the lists are not of one length.
    pub fn examples(self) -> Option<Vec<Packed>> {
        let Self {
            lengths,
            prompts,
            datasets,
            templates,
            row_keys,
            passes,
        } = self;
        let sizes = [
            prompts.len(),
            datasets.len(),
            templates.len(),
            row_keys.len(),
            passes.len(),
        ];
        let numbers = lengths.iter().zip(prompts).zip(passes);
        let names = datasets.into_iter().zip(templates).zip(row_keys);
        let examples = numbers
            .zip(names)
            .map(|(((length, prompt), pass), ((dataset, template), row_key))| Packed {
                length: *length,
                prompt,
                dataset,
                template,
                row_key,
                pass,
            });
        (sizes == [lengths.len(); 5]).then(|| examples.collect())
    }
}

/// The columns, all nullable as every column of a shard.
pub fn token_schema() -> SchemaRef {
    let list = |name: &str, kind: DataType| {
        let item = Arc::new(Field::new_list_field(kind, true));
        Field::new(name, DataType::List(item), true)
    };
    let numbers = |name: &str| list(name, DataType::Int32);
    let names = |name: &str| list(name, DataType::Utf8);
    Arc::new(Schema::new(vec![
        numbers("input_ids"),
        numbers("labels"),
        numbers("position_ids"),
        numbers("segment_ids"),
        numbers("seq_lengths"),
        numbers("prompt_lengths"),
        names("datasets"),
        names("templates"),
        names("row_keys"),
        numbers("passes"),
    ]))
}

/// Rows as one batch.
pub(super) fn batch(rows: &[TokenRow]) -> anyhow::Result<RecordBatch> {
    let columns: Vec<ArrayRef> = vec![
        numbers(rows, |row| row.input_ids.iter().map(|id| *id as i32)),
        numbers(rows, |row| row.labels.iter().copied()),
        numbers(rows, |row| row.position_ids.iter().map(|at| *at as i32)),
        numbers(rows, |row| row.segment_ids.iter().map(|at| *at as i32)),
        numbers(rows, |row| row.examples.iter().map(|of| of.length as i32)),
        numbers(rows, |row| row.examples.iter().map(|of| of.prompt as i32)),
        names(rows, |of| &of.dataset),
        names(rows, |of| &of.template),
        names(rows, |of| &of.row_key),
        numbers(rows, |row| row.examples.iter().map(|of| of.pass as i32)),
    ];
    Ok(RecordBatch::try_new(token_schema(), columns)?)
}

fn numbers<'r, I: Iterator<Item = i32>>(rows: &'r [TokenRow], of: impl Fn(&'r TokenRow) -> I) -> ArrayRef {
    let total = rows.iter().map(|row| row.input_ids.len()).sum();
    let mut builder = ListBuilder::new(Int32Builder::with_capacity(total));
    for row in rows {
        of(row).for_each(|number| builder.values().append_value(number));
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn names<'r>(rows: &'r [TokenRow], of: impl Fn(&'r Packed) -> &'r str) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in rows {
        row.examples
            .iter()
            .for_each(|example| builder.values().append_value(of(example)));
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// The rows of a batch.
pub(super) fn rows(batch: &RecordBatch) -> anyhow::Result<Vec<TokenRow>> {
    let list = |name: &str| {
        let column = batch
            .column_by_name(name)
            .and_then(|column| column.as_list_opt::<i32>());
        column.ok_or_else(|| anyhow!("it has no column `{name}` of lists"))
    };
    let [ids, labels, positions, segments] = [
        list("input_ids")?,
        list("labels")?,
        list("position_ids")?,
        list("segment_ids")?,
    ];
    let [lengths, prompts, passes] = [list("seq_lengths")?, list("prompt_lengths")?, list("passes")?];
    let [datasets, templates, keys] = [list("datasets")?, list("templates")?, list("row_keys")?];
    let unsigned = |column: &ListArray, row: usize| -> anyhow::Result<Vec<u32>> {
        let numbers = signed(column, row)?;
        numbers
            .into_iter()
            .map(|number| u32::try_from(number).map_err(|_| anyhow!("row {row} has the number {number}")))
            .collect()
    };
    let named = |column: &ListArray, row: usize| -> Vec<String> {
        texts(column, row).map_or(Vec::new(), |items| items.map(str::to_string).collect())
    };
    let row = |row: usize| -> anyhow::Result<TokenRow> {
        let lists = Lists {
            lengths: unsigned(lengths, row)?,
            prompts: unsigned(prompts, row)?,
            datasets: named(datasets, row),
            templates: named(templates, row),
            row_keys: named(keys, row),
            passes: unsigned(passes, row)?,
        };
        Ok(TokenRow {
            input_ids: unsigned(ids, row)?,
            labels: signed(labels, row)?,
            position_ids: unsigned(positions, row)?,
            segment_ids: unsigned(segments, row)?,
            examples: lists
                .examples()
                .ok_or_else(|| anyhow!("row {row} does not say of each of its examples who it is"))?,
        })
    };
    (0..batch.num_rows()).map(row).collect()
}

fn signed(column: &ListArray, row: usize) -> anyhow::Result<Vec<i32>> {
    let numbers = column.value(row);
    let numbers: &PrimitiveArray<Int32Type> = numbers
        .as_primitive_opt()
        .ok_or_else(|| anyhow!("a list of row {row} is not of numbers"))?;
    ensure!(numbers.null_count() == 0, "a list of row {row} has nulls");
    Ok(numbers.values().to_vec())
}

impl TokenRow {
    /// The digest of the row: SHA-256 over the cells `input_ids`, `seq_lengths`, `prompt_lengths`, `datasets`, `templates`,
    /// `row_keys` and `passes`. A list is the number of its items as four big-endian bytes, and the items: a number as four
    /// big-endian bytes, a text as its length in four and its bytes. The other columns follow from these; see
    /// [`TokenRow::check`].
    pub fn digest(&self) -> Digest {
        let mut bytes = Vec::with_capacity(self.input_ids.len() * 4 + self.examples.len() * 128);
        let length = |bytes: &mut Vec<u8>, length: usize| bytes.extend_from_slice(&(length as u32).to_be_bytes());
        length(&mut bytes, self.input_ids.len());
        self.input_ids
            .iter()
            .for_each(|id| bytes.extend_from_slice(&id.to_be_bytes()));
        let numbers: [fn(&Packed) -> u32; 2] = [|of| of.length, |of| of.prompt];
        let names: [fn(&Packed) -> &str; 3] = [|of| &of.dataset, |of| &of.template, |of| &of.row_key];
        for number in numbers {
            length(&mut bytes, self.examples.len());
            self.examples
                .iter()
                .for_each(|of| bytes.extend_from_slice(&number(of).to_be_bytes()));
        }
        for name in names {
            length(&mut bytes, self.examples.len());
            for of in &self.examples {
                length(&mut bytes, name(of).len());
                bytes.extend_from_slice(name(of).as_bytes());
            }
        }
        length(&mut bytes, self.examples.len());
        self.examples
            .iter()
            .for_each(|of| bytes.extend_from_slice(&of.pass.to_be_bytes()));
        Sha256::digest(&bytes).into()
    }

    /// Holds labels, positions and segments to what the lengths of the examples say of them.
    pub fn check(&self) -> anyhow::Result<()> {
        let tokens = self.input_ids.len();
        let columns = [self.labels.len(), self.position_ids.len(), self.segment_ids.len()];
        ensure!(columns == [tokens; 3], "its columns differ in length");
        let mut start = 0;
        for (of, segment) in self.examples.iter().zip(1..) {
            let (length, prompt) = (of.length as usize, of.prompt as usize);
            ensure!(
                prompt < length && start + length <= tokens,
                "an example has more tokens than the row, or no target"
            );
            for at in 0..length {
                let place = start + at;
                let label = match at < prompt {
                    true => NO_LOSS,
                    false => self.input_ids[place] as i32,
                };
                let right = self.labels[place] == label
                    && self.position_ids[place] == at as u32
                    && self.segment_ids[place] == segment;
                ensure!(
                    right,
                    "token {place} has another label, position or segment than its example gives it"
                );
            }
            start += length;
        }
        ensure!(start == tokens, "{} of its tokens are of no example", tokens - start);
        Ok(())
    }

    /// Tokens with a loss.
    pub fn supervised(&self) -> u64 {
        self.examples
            .iter()
            .map(|of| u64::from(of.length.saturating_sub(of.prompt)))
            .sum()
    }
}
