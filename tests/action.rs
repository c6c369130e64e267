//! The action for pull requests: what it says of golden files, and the page that it hands on.

use std::fs;
use std::process::Command;

use crate::golden::accepted;
use crate::support::{Project, Run};

/// The script of the action's last step, run as GitHub would.
fn act(project: &Project, selection: &str) -> (Run, String) {
    let action = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml")).expect("the action");
    let script = action.rsplit("run: |\n").next().expect("a script");
    let outputs = project.path("outputs");
    fs::write(&outputs, "").expect("a file");
    let output = Command::new("bash")
        .args(["-eo", "pipefail", "-c", script])
        .current_dir(project.dir.path())
        .env("FLANC", env!("CARGO_BIN_EXE_flanc"))
        .env("FLANC_PROJECT", ".")
        .env("SELECTION", selection)
        .env("GOLDEN", "true")
        .env("RUNNER_TEMP", project.dir.path())
        .env("GITHUB_OUTPUT", &outputs)
        .output()
        .expect("bash starts");
    (Run::of(&output), project.read("outputs"))
}

#[test]
fn the_action_says_what_is_wrong_and_hands_on_the_page() {
    let project = accepted();
    project.run(&["fmt"]).ok();
    let (run, outputs) = act(&project, "cola");
    assert!(
        run.stdout.contains("::group::flanc golden check cola") && outputs.is_empty(),
        "{run:?}"
    );
    let text = project.read("templates/all.flan").replace("Rate:", "Rated:");
    project.write("templates/all.flan", &text);
    let (run, outputs) = act(&project, "cola");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        outputs.starts_with("report=") && project.path("flanc-golden.html").is_file(),
        "{run:?}"
    );
    let (run, _) = act(&project, "rte");
    assert!(run.stdout.contains("all as accepted"), "{run:?}");
}
