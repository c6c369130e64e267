//! The schema of a shard, and its columns: as they are written, as they are read again, and as single records.

use std::sync::Arc;

use anyhow::anyhow;
use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, ListArray, ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
    StructBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema, SchemaRef};

use super::block::Block;

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
    /// Every text that counts as right; `None` where that is the target and nothing else.
    pub answers: Option<Vec<String>>,
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

/// Some rows of a shard, column by column, whatever the layout of their file.
#[derive(Clone, Debug)]
pub struct Columns {
    pub inputs: StringArray,
    pub targets: StringArray,
    pub system: StringArray,
    pub options: ListArray,
    pub options_span: ListArray,
    pub answers: ListArray,
    pub answer_index: Int32Array,
    pub group: StringArray,
    pub exemplars: ListArray,
    pub dataset: StringArray,
    pub family: StringArray,
    pub cluster: StringArray,
    pub template: StringArray,
    pub role: StringArray,
    pub split: StringArray,
    pub row_key: StringArray,
    pub pass: Int32Array,
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

impl Columns {
    pub fn len(&self) -> usize {
        self.pass.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As one batch of a layout.
    pub fn batch(&self, layout: Layout) -> RecordBatch {
        let mut columns: Vec<ArrayRef> = match layout {
            Layout::InputsTargets => vec![
                Arc::new(self.inputs.clone()),
                Arc::new(self.targets.clone()),
                Arc::new(self.system.clone()),
            ],
            Layout::Messages => vec![Arc::new(self.messages())],
        };
        columns.extend([
            Arc::new(self.options.clone()) as ArrayRef,
            Arc::new(self.options_span.clone()),
            Arc::new(self.answers.clone()),
            Arc::new(self.answer_index.clone()),
            Arc::new(self.group.clone()),
            Arc::new(self.exemplars.clone()),
            Arc::new(self.dataset.clone()),
            Arc::new(self.family.clone()),
            Arc::new(self.cluster.clone()),
            Arc::new(self.template.clone()),
            Arc::new(self.role.clone()),
            Arc::new(self.split.clone()),
            Arc::new(self.row_key.clone()),
            Arc::new(self.pass.clone()),
        ]);
        RecordBatch::try_new(schema(layout), columns).expect("columns made for this schema")
    }

    /// The columns of a batch of any layout.
    pub fn of(batch: &RecordBatch) -> anyhow::Result<Self> {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| anyhow!("it has no column `{name}`"))
        };
        let text = |name: &str| {
            let texts = column(name)?.as_string_opt::<i32>().cloned();
            texts.ok_or_else(|| anyhow!("its column `{name}` is no text"))
        };
        let list = |name: &str| {
            let lists = column(name)?.as_list_opt::<i32>().cloned();
            lists.ok_or_else(|| anyhow!("its column `{name}` is no list"))
        };
        let number = |name: &str| {
            let numbers = column(name)?.as_primitive_opt::<Int32Type>().cloned();
            numbers.ok_or_else(|| anyhow!("its column `{name}` is no number"))
        };
        let (inputs, targets, system) = match batch.column_by_name("messages") {
            None => (text("inputs")?, text("targets")?, text("system")?),
            Some(messages) => turns(messages)?,
        };
        Ok(Self {
            inputs,
            targets,
            system,
            options: list("options")?,
            options_span: list("options_span")?,
            answers: list("answers")?,
            answer_index: number("answer_index")?,
            group: text("group")?,
            exemplars: list("exemplars")?,
            dataset: text("dataset")?,
            family: text("family")?,
            cluster: text("cluster")?,
            template: text("template")?,
            role: text("role")?,
            split: text("split")?,
            row_key: text("row_key")?,
            pass: number("pass")?,
        })
    }

    /// One of the rows.
    pub fn record(&self, row: usize) -> Record {
        let text = |column: &StringArray| column.value(row).to_string();
        let list = |column: &ListArray| texts(column, row).map(|items| items.map(str::to_string).collect::<Vec<_>>());
        Record {
            inputs: text(&self.inputs),
            targets: text(&self.targets),
            system: (!self.system.is_null(row)).then(|| text(&self.system)),
            options: list(&self.options),
            options_span: span(&self.options_span, row),
            answers: list(&self.answers),
            answer_index: (!self.answer_index.is_null(row)).then(|| self.answer_index.value(row) as u32),
            group: text(&self.group),
            exemplars: list(&self.exemplars).unwrap_or_default(),
            dataset: text(&self.dataset),
            family: text(&self.family),
            cluster: text(&self.cluster),
            template: text(&self.template),
            role: text(&self.role),
            split: text(&self.split),
            row_key: text(&self.row_key),
            pass: self.pass.value(row) as u32,
        }
    }

    fn messages(&self) -> ListArray {
        let turns = StructBuilder::from_fields(turn(), self.len() * 2);
        let mut builder = ListBuilder::new(turns);
        for row in 0..self.len() {
            let system = (!self.system.is_null(row)).then(|| ("system", self.system.value(row)));
            let rest = [("user", self.inputs.value(row)), ("assistant", self.targets.value(row))];
            for (role, content) in system.into_iter().chain(rest) {
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
        builder.finish()
    }
}

/// The texts of a list; `None` where it is null.
pub(super) fn texts(column: &ListArray, row: usize) -> Option<impl ExactSizeIterator<Item = &str>> {
    let items = column
        .values()
        .as_string_opt::<i32>()
        .filter(|_| !column.is_null(row))?;
    let offsets = column.value_offsets();
    Some((offsets[row] as usize..offsets[row + 1] as usize).map(|at| items.value(at)))
}

/// The two numbers of a span.
pub(super) fn span(column: &ListArray, row: usize) -> Option<(u32, u32)> {
    let numbers = column
        .values()
        .as_primitive_opt::<Int32Type>()
        .filter(|_| !column.is_null(row))?;
    let start = column.value_offsets()[row] as usize;
    (column.value_length(row) == 2).then(|| (numbers.value(start) as u32, numbers.value(start + 1) as u32))
}

/// Inputs, targets and system texts out of a column of turns.
fn turns(messages: &ArrayRef) -> anyhow::Result<(StringArray, StringArray, StringArray)> {
    let lists = messages
        .as_list_opt::<i32>()
        .ok_or_else(|| anyhow!("its column `messages` is no list"))?;
    let mut block = Block::default();
    for row in 0..lists.len() {
        let turns = lists.value(row);
        let turns: &StructArray = turns
            .as_struct_opt()
            .ok_or_else(|| anyhow!("its messages are no turns"))?;
        let text = |role: &str| {
            let (roles, contents) = (
                turns.column(0).as_string_opt::<i32>()?,
                turns.column(1).as_string_opt::<i32>()?,
            );
            let at = (0..turns.len()).find(|at| roles.value(*at) == role)?;
            Some(contents.value(at).to_string())
        };
        block.inputs.push(&text("user").unwrap_or_default());
        block.targets.push(&text("assistant").unwrap_or_default());
        match text("system") {
            Some(system) => block.system.push(&system),
            None => block.system.push_null(),
        }
    }
    Ok((block.inputs.take(), block.targets.take(), block.system.take()))
}
