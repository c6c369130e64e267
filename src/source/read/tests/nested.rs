//! JSON and XML, whose rows lie inside of one another.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;

use super::case;
use crate::catalog::model::Format;

#[test]
fn jsonl_keeps_numbers_as_written_and_bools_apart_from_nothing() {
    let table = case(
        Format::Jsonl,
        "{\"n\": 1.10, \"b\": true}\n\n{\"b\": \"false\", \"n\": 1e5, \"l\": [1, \"x\"]}",
    );
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
    assert!(
        case(Format::Jsonl, "3\n")
            .columns(&[])
            .open(Some(&["a"]))
            .unwrap()
            .batches()
            .next()
            .unwrap()
            .is_err()
    );
}

const ARTICLES: &str = r#"{"version": "1.1", "data": [{"title": "T", "paragraphs": [
  {"context": "C1", "qas": [{"q": "a?", "answers": [{"text": "x"}, {"text": "y"}]}, {"q": "b?", "answers": []}]},
  {"context": "C2", "qas": [{"q": "c?"}]}]}]}"#;

#[test]
fn json_rows_climb_to_what_holds_them() {
    let table = case(Format::Json, ARTICLES).with(|table| table.each = Some("data[].paragraphs[].qas[]".to_string()));
    let columns = [
        "q",
        "answer=answers[].text",
        "context=^.context",
        "title=^^.title",
        "v=^^^.version",
        "p=^.@key",
        "k=@key",
    ];
    assert_eq!(
        table.columns(&columns).rows(),
        ["a?|[x,y]|C1|T|1.1|0|0", "b?|[]|C1|T|1.1|0|1", "c?|~|C2|T|1.1|1|0"]
    );
}

#[test]
fn json_rows_can_be_the_values_of_objects() {
    let table = case(
        Format::Json,
        r#"{"u1": {"s1": {"d": "x"}, "s2": {"d": "y"}}, "u0": {"s": {"d": "z"}}}"#,
    )
    .with(|table| table.each = Some("{}{}".to_string()));
    assert_eq!(
        table.columns(&["d", "s=@key", "u=^.@key"]).rows(),
        ["x|s1|u1", "y|s2|u1", "z|s|u0"]
    );
    let critics = case(Format::Json, r#"[{"c": {"a": "1", "b": null}}]"#).columns(&["t=c{}", "k=c{}.@key"]);
    assert_eq!(critics.rows(), ["[1]|[a,b]"]);
}

#[test]
fn json_that_is_not_as_described_says_what_to_write() {
    assert!(case(Format::Json, "{}").error().help.unwrap().contains("each data[]"));
    let each = |path: &str| {
        case(Format::Json, ARTICLES)
            .with(|table| table.each = Some(path.to_string()))
            .error()
    };
    assert_eq!(each("dat[]").help.unwrap(), "did you mean `data`?");
    assert_eq!(each("data").help.unwrap(), "`each data[]` is every element of it");
    assert_eq!(
        each("data{}").message,
        "`{}` of path `data{}` meets a list, not an object"
    );
}

#[test]
fn xml_gives_attributes_lists_and_parents() {
    let xml = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<b n=\"d&amp;e\"><es>\n<e id=\"1\"><t>a &lt;\u{e9}&#33;</t><l>p</l><l><![CDATA[<q>]]></l></e><e/></es></b>";
    let xml: Vec<u8> = xml.chars().map(|c| c as u8).collect();
    let table = case(Format::Xml, xml).with(|table| table.each = Some("b/es/e".to_string()));
    assert!(table.error().message.contains("needs a `columns` block"));
    let table = table.columns(&["id=@id", "t", "l=l[]", "n=^/^/@n"]);
    assert_eq!(table.rows(), ["1|a <\u{e9}!|[p,<q>]|d&e", "~|~|~|d&e"]);
    assert_eq!(
        table
            .with(|table| table.each = Some("b/ess/e".to_string()))
            .error()
            .help
            .unwrap(),
        "did you mean `es`?"
    );
}

#[test]
fn what_is_not_well_formed_xml_is_an_error_with_its_line() {
    for xml in [
        "<a>\n<b></a>",
        "<a>\nx & y</a>",
        "<a>\n&nope;</a>",
        "<a",
        "\n",
        "<a/><a/>",
        "x<a/>",
        "<a>",
    ] {
        let table = case(Format::Xml, xml)
            .columns(&["t=."])
            .with(|table| table.each = Some("a".to_string()));
        assert!(table.error().message.contains("XML"), "{xml}: {}", table.error());
    }
    let nothing = case(Format::Xml, "").columns(&["t=."]);
    let table = nothing.with(|table| table.each = Some("a".to_string()));
    assert_eq!(table.error().message, "the file is empty");
}

#[test]
fn entities_that_a_document_declares_itself_are_said_not_to_be_read() {
    let doctype = "<!DOCTYPE a [\n<!ENTITY xy \"one\">\n<!ENTITY % p \"two\">\n]>";
    let table = |text: &str| {
        let table = case(Format::Xml, format!("{doctype}\n{text}")).columns(&["t=."]);
        table.with(|table| table.each = Some("a".to_string()))
    };
    for text in ["<a>&xy;</a>", "<a b=\"&xy;\"/>", "<a b=\"&xy;\"></a>"] {
        assert_eq!(
            table(text).error().to_string(),
            "f: line 5: entities that a document declares itself are not read, as `&xy;` is"
        );
    }
    let unknown = table("<a>&x;</a>").error();
    assert!(unknown.message.contains("entity `&x;` is unknown"), "{unknown}");
    assert_eq!(table("<a>&amp;&#65;</a>").rows(), ["&A"]);
}

#[test]
fn of_a_key_that_stands_twice_the_last_value_counts() {
    let table = case(Format::Jsonl, "{\"a\": 1, \"b\": 2, \"a\": {\"c\": 3, \"c\": 4}}\n");
    assert_eq!(table.columns(&["b", "a", "c=a.c"]).rows(), ["2|{\"c\":4}|4"]);
}
