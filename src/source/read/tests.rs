//! The traps of real files, each read as a whole table.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListBuilder, StringArray, StringBuilder, StructArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::catalog::model::{Encoding, Matching};
use crate::diagnostic::Span;

struct Case {
    root: tempfile::TempDir,
    table: Table,
}

/// A table of one file `f`, changed by the tests as they need.
fn case(format: Format, content: impl AsRef<[u8]>) -> Case {
    let case = Case {
        root: tempfile::tempdir().unwrap(),
        table: Table {
            name: "t".to_string(),
            format,
            paths: vec!["f".to_string()],
            columns: Vec::new(),
            each: None,
            matching: None,
            encoding: Encoding::Utf8,
            delimiter: None,
            headerless: false,
            ragged: false,
            lines: 0,
            skip: 0,
            span: Span::default(),
        },
    };
    case.file("f", content)
}

impl Case {
    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Case {
        let path = self.root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Table)) -> Case {
        change(&mut self.table);
        self
    }

    fn paths(self, paths: &[&str]) -> Case {
        self.with(|table| table.paths = paths.iter().map(|path| path.to_string()).collect())
    }

    /// Columns as `name`, `name=path` or `name#position`.
    fn columns(self, columns: &[&str]) -> Case {
        let column = |text: &&str| match (text.split_once('='), text.split_once('#')) {
            (Some((name, path)), _) => Column { name: name.into(), place: ColumnPlace::Path(path.into()) },
            (_, Some((name, at))) => Column { name: name.into(), place: ColumnPlace::Position(at.parse().unwrap()) },
            _ => Column { name: text.to_string(), place: ColumnPlace::Own },
        };
        self.with(|table| table.columns = columns.iter().map(column).collect())
    }

    fn matching(self, pattern: &str, skip_others: bool) -> Case {
        self.with(|table| table.matching = Some(Matching { pattern: Regex::new(pattern).unwrap(), skip_others }))
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("f")
    }

    fn open(&self, wanted: Option<&[&str]>) -> Result<TableReader, ReadError> {
        let wanted: Option<Vec<String>> = wanted.map(|names| names.iter().map(|name| name.to_string()).collect());
        TableReader::open(&self.table, self.root.path(), wanted.as_deref())
    }

    fn try_rows(&self) -> Result<Vec<String>, ReadError> {
        let mut rows = Vec::new();
        for batch in self.open(None)?.batches() {
            let batch = batch?;
            let data = &batch.columns()[..batch.num_columns() - 2];
            for row in 0..batch.num_rows() {
                rows.push(data.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join("|"));
            }
        }
        Ok(rows)
    }

    /// Every row as its cells joined by `|`; null is `~`, a list `[a,b]`.
    fn rows(&self) -> Vec<String> {
        self.try_rows().unwrap()
    }

    fn error(&self) -> ReadError {
        self.try_rows().unwrap_err()
    }

    fn names(&self) -> Vec<String> {
        self.open(None).unwrap().schema().fields().iter().map(|field| field.name().clone()).collect()
    }
}

fn cell(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return "~".to_string();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_string(),
        _ => {
            let items = column.as_list::<i32>().value(row);
            let items: Vec<_> = items.as_string::<i32>().iter().map(|item| item.unwrap().to_string()).collect();
            format!("[{}]", items.join(","))
        }
    }
}

#[test]
fn tsv_has_no_quotes_and_only_line_feeds_end_its_records() {
    let table = case(Format::Tsv, "a\tb\n\"x\ty\u{85}z\"\r\n1\r2\t\"\"");
    assert_eq!(table.rows(), ["\"x|y\u{85}z\"", "1\r2|\"\""]);
    assert_eq!(table.names(), ["a", "b", "_file", "_row"]);
}

