//! `flanc fmt`: a case is a file as somebody wrote it, `NAME.before.flan`, beside the same laid out, `NAME.after.flan`.
//! `FLANC_UPDATE=1` writes the second anew.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Project, Run};

#[test]
fn files_are_laid_out_as_their_cases_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let mut cases = 0;
    for entry in fs::read_dir(&folder).expect("the cases") {
        let before = entry.expect("a case").path();
        let name = before.to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".before.flan") else {
            continue;
        };
        cases += 1;
        let project = Project::new();
        project.write("case.flan", &fs::read_to_string(&before).expect("a case"));
        project.run(&["fmt", "case.flan"]).ok();
        let found = project.read("case.flan");
        let wanted = format!("{stem}.after.flan");
        if env::var_os("FLANC_UPDATE").is_some() {
            fs::write(&wanted, &found).expect("the case");
        }
        assert_eq!(found, fs::read_to_string(&wanted).unwrap_or_default(), "{name}");
        project.run(&["fmt", "case.flan", "--check"]).ok();
    }
    assert!(cases > 0, "no case was found");
}

const UGLY: &str = "cluster   nli{ title \"Inference\" }\n";
const NEAT: &str = "cluster nli { title \"Inference\" }\n";

#[test]
fn check_and_diff_write_nothing_and_end_with_one() {
    let project = Project::new();
    project.write("datasets/a.flan", UGLY).write("b.flan", NEAT);
    let checked = project.run(&["fmt", "--check"]);
    assert_eq!(
        (checked.code, checked.stdout.as_str()),
        (1, "datasets/a.flan\n"),
        "{checked:?}"
    );
    let shown = project.run(&["fmt", "--diff"]);
    assert_eq!(shown.code, 1);
    assert_eq!(
        shown.stdout,
        format!("--- datasets/a.flan\n+++ datasets/a.flan\n@@ -1 +1 @@\n-{UGLY}+{NEAT}")
    );
    assert_eq!(project.read("datasets/a.flan"), UGLY);
    project.run(&["fmt"]).ok();
    assert_eq!(project.read("datasets/a.flan"), NEAT);
    project.run(&["fmt", "--check"]).ok();
    project.run(&["fmt", "--diff"]).ok();
}

#[test]
fn a_file_with_a_mistake_is_left_alone_and_the_others_are_not() {
    let project = Project::new();
    project.write("bad.flan", "cluster   nli { tittle \"x\" }\n");
    project.write("good.flan", UGLY);
    project
        .run(&["fmt"])
        .fails(1, &["unknown-statement", "bad.flan is left as it is"]);
    assert_eq!(project.read("bad.flan"), "cluster   nli { tittle \"x\" }\n");
    assert_eq!(project.read("good.flan"), NEAT);
    project
        .run(&["fmt", "nowhere.flan"])
        .fails(2, &["nothing is at nowhere.flan"]);
}

#[test]
fn the_standard_input_is_laid_out_to_the_standard_output() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flanc"))
        .args(["fmt", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(UGLY.as_bytes()).expect("it reads");
    drop(input);
    let run = Run::of(&child.wait_with_output().expect("it ends")).ok();
    assert_eq!(run.stdout, NEAT);
}

#[test]
fn a_file_keeps_its_permissions_and_what_leads_to_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::new();
    project.write("shared/nli.flan", "cluster   nli {}\n");
    std::fs::create_dir(project.path("datasets")).expect("a folder");
    std::os::unix::fs::symlink("../shared/nli.flan", project.path("datasets/nli.flan")).expect("a link");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(project.path("shared/nli.flan"), private).expect("permissions");
    project.run(&["fmt"]).ok();
    assert_eq!(project.read("shared/nli.flan"), "cluster nli {}\n");
    let link = std::fs::symlink_metadata(project.path("datasets/nli.flan")).expect("the link");
    assert!(link.is_symlink());
    let file = std::fs::metadata(project.path("shared/nli.flan")).expect("the file");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::read_dir(project.path("shared")).expect("the folder").count(),
        1
    );
    project
        .write("notes/a.txt", "none")
        .run(&["fmt", "notes"])
        .fails(2, &["no `.flan` file is below notes", "help: "]);
}
