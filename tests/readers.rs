//! Other people's readers open what a build writes. `FLANC_PYTHON` names a Python that has tests/readers/requirements.txt.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::support::{Project, say};

/// A mixture with all four splits, small enough to be built six times.
const MIXTURE: &str = "mixture small {
  title \"A few of everything\"
  include dataset rte, dataset cb, dataset piqa, dataset common_gen, dataset squad_v1, dataset stsb, dataset trec
  hold_out trec
  test at most 20
}
";

#[test]
fn datasets_opens_every_format_and_layout_with_the_rows_of_the_manifest() {
    let Some(project) = builds(&["parquet", "arrow", "jsonl"]) else {
        return;
    };
    let said = python(&project, "hub.py", &["parquet", "arrow", "jsonl"]);
    assert_eq!(said.matches("datasets:").count(), 6, "{said}");
    assert_eq!(said.matches("train validation test exemplars,").count(), 6, "{said}");
}

#[test]
fn polars_and_pyarrow_read_the_parquet_shards_with_the_rows_of_the_manifest() {
    let Some(project) = builds(&["parquet"]) else { return };
    let said = python(&project, "frames.py", &["parquet"]);
    assert_eq!(said.matches("polars, pyarrow:").count(), 2, "{said}");
}

#[test]
fn other_peoples_readers_open_packed_tokens_with_the_rows_of_the_manifest() {
    if env::var_os("FLANC_PYTHON").is_none() {
        say("readers: skipped, FLANC_PYTHON is not set");
        return;
    }
    let project = Project::shipped();
    project.write("small.flan", MIXTURE);
    for format in ["parquet", "arrow", "jsonl"] {
        let out = format!("built/{format}-tokens");
        let args = [
            "build",
            "small",
            "--sample",
            "40",
            "--shards",
            "3",
            "--format",
            format,
            "--layout",
            "tokens",
            "--tokenizer",
            "bytes",
            "--out",
            &out,
        ];
        project.run(&args).ok();
    }
    let directories = ["parquet", "arrow", "jsonl"].map(|format| format!("built/{format}-tokens"));
    let said = run(&project, "tokens.py", directories.into_iter());
    assert_eq!(said.matches("datasets, ").count(), 3, "{said}");
}

const LAYOUTS: &[&str] = &["inputs-targets", "messages"];

/// A project with the mixture built in each format and layout; `None`, and a word about it, without a Python.
fn builds(formats: &[&str]) -> Option<Project> {
    if env::var_os("FLANC_PYTHON").is_none() {
        say("readers: skipped, FLANC_PYTHON is not set");
        return None;
    }
    let project = Project::shipped();
    project.write("small.flan", MIXTURE);
    for format in formats {
        for layout in LAYOUTS {
            let out = format!("built/{format}-{layout}");
            let args = [
                "build", "small", "--sample", "40", "--shards", "3", "--format", format, "--layout", layout, "--out",
                &out,
            ];
            project.run(&args).ok();
        }
    }
    Some(project)
}

/// Runs a script of tests/readers over the builds, and returns what it says.
fn python(project: &Project, script: &str, formats: &[&str]) -> String {
    let directories = formats
        .iter()
        .flat_map(|f| LAYOUTS.iter().map(move |l| format!("built/{f}-{l}")));
    run(project, script, directories)
}

fn run(project: &Project, script: &str, directories: impl Iterator<Item = String>) -> String {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers");
    let output = Command::new(env::var_os("FLANC_PYTHON").expect("a Python"))
        .current_dir(project.dir.path())
        .env("HF_HOME", project.path("hub"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(scripts.join(script))
        .args(directories)
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in said.lines() {
        say(&format!("readers: {line}"));
    }
    said
}