#[test]
fn csv_quotes_hold_line_breaks_delimiters_and_doubled_quotes() {
    let table = case(Format::Csv, "\u{feff}\"a\",b\r\n\"x\r\ny, \"\"z\"\"\",\r\n\n,\"\"\"\"\r\nq\"q,\"l\"");
    assert_eq!(table.rows(), ["x\r\ny, \"z\"|", "|\"", "q\"q|l"]);
}

#[test]
fn csv_with_a_quote_that_never_closes_names_the_row_where_it_opens() {
    let error = case(Format::Csv, "a,b\n1,2\n3,\"4\n5,6\n").error();
    assert_eq!(error.to_string(), "f, row 2: a quote that opens in this record is never closed");
}

#[test]
fn records_of_another_length_are_errors_unless_the_table_is_ragged() {
    let table = case(Format::Tsv, "a\tb\tc\n1\t2\t3\n1\t2\n1\t2\t3\t4\n");
    assert_eq!(table.error().to_string(), "f, row 2: this record has 2 fields, the header has 3");
    let ragged = table.with(|table| table.ragged = true);
    assert_eq!(ragged.rows(), ["1|2|3", "1|2|~", "1|2|3"]);
    assert_eq!(ragged.columns(&["a", "last#-1", "c"]).rows(), ["1|3|3", "1|2|~", "1|4|3"]);
}

#[test]
fn files_without_a_header_are_read_in_order_or_by_position() {
    let table = case(Format::Csv, "1,\"a\"\n2,b\n").with(|table| table.headerless = true);
    assert!(table.error().help.unwrap().contains("in their order"));
    assert_eq!(table.columns(&["n", "s", "again#-2"]).rows(), ["1|a|1", "2|b|2"]);
}

#[test]
fn columns_are_found_by_name_whatever_their_order_in_each_file() {
    let table = case(Format::Csv, "a,b\n1,2\n").file("g", "b,c,a\n3,4,5\n").file("h", "").paths(&["f", "g", "h"]);
    assert_eq!(table.rows(), ["1|2|~", "5|3|4"]);
    let error = table.columns(&["a", "x=aa"]).open(None).err().unwrap();
    assert_eq!((error.message.as_str(), error.help.is_some()), ("there is no column `aa`", true));
}

#[test]
fn a_column_that_only_some_files_have_is_null_in_the_others() {
    let table = case(Format::Tsv, "s\tlabel\nx\t1\n").file("g", "s\ny\n\nz").paths(&["f", "g"]).columns(&["label", "s"]);
    assert_eq!(table.rows(), ["1|x", "~|y", "~|", "~|z"]);
}

#[test]
fn skipped_lines_come_before_the_header() {
    assert_eq!(case(Format::Csv, "# note\na\n1\n").with(|table| table.skip = 1).rows(), ["1"]);
    assert_eq!(case(Format::Json, "[{\"a\":1},{\"a\":2}]").with(|table| table.skip = 1).rows(), ["2"]);
}

#[test]
fn bytes_that_are_no_utf8_name_their_row_and_latin1_reads_them() {
    let table = case(Format::Lines, b"DESC:x\nNUM:\xf0\n");
    assert_eq!(table.error().to_string(), "f, row 2: byte 0xF0 at 4 is not UTF-8");
    assert_eq!(table.with(|table| table.encoding = Encoding::Latin1).rows(), ["DESC:x", "NUM:\u{f0}"]);
}

#[test]
fn lines_are_matched_into_their_captures() {
    let table = case(Format::Lines, "<seg id=\"1\">a &amp; b</seg>\n<p>\n").matching("^<seg id=\"(?<id>[0-9]+)\">(?<text>.*)</seg>$", false);
    assert_eq!(table.error().to_string(), "f, row 2: this line does not match: <p>");
    let table = table.matching("^<seg id=\"(?<id>[0-9]+)\">(?<text>.*)</seg>$", true);
    assert_eq!(table.rows(), ["1|a &amp; b"]);
    assert_eq!(table.columns(&["segment=text"]).rows(), ["a &amp; b"]);
}

