//! What `flanc lint` is asked to look at: files and directories of the project, a selection, or both, which add up.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::args::{Lint, Selecting};
use super::chosen::{self, Chosen};
use crate::lint::Part;
use crate::project::Project;

/// What was named, in halves: what either has is looked at.
pub struct Named {
    halves: Vec<Half>,
}

/// Files and directories of the project, all where none are said, and what is chosen of what stands there.
struct Half {
    paths: Vec<PathBuf>,
    chosen: Chosen,
}

impl Named {
    /// What the words of a command name. An error where one of them names nothing, and where nothing is left.
    pub fn of(project: &Project, command: &Lint) -> anyhow::Result<Self> {
        let (paths, words) = paths_and_words(project, &command.what)?;
        let choose = |words: Vec<String>| {
            let against = command.against.clone();
            chosen::of_project(
                project,
                &Selecting {
                    selection: words,
                    against,
                },
            )
        };
        let away: Vec<String> = words.iter().filter(|word| takes_away(word)).cloned().collect();
        let mut halves = Vec::new();
        if paths.is_empty() || away.len() < words.len() {
            let chosen = choose(words)?;
            let paths = Vec::new();
            halves.push(Half { paths, chosen });
        }
        if !paths.is_empty() {
            // What takes away does so from files, too.
            let said = away.join(" ");
            let chosen = choose(away)?;
            let half = Half { paths, chosen };
            if halves.is_empty() && !half.has_something(project) {
                bail!(
                    "nothing is left of {} by `{said}`\nhelp: words add up, and those with `not:` take away from all that is named",
                    half.paths
                        .iter()
                        .map(|path| path.display().to_string())
                        .collect::<Vec<_>>()
                        .join(" ")
                );
            }
            halves.push(half);
        }
        Ok(Self { halves })
    }

    /// Whether nothing was named, so that nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.halves
            .iter()
            .any(|half| half.paths.is_empty() && half.chosen.everything)
    }

    /// As parts of what is to be looked at.
    pub fn parts<'a>(&'a self, project: &'a Project) -> Vec<Part<'a>> {
        self.halves.iter().map(|half| half.part(project)).collect()
    }
}

impl Half {
    fn has_file(&self, file: &str) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| Path::new(file).starts_with(path))
    }

    /// Whether an item that stands in its files is of no dataset, or of one that is chosen.
    fn has_something(&self, project: &Project) -> bool {
        let mut items = project
            .outline
            .iter()
            .filter(|item| self.has_file(project.sources.name(item.span.file)));
        let of = |id: &String| self.chosen.has_dataset(id);
        self.chosen.everything || items.any(|item| item.datasets.is_empty() || item.datasets.iter().any(of))
    }

    fn part<'a>(&'a self, project: &'a Project) -> Part<'a> {
        let chosen = &self.chosen;
        Part {
            dataset: Box::new(|id| chosen.everything || chosen.has_dataset(id)),
            template: Box::new(|dataset, template| chosen.everything || chosen.has_template(dataset, template)),
            place: Box::new(|span| chosen.everything || chosen.concerns(project, span)),
            file: Box::new(|file| self.has_file(file)),
            everything: chosen.everything,
        }
    }
}

/// Whether a word takes away from what the others name.
fn takes_away(word: &str) -> bool {
    (word.starts_with("not:") || word.starts_with('!')) && !word.contains(',')
}

/// Which words name files or directories with `.flan` files of the project, as paths within it; the others are a
/// selection.
fn paths_and_words(project: &Project, what: &[String]) -> anyhow::Result<(Vec<PathBuf>, Vec<String>)> {
    let (mut paths, mut words) = (Vec::new(), Vec::new());
    let files: Vec<&str> = project.sources.ids().map(|id| project.sources.name(id)).collect();
    for word in what {
        let declared = project.outline.iter().any(|item| item.datasets.contains(word));
        match path_in(project, word) {
            Some(path)
                if files
                    .iter()
                    .any(|file| file.ends_with(".flan") && Path::new(file).starts_with(&path)) =>
            {
                paths.push(path);
            }
            // The data of a dataset may lie in a directory of its name.
            _ if declared => words.push(word.clone()),
            Some(_) => bail!(
                "{word} holds no template and no declaration\nhelp: those stand in `.flan` files at the project's root \
                 and below datasets/ and templates/; name such a file, a directory with some, or a dataset"
            ),
            // A selection has no ending of files.
            None if word.ends_with(".flan") => bail!("nothing is at {word}, here or in the project"),
            None => words.push(word.clone()),
        }
    }
    Ok((paths, words))
}

/// A word as a path within the project, where something lies there.
fn path_in(project: &Project, word: &str) -> Option<PathBuf> {
    let root = project.root.canonicalize().ok()?;
    let found = [PathBuf::from(word), project.root.join(word)]
        .into_iter()
        .find_map(|path| path.canonicalize().ok())?;
    found.strip_prefix(&root).ok().map(Path::to_path_buf)
}
