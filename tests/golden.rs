//! `flanc golden`: what is accepted, what then differs and why, and what happens to the files.

use std::fs;

use serde_json::Value;

use crate::schema::fits;
use crate::support::Project;

pub const DATASETS: &str = r#"cluster nli { title "Inference" }
cluster misc { title "Rest" }
dataset rte in nli {
  title "RTE"
  field text: text clean { trim }
  field note: text?
  field label: choice { yes no } says { "Yes" "No" }
  source sample { train { rows jsonl "rte/train.jsonl" } validation { rows jsonl "rte/more.jsonl" } }
}
dataset cola in misc {
  title "CoLA"
  field text: text
  field score: number
  key text
  answer score
  source sample { train { rows jsonl "cola/train.jsonl" } }
}
mixture flan { title "All" include all }
"#;

pub const TEMPLATES: &str = r#"templates rte for rte {
  template ask { input "{{ text }}\n\n{% if label == \"yes\" %}So?{% else %}Not so?{% endif %} \n" target "{{ answer }}" }
  template listed { input "{{ text }}\n{{ options }}" target "{{ answer }}" }
  turned write when label == yes { input "Write." target "{{ text }}" }
}
templates cola for cola { template rate { input "Rate: {{ text }}" target "{{ score }}" } }
"#;

const ROWS: &str = r#"{"text": "Two men left.", "note": "n", "label": "yes"}
{"text": "Nobody\ttook\u00a0it.", "note": "n", "label": "no"}
{"text": "It was late, and nobody had thought of the key that was in the other pocket all the time.", "note": "n", "label": "yes"}
{"text": "Short.", "note": "n", "label": "no"}
{"text": "Without a note.", "note": null, "label": "no"}
"#;

fn project() -> Project {
    let project = Project::new();
    project
        .write("datasets/all.flan", DATASETS)
        .write("templates/all.flan", TEMPLATES)
        .write("datasets/samples/rte/train.jsonl", ROWS)
        .write(
            "datasets/samples/rte/more.jsonl",
            "{\"text\": \"\\u200bHidden.\", \"note\": \"n\", \"label\": \"yes\"}\n",
        )
        .write(
            "datasets/samples/cola/train.jsonl",
            "{\"text\": \"A cat.\", \"score\": 1}\n{\"text\": \"Cat a.\", \"score\": 0}\n",
        );
    project
}

pub fn accepted() -> Project {
    let project = project();
    project.run(&["golden", "accept"]).ok();
    project
}

pub const RTE: &str = "golden/nli/rte.golden";

pub fn json(project: &Project, words: &[&str]) -> Value {
    let run = project.run(&[&["golden", "check", "--format", "json"], words].concat());
    assert!(run.code < 2, "{}", run.stderr);
    let value = run.json();
    fits(project, "golden", &value);
    value
}

/// `CHANGE TEMPLATE CAUSES` of every difference, each once.
fn differences(project: &Project, words: &[&str]) -> Vec<String> {
    let value = json(project, words);
    let mut found: Vec<String> = value["differences"]
        .as_array()
        .expect("differences")
        .iter()
        .map(|one| {
            let causes: Vec<&str> = one["causes"]
                .as_array()
                .expect("causes")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_string();
            format!(
                "{} {}/{} {}",
                text("change"),
                text("dataset"),
                text("template"),
                causes.join(",")
            )
        })
        .collect();
    found.dedup();
    found
}

/// The keys of the pinned rows of a file.
fn pins(project: &Project, file: &str) -> Vec<String> {
    let text = project.read(file);
    let rows = text.lines().filter_map(|line| line.strip_prefix("row "));
    rows.map(|row| row.split(' ').next().unwrap_or_default().to_string())
        .collect()
}

