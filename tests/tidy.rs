//! What the code promises about itself: which module may know which, and what no file may hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module, bottom to top, with the modules that it may name. What is not listed may not be named, however far below.
const ARROWS: &[(&str, &[&str], &str)] = &[
    ("text", &[], "words for people"),
    ("digest", &[], "identities and draws"),
    ("files", &[], "what is written in one step; knows no content"),
    ("diagnostic", &["text"], "findings with a place"),
    ("select", &["text"], "what `cluster:nli` means, whoever asks"),
    ("sql", &[], "what a select may say, whoever asks"),
    ("metrics", &[], "what an answer is worth; knows no builds"),
    (
        "model",
        &["digest"],
        "token ids to log-probabilities and gradients; knows no texts",
    ),
    (
        "syntax",
        &["diagnostic", "text"],
        "text to tree; knows no rows and no Arrow",
    ),
    ("jinja", &["digest", "text"], "the template language, whoever asks"),
    (
        "catalog",
        &["diagnostic", "jinja", "sql", "syntax", "text"],
        "tree to model; knows no files",
    ),
    (
        "project",
        &["catalog", "diagnostic", "digest", "files", "syntax", "text"],
        "a project's files to its catalog",
    ),
    (
        "import",
        &["catalog", "diagnostic", "syntax"],
        "other people's collections to projects; knows no rows",
    ),
    (
        "source",
        &["catalog", "diagnostic", "digest", "files", "jinja", "project", "text"],
        "files and urls to rows, held to the lock",
    ),
    (
        "render",
        &["catalog", "jinja", "source", "text"],
        "a row through a template; knows no files",
    ),
    (
        "mix",
        &["catalog", "digest", "render", "source", "text"],
        "which rows, how often; writes nothing",
    ),
    (
        "shard",
        &["digest", "files", "text"],
        "records to files; knows no templates, so that who reads a build need not either",
    ),
    (
        "token",
        &["digest", "text"],
        "texts to tokens and packed rows; knows no builds and no models",
    ),
    (
        "train",
        &["digest", "files", "model", "shard", "text", "token"],
        "rows of tokens to a model; knows no templates and no project",
    ),
    (
        "build",
        &[
            "catalog", "digest", "files", "jinja", "mix", "project", "render", "shard", "source", "text", "token",
        ],
        "all steps in order",
    ),
    (
        "lint",
        &[
            "catalog",
            "diagnostic",
            "jinja",
            "mix",
            "project",
            "render",
            "source",
            "text",
        ],
        "what a careful editor would say; prints nothing",
    ),
    (
        "report",
        &["digest", "metrics", "select", "shard", "text"],
        "built directories read back; knows no project",
    ),
    (
        "eval",
        &["digest", "files", "model", "report", "select", "shard", "text", "token"],
        "a model asked about a build; knows no templates",
    ),
    (
        "golden",
        &[
            "build",
            "catalog",
            "diagnostic",
            "digest",
            "files",
            "project",
            "render",
            "report",
            "source",
            "text",
        ],
        "pinned rows through templates, held to what a person accepted; prints nothing",
    ),
    (
        "cli",
        &[
            "build",
            "catalog",
            "diagnostic",
            "digest",
            "eval",
            "files",
            "golden",
            "import",
            "lint",
            "mix",
            "model",
            "project",
            "render",
            "report",
            "select",
            "shard",
            "source",
            "syntax",
            "text",
            "token",
            "train",
        ],
        "arguments in, one function called, tables out",
    ),
];

/// Crates that only some modules may name.
const CRATES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["diagnostic"]),
    ("arrow", &["build", "mix", "shard", "source"]),
    ("bzip2", &["source"]),
    ("candle_core", &["eval", "model", "train"]),
    ("clap", &["cli"]),
    ("console", &["cli"]),
    ("datafusion", &["source", "sql"]),
    ("gemm", &["model"]),
    ("indicatif", &["cli"]),
    ("lzma_rust2", &["source"]),
    ("mimalloc", &["main"]),
    ("minijinja", &["jinja"]),
    ("object_store", &["source"]),
    ("parquet", &["shard", "source"]),
    ("pest", &["syntax"]),
    ("reqwest", &["source"]),
    ("safetensors", &["model"]),
    ("saphyr_parser", &["import"]),
    ("sha2", &["digest", "shard"]),
    ("strsim", &["text"]),
    ("tar", &["source"]),
    ("tokenizers", &["token"]),
    ("tokio", &["source"]),
    ("toml", &["project"]),
    ("typos_dict", &["lint"]),
    ("zip", &["source"]),
];

/// Files of more than 500 lines, each with a reason.
const LONG: &[(&str, &str)] = &[];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of `src/`, with its path from there and its text.
fn files() -> Vec<(String, String)> {
    files_of("src")
}

