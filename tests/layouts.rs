//! The published layouts of datasets whose files seldom lie on a machine: a few made-up records in each layout, read
//! through the project's own declarations.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flanc::source::{Budget, read_split};

/// A split of a dataset: its files, the rows that are read, kept and unlabelled, and what the first field of one says.
struct Layout {
    dataset: &'static str,
    split: &'static str,
    files: &'static [(&'static str, &'static str)],
    counts: [u64; 3],
    first: &'static str,
}

const LAYOUTS: &[Layout] = &[
    Layout {
        dataset: "anli_r3",
        split: "validation",
        files: &[(
            "anli_r3/ANLI_analysis_r3_dev.csv",
            "context,statement,reason,adversary_pred,gold_label,uid\r\n\"A \"\"b\"\",\nc\",It is,why,c,e,1\r\nD,E,,n,n,2",
        )],
        counts: [2, 2, 0],
        first: "A \"b\",\nc",
    },
    Layout {
        dataset: "anli_r3",
        split: "test",
        files: &[(
            "anli_r3/R3/test.jsonl",
            r#"{"uid": "1", "context": "A", "hypothesis": "B", "label": "c", "model_label": "e", "tag": ""}"#,
        )],
        counts: [1, 1, 0],
        first: "A",
    },
    Layout {
        dataset: "e2e_nlg",
        split: "validation",
        files: &[(
            "e2e_nlg/devset.csv",
            "mr,ref\r\n\"name[A], food[B]\",One.\r\n\"name[A], food[B]\",\"Two, too.\"\r\nname[C],Three.\r\n\"name[A], food[B]\",Again.\r\n",
        )],
        // Neighbors with one meaning are one input; the last is another.
        counts: [3, 3, 0],
        first: "name: A",
    },
    Layout {
        dataset: "e2e_nlg",
        split: "test",
        files: &[(
            "e2e_nlg/testset_w_refs.csv",
            "\"mr\",\"ref\"\n\"name[A]\",\"One.\"\n\"name[A]\",\"Two.\"\n",
        )],
        counts: [1, 1, 0],
        first: "name: A",
    },
    Layout {
        dataset: "glue_mrpc",
        split: "train",
        files: &[(
            "glue_mrpc/train.tsv",
            "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t10\t11\tHe said \"so\tSo he said\n0\t12\t13\tA\tB\n",
        )],
        counts: [2, 2, 0],
        first: "He said \"so",
    },
    Layout {
        dataset: "glue_mrpc",
        split: "test",
        files: &[(
            "glue_mrpc/msr_paraphrase_test.txt",
            "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t10\t11\tA \"quote\tB\n0\t12\t13\tC\tD",
        )],
        counts: [2, 2, 0],
        first: "A \"quote",
    },
    Layout {
        dataset: "multirc",
        split: "train",
        files: &[
            (
                "multirc/train.jsonl",
                r#"{"idx": 0, "version": 1.1, "passage": {"text": "P", "questions": [{"question": "Q", "answers": [{"text": "a", "idx": 0, "label": 0}, {"text": "b", "idx": 1, "label": 1}], "idx": 0}, {"question": "R", "answers": [{"text": "c", "idx": 2, "label": 1}], "idx": 1}]}}"#,
            ),
            (
                "multirc/dev32.jsonl",
                r#"{"idx": 1, "version": 1.1, "passage": {"text": "S", "questions": [{"question": "T", "answers": [{"text": "d", "idx": 0, "label": 0}], "idx": 0}]}}"#,
            ),
        ],
        counts: [4, 4, 0],
        first: "P",
    },
    Layout {
        dataset: "multirc",
        split: "test",
        files: &[(
            "multirc/test.jsonl",
            r#"{"idx": 0, "version": 1.1, "passage": {"text": "P", "questions": [{"question": "Q", "answers": [{"text": "a", "idx": 0}, {"text": "b", "idx": 1}], "idx": 0}]}}"#,
        )],
        counts: [2, 0, 2],
        first: "",
    },
    Layout {
        dataset: "natural_questions",
        split: "train",
        files: &[(
            "natural_questions/excerpt/NQ-open.train.jsonl",
            "{\"answer\": [\"A\", \"B\"], \"question\": \"who is it\"}\n{\"answer\": [\"C\"], \"question\": \"what is it\"}\n",
        )],
        counts: [2, 2, 0],
        first: "who is it?",
    },
    Layout {
        dataset: "natural_questions",
        split: "validation",
        files: &[(
            "natural_questions/NQ-open.dev.jsonl",
            "{\"question\": \"who is it\", \"answer\": [\"A\"]}\n",
        )],
        counts: [1, 1, 0],
        first: "who is it?",
    },
    Layout {
        dataset: "wmt16_translate_tren",
        split: "test",
        // A line ends at LF alone.
        files: &[
            ("wmt16_translate_tren/newstest2016.tr", "Bir\u{85} iki\nÜç\n"),
            ("wmt16_translate_tren/newstest2016.en", "One, two\nThree\n"),
        ],
        counts: [2, 2, 0],
        first: "Bir\u{85} iki",
    },
    Layout {
        dataset: "yelp_polarity_reviews",
        split: "train",
        files: &[(
            "yelp_polarity_reviews/train.csv",
            "\"1\",\"Bad, \"\"so\"\" bad.\\nNever.\"\n\"2\",\"Good.\"\n",
        )],
        counts: [2, 2, 0],
        first: "Bad, \"so\" bad.\nNever.",
    },
    Layout {
        dataset: "para_crawl_enes",
        split: "train",
        files: &[(
            "para_crawl_enes/en-es.bicleaner07.txt.gz",
            "One \"day\tUn \"día\nTwo\tDos\n",
        )],
        counts: [2, 2, 0],
        first: "One \"day",
    },
    Layout {
        dataset: "true_case",
        split: "train",
        files: &[(
            "para_crawl_enda/en-da.bicleaner07.txt.gz",
            "One Day\tEn dag\nlow\tlav\n",
        )],
        counts: [2, 1, 0],
        first: "one day",
    },
    Layout {
        dataset: "opinion_abstracts_idebate",
        split: "train",
        files: &[(
            "opinion_abstracts_idebate/idebate.json",
            r#"[{"_argument_sentences": {"0": "A.", "1": "B.", "17": "C."}, "_claim": "So.", "_claim_id": "x", "_debate_name": "D", "_debate_id": "d"}]"#,
        )],
        counts: [1, 1, 0],
        first: "D",
    },
    Layout {
        dataset: "cnn_dailymail",
        split: "test",
        // The list says which stories; the third has none here, and is dropped by name.
        files: &[
            ("cnn_dailymail/all_test.txt", "test_url1\ntest_url2\ntest_url3\n"),
            (
                "cnn_dailymail/cnn/stories/cf8293c3fa4465255e2021c467a1d663061c52ab.story",
                "Text.\n\nMore.\n\n@highlight\n\nOne\n\n@highlight\n\nTwo\n",
            ),
            (
                "cnn_dailymail/dailymail/stories/610fac8b33220bbef756d9423883c9003fa589f8.story",
                "Other.\n\n@highlight\n\nThree\n",
            ),
            (
                "cnn_dailymail/cnn/stories/5e7fa7cab7be33b6097b4c23affc67770d7f32f9.story",
                "Not this one.\n\n@highlight\n\nFour\n",
            ),
        ],
        counts: [3, 2, 0],
        first: "Text.\n\nMore.",
    },
    Layout {
        dataset: "multi_news",
        split: "validation",
        files: &[
            ("multi_news/val.src", "One NEWLINE_CHAR more ||||| Two\nThree\n"),
            ("multi_news/val.tgt", "– Sum of two\n- Sum of one\n"),
        ],
        counts: [2, 2, 0],
        first: "One\nmore",
    },
    Layout {
        dataset: "gigaword",
        split: "validation",
        files: &[
            ("gigaword/org_data/dev.src.txt", "some words\nin ##\nan UNK one\n"),
            ("gigaword/org_data/dev.tgt.txt", "words\nyear\none\n"),
        ],
        counts: [3, 1, 0],
        first: "some words",
    },
    Layout {
        dataset: "newsroom",
        split: "validation",
        files: &[(
            "newsroom/dev.jsonl",
            r#"{"url": "u", "archive": "a", "title": "T", "date": "2001", "text": "Long.", "summary": "Short.", "compression": 1.5, "coverage": 1, "density": 1, "compression_bin": "low", "coverage_bin": "low", "density_bin": "low"}"#,
        )],
        counts: [1, 1, 0],
        first: "T",
    },
];

