//! `select`: SQL over the tables of a split, run by DataFusion.

use std::sync::{Arc, Mutex};

use arrow::array::{AsArray as _, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt as _;
use sha1::{Digest as _, Sha1};

use super::error::SourceError;
use super::place::Place;
use super::read::{Aside, ReadError, TableReader};
use crate::catalog::model;
use crate::digest::hex;

/// What can go wrong: a file, or the query.
pub enum Failure {
    Read(ReadError),
    Sql(String),
    /// What took the batches refused one.
    Taken(SourceError),
}

/// Runs a query over tables by name and hands on its batches, which have columns of text, lists of text and 64-bit
/// integers only.
pub fn run(
    sql: &str,
    tables: Vec<Named>,
    mut take: impl FnMut(RecordBatch) -> Result<(), SourceError>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .map_err(|error| Failure::Sql(error.to_string()))?;
    let failed = |error: DataFusionError| match unwrap_read(&error) {
        Some(read) => Failure::Read(read),
        None => Failure::Sql(error.strip_backtrace()),
    };
    runtime.block_on(async {
        let mut batches = query(sql, tables).await.map_err(failed)?;
        while let Some(batch) = batches.next().await {
            let batch = batch.and_then(|batch| Ok(plain(&batch)?)).map_err(failed)?;
            take(batch).map_err(Failure::Taken)?;
        }
        Ok(())
    })
}

async fn query(sql: &str, tables: Vec<Named>) -> Result<SendableRecordBatchStream, DataFusionError> {
    let mut config = SessionConfig::new().with_target_partitions(1).with_batch_size(8192);
    // Names mean what they say: a column `BodyText` is not `bodytext`.
    config.options_mut().sql_parser.enable_ident_normalization = false;
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    let context = SessionContext::new_with_config(config);
    context.register_udf(sha1());
    for named in tables {
        let name = named.table.name.clone();
        let table = Table::new(named);
        let table = StreamingTable::try_new(table.schema.clone(), vec![Arc::new(table)])?;
        context.register_table(&name, Arc::new(table))?;
    }
    context.sql(sql).await?.execute_stream().await
}

/// `sha1(text)`: the digest in hexadecimal, by which some corpora name their files.
fn sha1() -> ScalarUDF {
    let digests = |args: &[ColumnarValue]| {
        let columns = ColumnarValue::values_to_arrays(args)?;
        let texts = columns[0].as_string::<i32>().iter();
        let digests: StringArray = texts.map(|text| text.map(|text| hex(&Sha1::digest(text)))).collect();
        Ok(ColumnarValue::Array(Arc::new(digests)))
    };
    create_udf(
        "sha1",
        vec![DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(digests),
    )
}

/// Views, large strings and numbers of other widths, as the text they are.
fn plain(batch: &RecordBatch) -> Result<RecordBatch, arrow::error::ArrowError> {
    let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let kind_of = |kind: &DataType, name: &str| match kind {
        DataType::List(_) | DataType::LargeList(_) | DataType::ListView(_) => DataType::List(item.clone()),
        _ if name == "_row" => DataType::Int64,
        _ => DataType::Utf8,
    };
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let kind = kind_of(field.data_type(), field.name());
        columns.push(cast(column, &kind)?);
        fields.push(Field::new(field.name(), kind, true));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// A table of a split, opened.
pub struct Named {
    pub table: model::Table,
    pub place: Place,
    /// Where records go that cannot be read, if they are to be passed over.
    pub aside: Option<Aside>,
    pub reader: TableReader,
}

/// A table reader as DataFusion sees one: a stream for each time that the query names it.
struct Table {
    schema: SchemaRef,
    /// The reader that is open already serves the first; a self-join opens another.
    first: Mutex<Option<TableReader>>,
    table: model::Table,
    place: Place,
    aside: Option<Aside>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("name", &self.table.name).finish()
    }
}

impl Table {
    fn new(named: Named) -> Self {
        Self {
            schema: named.reader.schema(),
            first: Mutex::new(Some(named.reader)),
            table: named.table,
            place: named.place,
            aside: named.aside,
        }
    }

    fn reader(&self) -> Result<TableReader, ReadError> {
        let first = self.first.lock().ok().and_then(|mut first| first.take());
        let again = || TableReader::open_passing(&self.table, &self.place, None, self.aside.as_ref());
        first.map_or_else(again, Ok)
    }
}

impl PartitionStream for Table {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let external = |error: ReadError| DataFusionError::External(Box::new(error));
        let stream = match self.reader() {
            Ok(reader) => futures::stream::iter(reader.batches().map(move |batch| batch.map_err(external))).boxed(),
            Err(error) => futures::stream::iter([Err(external(error))]).boxed(),
        };
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream))
    }
}

/// The reader's own error, however deep DataFusion wrapped it.
fn unwrap_read(error: &DataFusionError) -> Option<ReadError> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = source {
        if let Some(read) = inner.downcast_ref::<ReadError>() {
            return Some(read.clone());
        }
        if let Some(DataFusionError::External(external)) = inner.downcast_ref::<DataFusionError>()
            && let Some(read) = external.downcast_ref::<ReadError>()
        {
            return Some(read.clone());
        }
        source = inner.source();
    }
    None
}
