//! docs/cli.md is what the program says of itself.

use std::path::Path;

#[test]
fn cli_reference_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let produced = flanc::cli::reference();
    if std::env::var_os("FLANC_UPDATE").is_some() {
        std::fs::write(&path, &produced).expect("docs/cli.md");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == produced,
        "docs/cli.md is not what the program says: FLANC_UPDATE=1 cargo test cli_reference"
    );
}

/// Words add up: a split or a role that stands alone beside another word selects all of that split.
#[test]
fn examples_do_not_add_up_what_should_both_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    let docs = std::fs::read_dir(root.join("docs")).expect("docs");
    pages.extend(docs.map(|entry| entry.expect("an entry").path()));
    for page in pages.iter().filter(|page| page.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(page).expect("a page");
        let of_builds = ["flanc stats", "flanc diff", "flanc trace"];
        for line in text
            .lines()
            .filter(|line| of_builds.iter().any(|name| line.contains(name)))
        {
            let line = line.split("--").next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            for (before, word) in words.iter().zip(words.iter().skip(1)) {
                let alone = word.starts_with("split:") || word.starts_with("role:");
                let builds = before.contains('/') || *before == "stats";
                assert!(!alone || builds, "{}: {line}", page.display());
            }
        }
    }
}
