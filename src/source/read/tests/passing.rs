//! Records that cannot be read are passed over, and those around them are what they are without them.

use super::{Case, case};
use crate::catalog::model::Format;

/// Row and beginning of each error, then the rows.
#[track_caller]
fn passes(case: Case, wrong: &[(u64, &str)], rows: &[&str]) {
    let (passed, read) = case.passing_rows();
    let found: Vec<(u64, &str)> = passed.iter().map(|e| (e.row.unwrap(), e.message.as_str())).collect();
    assert_eq!(found.len(), wrong.len(), "{found:?}");
    for (found, wrong) in found.iter().zip(wrong) {
        assert!(
            found.0 == wrong.0 && found.1.starts_with(wrong.1),
            "{found:?} {wrong:?}"
        );
    }
    assert_eq!(read.unwrap(), rows);
    assert!(case.try_rows().is_err());
}

#[test]
fn lines_count_on() {
    passes(
        case(Format::Lines, b"a\n\xff\nb\n"),
        &[(2, "byte 0xFF at 0 is not UTF-8")],
        &["a", "b"],
    );
    let (_, rows) = case(Format::Lines, b"a\n\xff\nb\n").passing_rows();
    assert_eq!(rows.unwrap().len(), 2);
    passes(
        case(Format::Lines, "a 1\nb\nc 3\n").matching("^(?<x>.) (?<y>.)$", false),
        &[(2, "this line does not match: b")],
        &["a|1", "c|3"],
    );
    passes(
        case(Format::Records, b"a\nb\n\xff\nd\ne\nf\n").with(|table| table.lines = 2),
        &[(2, "byte 0xFF")],
        &["a|b", "e|f"],
    );
}

#[test]
fn a_line_that_is_too_long_is_passed_to_its_end() {
    let mut bytes = b"a\n".to_vec();
    bytes.resize((64 << 20) + 100, b'x');
    bytes.extend(b"\nb\n");
    passes(
        case(Format::Lines, &bytes),
        &[(2, "this line is longer than 64 MiB")],
        &["a", "b"],
    );
}

#[test]
fn json_is_passed_over_by_line_and_by_element() {
    let text = b"{\"a\": 1, \"b\": [\"x\"]}\n{\"a\": 2, \"b\": 3\n[4]\n{\"a\": \"\xff\"}\n{\"b\": \"z\"}\n";
    passes(
        case(Format::Jsonl, text),
        &[
            (2, "EOF while parsing an object"),
            (3, "this row is a list, not an object"),
            (4, "byte 0xFF"),
        ],
        &["1|[\"x\"]", "~|z"],
    );
    // What a record put before it failed is in no row.
    passes(
        case(
            Format::Jsonl,
            "{\"a\": 1, \"b\": [2]}\n{\"a\": 3, \"b\": {}}\n{\"a\": 5, \"b\": [6]}\n",
        )
        .columns(&["a", "b=b[]"]),
        &[(2, "`[]` of path `b[]` meets an object")],
        &["1|[2]", "5|[6]"],
    );
    passes(
        case(Format::Json, "[{\"a\": 1}, 2, {\"a\": 3}]"),
        &[(2, "this row is a number")],
        &["1", "3"],
    );
}

#[test]
fn delimited_records_are_passed_over_whole() {
    passes(
        case(Format::Csv, "a,b\n1,2\n3\n4,5,6\n7,8\n"),
        &[
            (2, "this record has 1 field, the header has 2"),
            (3, "this record has 3 fields"),
        ],
        &["1|2", "7|8"],
    );
    passes(
        case(Format::Csv, b"a,b\n1,2\n\"3\n\xff,\n3\",4\n5,6\n"),
        &[(2, "byte 0xFF")],
        &["1|2", "5|6"],
    );
    // An empty line is a value where records have one field, whatever stands before it.
    passes(
        case(Format::Tsv, b"a\n1\n\xff\n\n2\n"),
        &[(2, "byte 0xFF")],
        &["1", "", "2"],
    );
    let unclosed = case(Format::Csv, "a,b\n1,2\n3,\"4\n");
    assert!(unclosed.passing_rows().1.is_err());
}

#[test]
fn a_file_that_is_a_record_is_passed_over() {
    passes(
        case(Format::Files, "a").file("g", b"\xff").file("h", "b").paths(&["?"]),
        &[(1, "byte 0xFF")],
        &["a", "b"],
    );
}

#[test]
fn a_file_whose_records_nobody_can_find_is_an_error_still() {
    for case in [
        case(Format::Json, "[{\"a\": 1}, "),
        case(Format::Json, b"[\"\xff\"]"),
        case(Format::Csv, b"a,\xff\n1,2\n"),
        case(Format::Lines, &zstd::encode_all(&b"a\nb\nc\n"[..], 0).unwrap()[..12]),
    ] {
        let (passed, rows) = case.passing_rows();
        assert!(passed.is_empty() && rows.is_err(), "{passed:?} {rows:?}");
    }
}
