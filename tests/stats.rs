//! `flanc stats`: its numbers are those that a reader of the shards counts, its page holds nothing but data and plots.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::built::{build, text};
use crate::schema::fits;
use crate::support::Project;

const DATASETS: &str = r#"cluster one { title "One" }
cluster two { title "Two" }
dataset mood in one {
  title "Mood"
  field text: text
  field label: choice { low high } says { "low" "high" } says marks { "<0>" "\"1\" & more" }
  source sample {
    train { rows jsonl "mood/train.jsonl" }
    test { rows jsonl "mood/test.jsonl" }
  }
}
dataset pick in two {
  title "Pick"
  field question: text
  field items: list
  field right: index of items
  source sample { train { rows jsonl "pick/train.jsonl" } }
}
mixture all { title "All <script>alert(1)</script>" include all  cap none  rates proportional }
"#;

const TEMPLATES: &str = r#"templates mood for mood {
  template ask { input "{{ text }}\n{{ options }}" target "{{ answer }}" }
  template mark says marks { input "Mark: {{ text }}\n{{ options }}" target "{{ answer }}" }
  turned write { input "Write something {{ answer }}." target "{{ text }}" }
}
templates pick for pick { template choose { input "{{ question }}\n{{ options }}" target "{{ answer }}" } }
"#;

fn project() -> Project {
    let project = Project::new();
    let mood = |from: usize, to: usize| -> String {
        let words = |n: usize| "word ".repeat(n % 13 + 1);
        let row = |n: usize| {
            format!(
                "{{\"text\": \"{}{n} é\", \"label\": \"{}\"}}\n",
                words(n),
                if n.is_multiple_of(4) { "high" } else { "low" }
            )
        };
        (from..to).map(row).collect()
    };
    let pick: String = (0..40)
        .map(|n| {
            format!(
                "{{\"question\": \"Q{n}?\", \"items\": [\"a{n}\", \"b{n}\", \"c{n}\"], \"right\": {}}}\n",
                n % 3
            )
        })
        .collect();
    project
        .write("all.flan", DATASETS)
        .write("templates/all.flan", TEMPLATES)
        .write("datasets/samples/mood/train.jsonl", &mood(0, 120))
        .write("datasets/samples/mood/test.jsonl", &mood(120, 140))
        .write("datasets/samples/pick/train.jsonl", &pick);
    project
}

fn stats(project: &Project, more: &[&str]) -> Value {
    let json = project
        .run(&[&["stats", "built/all", "--format", "json"], more].concat())
        .ok()
        .json();
    fits(project, "stats", &json);
    json
}

fn group<'a>(json: &'a Value, kind: &str, split: &str, name: &str) -> &'a Value {
    let groups = json[kind].as_array().expect("groups");
    let found = groups
        .iter()
        .find(|group| group["split"] == split && group["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} of {split} in {kind}"))
}

