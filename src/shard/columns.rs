//! The schema of a shard, and records into its columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int32Builder, ListBuilder, RecordBatch, StringArray, StringBuilder, StructBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

/// How a conversation is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Columns `inputs`, `targets` and `system`.
    InputsTargets,
    /// One column `messages`: a list of `role` and `content`, the roles being system, user and assistant.
    Messages,
}

/// One row of a shard, as every format says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    pub inputs: String,
    pub targets: String,
    pub system: Option<String>,
    pub options: Option<Vec<String>>,
    /// First byte and end of the options in `inputs`.
    pub options_span: Option<(u32, u32)>,
    pub answers: Vec<String>,
    pub answer_index: Option<u32>,
    /// Rows of one group share it.
    pub group: String,
    /// Row keys of the shots in `inputs`.
    pub exemplars: Vec<String>,
    pub dataset: String,
    pub family: String,
    pub cluster: String,
    pub template: String,
    pub role: String,
    pub split: String,
    /// Who the source row is; `flanc trace` finds it by this.
    pub row_key: String,
    pub pass: u32,
}

/// The columns of a layout, all nullable, in their fixed order.
pub fn schema(layout: Layout) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let texts = |name: &str| Field::new(name, DataType::List(item(DataType::Utf8)), true);
    let number = |name: &str| Field::new(name, DataType::Int32, true);
    let mut fields = match layout {
        Layout::InputsTargets => vec![text("inputs"), text("targets"), text("system")],
        Layout::Messages => vec![Field::new(
            "messages",
            DataType::List(item(DataType::Struct(turn()))),
            true,
        )],
    };
    fields.extend([
        texts("options"),
        Field::new("options_span", DataType::List(item(DataType::Int32)), true),
        texts("answers"),
        number("answer_index"),
        text("group"),
        texts("exemplars"),
        text("dataset"),
        text("family"),
        text("cluster"),
        text("template"),
        text("role"),
        text("split"),
        text("row_key"),
        number("pass"),
    ]);
    Arc::new(Schema::new(fields))
}

fn item(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(kind, true))
}

fn turn() -> Fields {
    Fields::from(vec![
        Field::new("role", DataType::Utf8, true),
        Field::new("content", DataType::Utf8, true),
    ])
}

/// Records as one batch of a layout.
pub fn batch(records: &[Record], layout: Layout) -> RecordBatch {
    let text =
        |get: &dyn Fn(&Record) -> Option<&str>| Arc::new(StringArray::from_iter(records.iter().map(get))) as ArrayRef;
    let texts = |get: &dyn Fn(&Record) -> Option<&[String]>| {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for record in records {
            let found = get(record);
            found
                .into_iter()
                .flatten()
                .for_each(|item| builder.values().append_value(item));
            builder.append(found.is_some());
        }
        Arc::new(builder.finish()) as ArrayRef
    };
    let number = |get: &dyn Fn(&Record) -> Option<u32>| {
        Arc::new(records.iter().map(|r| get(r).map(|n| n as i32)).collect::<Int32Array>()) as ArrayRef
    };
    let mut columns = match layout {
        Layout::InputsTargets => {
            vec![
                text(&|r| Some(&r.inputs)),
                text(&|r| Some(&r.targets)),
                text(&|r| r.system.as_deref()),
            ]
        }
        Layout::Messages => vec![messages(records)],
    };
    columns.extend([
        texts(&|r| r.options.as_deref()),
        spans(records),
        texts(&|r| Some(&r.answers)),
        number(&|r| r.answer_index),
        text(&|r| Some(&r.group)),
        texts(&|r| Some(&r.exemplars)),
        text(&|r| Some(&r.dataset)),
        text(&|r| Some(&r.family)),
        text(&|r| Some(&r.cluster)),
        text(&|r| Some(&r.template)),
        text(&|r| Some(&r.role)),
        text(&|r| Some(&r.split)),
        text(&|r| Some(&r.row_key)),
        number(&|r| Some(r.pass)),
    ]);
    RecordBatch::try_new(schema(layout), columns).expect("columns made for this schema")
}

fn spans(records: &[Record]) -> ArrayRef {
    let mut builder = ListBuilder::new(Int32Builder::new());
    for record in records {
        if let Some((start, end)) = record.options_span {
            builder.values().append_value(start as i32);
            builder.values().append_value(end as i32);
        }
        builder.append(record.options_span.is_some());
    }
    Arc::new(builder.finish())
}

fn messages(records: &[Record]) -> ArrayRef {
    let turns = StructBuilder::from_fields(turn(), records.len() * 2);
    let mut builder = ListBuilder::new(turns);
    for record in records {
        let system = record.system.as_deref().map(|text| ("system", text));
        for (role, content) in system
            .into_iter()
            .chain([("user", record.inputs.as_str()), ("assistant", &record.targets)])
        {
            let turn = builder.values();
            for (at, text) in [role, content].into_iter().enumerate() {
                if let Some(column) = turn.field_builder::<StringBuilder>(at) {
                    column.append_value(text);
                }
            }
            turn.append(true);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}
