//! Every example of the documentation, checked as a project of its own.
//!
//! A block that begins with ```` ```flan ```` must be without mistakes; `bad=CODE` says which mistake it shows, and
//! `in=NAME` that it stands in place of the line `// HERE` of `tests/language/NAME.flan`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::Project;

struct Block {
    /// `FILE:LINE` of its fence.
    place: String,
    words: Vec<String>,
    text: String,
}

impl Block {
    fn option(&self, name: &str) -> Option<&str> {
        self.words.iter().find_map(|w| w.strip_prefix(name)?.strip_prefix('='))
    }

    /// The project file that the block is, or stands in.
    fn file(&self) -> String {
        let Some(around) = self.option("in") else {
            return self.text.clone();
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/language/{around}.flan"));
        let around = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", self.place));
        let (before, after) = around.split_once("// HERE").expect("a place for the block");
        format!("{before}\n{}{after}", self.text)
    }
}

fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .expect("docs/")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page");
        let name = page.file_name().expect("a name").to_string_lossy().into_owned();
        let mut inside = None;
        for (at, line) in text.lines().enumerate() {
            match (inside, line.strip_prefix("```")) {
                (None, Some(fence)) => {
                    let mut words = fence.split_whitespace().map(str::to_string);
                    // A file of docs/adding-a-dataset.md stands in its project: tests/adding.rs.
                    let ours = words.next().as_deref() == Some("flan") && !fence.contains("file=");
                    inside = Some(ours);
                    if ours {
                        blocks.push(Block {
                            place: format!("docs/{name}:{}", at + 1),
                            words: words.collect(),
                            text: String::new(),
                        });
                    }
                }
                (Some(_), Some("")) => inside = None,
                (Some(true), _) => {
                    let block = blocks.last_mut().expect("the block that is open");
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                _ => {}
            }
        }
    }
    blocks
}

#[test]
fn every_example_of_the_documentation_compiles() {
    let blocks = blocks();
    assert!(blocks.len() > 50, "only {} examples were found", blocks.len());
    let mut wrong = Vec::new();
    for block in &blocks {
        let unknown = block
            .words
            .iter()
            .find(|w| !w.starts_with("bad=") && !w.starts_with("in="));
        assert!(unknown.is_none(), "{}: what is `{}`?", block.place, unknown.unwrap());
        let project = Project::new();
        project.write("example.flan", &block.file());
        let run = project.run(&["check", "--format", "json"]);
        let found: BTreeSet<String> = run.json()["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|d| d["code"].as_str().expect("a code").to_string())
            .collect();
        let wanted: BTreeSet<String> = block.option("bad").map(str::to_string).into_iter().collect();
        if found != wanted {
            let shown = project.run(&["check"]).stderr;
            wrong.push(format!("{}: wanted {wanted:?}, found {found:?}\n{shown}", block.place));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Keywords of the grammar, each a construct that the reference has to show.
#[test]
fn the_reference_shows_every_keyword_of_the_grammar() {
    let grammar = include_str!("../grammar/flan.pest");
    let shown: String = blocks().into_iter().map(|block| block.text).collect();
    let words: BTreeSet<&str> = shown.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let keywords: Vec<&str> = grammar
        .lines()
        .filter(|line| line.contains("!word_char }") && line.contains('='))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(keywords.len() > 80, "only {} keywords were found", keywords.len());
    let missing: Vec<&&str> = keywords.iter().filter(|word| !words.contains(**word)).collect();
    assert!(missing.is_empty(), "docs/language.md has no example with {missing:?}");
}

#[test]
fn the_table_of_contents_is_complete() {
    let text = include_str!("../docs/language.md");
    let slug = |title: &str| -> String {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars()
            .filter(|c| c.is_alphanumeric() || "-_".contains(*c))
            .collect()
    };
    let mut inside = false;
    let mut missing = Vec::new();
    for line in text.lines() {
        inside ^= line.starts_with("```");
        if let Some(title) = line
            .strip_prefix("## ")
            .or(line.strip_prefix("### "))
            .filter(|_| !inside)
        {
            let entry = format!("[{title}](#{})", slug(title));
            if !text.contains(&entry) {
                missing.push(entry);
            }
        }
    }
    assert!(missing.is_empty(), "not in the table of contents: {missing:?}");
}
