//! Parquet and Arrow, whose cells have types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray};
use arrow::datatypes::Field;

use super::{Case, case};
use crate::catalog::model::Format;

/// Two rows of an integer, a list, a structure and a dictionary.
fn typed() -> RecordBatch {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("x"), Some("y")]);
    lists.append(false);
    let inner: ArrayRef = Arc::new(StringArray::from(vec![Some("in"), None]));
    let number: ArrayRef = Arc::new(arrow::array::Float64Array::from(vec![1e21, 0.1]));
    let fields = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let structure = StructArray::from(vec![(fields("s", &inner), inner), (fields("n", &number), number)]);
    let words: arrow::array::DictionaryArray<arrow::datatypes::Int8Type> = vec!["yes", "no"].into_iter().collect();
    RecordBatch::try_from_iter([
        ("a", Arc::new(Int64Array::from(vec![Some(-1), None])) as ArrayRef),
        ("l", Arc::new(lists.finish())),
        ("st", Arc::new(structure)),
        ("w", Arc::new(words)),
    ])
    .unwrap()
}

pub(super) fn write_typed(case: &Case) {
    let (batch, file) = (typed(), std::fs::File::create(case.path()).unwrap());
    match case.table.format {
        Format::Parquet => {
            let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        }
        _ if case.table.skip == 0 => {
            let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
        _ => {
            let mut writer = arrow::ipc::writer::StreamWriter::try_new(file, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
    }
}

#[test]
fn parquet_and_arrow_give_the_same_text() {
    let first = r#"-1|[x,y]|{"s":"in","n":1000000000000000000000}|yes"#;
    let second = r#"~|~|{"s":null,"n":0.1}|no"#;
    for format in [Format::Parquet, Format::Arrow] {
        let table = case(format, "");
        write_typed(&table);
        assert_eq!(table.rows(), [first, second]);
        let chosen = table.columns(&["w", "n=st.n", "one=l[0]"]);
        assert_eq!(chosen.rows(), ["yes|1000000000000000000000|x", "no|0.1|~"]);
        assert!(chosen.columns(&["ww"]).error().help.is_some());
    }
    let stream = case(Format::Arrow, "").with(|table| table.skip = 1);
    write_typed(&stream);
    assert_eq!(stream.rows(), [second]);
}

#[test]
fn nothing_may_follow_the_end_of_an_arrow_stream() {
    let stream = case(Format::Arrow, "").with(|table| table.skip = 1);
    write_typed(&stream);
    let bytes = std::fs::read(stream.path()).unwrap();
    for more in [bytes.as_slice(), b"garbage!garbage!", b"!"] {
        std::fs::write(stream.path(), [&bytes, more].concat()).unwrap();
        assert_eq!(
            stream.error().to_string(),
            "f, row 2: there are bytes after the end of this Arrow stream"
        );
    }
}

#[test]
fn a_name_that_two_columns_have_is_an_error_for_who_asks_for_it() {
    let column = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("a", column("1")), ("b", column("2")), ("a", column("3"))]).unwrap();
    for format in [Format::Parquet, Format::Arrow] {
        let table = case(format, "");
        let file = std::fs::File::create(table.path()).unwrap();
        if format == Format::Parquet {
            let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        } else {
            let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
        assert_eq!(table.error().to_string(), "f: the schema names `a` twice");
        let asked = table.columns(&["x=a"]);
        assert_eq!(asked.error().to_string(), "f: the schema names `a` twice");
        let not_asked = asked.with(|table| table.columns.clear()).columns(&["b"]);
        assert_eq!(not_asked.rows(), ["2"]);
    }
}
