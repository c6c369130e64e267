//! Which files a table's paths name: wildcards, urls, members of archives, and captures that become columns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::archive::Archive;
use super::error::ReadError;
use super::pattern::Pattern;
use crate::catalog::{At, Location};
use crate::source::place::Place;

/// One file of a table.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the data directory, with `/`, or a url; a member of an archive follows `//`.
    pub path: String,
    /// Its size; that of a member once it is unpacked.
    pub bytes: u64,
    /// What the `{name}`s of the path that found it stand for.
    pub captures: Vec<(String, String)>,
    pub(super) content: Content,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
pub(super) enum Content {
    File(PathBuf),
    /// A member, by its place in the archive.
    Member(Arc<Archive>, usize),
}

impl SourceFile {
    /// A whole file on disk.
    pub(in crate::source) fn whole(path: String, bytes: u64, local: PathBuf) -> SourceFile {
        SourceFile {
            path,
            bytes,
            captures: Vec::new(),
            content: Content::File(local),
        }
    }

    /// Where it lies on disk; `None` for a member of an archive.
    pub(in crate::source) fn local(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path) => Some(path),
            Content::Member(..) => None,
        }
    }

    /// The name of the file that lies on disk: the archive, of a member.
    pub fn on_disk(&self) -> &str {
        match self.content {
            Content::File(_) => &self.path,
            Content::Member(..) => on_disk(&self.path),
        }
    }
}

const DIRECTORY: &str = "this is a directory, not a file";

/// The name of the file on disk that a name in `_file` is of.
pub fn on_disk(name: &str) -> &str {
    let scheme = name.find("://").map_or(0, |at| at + 3);
    let end = name.get(scheme..).and_then(|rest| rest.find("//"));
    end.and_then(|end| name.get(..scheme + end)).unwrap_or(name)
}

/// The files that `paths` name, sorted and each once; a path that names none is an error. All of them are on this machine
/// and hold what the lock says.
pub(super) fn find(paths: &[String], place: &Place) -> Result<Vec<SourceFile>, ReadError> {
    let mut files: BTreeMap<String, SourceFile> = BTreeMap::new();
    for path in paths {
        let location = parse(path)?;
        let found = whole_files(&location, place).map_err(|error| match location.member {
            Some(_) if error.message == DIRECTORY => {
                error.help("`//` leads into an archive; what is in a directory follows one `/`")
            }
            _ => error,
        })?;
        if found.is_empty() {
            let error = ReadError::new("no such file").in_file(&location.file);
            return Err(error.help(format!("looked below `{}`", place.data.display())));
        }
        place.admit(&location, &found)?;
        let found = match &location.member {
            None => found,
            Some(member) => members(found, member, place)?,
        };
        for file in found {
            files.entry(file.path.clone()).or_insert(file);
        }
    }
    Ok(files.into_values().collect())
}

/// Takes a path apart.
pub(in crate::source) fn parse(path: &str) -> Result<Location, ReadError> {
    Location::parse(path).map_err(|error| ReadError::new(error.message).help(error.help).in_file(path))
}