#[test]
fn every_published_layout_is_read_as_declared() {
    let project = flanc::project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project");
    let mut wrong = Vec::new();
    for layout in LAYOUTS {
        let data = tempfile::tempdir().expect("a directory");
        for (name, text) in layout.files {
            write(&data.path().join(name), text);
        }
        let dataset = &project.catalog.datasets[layout.dataset];
        let split = &dataset.sources["original"].splits[layout.split];
        let place = format!("{} {}", layout.dataset, layout.split);
        match read_split(dataset, layout.split, split, data.path(), &Budget::unlimited()) {
            Ok((rows, report)) => {
                let counts = [report.read, rows.len() as u64, report.unlabelled];
                let firsts: Vec<String> = (0..rows.len())
                    .map(|row| {
                        let mut scratch = Vec::new();
                        let cell = rows.row(row, &mut scratch).expect("a row in memory").cell(0);
                        cell.items().next().unwrap_or_default().to_string()
                    })
                    .collect();
                let found = rows.is_empty() || firsts.iter().any(|first| first == layout.first);
                if counts != layout.counts || !found {
                    wrong.push(format!(
                        "{place}: {counts:?} {firsts:?}, expected {:?} {:?}",
                        layout.counts, layout.first
                    ));
                }
            }
            Err(error) => wrong.push(format!("{place}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Writes a file, packed where its name says so.
fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("its directory");
    if path.extension().is_some_and(|e| e == "gz") {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).expect("packed bytes");
        fs::write(path, packed.finish().expect("packed bytes")).expect("the file");
    } else {
        fs::write(path, text).expect("the file");
    }
}
