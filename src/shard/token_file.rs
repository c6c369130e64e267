//! The files of token shards, written and read.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use anyhow::Context as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde_json::{Value, json};

use super::content::Content;
use super::format::{Format, PAGE, Sink, Written, object};
use super::tokens::{Lists, Packed, TokenRow, batch, rows, token_schema};

/// Rows that are written together, and rows of a row group.
const ROWS: usize = 256;
const ROW_GROUP: usize = 8192;

/// A token shard that is being written.
pub struct TokenWriter {
    sink: Sink,
    content: Content,
    rows: u64,
    tokens: u64,
    supervised: u64,
    waiting: Vec<TokenRow>,
}

impl TokenWriter {
    /// Opens a new shard at `path`; `zstd` is the level of Parquet's pages.
    pub fn open(path: &Path, format: Format, zstd: i32) -> anyhow::Result<Self> {
        Ok(Self {
            sink: Sink::open(path, format, token_schema(), properties(zstd)?)?,
            content: Content::default(),
            rows: 0,
            tokens: 0,
            supervised: 0,
            waiting: Vec::with_capacity(ROWS),
        })
    }

    /// Adds a row.
    pub fn push(&mut self, row: TokenRow) -> anyhow::Result<()> {
        self.content.add(&row.digest());
        self.rows += 1;
        self.tokens += row.input_ids.len() as u64;
        self.supervised += row.supervised();
        self.waiting.push(row);
        match self.waiting.len() >= ROWS {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        match &mut self.sink {
            Sink::Parquet(parquet) => parquet.write(&batch(&rows)?)?,
            Sink::Arrow(arrow) if !rows.is_empty() => arrow.write(&batch(&rows)?)?,
            Sink::Arrow(_) => {}
            Sink::Jsonl(out) => {
                for row in &rows {
                    out.write_all(line(row).as_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// Closes the file. What was written, and the tokens: all of them, and those with a loss.
    pub fn finish(mut self) -> anyhow::Result<(Written, u64, u64)> {
        self.flush()?;
        let (bytes, sha256) = self.sink.finish()?;
        let written = Written {
            rows: self.rows,
            bytes,
            content: self.content.finish(),
            sha256,
        };
        Ok((written, self.tokens, self.supervised))
    }
}

/// Fixed, as those of other shards: numbers that count up are stored as their steps, others by a dictionary.
fn properties(zstd: i32) -> anyhow::Result<WriterProperties> {
    let counted = ColumnPath::new(vec!["position_ids".into(), "list".into(), "element".into()]);
    Ok(WriterProperties::builder()
        .set_created_by("flanc".to_string())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd)?))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_size_limit(PAGE)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_dictionary_enabled(counted.clone(), false)
        .set_column_encoding(counted, Encoding::DELTA_BINARY_PACKED)
        .build())
}

/// One object with the columns as keys, in their order.
fn line(row: &TokenRow) -> String {
    let of = |value: &dyn Fn(&Packed) -> Value| json!(row.examples.iter().map(value).collect::<Vec<_>>());
    let cells = [
        ("input_ids", json!(row.input_ids)),
        ("labels", json!(row.labels)),
        ("position_ids", json!(row.position_ids)),
        ("segment_ids", json!(row.segment_ids)),
        ("seq_lengths", of(&|example| json!(example.length))),
        ("prompt_lengths", of(&|example| json!(example.prompt))),
        ("datasets", of(&|example| json!(example.dataset))),
        ("templates", of(&|example| json!(example.template))),
        ("row_keys", of(&|example| json!(example.row_key))),
        ("passes", of(&|example| json!(example.pass))),
    ];
    object(&cells.map(|(name, value)| (name, value.to_string()))) + "\n"
}

/// Reads a token shard of any of the three formats, row by row.
pub fn read_token_rows(path: &Path, mut each: impl FnMut(TokenRow) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("parquet") => {
            let batches = ParquetRecordBatchReaderBuilder::try_new(file)?
                .with_batch_size(ROWS)
                .build()?;
            for batch in batches {
                rows(&batch?)?.into_iter().try_for_each(&mut each)?;
            }
        }
        Some("arrow") => {
            for batch in arrow::ipc::reader::FileReader::try_new(file, None)? {
                rows(&batch?)?.into_iter().try_for_each(&mut each)?;
            }
        }
        _ => {
            for line in BufReader::new(file).lines() {
                each(from_json(&serde_json::from_str(&line?)?)?)?;
            }
        }
    }
    Ok(())
}

fn from_json(value: &Value) -> anyhow::Result<TokenRow> {
    let unsigned = |name: &str| -> anyhow::Result<Vec<u32>> {
        serde_json::from_value(value[name].clone()).with_context(|| format!("`{name}` is no list of numbers"))
    };
    let names = |name: &str| -> anyhow::Result<Vec<String>> {
        serde_json::from_value(value[name].clone()).with_context(|| format!("`{name}` is no list of texts"))
    };
    let lists = Lists {
        lengths: unsigned("seq_lengths")?,
        prompts: unsigned("prompt_lengths")?,
        datasets: names("datasets")?,
        templates: names("templates")?,
        row_keys: names("row_keys")?,
        passes: unsigned("passes")?,
    };
    Ok(TokenRow {
        input_ids: unsigned("input_ids")?,
        labels: serde_json::from_value(value["labels"].clone()).context("`labels` is no list of numbers")?,
        position_ids: unsigned("position_ids")?,
        segment_ids: unsigned("segment_ids")?,
        examples: lists
            .examples()
            .context("a row does not say of each of its examples who it is")?,
    })
}
