//! What a change moves: a little more data, another template or another name move little, another seed nearly all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::built::{Built, build, text};
use crate::support::Project;

const ROWS: usize = 5_000;

fn data(rows: usize) -> String {
    (0..rows).fold(String::new(), |mut out, i| {
        let _ = writeln!(
            out,
            "{{\"text\": \"Remark {i} on {}\", \"label\": \"{}\"}}",
            i % 37,
            i % 2
        );
        out
    })
}

fn templates(names: &[&str]) -> String {
    let bodies = names.iter().map(|name| {
        let body = name.split(' ').next().unwrap_or_default();
        format!(
            "  template {name} {{ input \"{body}: {{{{ text }}}}\\n{{{{ options }}}}\" target \"{{{{ answer }}}}\" }}\n"
        )
    });
    format!("templates remarks for remarks {{\n{}}}\n", bodies.collect::<String>())
}

const TEN: [&str; 10] = [
    "kite", "lamp", "moss", "nest", "oar", "pear", "quay", "reed", "sand", "tide",
];

/// A project of one dataset of generated rows.
fn project(rows: usize, names: &[&str]) -> Project {
    let project = Project::new();
    project
        .write("flanc.toml", "[build]\ndata = \"data\"\n")
        .write("data/rows.jsonl", &data(rows))
        .write("templates/remarks.flan", &templates(names))
        .write(
            "project.flan",
            r#"
cluster c {}
dataset remarks in c {
  field text: text
  field label: choice { bad = "0"  good = "1" }
  reserve 200
  source sample { train { rows jsonl "rows.jsonl" } }
}
mixture all { include all  cap none  rates proportional }
mixture again { include all  cap none  rates proportional }
mixture capped { include all  cap 1_000  rates proportional }
"#,
        );
    project
}

fn keys(built: &Built) -> BTreeSet<String> {
    built
        .split("train")
        .iter()
        .map(|record| text(&record["row_key"]).to_string())
        .collect()
}

/// The template of each row.
fn chosen(built: &Built) -> BTreeMap<String, String> {
    assert!(!built.split("train").is_empty());
    let of = |record: &Value, column: &str| text(&record[column]).to_string();
    let train = built.split("train").iter();
    train
        .map(|record| (of(record, "row_key"), of(record, "template")))
        .collect()
}

fn moved(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> usize {
    assert!(before.keys().eq(after.keys()), "other rows are in it");
    before
        .iter()
        .filter(|(key, template)| after[*key] != **template)
        .count()
}

#[test]
fn one_percent_more_rows_leaves_the_sample_under_a_cap_nearly_as_it_was() {
    let before = keys(&build(&project(ROWS, &TEN), "capped", &[]));
    let after = keys(&build(&project(ROWS + ROWS / 100, &TEN), "capped", &[]));
    assert_eq!((before.len(), after.len()), (1_000, 1_000));
    let stayed = before.intersection(&after).count();
    assert!((980..1_000).contains(&stayed), "{stayed} of 1,000 stayed");
}

#[test]
fn an_eleventh_template_takes_one_row_in_eleven_and_moves_no_other() {
    let before = chosen(&build(&project(ROWS, &TEN), "all", &[]));
    let eleven: Vec<&str> = TEN.iter().copied().chain(["urn"]).collect();
    let after = chosen(&build(&project(ROWS, &eleven), "all", &[]));
    let taken = after.values().filter(|template| *template == "urn").count();
    let part = taken as f64 / after.len() as f64;
    assert!((0.07..0.115).contains(&part), "{part}");
    assert_eq!(moved(&before, &after), taken);
}

#[test]
fn other_words_another_order_and_another_name_of_templates_move_no_row() {
    let of = |text: &str| {
        let project = project(ROWS, &TEN);
        project.write("templates/remarks.flan", text);
        build(&project, "all", &[])
    };
    let before = of(&templates(&TEN));
    let edited = of(&templates(&TEN).replace("kite:", "Tell me whether this is good.\\n"));
    assert_eq!(moved(&chosen(&before), &chosen(&edited)), 0);
    let new = |record: &&Value| text(&record["inputs"]).starts_with("Tell me whether");
    assert!(edited.split("train").iter().filter(new).count() > 300);

    let backwards: Vec<&str> = TEN.iter().rev().copied().collect();
    assert_eq!(moved(&chosen(&before), &chosen(&of(&templates(&backwards)))), 0);

    let mut renamed = TEN;
    renamed[0] = "zebra was kite";
    let mut after = chosen(&of(&templates(&renamed)));
    let names: BTreeSet<&String> = after.values().collect();
    assert!(names.contains(&"zebra".to_string()) && !names.contains(&"kite".to_string()));
    after
        .values_mut()
        .filter(|template| *template == "zebra")
        .for_each(|template| *template = "kite".to_string());
    assert_eq!(moved(&chosen(&before), &after), 0);
    // Without `was` it is another template: its rows are drawn anew.
    renamed[0] = "zebra";
    assert!(moved(&chosen(&before), &chosen(&of(&templates(&renamed)))) > 300);
}

#[test]
fn the_name_of_a_mixture_is_in_no_draw() {
    let project = project(ROWS, &TEN);
    let (all, again) = (build(&project, "all", &[]), build(&project, "again", &[]));
    assert_eq!(all.manifest["content"], again.manifest["content"]);
    assert_eq!(all.records, again.records);
}

#[test]
fn another_seed_draws_nearly_everything_anew() {
    let project = project(ROWS, &TEN);
    let sample = |seed: &str| keys(&build(&project, "capped", &["--seed", seed]));
    let shared = sample("1").intersection(&sample("2")).count();
    // By chance 1,000 of 4,800 share one row in five.
    assert!((120..300).contains(&shared), "{shared}");
    let draw = |seed: &str| chosen(&build(&project, "all", &["--seed", seed]));
    let (one, two) = (draw("1"), draw("2"));
    let (mut both, mut same) = (0, 0);
    for (key, template) in &one {
        both += usize::from(two.contains_key(key));
        same += usize::from(two.get(key) == Some(template));
    }
    assert!(
        both > 4_000 && same * 100 < both * 15,
        "{same} of {both} rows kept their template"
    );
}

#[test]
fn two_templates_of_one_dataset_do_not_share_the_name_that_draws_go_by() {
    let project = project(10, &TEN);
    let more = templates(&["kit was kite"]).replace("templates remarks", "templates more");
    project.write("templates/more.flan", &more);
    project
        .run(&["check"])
        .fails(1, &["dataset `remarks` has two templates that were first named `kite`"]);
}
