//! The traps of real files, each read as a whole table.

mod damage;
mod nested;
mod passing;
mod typed;

use std::path::PathBuf;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type};
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
        table: Table::new("t", format, vec!["f".to_string()], Span::default()),
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
            (Some((name, path)), _) => Column {
                name: name.into(),
                place: ColumnPlace::Path(path.into()),
            },
            (_, Some((name, at))) => Column {
                name: name.into(),
                place: ColumnPlace::Position(at.parse().unwrap()),
            },
            _ => Column {
                name: text.to_string(),
                place: ColumnPlace::Own,
            },
        };
        self.with(|table| table.columns = columns.iter().map(column).collect())
    }

    fn matching(self, pattern: &str, skip_others: bool) -> Case {
        self.with(|table| {
            table.matching = Some(Matching {
                pattern: Regex::new(pattern).unwrap(),
                skip_others,
            })
        })
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("f")
    }

    fn open(&self, wanted: Option<&[&str]>) -> Result<TableReader, ReadError> {
        let wanted: Option<Vec<String>> = wanted.map(|names| names.iter().map(|name| name.to_string()).collect());
        TableReader::open(&self.table, &self.root.path().into(), wanted.as_deref())
    }

    fn try_rows(&self) -> Result<Vec<String>, ReadError> {
        Self::rows_of(self.open(None)?)
    }

    /// The records that cannot be read, and the rows without them.
    fn passing_rows(&self) -> (Vec<ReadError>, Result<Vec<String>, ReadError>) {
        let aside = Aside::default();
        let reader = TableReader::open_passing(&self.table, &self.root.path().into(), None, Some(&aside));
        let rows = reader.and_then(Self::rows_of);
        (aside.take(), rows)
    }

    fn rows_of(reader: TableReader) -> Result<Vec<String>, ReadError> {
        let mut rows = Vec::new();
        for batch in reader.batches() {
            let batch = batch?;
            let data = &batch.columns()[..batch.num_columns() - 2];
            for row in 0..batch.num_rows() {
                rows.push(
                    data.iter()
                        .map(|column| cell(column, row))
                        .collect::<Vec<_>>()
                        .join("|"),
                );
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
        self.open(None)
            .unwrap()
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
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
            let items: Vec<_> = items
                .as_string::<i32>()
                .iter()
                .map(|item| item.unwrap().to_string())
                .collect();
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
    let table = case(
        Format::Csv,
        "\u{feff}\"a\",b\r\n\"x\r\ny, \"\"z\"\"\",\r\n\n,\"\"\"\"\r\nq\"q,\"l\"",
    );
    assert_eq!(table.rows(), ["x\r\ny, \"z\"|", "|\"", "q\"q|l"]);
}

#[test]
fn csv_with_a_quote_that_never_closes_names_the_row_where_it_opens() {
    let error = case(Format::Csv, "a,b\n1,2\n3,\"4\n5,6\n").error();
    assert_eq!(
        error.to_string(),
        "f, row 2: a quote that opens in this record is never closed"
    );
}

#[test]
fn records_of_another_length_are_errors_unless_the_table_is_ragged() {
    let table = case(Format::Tsv, "a\tb\tc\n1\t2\t3\n1\t2\n1\t2\t3\t4\n");
    assert_eq!(
        table.error().to_string(),
        "f, row 2: this record has 2 fields, the header has 3"
    );
    let ragged = table.with(|table| table.ragged = true);
    assert_eq!(ragged.rows(), ["1|2|3", "1|2|~", "1|2|3"]);
    assert_eq!(
        ragged.columns(&["a", "last#-1", "c"]).rows(),
        ["1|3|3", "1|2|~", "1|4|3"]
    );
}

#[test]
fn files_without_a_header_are_read_in_order_or_by_position() {
    let table = case(Format::Csv, "1,\"a\"\n2,b\n").with(|table| table.headerless = true);
    assert!(table.error().help.unwrap().contains("in their order"));
    assert_eq!(table.columns(&["n", "s", "again#-2"]).rows(), ["1|a|1", "2|b|2"]);
}

#[test]
fn columns_are_found_by_name_whatever_their_order_in_each_file() {
    let table = case(Format::Csv, "a,b\n1,2\n")
        .file("g", "b,c,a\n3,4,5\n")
        .file("h", "")
        .paths(&["f", "g", "h"]);
    assert_eq!(table.rows(), ["1|2|~", "5|3|4"]);
    let error = table.columns(&["a", "x=aa"]).open(None).err().unwrap();
    assert_eq!(
        (error.message.as_str(), error.help.is_some()),
        ("there is no column `aa`", true)
    );
}

#[test]
fn a_column_that_only_some_files_have_is_null_in_the_others() {
    let table = case(Format::Tsv, "s\tlabel\nx\t1\n")
        .file("g", "s\ny\n\nz")
        .paths(&["f", "g"])
        .columns(&["label", "s"]);
    assert_eq!(table.rows(), ["1|x", "~|y", "~|", "~|z"]);
}

#[test]
fn skipped_lines_come_before_the_header() {
    assert_eq!(
        case(Format::Csv, "# note\na\n1\n").with(|table| table.skip = 1).rows(),
        ["1"]
    );
    assert_eq!(
        case(Format::Json, "[{\"a\":1},{\"a\":2}]")
            .with(|table| table.skip = 1)
            .rows(),
        ["2"]
    );
}

#[test]
fn bytes_that_are_no_utf8_name_their_row_and_latin1_reads_them() {
    let table = case(Format::Lines, b"DESC:x\nNUM:\xf0\n");
    assert_eq!(table.error().to_string(), "f, row 2: byte 0xF0 at 4 is not UTF-8");
    assert_eq!(
        table.with(|table| table.encoding = Encoding::Latin1).rows(),
        ["DESC:x", "NUM:\u{f0}"]
    );
}

#[test]
fn lines_are_matched_into_their_captures() {
    let table = case(Format::Lines, "<seg id=\"1\">a &amp; b</seg>\n<p>\n")
        .matching("^<seg id=\"(?<id>[0-9]+)\">(?<text>.*)</seg>$", false);
    assert_eq!(table.error().to_string(), "f, row 2: this line does not match: <p>");
    let table = table.matching("^<seg id=\"(?<id>[0-9]+)\">(?<text>.*)</seg>$", true);
    assert_eq!(table.rows(), ["1|a &amp; b"]);
    assert_eq!(table.columns(&["segment=text"]).rows(), ["a &amp; b"]);
    let table = case(Format::Lines, "<doc>\nx1\nx2\n").matching("^x(?<n>.)$", true);
    let batch = table.open(None).unwrap().batches().next().unwrap().unwrap();
    assert_eq!(batch.column(2).as_primitive::<Int64Type>().values(), &[1, 2]);
}

#[test]
fn records_of_lines_may_lack_their_last_blank_line() {
    let table = case(Format::Records, "s1\n[M]\na,b\na\n\ns2\n[M]\nc,d\nd").with(|table| table.lines = 5);
    assert_eq!(table.rows(), ["s1|[M]|a,b|a|", "s2|[M]|c,d|d|"]);
    assert_eq!(
        table.columns(&["s", "answer#4"]).rows(),
        ["s1|[M]", "s2|[M]"].map(|row| row.replace("[M]", if row.starts_with("s1") { "a" } else { "d" }))
    );
    let cut = case(Format::Records, "q1\na1\nq2\n").with(|table| table.lines = 2);
    assert_eq!(
        cut.error().to_string(),
        "f, row 2: the file ends after line 1 of this record"
    );
    assert_eq!(
        case(Format::Records, "q1\na1\n\n").with(|table| table.lines = 2).rows(),
        ["q1|a1"]
    );
}

#[test]
fn sections_are_cut_at_their_marks() {
    let story = case(
        Format::Sections,
        "\nText 1\n\nText 2\n\n@highlight\n\nH1\n\n@highlight\n\nH2",
    )
    .matching("^@(?<name>highlight)$", false);
    assert_eq!(
        story
            .columns(&["body", "h=highlight[]", "first=highlight", "none"])
            .rows(),
        ["Text 1\n\nText 2|[H1,H2]|H1|~"]
    );
    let summary = case(
        Format::Sections,
        "[SN]URL[SN]\r\nu\r\n\r\n[SN]FIRST-SENTENCE[SN]\r\ns\r\n",
    )
    .matching("^\\[SN\\](?<name>[A-Z-]+)\\[SN\\]$", false);
    assert_eq!(summary.columns(&["s=FIRST-SENTENCE", "u=URL"]).rows(), ["s|u"]);
}

#[test]
fn whole_files_show_what_their_paths_capture() {
    let table = case(Format::Files, "x")
        .file("d/pos/1_9.txt", "good\n")
        .file("d/neg/0_2.txt", "bad")
        .paths(&["d/{label}/{id}_{rating}.txt"]);
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
        table
            .open(None)
            .unwrap()
            .batches()
            .map(|batch| batch.unwrap().num_rows())
            .collect()
    };
    assert_eq!(sizes("x\n".repeat(8193)), [8192, 1]);
    assert_eq!(sizes(format!("{}\n", "y".repeat(5 << 20)).repeat(3)), [2, 1]);
    assert!(
        case(Format::Lines, vec![b'x'; (64 << 20) + 1])
            .error()
            .message
            .contains("longer than 64 MiB")
    );
}

#[test]
fn files_that_are_not_there_are_listed() {
    let table = case(Format::Lines, "x").paths(&["f", "g", "*.gz"]);
    let reason = absence(std::slice::from_ref(&table.table), &table.root.path().into()).unwrap();
    assert!(reason.starts_with("no file matches `g` and `*.gz` in "), "{reason}");
    assert_eq!(table.error().to_string(), "g: no such file");
}

#[test]
fn a_header_with_a_bare_carriage_return_is_refused() {
    for (format, content) in [
        (Format::Csv, "q,a\rx,y\rz,w\r"),
        (Format::Csv, "q\r,a\nx,y\n"),
        (Format::Tsv, "q\ta\rx\ty\r\n"),
    ] {
        assert_eq!(
            case(format, content).error().to_string(),
            "f: the header has a carriage return in it that ends no line"
        );
    }
    // Quotes hold line breaks, and CRLF ends lines.
    assert_eq!(case(Format::Csv, "\"q\r\n\",a\r\nx,y\r\n").rows(), ["x|y"]);
}

#[test]
fn a_table_of_nothing_is_an_error_however_nothing_is_packed() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"\xef\xbb\xbf").unwrap();
    let bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    let xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    let nothing = [
        b"\xef\xbb\xbf".to_vec(),
        gzip.finish().unwrap(),
        bzip2.finish().unwrap(),
        xz.finish().unwrap(),
        zstd::encode_all(&b""[..], 0).unwrap(),
    ];
    let headerless = |format, content: &[u8]| {
        let table = case(format, content).with(|table| table.headerless = true);
        table.columns(&["a"])
    };
    for content in &nothing {
        for format in [Format::Lines, Format::Jsonl, Format::Json, Format::Csv] {
            assert_eq!(case(format, content).error().to_string(), "f: the file is empty");
        }
        assert_eq!(headerless(Format::Csv, content).error().message, "the file is empty");
    }
    assert_eq!(case(Format::Jsonl, " \n\r\n\n").error().message, "the file is empty");
    assert_eq!(headerless(Format::Tsv, b"\n\r\n").error().message, "the file is empty");
    let wide = case(Format::Lines, b"\xff\xfe").with(|table| table.encoding = Encoding::Named(encoding_rs::UTF_16LE));
    assert_eq!(wide.error().message, "the file is empty");
    // Where a blank line is a record, it is something; and one file of several may be empty.
    assert_eq!(case(Format::Lines, "\n\n").rows(), ["", ""]);
    assert_eq!(headerless(Format::Csv, b"\"\"\n").rows(), [""]);
    let two = case(Format::Jsonl, "\n").file("g", "{\"a\":1}\n").paths(&["f", "g"]);
    assert_eq!(two.rows(), ["1"]);
}

#[test]
fn what_is_wrong_with_a_table_names_a_file() {
    let says = |case: Case, message: &str| assert_eq!(case.error().to_string(), message);
    says(
        case(Format::Lines, "x\n").columns(&["a=b"]),
        "f: column `a` is not there",
    );
    says(
        case(Format::Lines, "x\n").columns(&["a", "b"]),
        "f: column `b` is not there",
    );
    says(
        case(Format::Files, "x\n").columns(&["a=b"]),
        "f: column `a` is not there",
    );
    let records = case(Format::Records, "x\ny\n").with(|table| table.lines = 2);
    says(records.columns(&["a#3"]), "f: column `a` is not there");
    let skipped = case(Format::Csv, "a\n1\n").with(|table| table.skip = 100);
    says(skipped, "f: none of the files has a header");
    let captured = case(Format::Lines, "x\n").matching("x", false);
    says(captured, "f: the pattern captures nothing by name");
}
