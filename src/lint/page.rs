//! The page of a rule: what it finds, why that matters, bad and good, and how to mend it.
//!
//! A page is Markdown with fixed headings. Its ```` ```flan bad ```` and ```` ```flan good ```` blocks are projects (or
//! stand in one, with `in=NAME`), and a test lints each; a ```` ```jsonl ```` block before them holds their rows.

use super::rule::{Group, Rule};

/// A block of a page.
#[derive(Debug, PartialEq)]
pub struct Block<'p> {
    pub bad: bool,
    /// The project it stands in, where it is not one by itself.
    pub around: Option<&'p str>,
    pub text: String,
    /// The rows of the dataset.
    pub rows: Option<String>,
}

/// The headings of a page, in their order.
pub const HEADINGS: &[&str] = &["## Why", "## Bad", "## Good", "## How to fix"];

/// What a rule finds, in one sentence: the first paragraph of its page.
pub fn summary(rule: &Rule) -> String {
    let paragraph = rule.page.split("\n\n").nth(1).unwrap_or_default();
    paragraph.replace('\n', " ")
}

/// The blocks of a page that a test lints.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block> = Vec::new();
    let mut rows: Option<String> = None;
    let mut inside: Option<Vec<&str>> = None;
    let mut text = String::new();
    for line in page.lines() {
        match (&inside, line.strip_prefix("```")) {
            (None, Some(fence)) => {
                inside = Some(fence.split_whitespace().collect());
                text.clear();
            }
            (Some(words), Some("")) => {
                match words.as_slice() {
                    ["jsonl", ..] => rows = Some(text.clone()),
                    ["flan", rest @ ..] => found.push(Block {
                        bad: rest.contains(&"bad"),
                        around: rest.iter().find_map(|word| word.strip_prefix("in=")),
                        text: text.clone(),
                        rows: rows.clone(),
                    }),
                    _ => {}
                }
                inside = None;
            }
            (Some(_), _) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    found
}

/// A page as it is printed and as it stands in docs/rules/.
pub fn printed(rule: &Rule) -> String {
    let (title, rest) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    let fences: Vec<String> = rest
        .lines()
        .map(|line| match line.strip_prefix("```flan ") {
            Some(_) => "```flan".to_string(),
            None => line.to_string(),
        })
        .collect();
    let by_default = if rule.default { "" } else { " · off unless selected" };
    let (group, severity) = (rule.group.name(), rule.severity.name());
    format!(
        "{title}\n\n{} · {severity} · group `{group}`{by_default}\n{}\n",
        rule.code,
        fences.join("\n").trim_end()
    )
}

/// docs/rules/README.md: all rules by group.
pub fn index() -> String {
    let mut out = "# Rules\n\nThese pages are produced from the rules: `FLANC_UPDATE=1 cargo test rule_pages` writes them again.\n`flanc rule CODE` prints one, and [lint.md](../lint.md) says how they are chosen and allowed.\n".to_string();
    for group in Group::ALL {
        let rules: Vec<_> = super::rule::all().iter().filter(|rule| rule.group == group).collect();
        out.push_str(&format!(
            "\n## {} ({})\n\n{}.\n\n| code | name | severity | what it finds |\n|---|---|---|---|\n",
            group.name(),
            group.letters(),
            capital(group.about())
        ));
        for rule in rules {
            let off = if rule.default { "" } else { ", off" };
            out.push_str(&format!(
                "| [{}]({}.md) | {} | {}{off} | {} |\n",
                rule.code,
                rule.name,
                rule.name,
                rule.severity.name(),
                summary(rule).replace('|', "\\|")
            ));
        }
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or(String::new(), |c| c.to_uppercase().to_string() + letters.as_str())
}