#[test]
fn jsonl_keeps_numbers_as_written_and_bools_apart_from_nothing() {
    let table = case(Format::Jsonl, "{\"n\": 1.10, \"b\": true}\n\n{\"b\": \"false\", \"n\": 1e5, \"l\": [1, \"x\"]}");
    assert_eq!(table.names(), ["b", "l", "n", "_file", "_row"]);
    assert_eq!(table.rows(), ["true|~|1.10", "false|[1,\"x\"]|1e5"]);
    let reader = table.open(Some(&["n", "label"])).unwrap();
    assert_eq!(reader.schema().fields().len(), 4);
    let batch = reader.batches().next().unwrap().unwrap();
    assert_eq!(batch.column(3).as_primitive::<Int64Type>().values(), &[1, 3]);
    assert_eq!(batch.column(1).null_count(), 2);
}

#[test]
fn a_line_that_is_no_json_names_its_row() {
    let error = case(Format::Jsonl, "{}\n{\"a\": }\n").error();
    assert_eq!((error.row, error.message.contains("expected value")), (Some(2), true));
    assert!(case(Format::Jsonl, "3\n").columns(&[]).open(Some(&["a"])).unwrap().batches().next().unwrap().is_err());
}

const ARTICLES: &str = r#"{"version": "1.1", "data": [{"title": "T", "paragraphs": [
  {"context": "C1", "qas": [{"q": "a?", "answers": [{"text": "x"}, {"text": "y"}]}, {"q": "b?", "answers": []}]},
  {"context": "C2", "qas": [{"q": "c?"}]}]}]}"#;

#[test]
fn json_rows_climb_to_what_holds_them() {
    let table = case(Format::Json, ARTICLES).with(|table| table.each = Some("data[].paragraphs[].qas[]".to_string()));
    let columns = ["q", "answer=answers[].text", "context=^.context", "title=^^.title", "v=^^^.version", "p=^.@key", "k=@key"];
    assert_eq!(
        table.columns(&columns).rows(),
        ["a?|[x,y]|C1|T|1.1|0|0", "b?|[]|C1|T|1.1|0|1", "c?|~|C2|T|1.1|1|0"]
    );
}