/// The names that a path captures, in the order in which it does.
pub(super) fn capture_names(paths: &[String]) -> Result<Vec<String>, ReadError> {
    let mut names: Vec<String> = Vec::new();
    for path in paths {
        let location = parse(path)?;
        let mut own = match &location.at {
            At::Web => Vec::new(),
            At::Data => Pattern::new(&location.file)?.captures,
            At::Hub { path, .. } | At::Bucket { key: path, .. } => Pattern::new(path)?.captures,
        };
        if let Some(member) = &location.member {
            for name in Pattern::new(member)?.captures {
                if own.contains(&name) {
                    return Err(ReadError::new(format!("`{{{name}}}` stands in this path twice")).in_file(path));
                }
                own.push(name);
            }
        }
        for name in own {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

/// The whole files that a location names, archives unopened: those that lie below the data directory, and those that the
/// lock knows for a url.
pub(in crate::source) fn whole_files(location: &Location, place: &Place) -> Result<Vec<SourceFile>, ReadError> {
    match location.at {
        At::Data => walk(&location.file, &place.data),
        _ => place.remote(location),
    }
}

/// The members of archives that a pattern names.
fn members(archives: Vec<SourceFile>, pattern: &str, place: &Place) -> Result<Vec<SourceFile>, ReadError> {
    let matcher = Pattern::new(pattern)?;
    let mut files = Vec::new();
    for outer in archives {
        let Content::File(local) = &outer.content else { continue };
        let archive = place.archive(&outer.path, local).map_err(|e| e.in_file(&outer.path))?;
        let mut found = 0;
        for (at, member) in archive.members().iter().enumerate() {
            let Some(captures) = matcher.matches(&member.name) else {
                continue;
            };
            found += 1;
            let path = format!("{}//{}", outer.path, member.name);
            if let Some(why) = member.refused() {
                return Err(ReadError::new(why).in_file(&path));
            }
            files.push(SourceFile {
                path,
                bytes: member.bytes,
                captures: outer.captures.iter().cloned().chain(captures).collect(),
                content: Content::Member(archive.clone(), at),
            });
        }
        if found == 0 {
            let names = archive.members().iter().map(|member| member.name.as_str());
            return Err(ReadError::new(format!("this archive has no member `{pattern}`"))
                .in_file(&outer.path)
                .suggesting(pattern, names));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    match files.windows(2).find(|pair| pair[0].path == pair[1].path) {
        None => Ok(files),
        Some(twice) => Err(ReadError::new("two members of the archive have this name").in_file(&twice[0].path)),
    }
}

/// The files below the data directory that a path without a member names.
fn walk(path: &str, root: &Path) -> Result<Vec<SourceFile>, ReadError> {
    let pattern = Pattern::new(path)?;
    let base = root.join(&pattern.base);
    if pattern.is_plain() {
        return match std::fs::metadata(&base) {
            Ok(found) if found.is_dir() => Err(ReadError::new(DIRECTORY)
                .in_file(path)
                .help(format!("say `{}/**/*` for every file below it", pattern.base))),
            Ok(found) if !found.is_file() => Err(irregular(path)),
            Ok(found) => Ok(vec![SourceFile::whole(pattern.base, found.len(), base)]),
            Err(error) if is_absence(&error) => Ok(Vec::new()),
            Err(error) => Err(ReadError::from(error).in_file(path)),
        };
    }
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
            Err(error) => match broken(error, root, &pattern) {
                Some(error) => return Err(error),
                None => continue,
            },
        };
        let relative = relative(entry.path(), root);
        let Some(captures) = pattern.matches(&relative) else {
            continue;
        };
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            return Err(irregular(&relative));
        }
        if entry.path().to_str().is_none() {
            return Err(ReadError::new("the name of this file is not UTF-8").in_file(&relative));
        }
        let bytes = entry
            .metadata()
            .map_err(|e| ReadError::new(e.to_string()).in_file(&relative))?
            .len();
        files.push(SourceFile {
            captures,
            ..SourceFile::whole(relative, bytes, entry.into_path())
        });
    }
    Ok(files)
}

/// A pipe that nobody writes to, or a device without an end, would be waited for without an end.
fn irregular(path: &str) -> ReadError {
    ReadError::new("this is no regular file")
        .in_file(path)
        .help("pipes, sockets and devices are not read: write what they give into a file")
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

/// A link that goes nowhere or round in circles matters only where it is one of the files asked for.
fn broken(error: walkdir::Error, root: &Path, pattern: &Pattern) -> Option<ReadError> {
    if error.loop_ancestor().is_some() {
        return None;
    }
    let relative = error.path().map(|path| relative(path, root)).unwrap_or_default();
    let absent = error.io_error().is_some_and(is_absence);
    (!absent || pattern.matches(&relative).is_some()).then(|| ReadError::new(error.to_string()).in_file(&relative))
}

fn relative(path: &Path, root: &Path) -> String {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).components().collect();
    let pieces: Vec<_> = below
        .components()
        .map(|piece| piece.as_os_str().to_string_lossy())
        .collect();
    pieces.join("/")
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
        find(&[path.to_string()], &root.path().into())
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
        let files = find(&["train/{label}/{id}_{rating}.txt".to_string()], &root.path().into()).unwrap();
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
        let files = find(&["b.txt".to_string(), "*.txt".to_string()], &root.path().into()).unwrap();
        assert_eq!(
            files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            ["a.txt", "b.txt"]
        );
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let root = tree(&["a/x.txt", "x.txt"]);
        let made = std::process::Command::new("mkfifo")
            .arg(root.path().join("pipe.txt"))
            .status();
        assert!(made.unwrap().success());
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, root.path().join(name)).unwrap();
        link("/dev/zero", "zeros");
        link("x.txt", "link.txt");
        link("a", "directory");
        let error = |path: &str| find(&[path.to_string()], &root.path().into()).unwrap_err().to_string();
        assert_eq!(error("pipe.txt"), "pipe.txt: this is no regular file");
        assert_eq!(error("p*.txt"), "pipe.txt: this is no regular file");
        assert_eq!(error("zeros"), "zeros: this is no regular file");
        assert_eq!(error("z*"), "zeros: this is no regular file");
        assert_eq!(found(&root, "link.txt"), ["link.txt"]);
        assert_eq!(found(&root, "d*/**"), ["directory/x.txt"]);
        assert_eq!(found(&root, "l*"), ["link.txt"]);
    }

    #[test]
    fn what_cannot_be_found_is_said() {
        let root = tree(&["dir/a.txt"]);
        let error = |path: &str| find(&[path.to_string()], &root.path().into()).unwrap_err();
        assert_eq!(error("dir").help.unwrap(), "say `dir/**/*` for every file below it");
        assert!(error("dir//a.txt").help.unwrap().contains("follows one `/`"));
        assert_eq!(error("none.txt").to_string(), "none.txt: no such file");
        assert!(error("../a").message.contains("inside the data directory"));
        assert!(error("/etc/passwd").message.contains("inside the data directory"));
        assert!(error("dir/a.txt/b").message.contains("no such file"));
    }
}
