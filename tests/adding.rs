//! docs/adding-a-dataset.md, walked through: each of its files is written, each of its commands is run, in their order.

use std::fs;
use std::path::Path;

use crate::support::Project;

enum Step {
    /// A file of the project and its text.
    Write(String, String),
    /// The words after `flanc`.
    Run(Vec<String>),
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(file) = fence.split(' ').find_map(|word| word.strip_prefix("file=")) {
            steps.push(Step::Write(file.to_string(), body.join("\n") + "\n"));
        } else if fence == "console" {
            let commands = body.iter().filter_map(|line| line.strip_prefix("$ flanc "));
            steps.extend(commands.map(|line| Step::Run(line.split(' ').map(str::to_string).collect())));
        }
    }
    steps
}

/// A copy of the library: what is written must not land in the repository.
fn copy_of_the_library() -> Project {
    let project = Project::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["datasets", "templates", "golden"] {
        copy(&root.join(folder), &project.path(folder));
    }
    project
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn a_newcomer_adds_a_dataset() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/adding-a-dataset.md")).expect("the page");
    let project = copy_of_the_library();
    let (mut written, mut ran) = (0, 0);
    for step in steps(&page) {
        match step {
            Step::Write(file, text) => {
                project.write(&file, &text);
                written += 1;
            }
            Step::Run(words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                project.run(&words).ok();
                ran += 1;
            }
        }
    }
    assert_eq!((written, ran), (5, 11));
    let shown = project
        .run(&["show", "kettle_reviews", "--rows", "20", "--format", "json"])
        .ok()
        .json();
    let examples = shown["examples"].as_array().expect("examples");
    assert_eq!(examples.len(), 11 * 3, "one row is neither good nor bad");
    let manifest: serde_json::Value =
        serde_json::from_str(&project.read("build/kettles/manifest.json")).expect("a manifest");
    assert_eq!(manifest["datasets"]["kettle_reviews"]["part"], "evaluated");
}