#[test]
fn a_file_is_read_from_top_to_bottom() {
    let project = project();
    let run = project.run(&["golden", "check"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("new (template) · rte/ask") && !project.path("golden").exists(),
        "{}",
        run.stdout
    );
    let run = project.run(&["golden", "accept"]).ok();
    assert!(run.stderr.contains("accepted, 2 files written"), "{}", run.stderr);
    let text = project.read(RTE);
    for part in [
        "golden 1\ndataset rte\nsource sample\n",
        " · train · no · control characters · odd spaces\n",
        "  text   Nobody\\ttook⍽it.\n",
        "━━ ask · forward · ",
        "input  │ Nobody→took⍽it.\n       │\n       │ Not so?· ⏎\ntarget │ No\n",
        "input  │ ⟨U+200B⟩Hidden.\n",
        "input  │ Write.\ntarget │ It was late",
        "  note   (none)\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
    // The guard keeps rows out, and short rows that show nothing new are not pinned.
    assert!(
        !text.contains("Short.") && !text.contains("Write.\ntarget │ Without"),
        "{text}"
    );
    let run = project.run(&["golden", "check"]).ok();
    assert!(
        run.stdout.contains("of 2 datasets: all as accepted")
            && run
                .stdout
                .contains("labels 100.0 % (5 of 5), branches 100.0 % (2 of 2)"),
        "{}",
        run.stdout
    );
    // A second time there is nothing to write.
    let run = project.run(&["golden", "accept"]).ok();
    assert!(
        run.stderr.contains("0 renderings accepted, 0 files written"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_differs_is_shown_before_and_after_with_its_cause() {
    let project = accepted();
    project.write("templates/all.flan", &TEMPLATES.replace("Write.", "Write it. "));
    let run = project.run(&["golden", "check"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("━━ changed (template) · rte/write · ")
            && run.stdout.contains("- Write.")
            && run.stdout.contains("+ Write{+ it+}.{+·+}"),
        "{}",
        run.stdout
    );
    assert_eq!(differences(&project, &[]), ["changed rte/write template"]);
    assert_eq!(differences(&project, &["template:rte/ask"]), [] as [&str; 0]);
    project.run(&["golden", "check", "cola"]).ok();
    project
        .run(&["golden", "check", "rte/wriet"])
        .fails(2, &["did you mean `rte/write`?"]);

    project.write("templates/all.flan", TEMPLATES);
    for (from, to, expected) in [
        (
            "says { \"Yes\" \"No\" }",
            "says { \"True\" \"No\" }",
            &["changed rte/ask verbalizer", "changed rte/listed verbalizer"][..],
        ),
        (
            "text clean { trim }",
            "text clean { trim lower }",
            &[
                "changed rte/ask field",
                "changed rte/listed field",
                "changed rte/write field",
            ],
        ),
    ] {
        project.write("datasets/all.flan", &DATASETS.replace(from, to));
        assert_eq!(differences(&project, &[]), expected);
    }
    project.write("datasets/all.flan", DATASETS);

    let less = TEMPLATES.replace(
        "  turned write when label == yes { input \"Write.\" target \"{{ text }}\" }\n",
        "  turned tell { input \"Tell.\" target \"{{ text }}\" }\n",
    );
    project.write("templates/all.flan", &less);
    assert_eq!(
        differences(&project, &[]),
        ["new rte/tell template", "removed rte/write template"]
    );
    assert_eq!(differences(&project, &["rte/write"]), ["removed rte/write template"]);
    project.run(&["golden", "accept", "rte/write"]).ok();
    assert_eq!(differences(&project, &[]), ["new rte/tell template"]);
    project.write("templates/all.flan", TEMPLATES);

    // A row of the same key with another score.
    project.write(
        "datasets/samples/cola/train.jsonl",
        "{\"text\": \"A cat.\", \"score\": 2}\n{\"text\": \"Cat a.\", \"score\": 0}\n",
    );
    assert_eq!(differences(&project, &["cola"]), ["changed cola/rate rows"]);
}

#[test]
fn pinned_rows_stay_while_they_are_there() {
    let project = accepted();
    let before = project.read(RTE);
    // The order of rows, copies of them, and rows that show nothing new change nothing.
    let mut lines: Vec<&str> = ROWS.lines().rev().collect();
    lines.push(lines[0]);
    lines.push(r#"{"text": "Another short one.", "note": "n", "label": "yes"}"#);
    project.write("datasets/samples/rte/train.jsonl", &(lines.join("\n") + "\n"));
    project.run(&["golden", "check"]).ok();
    fs::remove_file(project.path(RTE)).expect("the file");
    project.write(
        "datasets/samples/rte/train.jsonl",
        &(ROWS.lines().rev().collect::<Vec<_>>().join("\n") + "\n"),
    );
    project.run(&["golden", "accept"]).ok();
    assert_eq!(project.read(RTE), before);

    // A much longer row is pinned, beside the others.
    let pinned = pins(&project, RTE);
    let long = format!(
        "{{\"text\": \"{}\", \"note\": \"n\", \"label\": \"yes\"}}\n",
        "word ".repeat(60)
    );
    project.write("datasets/samples/rte/train.jsonl", &(ROWS.to_string() + &long));
    assert_eq!(
        differences(&project, &[]),
        ["new rte/ask rows", "new rte/listed rows", "new rte/write rows"]
    );
    project.run(&["golden", "accept"]).ok();
    let now = pins(&project, RTE);
    assert_eq!(now.len(), pinned.len() + 1);
    assert!(pinned.iter().all(|key| now.contains(key)), "{pinned:?}, {now:?}");
    // It goes when it is gone, and so does a row whose text was edited.
    project.write("datasets/samples/rte/train.jsonl", ROWS);
    let found = differences(&project, &["rte/listed"]);
    assert_eq!(found, ["removed rte/listed rows"]);
    project.run(&["golden", "accept"]).ok();
    assert_eq!(project.read(RTE), before);
}

#[test]
fn without_a_terminal_review_prints_what_decides() {
    let project = accepted();
    let run = project.run(&["golden", "review"]).ok();
    assert!(run.stdout.contains("all as accepted"), "{}", run.stdout);
    project.write(
        "templates/all.flan",
        &TEMPLATES.replace("Write.", "Write it.").replace("Rate:", "Rating:"),
    );
    let run = project.run(&["golden", "review"]);
    assert_eq!(run.code, 1);
    for line in [
        "flanc golden accept template:rte/write",
        "flanc golden reject template:cola/rate",
        "flanc golden check template:rte/write --all",
    ] {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }
    let before = project.read(RTE);
    project.run(&["golden", "accept", "template:rte/write"]).ok();
    assert!(project.read(RTE).contains("│ Write it.\n") && project.read(RTE) != before);
    assert_eq!(differences(&project, &[]), ["changed cola/rate template"]);
    project.run(&["golden", "accept", "cluster:misc"]).ok();
    project.run(&["golden", "check"]).ok();
}

#[test]
fn what_waits_stands_beside_its_file_until_it_is_decided_on() {
    let project = accepted();
    project.write(
        "templates/all.flan",
        &TEMPLATES
            .replace("Write.", "Write it.")
            .replace("{{ options }}", "---\\n{{ options }}"),
    );
    let waiting = format!("{RTE}.new");
    project.run(&["golden", "check"]);
    assert!(!project.path(&waiting).exists());
    let run = project.run(&["golden", "check", "--write-pending"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains(&format!("{waiting} written")) && project.read(&waiting).contains("Write it."),
        "{}",
        run.stderr
    );
    assert!(!project.path("golden/misc/cola.golden.new").exists());
    // One of two is taken back, then the other.
    let before = project.read(RTE);
    let run = project.run(&["golden", "reject", "rte/write"]).ok();
    assert!(
        run.stderr.contains("rejected, 1 pending file written\n"),
        "{}",
        run.stderr
    );
    let left = project.read(&waiting);
    assert!(left.contains("---") && !left.contains("Write it."), "{left}");
    let run = project.run(&["golden", "reject"]).ok();
    assert!(
        run.stderr.contains("rejected, 1 pending file removed\n"),
        "{}",
        run.stderr
    );
    // Where nothing waits, no file has to do with it.
    let run = project.run(&["golden", "reject"]).ok();
    assert!(run.stderr.contains(" rejected\n"), "{}", run.stderr);
    assert!(!project.path(&waiting).exists() && project.read(RTE) == before);
    // What is accepted waits no longer.
    project.run(&["golden", "check", "--write-pending"]);
    project.run(&["golden", "accept", "rte/write"]).ok();
    assert!(project.path(&waiting).exists());
    project.run(&["golden", "accept"]).ok();
    assert!(!project.path(&waiting).exists());
}

#[test]
fn a_damaged_file_is_an_error_with_its_place_and_a_way_out() {
    let project = accepted();
    let sound = project.read(RTE);
    for (from, to, says) in [
        ("input  │ Write.", "input │ Write.", "golden/nli/rte.golden:"),
        ("dataset rte", "dataset cb", "this is of dataset `cb`"),
        ("golden 1", "<<<<<<< HEAD\ngolden 1", "a merge was left half done here"),
        ("\ntarget │ Yes", "", "a rendering is `input` and `target`"),
    ] {
        let damaged = sound.replacen(from, to, 1);
        assert_ne!(damaged, sound, "{from}");
        project.write(RTE, &damaged);
        project.run(&["golden", "check"]).fails(
            2,
            &["error[damaged-golden]", says, "git checkout -- golden/nli/rte.golden"],
        );
        // Of nothing that was looked at nothing is said, and no page is written.
        for words in [
            &["check", "rte"][..],
            &["accept", "rte"],
            &["review", "rte"],
            &["report", "rte", "--html", "page.html"],
        ] {
            let run = project.run(&[&["golden"], words].concat());
            assert_eq!(run.stdout, "", "{words:?}");
            assert!(
                run.stderr.starts_with("error[damaged-golden]"),
                "{words:?}: {}",
                run.stderr
            );
            assert!(run.code == 2 && !project.path("page.html").exists(), "{words:?}");
        }
        // Nothing is written over it, and the other datasets are not held up.
        let run = project.run(&["golden", "accept"]);
        assert_eq!((run.code, project.read(RTE)), (2, damaged));
        project.run(&["golden", "check", "cola"]).ok();
    }
    fs::write(project.path(RTE), b"golden 1\n\xff").expect("the file");
    project
        .run(&["golden", "check"])
        .fails(2, &["rte.golden:2", "not UTF-8"]);
    // An edit that leaves the file whole is a difference.
    project.write(RTE, &sound.replacen("│ Write.", "│ Writ.", 1));
    assert_eq!(differences(&project, &[]), ["changed rte/write unknown"]);
    project.write("golden/misc/rte.golden", &sound);
    project
        .run(&["golden", "check"])
        .fails(2, &["are both of dataset `rte`"]);
}

#[test]
fn files_follow_their_datasets() {
    let project = accepted();
    project.write(
        "datasets/all.flan",
        &DATASETS.replace("dataset rte in nli", "dataset rte in misc, nli"),
    );
    let run = project.run(&["golden", "check"]);
    assert!(
        run.code == 1 && run.stdout.contains("belongs in golden/misc/"),
        "{}",
        run.stdout
    );
    let before = project.read(RTE);
    project.run(&["golden", "accept", "rte"]).ok();
    assert_eq!(project.read("golden/misc/rte.golden"), before);
    assert!(!project.path("golden/nli").exists());
    // A dataset that is gone takes its file along.
    project
        .write(
            "datasets/all.flan",
            &DATASETS
                .replace("dataset cola", "dataset colb")
                .replace("dataset rte in nli", "dataset rte in misc, nli"),
        )
        .write("templates/all.flan", &TEMPLATES.replace("for cola", "for colb"));
    assert_eq!(
        differences(&project, &[]),
        ["removed cola/rate template", "new colb/rate template"]
    );
    project.run(&["golden", "accept", "cola"]).ok();
    assert!(!project.path("golden/misc/cola.golden").exists() && !project.path("golden/misc/colb.golden").exists());
    project.run(&["golden", "accept"]).ok();
    project.run(&["golden", "check"]).ok();
}

#[test]
fn what_cannot_be_rendered_is_told_from_what_differs() {
    let project = accepted();
    fs::remove_file(project.path("datasets/samples/cola/train.jsonl")).expect("the file");
    project
        .run(&["golden", "check"])
        .fails(2, &["dataset `cola`, split `train`", "train.jsonl", "--source"]);
    project.run(&["golden", "check", "rte"]).ok();
    let run = project.run(&["golden", "check", "rte/write"]).ok();
    assert!(
        run.stdout.contains("shown: 1 template, ") && run.stdout.contains("branches none"),
        "{}",
        run.stdout
    );
    project
        .run(&["golden", "check", "--source", "hub"])
        .fails(2, &["has no source named `hub`; it has `sample`"]);
    // A template that fails on a row is accepted as that, or not.
    project.write(
        "templates/all.flan",
        &TEMPLATES.replace("{{ text }}\\n{{ options }}", "{{ note }}\\n{{ options }}"),
    );
    let run = project.run(&["golden", "check", "rte", "--all"]);
    assert!(
        run.code == 1 && run.stdout.contains("fails  │+ a null is printed here"),
        "{}",
        run.stdout
    );
    project.write(
        "templates/all.flan",
        "templates rte for rte { template ask { inptu \"x\" } }",
    );
    project.run(&["golden", "check"]).fails(1, &["inptu"]);
}

#[test]
fn what_no_row_shows_is_named() {
    let project = project();
    project.write(
        "datasets/samples/rte/train.jsonl",
        "{\"text\": \"a\", \"note\": \"n\", \"label\": \"yes\"}\n",
    );
    project.run(&["golden", "accept"]).ok();
    let run = project.run(&["golden", "check", "--coverage"]).ok();
    for part in [
        "labels 50.0 % (3 of 6), branches 50.0 % (1 of 2)",
        "not shown of rte/listed: no row has the label `no`",
        "not shown of rte/ask: no row for which `label == \"yes\"` does not hold, in the input",
        "rte/ask     1 of 2  1 of 2",
    ] {
        assert!(run.stdout.contains(part), "{part:?} is not in\n{}", run.stdout);
    }
}
