//! What a user reads after a mistake: every file of `tests/mistakes`, with the whole output of `flanc check` beside it.
//!
//! `NAME.flan` is a project of one file, `NAME.toml` a `flanc.toml`. Add a file and run the test with FLANC_UPDATE=1; it
//! writes `NAME.txt`, which a person then reads as the one who made the mistake would.

use std::fs;
use std::path::Path;

use flanc::diagnostic::CODES;

use crate::support::Project;

fn shown(case: &Path) -> String {
    let text = fs::read_to_string(case).expect("a case");
    let project = Project::new();
    if case.extension().is_some_and(|e| e == "toml") {
        project.write("flanc.toml", &text);
    } else {
        let name = case.file_name().expect("a name").to_string_lossy();
        project.write(&name, &text);
    }
    let run = project.run(&["check"]);
    assert_eq!(
        run.code,
        1,
        "{}: this is no mistake:\n{}{}",
        case.display(),
        run.stdout,
        run.stderr
    );
    assert_eq!(run.stdout, "", "{}: diagnostics do not go to stdout", case.display());
    run.stderr
}

#[test]
fn every_mistake_is_explained_as_agreed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let update = std::env::var_os("FLANC_UPDATE").is_some();
    let mut cases: Vec<_> = fs::read_dir(&folder)
        .expect("tests/mistakes")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    let (texts, cases): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .partition(|path| path.extension().is_some_and(|e| e == "txt"));
    assert!(cases.len() >= 40, "only {} cases were found", cases.len());
    let mut differ = Vec::new();
    for case in &cases {
        let (found, beside) = (shown(case), case.with_extension("txt"));
        let wanted = fs::read_to_string(&beside).unwrap_or_default();
        if update && found != wanted {
            fs::write(&beside, &found).expect("the expected output");
        } else if found != wanted {
            differ.push(format!(
                "==== {}\n---- agreed\n{wanted}\n---- found\n{found}",
                case.display()
            ));
        }
    }
    let orphans: Vec<_> = texts
        .iter()
        .filter(|text| !cases.iter().any(|case| case.with_extension("txt") == **text))
        .collect();
    assert!(orphans.is_empty(), "outputs without a case: {orphans:?}");
    assert!(
        differ.is_empty(),
        "FLANC_UPDATE=1 rewrites these:\n{}",
        differ.join("\n")
    );
}

/// The codes that a text names between two marks.
fn codes_between<'t>(text: &'t str, before: &str, after: char) -> Vec<&'t str> {
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.split(after).next())
        .collect()
}

#[test]
fn every_code_of_check_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(CODES.is_sorted());
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(root.join("tests/mistakes")).into_iter().chain(
        ["catalog", "project", "syntax"]
            .iter()
            .flat_map(|module| walkdir::WalkDir::new(root.join("src").join(module))),
    ) {
        let path = entry.expect("an entry").into_path();
        if path.is_dir() {
            continue;
        }
        let text: String = fs::read_to_string(&path).expect("a text").split_whitespace().collect();
        for code in ["error[", "warning["]
            .iter()
            .flat_map(|before| codes_between(&text, before, ']'))
            .filter(|_| path.extension().is_some_and(|e| e == "txt"))
            .chain(codes_between(&text, "Diagnostic::error(\"", '"'))
            .chain(codes_between(&text, "Diagnostic::warning(\"", '"'))
        {
            assert!(CODES.contains(&code), "{}: `{code}`", path.display());
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
    let project = Project::new();
    project
        .run(&["rule", "bad-template"])
        .fails(2, &["`bad-template` is no rule of `lint`, but a code of `check`"]);
}
