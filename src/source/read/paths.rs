//! Which files a table's paths name: wildcards, and captures that become columns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use walkdir::WalkDir;

use super::error::ReadError;

/// One file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the data directory, with `/`.
    pub path: String,
    /// Its size on disk.
    pub bytes: u64,
    /// What the `{name}`s of the path that found it stand for.
    pub captures: Vec<(String, String)>,
}

/// A path as written, made ready to be matched.
struct Pattern {
    /// The pieces before the first one with a wildcard: where the walk begins.
    base: String,
    /// `None`: the path names one file.
    matcher: Option<Regex>,
    captures: Vec<String>,
    /// How far below `base` a match can be.
    depth: usize,
}

/// The files that `paths` name, sorted and each once; a path that names none is an error.
pub(super) fn find(paths: &[String], root: &Path) -> Result<Vec<SourceFile>, ReadError> {
    let mut files: BTreeMap<String, SourceFile> = BTreeMap::new();
    for path in paths {
        let found = expand(path, root)?;
        if found.is_empty() {
            let error = ReadError::new("no such file").in_file(path);
            return Err(error.help(format!("looked below `{}`", root.display())));
        }
        for file in found {
            files.entry(file.path.clone()).or_insert(file);
        }
    }
    Ok(files.into_values().collect())
}

