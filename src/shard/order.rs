//! The order of a mixture whose shards are of one dataset each: a table with a row for each example of the training split,
//! in the mixture's order.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use arrow::array::{AsArray as _, Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

/// The name of the file in the directory of a mixture.
pub const ORDER: &str = "order.parquet";

/// Writes the order: for each example the place of its shard among the training shards of the manifest, and its row
/// there, both from 0.
pub fn write_order(path: &Path, places: impl Iterator<Item = (u32, u32)>) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let number = |name: &str| Field::new(name, DataType::Int32, true);
    let schema = Arc::new(Schema::new(vec![number("shard"), number("row")]));
    let properties = WriterProperties::builder()
        .set_created_by("flanc".to_string())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(super::ZSTD)?))
        // Its numbers hardly come twice in a page.
        .set_column_dictionary_enabled(ColumnPath::from("row"), false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let file = File::create(path).with_context(failed)?;
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
    let mut places = places.peekable();
    while places.peek().is_some() {
        let (shards, rows): (Vec<i32>, Vec<i32>) = places
            .by_ref()
            .take(1 << 16)
            .map(|(shard, row)| (shard as i32, row as i32))
            .unzip();
        let columns: Vec<arrow::array::ArrayRef> =
            vec![Arc::new(Int32Array::from(shards)), Arc::new(Int32Array::from(rows))];
        writer
            .write(&RecordBatch::try_new(schema.clone(), columns)?)
            .with_context(failed)?;
    }
    writer.close().with_context(failed)?;
    Ok(())
}

/// Holds the order to the sizes of the training shards: each example is in it once.
pub(super) fn check_order(path: &Path, sizes: &[u64]) -> anyhow::Result<()> {
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    // Held to what the file has before anything is made of the manifest's sizes: they may be any numbers.
    let found = file.metadata().file_metadata().num_rows();
    let said: u128 = sizes.iter().map(|size| u128::from(*size)).sum();
    ensure!(
        u128::try_from(found) == Ok(said),
        "{found} examples, the manifest says {said}"
    );
    let mut seen: Vec<Vec<bool>> = sizes.iter().map(|size| vec![false; *size as usize]).collect();
    let mut left: u64 = sizes.iter().sum();
    for batch in file.build()? {
        let batch = batch?;
        let column = |name: &str| {
            let column = batch
                .column_by_name(name)
                .and_then(|column| column.as_primitive_opt::<Int32Type>());
            column.with_context(|| format!("it has no column `{name}` of numbers"))
        };
        let (shards, rows) = (column("shard")?, column("row")?);
        for at in 0..batch.num_rows() {
            let (shard, row) = (shards.value(at) as usize, rows.value(at) as usize);
            let seen = seen.get_mut(shard).and_then(|seen| seen.get_mut(row));
            let first = seen.is_some_and(|seen| !std::mem::replace(seen, true));
            ensure!(first, "row {row} of shard {shard} is not there, or is there twice");
            left -= 1;
        }
    }
    ensure!(left == 0, "{left} examples are not in it");
    Ok(())
}