/// The smallest value that at least so many percent do not exceed.
fn quantile(sorted: &[usize], percent: usize) -> usize {
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

#[test]
fn its_numbers_are_those_of_the_shards() {
    let project = project();
    let built = build(&project, "all", &[]);
    let json = stats(&project, &[]);
    let total: usize = built.records.values().map(Vec::len).sum();
    assert_eq!(json["examples"], total);
    for (split, records) in &built.records {
        if records.is_empty() {
            continue;
        }
        let mut groups: BTreeMap<(&str, String), Vec<&Value>> = BTreeMap::new();
        for record in records {
            let of = |column: &str| text(&record[column]).to_string();
            for (kind, name) in [
                ("splits", split.clone()),
                ("clusters", of("cluster")),
                ("datasets", of("dataset")),
                ("templates", format!("{}/{}", of("dataset"), of("template"))),
                ("roles", of("role")),
            ] {
                groups.entry((kind, name)).or_default().push(record);
            }
        }
        for ((kind, name), members) in groups {
            let found = group(&json, kind, split, &name);
            assert_eq!(found["examples"], members.len(), "{kind} {name}");
            let share = members.len() as f64 / records.len() as f64;
            assert!((found["share"].as_f64().expect("a share") - share).abs() < 1e-9);
            for (column, of) in [("inputs", "inputs"), ("targets", "targets")] {
                let texts = members.iter().map(|record| text(&record[column]));
                let mut words: Vec<usize> = texts.clone().map(|text| text.split_whitespace().count()).collect();
                let mut bytes: Vec<usize> = texts.map(str::len).collect();
                words.sort_unstable();
                bytes.sort_unstable();
                for (unit, sorted) in [("words", &words), ("bytes", &bytes)] {
                    let summary = &found[of][unit];
                    for (key, value) in [
                        ("min", sorted[0]),
                        ("median", quantile(sorted, 50)),
                        ("p90", quantile(sorted, 90)),
                        ("p99", quantile(sorted, 99)),
                        ("max", sorted[sorted.len() - 1]),
                    ] {
                        assert_eq!(summary[key], value, "{key} of {of} in {unit} of {kind} {name}");
                    }
                    for bin in summary["bins"].as_array().into_iter().flatten() {
                        let at = |key: &str| bin[key].as_u64().expect("a number") as usize;
                        let inside = sorted.iter().filter(|n| (at("from")..=at("to")).contains(n)).count();
                        assert_eq!(at("examples"), inside);
                    }
                }
            }
            let mut inputs: Vec<&str> = members.iter().map(|record| text(&record["inputs"])).collect();
            inputs.sort_unstable();
            inputs.dedup();
            assert_eq!(found["repeated_inputs"], members.len() - inputs.len(), "{kind} {name}");
            let with = members.iter().filter(|record| record["options"].is_array()).count() as u64;
            let options = found["options"].as_object().expect("counts");
            let shown: u64 = options
                .iter()
                .filter(|(n, _)| *n != "0")
                .filter_map(|(_, count)| count.as_u64())
                .sum();
            assert_eq!(shown, with, "{kind} {name}");
        }
    }
    // Turned around, many rows make one input.
    assert!(group(&json, "roles", "train", "turned")["repeated_inputs"].as_u64() > Some(5));
}

#[test]
fn a_share_stands_beside_the_one_that_the_rates_ask_for() {
    let project = project();
    build(&project, "all", &["--sample", "30"]);
    let json = stats(&project, &[]);
    let half = group(&json, "clusters", "train", "two");
    assert_eq!((&half["target_share"], &half["share"]), (&0.5.into(), &0.5.into()));
    assert!(group(&json, "splits", "train", "train")["target_share"].is_null());
    assert!(group(&json, "datasets", "test", "mood")["target_share"].is_null());
    // Of a part, shares are still those of the whole split.
    let json = stats(&project, &["pick"]);
    assert_eq!(group(&json, "datasets", "train", "pick")["share"], 0.5);
    assert_eq!(
        json["datasets"]
            .as_array()
            .expect("groups")
            .iter()
            .filter(|g| g["name"] == "mood")
            .count(),
        0
    );
}

#[test]
fn labels_are_counted_by_what_they_mean_and_other_options_by_place() {
    let project = project();
    let built = build(&project, "all", &[]);
    let asked = |label: u64, record: &&Value| {
        record["dataset"] == "mood" && record["role"] == "forward" && record["answer_index"] == label
    };
    let count = |label: u64| {
        built
            .split("train")
            .iter()
            .filter(|record| asked(label, record))
            .count()
    };
    let json = stats(&project, &["split:train"]);
    let labels = json["labels"].as_array().expect("labels");
    assert_eq!(
        labels.len(),
        1,
        "options that differ from row to row are no labels: {json}"
    );
    assert_eq!(labels[0]["labels"][0]["label"], "low");
    assert_eq!(labels[0]["labels"][0]["examples"], count(0));
    assert_eq!(labels[0]["labels"][1]["examples"], count(1));
    let places = json["positions"].as_array().expect("positions");
    let pick = places.iter().find(|p| p["dataset"] == "pick").expect("pick");
    assert_eq!(
        (&pick["options"], &pick["examples"]),
        (&3.into(), &serde_json::json!([14, 13, 13]))
    );
    // Shuffled, a place says nothing of the label: the texts do.
    project.write(
        "all.flan",
        &DATASETS.replace("rates proportional", "rates proportional  options shuffled"),
    );
    build(&project, "all", &[]);
    let json = stats(&project, &["split:train"]);
    let labels = json["labels"][0]["labels"].as_array().expect("labels");
    let high: u64 = labels
        .iter()
        .filter(|l| l["label"] == "high" || l["label"] == "\"1\" & more")
        .filter_map(|l| l["examples"].as_u64())
        .sum();
    assert_eq!((labels.len(), high), (4, count(1) as u64));
}

#[test]
fn tables_are_of_what_was_asked() {
    let project = project();
    build(&project, "all", &[]);
    let text = project.run(&["stats", "built/all"]).ok().stdout;
    for part in [
        "train ",
        "one ",
        "mood ",
        "forward ",
        "low ",
        "target",
        "1. 35.00 %",
        "`split:test`",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let text = project
        .run(&["stats", "built/all", "split:test", "--by", "template,label"])
        .ok()
        .stdout;
    assert!(
        text.contains("mood/ask") && !text.contains("pick") && !text.contains("cluster"),
        "{text}"
    );
    project.run(&["stats", "nowhere"]).fails(2, &["nowhere/manifest.json"]);
    project
        .run(&["stats", "built/all", "--by", "colour"])
        .fails(2, &["colour"]);
}

#[test]
fn the_page_is_whole_and_holds_no_markup_of_the_data() {
    let project = project();
    build(&project, "all", &[]);
    let run = project.run(&["stats", "built/all", "--html", "stats.html"]).ok();
    assert_eq!(run.stdout, "");
    let page = project.read("stats.html");
    assert!(
        page.contains("All &lt;script&gt;alert(1)&lt;/script&gt;"),
        "the title is not escaped"
    );
    for never in ["<script", "http:", "https:", "url(", "@import", "src=", "javascript"] {
        assert!(!page.contains(never), "`{never}` is in the page");
    }
    for part in [
        "prefers-color-scheme: dark",
        "@media print",
        "width=device-width",
        "<svg",
        "id=\"train\"",
        "id=\"test\"",
    ] {
        assert!(page.contains(part), "`{part}` is not in the page");
    }
    balanced(&page);
    // However a build is stored, its page is the same.
    build(&project, "all", &["--layout", "messages", "--threads", "2"]);
    project
        .run(&["--quiet", "stats", "built/all", "--html", "again.html"])
        .ok();
    assert!(page == project.read("again.html"), "the pages differ");
    project
        .run(&["stats", "built/all", "--html", "no/where.html"])
        .fails(2, &["no/where.html"]);
}

/// Every element that is opened is closed, in its order.
#[track_caller]
pub fn balanced(page: &str) {
    let mut open: Vec<String> = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, _) = piece
            .split_once('>')
            .unwrap_or_else(|| panic!("`<{piece}` is not closed"));
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '!')
            .collect();
        if name.starts_with('!') || tag.ends_with('/') || ["meta", "br"].contains(&name.as_str()) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(
                open.pop().as_deref(),
                Some(name.as_str()),
                "`</{name}>` closes another element"
            );
        } else {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
}

#[test]
fn a_build_without_examples_has_statistics_too() {
    let project = project();
    project.write("templates/all.flan", "// none\n");
    build(&project, "all", &[]);
    let json = stats(&project, &[]);
    assert_eq!(json["examples"], 0);
    project.run(&["stats", "built/all"]).ok();
    project.run(&["stats", "built/all", "--html", "stats.html"]).ok();
    balanced(&project.read("stats.html"));
    project.run(&["diff", "built/all", "built/all"]).ok();
}
