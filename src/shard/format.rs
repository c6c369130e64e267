//! The files of a shard: Parquet, Arrow IPC, JSON lines. Equal records give equal bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, ensure};
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::block::Block;
use super::columns::{Layout, Record, schema};
use super::content::{Content, fill};
use crate::digest::Digest;

/// How a shard is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Parquet,
    Arrow,
    Jsonl,
}

impl Format {
    /// Which is also the extension of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Jsonl => "jsonl",
        }
    }
}

/// zstd level of the pages where none is asked for: 3 is where Parquet readers and writers meet.
pub const ZSTD: i32 = 3;
/// Bytes of rendered text after which a row group ends, and the most rows it has. A writer holds a compressed row
/// group in memory until it ends.
const ROW_GROUP_TEXT: usize = 64 << 20;
const ROW_GROUP: usize = 131_072;
pub(super) const PAGE: usize = 1 << 20;
/// Less than a compressed page, which then goes to the file as it is.
const BUFFER: usize = 64 << 10;

/// How shards are stored.
#[derive(Clone, Copy, Debug)]
pub struct Storage {
    pub format: Format,
    pub layout: Layout,
    /// zstd level of Parquet's pages.
    pub zstd: i32,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub content: Digest,
    pub sha256: Digest,
}

/// A shard that is being written, block by block.
pub struct ShardWriter {
    sink: Sink,
    layout: Layout,
    content: Content,
    rows: u64,
    /// Bytes of text in the row group that is open.
    text: usize,
}

/// A file of one of the formats, open for batches.
pub(super) enum Sink {
    Parquet(Box<ArrowWriter<Hashing>>),
    Arrow(Box<FileWriter<Hashing>>),
    Jsonl(Hashing),
}

/// Opens a new shard at `path`.
pub fn open(path: &Path, storage: Storage) -> anyhow::Result<ShardWriter> {
    Ok(ShardWriter {
        sink: Sink::open(path, storage.format, schema(storage.layout), properties(storage.zstd)?)?,
        layout: storage.layout,
        content: Content::default(),
        rows: 0,
        text: 0,
    })
}

/// Adds what a block holds to a shard, and leaves the block empty. The digests of its records, in their order; those that
/// are known already stand at their places in `known`, which may be shorter.
pub fn write(writer: &mut ShardWriter, block: &mut Block, known: &[Option<Digest>]) -> anyhow::Result<Vec<Digest>> {
    ensure!(
        !block.is_too_large(),
        "an example of more than 2 GiB\nhelp: a template says it again and again, or its row is as large: drop such rows by their length"
    );
    let columns = block.take();
    let digests = fill(&columns, known);
    digests.iter().for_each(|digest| writer.content.add(digest));
    writer.rows += digests.len() as u64;
    match &mut writer.sink {
        Sink::Parquet(parquet) => {
            parquet.write(&columns.batch(writer.layout))?;
            writer.text += columns.inputs.values().len() + columns.targets.values().len();
            if writer.text >= ROW_GROUP_TEXT {
                parquet.flush()?;
                writer.text = 0;
            }
        }
        Sink::Arrow(arrow) if !columns.is_empty() => arrow.write(&columns.batch(writer.layout))?,
        Sink::Arrow(_) => {}
        Sink::Jsonl(out) => {
            for row in 0..columns.len() {
                out.write_all(line(&columns.record(row), writer.layout).as_bytes())?;
            }
        }
    }
    block.reuse(columns);
    Ok(digests)
}

impl ShardWriter {
    /// Closes the file; an error here is a disk that is full.
    pub fn finish(self) -> anyhow::Result<Written> {
        let (bytes, sha256) = self.sink.finish()?;
        Ok(Written {
            rows: self.rows,
            bytes,
            content: self.content.finish(),
            sha256,
        })
    }
}

