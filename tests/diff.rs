//! `flanc diff`: every cause by a real edit between two builds, what is shown of it, and how it ends.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::schema::fits;
use crate::support::{Project, Run};

const DATASETS: &str = r#"cluster c { title "C" }
cluster d { title "D" }
dataset weather in c {
  title "Weather"
  field day: text
  field label: choice { wet dry }
  source sample {
    train { rows jsonl "weather/train.jsonl" }
    test { rows jsonl "weather/test.jsonl" }
  }
}
dataset echo in d {
  title "Echo"
  field word: text
  field reply: text
  answer reply
  source sample { train { rows jsonl "echo/train.jsonl" } }
}
mixture all { include all  cap none  rates proportional }
"#;

const TEMPLATES: &str = r#"templates weather for weather {
  template ask {
    input """
      It is {{ day }}.

      Is it wet or dry?
      {{ options }}
      """
    target "{{ answer }}"
  }
  template tell { input "Tell me of {{ day }}:\n{{ options }}" target "{{ answer }}" }
}
templates echo for echo { template say { input "Say {{ word }}" target "{{ answer }}" } }
"#;

fn weather(from: usize, to: usize) -> String {
    let label = |n: usize| ["wet", "dry"][n % 2];
    (from..to)
        .map(|n| format!("{{\"day\": \"day {n}\", \"label\": \"{}\"}}\n", label(n)))
        .collect()
}

fn echo(count: usize) -> String {
    (0..count)
        .map(|n| format!("{{\"word\": \"w{n}\", \"reply\": \"w{n}!\"}}\n"))
        .collect()
}

struct Builds {
    project: Project,
    datasets: String,
    templates: String,
}

impl Builds {
    /// The project, built as `old`.
    fn new() -> Self {
        Self::of(DATASETS)
    }

    fn of(datasets: &str) -> Self {
        let builds = Self {
            project: Project::new(),
            datasets: datasets.to_string(),
            templates: TEMPLATES.to_string(),
        };
        builds.data("weather/train.jsonl", &weather(0, 60));
        builds.data("weather/test.jsonl", &weather(60, 70));
        builds.data("echo/train.jsonl", &echo(30));
        builds.build("old", &[]);
        builds
    }

    fn data(&self, name: &str, text: &str) {
        self.project.write(&format!("datasets/samples/{name}"), text);
    }

    fn build(&self, name: &str, more: &[&str]) {
        self.project
            .write("all.flan", &self.datasets)
            .write("templates/all.flan", &self.templates);
        self.project
            .run(&[&["build", "all", "--quiet", "--out", name], more].concat())
            .ok();
    }

    #[track_caller]
    fn declare(&mut self, from: &str, to: &str) -> &mut Self {
        assert!(self.datasets.contains(from), "{from}");
        self.datasets = self.datasets.replacen(from, to, 1);
        self
    }

    #[track_caller]
    fn write(&mut self, from: &str, to: &str) -> &mut Self {
        assert!(self.templates.contains(from), "{from}");
        self.templates = self.templates.replacen(from, to, 1);
        self
    }

    fn diff(&self, more: &[&str]) -> Run {
        self.project.run(&[&["diff", "old", "new"], more].concat())
    }

    /// Builds `new` and compares it: how many examples differ, by `CAUSE CHANGE DATASET SPLIT`.
    fn counts(&self, build: &[&str]) -> BTreeMap<String, u64> {
        self.build("new", build);
        let json = self.diff(&["--format", "json"]).fails(1, &[]).json();
        fits(&self.project, "diff", &json);
        let mut counts = BTreeMap::new();
        for count in json["counts"].as_array().expect("counts") {
            let text = |key: &str| count[key].as_str().expect("a text").to_string();
            let key = ["cause", "change", "dataset", "split"].map(text).join(" ");
            *counts.entry(key).or_default() += count["examples"].as_u64().expect("a number");
        }
        counts
    }
}

fn counts<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected.map(|(key, count)| (key.to_string(), count)).into()
}