/// The names that a path captures, in the order in which it does.
pub(super) fn capture_names(paths: &[String]) -> Result<Vec<String>, ReadError> {
    let mut names: Vec<String> = Vec::new();
    for path in paths {
        for name in Pattern::new(path)?.captures {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

pub(super) fn expand(path: &str, root: &Path) -> Result<Vec<SourceFile>, ReadError> {
    let pattern = Pattern::new(path)?;
    let base = root.join(&pattern.base);
    let Some(matcher) = &pattern.matcher else {
        return match std::fs::metadata(&base) {
            Ok(found) if found.is_dir() => Err(ReadError::new("this is a directory, not a file")
                .in_file(path)
                .help(format!("say `{}/**/*` for every file below it", pattern.base))),
            Ok(found) => Ok(vec![SourceFile {
                path: pattern.base,
                bytes: found.len(),
                captures: Vec::new(),
            }]),
            Err(error) if is_absence(&error) => Ok(Vec::new()),
            Err(error) => Err(ReadError::from(error).in_file(path)),
        };
    };
    if !base.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(&base)
        .follow_links(true)
        .min_depth(1)
        .max_depth(pattern.depth)
    {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => match broken(error, root, matcher) {
                Some(error) => return Err(error),
                None => continue,
            },
        };
        let relative = relative(entry.path(), root);
        let Some(captured) = matcher.captures(&relative) else {
            continue;
        };
        if !entry.file_type().is_file() {
            continue;
        }
        if entry.path().to_str().is_none() {
            return Err(ReadError::new("the name of this file is not UTF-8").in_file(&relative));
        }
        let bytes = entry
            .metadata()
            .map_err(|e| ReadError::new(e.to_string()).in_file(&relative))?
            .len();
        let captures = pattern
            .captures
            .iter()
            .filter_map(|name| Some((name.clone(), captured.name(name)?.as_str().to_string())));
        files.push(SourceFile {
            captures: captures.collect(),
            bytes,
            path: relative,
        });
    }
    Ok(files)
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

/// A link that goes nowhere or round in circles matters only where it is one of the files asked for.
fn broken(error: walkdir::Error, root: &Path, matcher: &Regex) -> Option<ReadError> {
    if error.loop_ancestor().is_some() {
        return None;
    }
    let relative = error.path().map(|path| relative(path, root)).unwrap_or_default();
    let absent = error.io_error().is_some_and(is_absence);
    (!absent || matcher.is_match(&relative)).then(|| ReadError::new(error.to_string()).in_file(&relative))
}

fn relative(path: &Path, root: &Path) -> String {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).components().collect();
    let pieces: Vec<_> = below
        .components()
        .map(|piece| piece.as_os_str().to_string_lossy())
        .collect();
    pieces.join("/")
}

impl Pattern {
    fn new(path: &str) -> Result<Pattern, ReadError> {
        if path.starts_with('/') || Path::new(path).is_absolute() || path.split('/').any(|piece| piece == "..") {
            let error = ReadError::new("a path of a source stays inside the data directory").in_file(path);
            return Err(error.help("write it relative to the data directory, without `..`"));
        }
        let pieces: Vec<&str> = path
            .split('/')
            .filter(|piece| !piece.is_empty() && *piece != ".")
            .collect();
        if pieces.is_empty() {
            return Err(ReadError::new("this path is empty").in_file(path));
        }
        let plain = pieces.iter().take_while(|piece| !has_wildcard(piece)).count();
        let base = pieces[..plain].join("/");
        if plain == pieces.len() {
            return Ok(Pattern {
                base,
                matcher: None,
                captures: Vec::new(),
                depth: 0,
            });
        }
        let mut captures = Vec::new();
        let matcher = translate(&pieces, &mut captures).map_err(|error| error.in_file(path))?;
        let depth = if pieces.contains(&"**") {
            usize::MAX
        } else {
            pieces.len() - plain
        };
        Ok(Pattern {
            base,
            matcher: Some(matcher),
            captures,
            depth,
        })
    }
}

fn has_wildcard(piece: &str) -> bool {
    piece.contains(['*', '?'])
        || piece
            .char_indices()
            .any(|(at, c)| c == '{' && name_in_braces(&piece[at..]).is_some())
}

/// The `name` of a text that starts with `{name}`.
fn name_in_braces(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let mut letters = name.chars();
    let first = letters.next()?;
    let fits = (first.is_ascii_alphabetic() || first == '_') && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    fits.then_some(name)
}

/// The pattern as a regular expression. Everything that is not a wildcard is itself: names of real files
/// hold brackets, parentheses and spaces, which glob syntaxes give meanings to.
fn translate(pieces: &[&str], captures: &mut Vec<String>) -> Result<Regex, ReadError> {
    let mut out = String::from("(?s)^");
    for (i, piece) in pieces.iter().enumerate() {
        let last = i + 1 == pieces.len();
        if *piece == "**" {
            out.push_str(if last { ".+" } else { "(?:[^/]+/)*" });
            continue;
        }
        let mut rest = *piece;
        while let Some(c) = rest.chars().next() {
            let mut taken = c.len_utf8();
            match c {
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                _ => match name_in_braces(rest) {
                    Some(name) if captures.iter().any(|known| known == name) => {
                        return Err(ReadError::new(format!("`{{{name}}}` stands in this path twice")));
                    }
                    Some(name) => {
                        out.push_str(&format!("(?<{name}>[^/]+)"));
                        captures.push(name.to_string());
                        taken = name.len() + 2;
                    }
                    None => out.push_str(&regex::escape(&rest[..taken])),
                },
            }
            rest = &rest[taken..];
        }
        if !last {
            out.push('/');
        }
    }
    out.push('$');
    Regex::new(&out).map_err(|_| ReadError::new("this path is too long to be matched"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        root
    }

    fn found(root: &tempfile::TempDir, path: &str) -> Vec<String> {
        find(&[path.to_string()], root.path())
            .unwrap()
            .into_iter()
            .map(|file| file.path)
            .collect()
    }

    #[test]
    fn wildcards_stay_inside_a_piece_and_two_stars_cross_them() {
        let root = tree(&["a/x.txt", "a/b/x.txt", "a/b/c/y.txt", "z.txt"]);
        assert_eq!(found(&root, "a/*.txt"), ["a/x.txt"]);
        assert_eq!(found(&root, "a/**/x.txt"), ["a/b/x.txt", "a/x.txt"]);
        assert_eq!(found(&root, "a/**/*"), ["a/b/c/y.txt", "a/b/x.txt", "a/x.txt"]);
        assert_eq!(found(&root, "a/**"), ["a/b/c/y.txt", "a/b/x.txt", "a/x.txt"]);
        assert_eq!(found(&root, "?.txt"), ["z.txt"]);
    }

    #[test]
    fn names_with_brackets_and_spaces_are_themselves() {
        let root = tree(&["val [1] - (ALL).csv", "val 1.csv"]);
        assert_eq!(found(&root, "val [1] - (ALL).csv"), ["val [1] - (ALL).csv"]);
        assert_eq!(found(&root, "val [1]*"), ["val [1] - (ALL).csv"]);
    }

    #[test]
    fn captures_come_with_the_file_and_never_match_a_slash() {
        let root = tree(&["train/pos/12_9.txt", "train/pos/x/1_2.txt"]);
        let files = find(&["train/{label}/{id}_{rating}.txt".to_string()], root.path()).unwrap();
        assert_eq!(files.len(), 1);
        let pairs: Vec<_> = files[0]
            .captures
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, [("label", "pos"), ("id", "12"), ("rating", "9")]);
    }

    #[test]
    fn a_file_that_two_paths_find_is_read_once() {
        let root = tree(&["b.txt", "a.txt"]);
        let files = find(&["b.txt".to_string(), "*.txt".to_string()], root.path()).unwrap();
        assert_eq!(
            files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            ["a.txt", "b.txt"]
        );
    }

    #[test]
    fn what_cannot_be_found_is_said() {
        let root = tree(&["dir/a.txt"]);
        let error = |path: &str| find(&[path.to_string()], root.path()).unwrap_err();
        assert_eq!(error("dir").help.unwrap(), "say `dir/**/*` for every file below it");
        assert_eq!(error("none.txt").to_string(), "none.txt: no such file");
        assert!(error("../a").message.contains("inside the data directory"));
        assert!(error("/etc/passwd").message.contains("inside the data directory"));
        assert!(error("dir/a.txt/b").message.contains("no such file"));
    }
}
