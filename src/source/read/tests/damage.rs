//! No content of a file makes a reader panic.

use std::io::Write as _;

use proptest::prelude::*;

use super::typed::write_typed;
use super::{Case, case};
use crate::catalog::model::{Encoding, Format};

fn every_format() -> Vec<Case> {
    let text = |format| case(format, "");
    vec![
        text(Format::Csv),
        text(Format::Tsv),
        text(Format::Csv)
            .columns(&["a", "b#-1"])
            .with(|table| (table.headerless, table.ragged) = (true, true)),
        text(Format::Jsonl),
        text(Format::Jsonl).columns(&["a=a[].b", "b=[0].c{}"]),
        text(Format::Json),
        text(Format::Json)
            .columns(&["a=@key", "b=^.a[]"])
            .with(|table| table.each = Some("a[]".to_string())),
        text(Format::Xml)
            .columns(&["a=.", "b=a[]/@b", "c=^/a"])
            .with(|table| table.each = Some("a/a".to_string())),
        text(Format::Lines).with(|table| table.encoding = Encoding::Named(encoding_rs::ISO_2022_JP)),
        text(Format::Lines).matching("(?<a>.)(?<b>b)?", false),
        text(Format::Records).with(|table| table.lines = 3),
        text(Format::Sections)
            .matching("a", false)
            .columns(&["body", "a[]"])
            .with(|table| table.encoding = Encoding::Latin1),
        text(Format::Files),
        text(Format::Parquet),
        text(Format::Arrow),
    ]
}

/// Bytes of the kind that formats are made of, so that chance reaches past their first character.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "a",
        "b",
        "1",
        "-",
        ".",
        "\"",
        ",",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "{",
        "}",
        "[",
        "]",
        ":",
        "\"a\"",
        "\"b\":",
        "\\u",
        "<a>",
        "</a>",
        "<a a=\"b\"/>",
        "&amp;",
        "&",
        "<![CDATA[",
        "]]>",
        "<?xml encoding=\"latin1\"?>",
        "null",
        "true",
        "\u{feff}",
        "\u{85}",
        "\0",
        "ARROW1",
        "PAR1",
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
            let read = case.try_rows();
            // Passing over records ends too, and changes nothing where there are none.
            let (passed, rows) = case.passing_rows();
            if let Ok(read) = read {
                prop_assert_eq!(rows.unwrap(), read);
                prop_assert!(passed.is_empty());
            }
            prop_assert!(passed.iter().all(|error| error.passable && error.row.is_some()), "{passed:?}");
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
            std::fs::write(case.path(), &bytes).unwrap();
            let _ = case.try_rows();
        }
    }

    #[test]
    fn no_damage_to_an_archive_makes_a_reader_panic(places in prop::collection::vec((any::<usize>(), any::<u8>()), 0..8), cut in any::<usize>()) {
        for bytes in archives() {
            let mut bytes = bytes.clone();
            for (place, byte) in &places {
                let at = place % bytes.len();
                bytes[at] = *byte;
            }
            if cut % 4 == 0 {
                bytes.truncate(cut % bytes.len());
            }
            let case = case(Format::Lines, &bytes).paths(&["f//**/*"]);
            let read = case.try_rows();
            // What is not an error is all there is.
            if cut % 4 == 0 || places.is_empty() {
                prop_assert!(read.as_ref().is_err() == (cut % 4 == 0), "{read:?}");
            }
        }
    }
}

/// The same two members in every kind of archive.
fn archives() -> &'static [Vec<u8>] {
    static ARCHIVES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
        let members = [
            ("a/long".repeat(30), "one\ntwo\n".repeat(90)),
            ("b".to_string(), String::new()),
        ];
        let mut archives = Vec::new();
        for method in [
            zip::CompressionMethod::Stored,
            zip::CompressionMethod::Deflated,
            zip::CompressionMethod::Xz,
        ] {
            let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default().compression_method(method);
            for (name, text) in &members {
                writer.start_file(name.as_str(), options).unwrap();
                writer.write_all(text.as_bytes()).unwrap();
            }
            archives.push(writer.finish().unwrap().into_inner());
        }
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in &members {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            builder.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        // The second block of zeros is for tapes.
        let mut tar = builder.into_inner().unwrap();
        tar.truncate(tar.len() - 512);
        archives.push(zstd::encode_all(tar.as_slice(), 0).unwrap());
        archives.push(tar);
        archives
    });
    &ARCHIVES
}