impl Sink {
    /// Opens a new file at `path`.
    pub fn open(path: &Path, format: Format, schema: SchemaRef, properties: WriterProperties) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let out = Hashing {
            file: BufWriter::with_capacity(BUFFER, file),
            sha256: Sha256::new(),
            bytes: 0,
        };
        Ok(match format {
            Format::Parquet => Self::Parquet(Box::new(ArrowWriter::try_new(out, schema, Some(properties))?)),
            Format::Arrow => Self::Arrow(Box::new(FileWriter::try_new(out, &schema)?)),
            Format::Jsonl => Self::Jsonl(out),
        })
    }

    /// Closes the file; its length and its SHA-256.
    pub fn finish(self) -> anyhow::Result<(u64, Digest)> {
        let mut out = match self {
            Self::Parquet(parquet) => parquet.into_inner()?,
            Self::Arrow(mut arrow) => {
                arrow.finish()?;
                arrow.into_inner()?
            }
            Self::Jsonl(out) => out,
        };
        out.flush()?;
        Ok((out.bytes, out.sha256.finalize().into()))
    }
}

/// One object with the columns of the layout as keys, in their order, which a reader takes for that of the columns.
fn line(record: &Record, layout: Layout) -> String {
    let mut cells = match layout {
        Layout::InputsTargets => vec![
            ("inputs", json!(record.inputs).to_string()),
            ("targets", json!(record.targets).to_string()),
            ("system", json!(record.system).to_string()),
        ],
        Layout::Messages => {
            let system = record.system.as_ref().map(|text| ("system", text));
            let turns = [("user", &record.inputs), ("assistant", &record.targets)];
            let turns = system.into_iter().chain(turns).map(|(role, text)| {
                let cells = [("role", json!(role).to_string()), ("content", json!(text).to_string())];
                object(&cells)
            });
            vec![("messages", format!("[{}]", turns.collect::<Vec<_>>().join(",")))]
        }
    };
    let rest = [
        ("options", json!(record.options)),
        ("options_span", json!(record.options_span)),
        ("answers", json!(record.answers)),
        ("answer_index", json!(record.answer_index)),
        ("group", json!(record.group)),
        ("exemplars", json!(record.exemplars)),
        ("dataset", json!(record.dataset)),
        ("family", json!(record.family)),
        ("cluster", json!(record.cluster)),
        ("template", json!(record.template)),
        ("role", json!(record.role)),
        ("split", json!(record.split)),
        ("row_key", json!(record.row_key)),
        ("pass", json!(record.pass)),
    ];
    cells.extend(rest.map(|(name, value)| (name, value.to_string())));
    object(&cells) + "\n"
}

/// A JSON object of cells that are JSON already.
pub(super) fn object(cells: &[(&str, String)]) -> String {
    let cells: Vec<String> = cells.iter().map(|(name, cell)| format!("\"{name}\":{cell}")).collect();
    format!("{{{}}}", cells.join(","))
}

/// Fixed, and named by [`super::WRITER`]: a change here changes the bytes of every shard.
fn properties(zstd: i32) -> anyhow::Result<WriterProperties> {
    let column = |name: &str| ColumnPath::from(name);
    let mut properties = WriterProperties::builder()
        .set_created_by("flanc".to_string())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd)?))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_size_limit(PAGE)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // Texts that hardly repeat gain nothing from a dictionary, and digests nothing from compression either.
    for name in ["inputs", "targets", "row_key", "group"] {
        properties = properties.set_column_dictionary_enabled(column(name), false);
    }
    for name in ["row_key", "group"] {
        properties = properties.set_column_compression(column(name), Compression::UNCOMPRESSED);
    }
    // The least and the greatest of texts and of digests tell a reader nothing.
    for name in ["inputs", "targets", "row_key", "group"] {
        properties = properties.set_column_statistics_enabled(column(name), EnabledStatistics::None);
    }
    Ok(properties.build())
}

/// A file that knows its digest and its length.
pub(super) struct Hashing {
    file: BufWriter<File>,
    sha256: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write_all(buffer)?;
        self.sha256.update(buffer);
        self.bytes += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