#[test]
fn a_build_is_equal_to_itself_however_it_is_stored() {
    let builds = Builds::new();
    builds.build("new", &[]);
    let run = builds.diff(&[]).ok();
    assert!(run.stdout.ends_with("the same 260 examples\n"), "{}", run.stdout);
    builds.build("new", &["--shards", "3", "--format", "jsonl", "--layout", "messages"]);
    let run = builds.diff(&[]).ok();
    assert!(
        run.stdout
            .contains("format: parquet → jsonl; layout: inputs-targets → messages"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("the same 260 examples\n"), "{}", run.stdout);
    let json = builds.diff(&["--format", "json"]).ok().json();
    fits(&builds.project, "diff", &json);
    assert_eq!(
        (&json["equal"], &json["reordered"], &json["same"]),
        (&json!(true), &json!(false), &json!(260))
    );
}

#[test]
fn another_order_is_said_to_be_one() {
    let mut builds = Builds::new();
    // One template, everything used once: a seed decides nothing but the order.
    builds.write(
        "  template tell { input \"Tell me of {{ day }}:\\n{{ options }}\" target \"{{ answer }}\" }\n",
        "",
    );
    builds.build("old", &[]);
    builds.build("new", &["--seed", "5"]);
    let run = builds.diff(&[]).fails(1, &[]);
    assert!(
        run.stdout.contains("  seed: 2026 → 5\n") || run.stdout.contains("  seed: "),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("examples in another order\n"), "{}", run.stdout);
}

#[test]
fn a_template_that_is_written_otherwise_changes_its_examples_and_no_others() {
    let mut builds = Builds::new();
    builds.write("Is it wet or dry?", "Is it dry, or wet?");
    let found = builds.counts(&[]);
    assert_eq!(found["template changed weather test"], 10);
    assert_eq!(found["template changed weather exemplars"], 60);
    assert!(found["template changed weather train"] > 15, "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
    let text = builds.diff(&["split:train", "--examples", "1"]).fails(1, &[]).stdout;
    assert!(text.contains("weather: changed `ask`"), "{text}");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("wet")).collect();
    assert_eq!(lines[0], "       │- Is it [-wet-] or [-dry-]?", "{text}");
    assert_eq!(lines[1], "       │+ Is it {+dry,+} or {+wet+}?", "{text}");
    assert_eq!(text.matches("━━").count(), 1, "{text}");
    let colored = builds
        .diff(&["split:train", "--examples", "1", "--color", "always"])
        .fails(1, &[])
        .stdout;
    assert!(
        colored.contains("\u{1b}[31m- Is it \u{1b}[1;7mwet\u{1b}[22;27m or "),
        "{colored}"
    );
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_template_that_comes_goes_or_is_renamed_is_the_cause() {
    let mut builds = Builds::new();
    builds.write(
        "template tell {",
        "template note { input \"{{ day }} was:\" target \"{{ answer }}\" }\n  template tell {",
    );
    let found = builds.counts(&[]);
    assert_eq!(found["template added weather test"], 10, "{found:?}");
    assert!(found["template changed weather train"] > 5, "{found:?}");
    assert!(
        found
            .keys()
            .all(|key| key.starts_with("template ") && key.contains(" weather ")),
        "{found:?}"
    );

    builds.templates = TEMPLATES.to_string();
    builds.write("template tell {", "template report was tell {");
    let found = builds.counts(&[]);
    assert_eq!(found["template changed weather test"], 10, "{found:?}");
    assert!(
        found.keys().all(|key| key.starts_with("template changed weather ")),
        "{found:?}"
    );
    let text = builds.diff(&[]).fails(1, &[]).stdout;
    assert!(
        text.contains("`tell` is now `report`") && text.contains("weather/tell → report"),
        "{text}"
    );
}

#[test]
fn rows_of_the_source_come_go_and_change() {
    let builds = Builds::new();
    builds.data("echo/train.jsonl", &echo(32));
    assert_eq!(
        builds.counts(&[]),
        counts([("source added echo exemplars", 2), ("source added echo train", 2)])
    );
    let mut rows = echo(30).replace("w7!", "w7?");
    rows.truncate(rows.rfind("{\"word\": \"w29\"").expect("the last row"));
    builds.data("echo/train.jsonl", &rows);
    assert_eq!(
        builds.counts(&[]),
        counts([
            ("source added echo exemplars", 1),
            ("source added echo train", 1),
            ("source removed echo exemplars", 2),
            ("source removed echo train", 2),
        ])
    );
    let text = builds.diff(&["split:train"]).fails(1, &[]).stdout;
    assert!(text.contains("━━ removed (source) · echo/say · train · "), "{text}");
    assert!(text.contains("echo: other rows; rows read: 30 → 29"), "{text}");
}

#[test]
fn under_a_cap_a_new_row_is_the_cause_of_what_it_displaces() {
    let builds = Builds::of(&DATASETS.replace("cap none", "cap 20"));
    builds.data("echo/train.jsonl", &echo(300));
    let found = builds.counts(&[]);
    assert!(found["source removed echo train"] > 10, "{found:?}");
    assert_eq!(found["source removed echo train"], found["source added echo train"]);
    assert!(
        found
            .keys()
            .all(|key| key.starts_with("source ") && key.contains(" echo ")),
        "{found:?}"
    );
}

#[test]
fn what_is_drawn_otherwise_is_of_the_rate() {
    let mut builds = Builds::new();
    builds.declare("cap none", "cap 20");
    assert_eq!(
        builds.counts(&[]),
        counts([("rate removed echo train", 10), ("rate removed weather train", 40)])
    );
    builds.declare("cap 20", "cap none  size 2 epochs  passes 2");
    assert_eq!(
        builds.counts(&[]),
        counts([("rate added echo train", 30), ("rate added weather train", 60)])
    );
    builds.declare("size 2 epochs  passes 2", "hold_out d");
    let found = builds.counts(&[]);
    assert_eq!(found["rate removed echo train"], 30);
    assert!(found.keys().all(|key| key.starts_with("rate ")), "{found:?}");
    // Another quota by other rows of another dataset.
    let mut builds = Builds::of(&DATASETS.replace("rates proportional", "rates equal  size 60 examples"));
    builds.data("weather/train.jsonl", &weather(0, 10));
    builds.declare(
        "rates equal  size 60 examples",
        "rates equal  size 60 examples  passes 1",
    );
    let found = builds.counts(&[]);
    assert!(
        found
            .keys()
            .all(|key| !key.contains("echo") || key.starts_with("rate ")),
        "{found:?}"
    );
}

#[test]
fn a_declaration_changes_what_its_rows_say() {
    let mut builds = Builds::new();
    builds.declare("choice { wet dry }", "choice { wet dry } says { \"rainy\" \"dry\" }");
    let found = builds.counts(&[]);
    assert_eq!(found["declaration changed weather train"], 60);
    assert!(
        found.keys().all(|key| key.starts_with("declaration changed weather ")),
        "{found:?}"
    );

    let mut builds = Builds::new();
    builds.declare("field day: text", "field day: text clean { replace \"day\" \"night\" }");
    let found = builds.counts(&[]);
    assert_eq!(found["declaration changed weather train"], 60);

    // A drop takes rows that the source still has: the files are the same.
    let mut builds = Builds::new();
    builds.declare("answer reply", "answer reply\n  drop \"too early\" when word == \"w3\"");
    assert_eq!(
        builds.counts(&[]),
        counts([
            ("declaration removed echo exemplars", 1),
            ("declaration removed echo train", 1)
        ])
    );
    // A dataset that is new to the project.
    let mut builds = Builds::new();
    builds.declare("dataset echo in d", "dataset echo2 in d");
    builds.write("templates echo for echo {", "templates echo for echo2 {");
    let found = builds.counts(&[]);
    assert_eq!(
        found,
        counts([
            ("declaration added echo2 exemplars", 30),
            ("declaration added echo2 train", 30),
            ("declaration removed echo exemplars", 30),
            ("declaration removed echo train", 30),
        ])
    );
}

#[test]
fn how_a_mixture_shows_its_rows_is_a_cause_of_its_own() {
    let mut builds = Builds::new();
    builds.declare("rates proportional", "rates proportional  options shuffled");
    let found = builds.counts(&[]);
    assert!(found["mixture changed weather train"] > 15, "{found:?}");
    assert!(
        found.keys().all(|key| key.starts_with("mixture changed weather ")),
        "{found:?}"
    );
    builds.declare("options shuffled", "instruct none");
    let found = builds.counts(&[]);
    assert_eq!(found["mixture changed echo train"], 30, "{found:?}");
}

#[test]
fn under_another_edition_no_other_cause_is_looked_for() {
    let mut builds = Builds::new();
    builds.write("Is it wet or dry?", "Is it dry, or wet?");
    builds.build("new", &["--seed", "3"]);
    let manifest =
        builds
            .project
            .read("new/manifest.json")
            .replacen("\"edition\": \"2026\"", "\"edition\": \"2027\"", 1);
    builds.project.write("new/manifest.json", &manifest);
    let json = builds.diff(&["--format", "json"]).fails(1, &[]).json();
    let list = json["counts"].as_array().expect("counts");
    assert!(
        !list.is_empty() && list.iter().all(|count| count["cause"] == "edition"),
        "{json}"
    );
    assert_eq!(
        json["settings"][0],
        json!({ "name": "edition", "old": "2026", "new": "2027" })
    );
}

#[test]
fn several_causes_are_told_apart_by_the_row_or_not_at_all() {
    // Every row is used, so a new one is the source's; the same row with other text is the template's.
    let mut builds = Builds::new();
    builds.write("Say {{ word }}", "Repeat {{ word }}");
    builds.data("echo/train.jsonl", &echo(31));
    assert_eq!(
        builds.counts(&[]),
        counts([
            ("source added echo exemplars", 1),
            ("source added echo train", 1),
            ("template changed echo exemplars", 30),
            ("template changed echo train", 30),
        ])
    );
    // Words and verbalizers at once: nobody can say which of the two an example is.
    let mut builds = Builds::new();
    builds.write("Tell me of", "Tell us of");
    builds.declare("choice { wet dry }", "choice { wet dry } says { \"rainy\" \"dry\" }");
    builds.build("new", &[]);
    let json = builds.diff(&["--format", "json", "weather/tell"]).fails(1, &[]).json();
    for count in json["counts"].as_array().expect("counts") {
        assert_eq!(count["cause"], "unknown", "{count}");
        assert_eq!(count["candidates"], json!(["template", "declaration"]));
    }
    let text = builds.diff(&["weather/tell"]).fails(1, &[]).stdout;
    assert!(text.contains("unknown: template or declaration"), "{text}");
    // The other template was left as it was.
    let json = builds.diff(&["--format", "json", "weather/ask"]).fails(1, &[]).json();
    assert!(
        json["counts"]
            .as_array()
            .expect("counts")
            .iter()
            .all(|count| count["cause"] == "declaration"),
        "{json}"
    );
}

#[test]
fn a_build_that_does_not_say_what_it_was_made_from_leaves_the_cause_unknown() {
    let mut builds = Builds::new();
    builds.write("Say {{ word }}", "Repeat {{ word }}");
    builds.build("new", &[]);
    let mut manifest: Value = serde_json::from_str(&builds.project.read("old/manifest.json")).expect("JSON");
    for (_, facts) in manifest["datasets"].as_object_mut().expect("datasets") {
        for key in ["declaration", "template_digests", "rows_digests", "languages", "key"] {
            facts.as_object_mut().expect("facts").remove(key);
        }
    }
    builds.project.write("old/manifest.json", &manifest.to_string());
    let json = builds.diff(&["--format", "json", "split:train"]).fails(1, &[]).json();
    fits(&builds.project, "diff", &json);
    let list = json["counts"].as_array().expect("counts");
    assert!(list.iter().all(|count| count["cause"] == "unknown"), "{json}");
    assert_eq!(list[0]["candidates"], json!(["template", "declaration"]));
    let text = builds.diff(&[]).fails(1, &[]).stdout;
    assert!(text.contains("built by an older flanc"), "{text}");
}

#[test]
fn as_many_examples_are_shown_as_asked_and_always_the_same() {
    let mut builds = Builds::new();
    builds.write("Is it wet or dry?", "Is it dry, or wet?");
    builds.data("echo/train.jsonl", &echo(40));
    builds.build("new", &[]);
    for (asked, shown) in [("0", 0), ("1", 2), ("3", 6), ("500", 70 + 20)] {
        let json = builds
            .diff(&["--format", "json", "--examples", asked])
            .fails(1, &[])
            .json();
        let list = json["examples"].as_array().expect("examples");
        if asked != "500" {
            assert_eq!(list.len(), shown, "{asked}");
        } else {
            assert!(list.len() > shown, "{}", list.len());
        }
        assert!(
            list.iter().all(|e| !(e["old"].is_null() && e["new"].is_null())),
            "{json}"
        );
    }
    let once = builds.diff(&["--examples", "4"]).fails(1, &[]).stdout;
    builds.build("new", &["--shards", "2", "--format", "arrow"]);
    let again = builds.diff(&["--examples", "4"]).fails(1, &[]).stdout;
    let tail = |text: &str| text[text.find("━━").expect("an example")..].to_string();
    assert_eq!(tail(&once), tail(&again));
}

#[test]
fn white_space_that_changed_is_in_sight() {
    let mut builds = Builds::new();
    builds.write("Say {{ word }}", "Say\\t{{ word }} \\n");
    builds.build("new", &[]);
    let text = builds.diff(&["split:train", "--examples", "1"]).fails(1, &[]).stdout;
    assert!(text.contains("│- Say[- -]w"), "{text}");
    assert!(text.contains("│+ Say{+→+}w"), "{text}");
    assert!(text.contains("{+·+}"), "{text}");
}

#[test]
fn what_is_no_build_is_an_error() {
    let builds = Builds::new();
    builds
        .diff(&[])
        .fails(2, &["new/manifest.json", "is this a build of flanc?"]);
    builds.build("new", &["--seed", "4"]);
    let manifest: Value = serde_json::from_str(&builds.project.read("new/manifest.json")).expect("JSON");
    let file = manifest["shards"][0]["file"].as_str().expect("a file");
    std::fs::remove_file(builds.project.path("new").join(file)).expect("the shard");
    builds.diff(&[]).fails(2, &[file]);
}