#[test]
fn json_rows_can_be_the_values_of_objects() {
    let table = case(Format::Json, r#"{"u1": {"s1": {"d": "x"}, "s2": {"d": "y"}}, "u0": {"s": {"d": "z"}}}"#)
        .with(|table| table.each = Some("{}{}".to_string()));
    assert_eq!(table.columns(&["d", "s=@key", "u=^.@key"]).rows(), ["x|s1|u1", "y|s2|u1", "z|s|u0"]);
    let critics = case(Format::Json, r#"[{"c": {"a": "1", "b": null}}]"#).columns(&["t=c{}", "k=c{}.@key"]);
    assert_eq!(critics.rows(), ["[1]|[a,b]"]);
}

#[test]
fn json_that_is_not_as_described_says_what_to_write() {
    assert!(case(Format::Json, "{}").error().help.unwrap().contains("each data[]"));
    let each = |path: &str| case(Format::Json, ARTICLES).with(|table| table.each = Some(path.to_string())).error();
    assert_eq!(each("dat[]").help.unwrap(), "did you mean `data`?");
    assert_eq!(each("data").help.unwrap(), "`each data[]` is every element of it");
    assert_eq!(each("data{}").message, "`{}` of path `data{}` meets a list, not an object");
}

#[test]
fn xml_gives_attributes_lists_and_parents() {
    let xml = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<b n=\"d&amp;e\"><es>\n<e id=\"1\"><t>a &lt;\u{e9}&#33;</t><l>p</l><l><![CDATA[<q>]]></l></e><e/></es></b>";
    let xml: Vec<u8> = xml.chars().map(|c| c as u8).collect();
    let table = case(Format::Xml, xml).with(|table| table.each = Some("b/es/e".to_string()));
    assert!(table.error().message.contains("needs a `columns` block"));
    let table = table.columns(&["id=@id", "t", "l=l[]", "n=^/^/@n"]);
    assert_eq!(table.rows(), ["1|a <\u{e9}!|[p,<q>]|d&e", "~|~|~|d&e"]);
    assert_eq!(table.with(|table| table.each = Some("b/ess/e".to_string())).error().help.unwrap(), "did you mean `es`?");
}

#[test]
fn what_is_not_well_formed_xml_is_an_error_with_its_line() {
    for xml in ["<a>\n<b></a>", "<a>\nx & y</a>", "<a>\n&nope;</a>", "<a", "", "<a/><a/>", "x<a/>", "<a>"] {
        let table = case(Format::Xml, xml).columns(&["t=."]).with(|table| table.each = Some("a".to_string()));
        assert!(table.error().message.contains("XML"), "{xml}: {}", table.error());
    }
}

#[test]
fn records_of_lines_may_lack_their_last_blank_line() {
    let table = case(Format::Records, "s1\n[M]\na,b\na\n\ns2\n[M]\nc,d\nd").with(|table| table.lines = 5);
    assert_eq!(table.rows(), ["s1|[M]|a,b|a|", "s2|[M]|c,d|d|"]);
    assert_eq!(table.columns(&["s", "answer#4"]).rows(), ["s1|[M]", "s2|[M]"].map(|row| row.replace("[M]", if row.starts_with("s1") { "a" } else { "d" })));
    let cut = case(Format::Records, "q1\na1\nq2\n").with(|table| table.lines = 2);
    assert_eq!(cut.error().to_string(), "f, row 2: the file ends after line 1 of this record");
    assert_eq!(case(Format::Records, "q1\na1\n\n").with(|table| table.lines = 2).rows(), ["q1|a1"]);
}

#[test]
fn sections_are_cut_at_their_marks() {
    let story = case(Format::Sections, "\nText 1\n\nText 2\n\n@highlight\n\nH1\n\n@highlight\n\nH2").matching("^@(?<name>highlight)$", false);
    assert_eq!(story.columns(&["body", "h=highlight[]", "first=highlight", "none"]).rows(), ["Text 1\n\nText 2|[H1,H2]|H1|~"]);
    let summary = case(Format::Sections, "[SN]URL[SN]\r\nu\r\n\r\n[SN]FIRST-SENTENCE[SN]\r\ns\r\n").matching("^\\[SN\\](?<name>[A-Z-]+)\\[SN\\]$", false);
    assert_eq!(summary.columns(&["s=FIRST-SENTENCE", "u=URL"]).rows(), ["s|u"]);
}

#[test]
fn whole_files_show_what_their_paths_capture() {
    let table = case(Format::Files, "x").file("d/pos/1_9.txt", "good\n").file("d/neg/0_2.txt", "bad").paths(&["d/{label}/{id}_{rating}.txt"]);
    assert_eq!(table.rows(), ["bad|neg|0|2", "good\n|pos|1|9"]);
    let table = table.columns(&["review=text", "stars=rating"]);
    assert_eq!(table.names(), ["review", "stars", "label", "id", "_file", "_row"]);
    assert_eq!(table.rows(), ["bad|2|neg|0", "good\n|9|pos|1"]);
}

#[test]
fn rows_know_their_file_and_number_and_batches_span_files() {
    let table = case(Format::Lines, "a\nb\n").file("e", "c").paths(&["?"]);
    let batch = table.open(None).unwrap().batches().next().unwrap().unwrap();
    let files: Vec<_> = batch.column(1).as_string::<i32>().iter().flatten().collect();
    assert_eq!(files, ["e", "f", "f"]);
    assert_eq!(batch.column(2).as_primitive::<Int64Type>().values(), &[1, 1, 2]);
}

#[test]
fn batches_are_cut_by_rows_and_by_text() {
    let sizes = |content: String| -> Vec<usize> {
        let table = case(Format::Lines, content);
        table.open(None).unwrap().batches().map(|batch| batch.unwrap().num_rows()).collect()
    };
    assert_eq!(sizes("x\n".repeat(8193)), [8192, 1]);
    assert_eq!(sizes(format!("{}\n", "y".repeat(5 << 20)).repeat(3)), [2, 1]);
    assert!(case(Format::Lines, vec![b'x'; (64 << 20) + 1]).error().message.contains("longer than 64 MiB"));
}

#[test]
fn files_that_are_not_there_are_listed() {
    let table = case(Format::Lines, "x").paths(&["f", "g", "*.gz"]);
    assert_eq!(missing(&table.table, table.root.path()), ["g", "*.gz"]);
    assert_eq!(table.error().to_string(), "g: no such file");
}

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

fn write_typed(case: &Case) {
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

fn every_format() -> Vec<Case> {
    let text = |format| case(format, "");
    vec![
        text(Format::Csv),
        text(Format::Tsv),
        text(Format::Csv).columns(&["a", "b#-1"]).with(|table| (table.headerless, table.ragged) = (true, true)),
        text(Format::Jsonl),
        text(Format::Jsonl).columns(&["a=a[].b", "b=[0].c{}"]),
        text(Format::Json),
        text(Format::Json).columns(&["a=@key", "b=^.a[]"]).with(|table| table.each = Some("a[]".to_string())),
        text(Format::Xml).columns(&["a=.", "b=a[]/@b", "c=^/a"]).with(|table| table.each = Some("a/a".to_string())),
        text(Format::Lines).with(|table| table.encoding = Encoding::Named(encoding_rs::ISO_2022_JP)),
        text(Format::Lines).matching("(?<a>.)(?<b>b)?", false),
        text(Format::Records).with(|table| table.lines = 3),
        text(Format::Sections).matching("a", false).columns(&["body", "a[]"]).with(|table| table.encoding = Encoding::Latin1),
        text(Format::Files),
        text(Format::Parquet),
        text(Format::Arrow),
    ]
}

/// Bytes of the kind that formats are made of, so that chance reaches past their first character.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "a", "b", "1", "-", ".", "\"", ",", "\t", "\n", "\r\n", "\r", "{", "}", "[", "]", ":", "\"a\"", "\"b\":", "\\u",
        "<a>", "</a>", "<a a=\"b\"/>", "&amp;", "&", "<![CDATA[", "]]>", "<?xml encoding=\"latin1\"?>", "null", "true",
        "\u{feff}", "\u{85}", "\0", "ARROW1", "PAR1",
    ];
    let piece = prop_oneof![
        9 => prop::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_a_reader_panic(content in plausible(), packed in any::<bool>()) {
        let bytes = if packed { zstd::encode_all(content.as_slice(), 0).unwrap() } else { content };
        for case in every_format() {
            std::fs::write(case.path(), &bytes).unwrap();
            let _ = case.try_rows();
        }
    }

    #[test]
    fn no_damage_to_a_typed_file_makes_a_reader_panic(places in prop::collection::vec((any::<usize>(), any::<u8>()), 1..8), cut in any::<usize>()) {
        for case in [case(Format::Parquet, ""), case(Format::Arrow, ""), case(Format::Arrow, "").with(|table| table.skip = 1)] {
            write_typed(&case);
            let mut bytes = std::fs::read(case.path()).unwrap();
            for (place, byte) in &places {
                let at = place % bytes.len();
                bytes[at] = *byte;
            }
            if cut % 4 == 0 {
                bytes.truncate(cut % bytes.len());
            }
            std::fs::File::create(case.path()).unwrap().write_all(&bytes).unwrap();
            let _ = case.try_rows();
        }
    }
}