/// Every Rust file of a folder, with its path from there and its text.
fn files_of(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let folder = root().join(folder);
    let mut found = Vec::new();
    walk(&folder, &mut found);
    found.sort();
    assert!(found.len() > 50, "only {} source files were found", found.len());
    let name = |path: &Path| {
        path.strip_prefix(&folder)
            .expect("below it")
            .to_string_lossy()
            .replace('\\', "/")
    };
    found
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).expect("a source file")))
        .collect()
}

/// The module a file belongs to.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// A line without its comment. A `//` inside a string hides the rest of its line, which no check here minds.
fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// The first names after every `crate::` of a text, those of `crate::{a, b::c}` included.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let clean: String = text.lines().map(|line| code(line).to_string() + "\n").collect();
    let mut found = Vec::new();
    for (at, _) in clean.match_indices("crate::") {
        let line = clean[..at].matches('\n').count() + 1;
        let rest = &clean[at + "crate::".len()..];
        let name = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (0, true);
            for (offset, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        found.push((line, name(&group[offset..])));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push((line, name(rest)));
        }
    }
    found
}

#[test]
fn arrows_between_modules_run_downward() {
    let below: BTreeMap<&str, &[&str]> = ARROWS.iter().map(|(name, may, _)| (*name, *may)).collect();
    for (at, (name, may, _)) in ARROWS.iter().enumerate() {
        for other in *may {
            let lower = ARROWS[..at].iter().any(|(lower, ..)| lower == other);
            assert!(
                lower,
                "the table itself: `{name}` may name `{other}`, which does not stand below it"
            );
        }
    }
    let mut up = Vec::new();
    let mut seen = 0;
    for (file, text) in files() {
        let own = module(&file);
        if matches!(own, "lib" | "main") {
            continue;
        }
        let may = below
            .get(own)
            .unwrap_or_else(|| panic!("src/{file}: module `{own}` is not in the table of tests/tidy.rs"));
        for (line, name) in crate_paths(&text) {
            seen += 1;
            if name != own && !may.contains(&name.as_str()) {
                up.push(format!("src/{file}:{line}: `{own}` may not know `{name}`"));
            }
        }
    }
    assert!(seen > 100, "only {seen} paths were found");
    assert!(up.is_empty(), "{}", up.join("\n"));
}

#[test]
fn a_crate_is_named_only_where_it_belongs() {
    let mut wrong = Vec::new();
    for (file, text) in files() {
        for (name, modules) in CRATES {
            let path = format!("{name}::");
            for (at, line) in text.lines().enumerate() {
                let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '.';
                let named = code(line)
                    .match_indices(&path)
                    .any(|(at, _)| !code(line)[..at].ends_with(inside));
                let derived = *name == "pest" && code(line).contains("pest_derive");
                if (named || derived) && !modules.contains(&module(&file)) {
                    wrong.push(format!("src/{file}:{}: only {modules:?} may name `{name}`", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_holds_loose_ends() {
    // In two halves, so that this file would pass its own test.
    let ends = [
        "TO\u{44}O",
        "FIX\u{4d}E",
        "todo\u{21}(",
        "dbg\u{21}(",
        "unimplemented\u{21}(",
        "#[allow\u{28}",
        "#![allow\u{28}",
    ];
    let mut wrong = Vec::new();
    for (file, text) in files() {
        if !text.starts_with("//!") {
            wrong.push(format!("src/{file}: does not begin with `//!`, what it is for"));
        }
        for (at, line) in text.lines().enumerate() {
            if let Some(end) = ends.iter().find(|end| line.contains(**end)) {
                wrong.push(format!("src/{file}:{}: holds `{end}`", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read_at_once() {
    let mut wrong = Vec::new();
    for (file, text) in files() {
        let lines = text.lines().count();
        let excused = LONG.iter().any(|(name, _)| *name == file);
        if lines > 500 && !excused {
            wrong.push(format!(
                "src/{file} has {lines} lines; divide it, or say why not in tests/tidy.rs"
            ));
        }
        if lines <= 500 && excused {
            wrong.push(format!("src/{file} has {lines} lines and needs no excuse any more"));
        }
    }
    for (file, text) in files_of("tests") {
        let lines = text.lines().count();
        if lines > 500 {
            wrong.push(format!("tests/{file} has {lines} lines; divide it by what it tries"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let (mut inside, mut seen, mut bare) = (false, 0, Vec::new());
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if inside && line.contains('=') && !line.trim_start().starts_with('#') {
            seen += 1;
            let said = line.rsplit_once('#').is_some_and(|(_, why)| why.trim().len() > 1);
            if !said {
                bare.push(line);
            }
        }
    }
    assert!(seen > 20, "only {seen} dependencies were found");
    assert!(bare.is_empty(), "without a comment: {bare:#?}");
}
