//! What the README shows is what the program does.

use std::path::Path;

use crate::support::Project;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("the README")
}

/// The fenced blocks of a text: what follows the fence, and the body.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split("\n```").collect();
    parts
        .iter()
        .skip(1)
        .step_by(2)
        .filter_map(|part| part.split_once('\n'))
        .collect()
}

#[test]
fn the_five_examples_are_rendered_as_shown() {
    let project = Project::shipped();
    let readme = readme();
    let mut shown = 0;
    for (fence, body) in blocks(&readme) {
        let Some((dataset, template)) = fence.strip_prefix("text ").and_then(|name| name.split_once('/')) else {
            continue;
        };
        let (inputs, targets) = body.rsplit_once("\n=> ").expect("an example has a target");
        let run = project
            .run(&[
                "show",
                dataset,
                "--template",
                template,
                "--rows",
                "1000",
                "--format",
                "json",
            ])
            .ok()
            .json();
        let rendered = run["examples"].as_array().expect("examples");
        let found = rendered
            .iter()
            .any(|example| example["inputs"] == inputs && example["targets"] == targets);
        assert!(
            found,
            "{dataset} through {template} is not as the README has it:\n{body}"
        );
        shown += 1;
    }
    assert_eq!(shown, 5);
}

#[test]
fn the_diagnostics_are_printed_as_shown() {
    let readme = readme();
    let shown = blocks(&readme)
        .into_iter()
        .find(|(_, body)| body.starts_with("error["))
        .expect("diagnostics")
        .1;
    let project = Project::new();
    project.write(
        "datasets/nli.flan",
        r#"cluster nli { title "Inference" }
dataset rte in nli {
  title "Recognizing Textual Entailment"
  licence "unknown"
  field premise: text
  field hypothesis: text
  field label: choice { entailment not_entailment } says { "yes" "no" "maybe" }
  source sample { train { rows jsonl "rte/train.jsonl" select "select * from rows limit 10" } }
}
"#,
    );
    let mut printed = project.run(&["check"]).fails(1, &[]).stderr;
    project.write("flanc.toml", "[build]\nsorce = \"original\"\n");
    printed.push_str(&project.run(&["check"]).fails(1, &[]).stderr);
    for diagnostic in shown.split("\n\n") {
        assert!(
            printed.contains(diagnostic.trim_end()),
            "not printed:\n{diagnostic}\n---\n{printed}"
        );
    }
}

#[test]
fn every_page_it_leads_to_is_there() {
    let readme = readme();
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(),
            "{link} is not there"
        );
    }
}

#[test]
fn what_it_says_of_learning_runs() {
    let readme = readme();
    let (_, section) = readme.split_once("## Learning from it").expect("the section");
    let commands: Vec<&str> = section
        .lines()
        .map_while(|line| (!line.starts_with("## ")).then_some(line))
        .collect();
    let commands = commands.iter().filter_map(|line| line.strip_prefix("$ flanc "));
    let project = Project::shipped();
    let mut ran = 0;
    for line in commands {
        project.run(&line.split(' ').collect::<Vec<_>>()).ok();
        ran += 1;
    }
    assert_eq!(ran, 4);
    for name in ["report.md", "report.html", "report.json"] {
        assert!(project.path("runs/two-shot").join(name).is_file(), "{name}");
    }
}
