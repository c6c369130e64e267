//! `flanc fmt`: files laid out the one way there is.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::args::{Common, Fmt};
use super::output;
use super::patch::patch;
use crate::diagnostic::{self, Sources};
use crate::files;
use crate::project;
use crate::syntax;
use crate::text;

pub fn run(common: &Common, command: &Fmt) -> anyhow::Result<ExitCode> {
    if command.stdin {
        let mut given = String::new();
        std::io::stdin()
            .read_to_string(&mut given)
            .context("the standard input is no text")?;
        return Ok(match laid_out(common, "standard input", &given) {
            Some(text) => {
                output::print(&text);
                ExitCode::SUCCESS
            }
            None => output::FOUND,
        });
    }
    let files = files(common, &command.paths)?;
    let (mut changed, mut unread) = (Vec::new(), 0);
    for path in &files {
        let shown = path.display().to_string();
        let before = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let Some(after) = laid_out(common, &shown, &before) else {
            unread += 1;
            continue;
        };
        if after == before {
            continue;
        }
        if command.diff && !common.json() {
            output::print(&patch(&shown, &before, &after, output::paints(common)));
        }
        if !command.check && !command.diff {
            files::replace(path, &after).with_context(|| format!("cannot write {shown}"))?;
        }
        changed.push(shown);
    }
    let only_looks = command.check || command.diff;
    if common.json() {
        output::print_json(&serde_json::json!({ "files": files.len(), "changed": changed, "unread": unread }));
    } else if command.check {
        changed.iter().for_each(|shown| output::print(&format!("{shown}\n")));
    }
    if !common.quiet && !common.json() {
        let verb = if only_looks { "to be laid out" } else { "laid out" };
        output::note(&format!(
            "{} of {} {verb}",
            changed.len(),
            text::count(files.len(), "file")
        ));
    }
    Ok(if unread > 0 || (only_looks && !changed.is_empty()) {
        output::FOUND
    } else {
        ExitCode::SUCCESS
    })
}

/// A file laid out; `None` where it cannot be read, which is reported.
fn laid_out(common: &Common, name: &str, text: &str) -> Option<String> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    match syntax::format(file, text) {
        Ok(text) => Some(text),
        Err(mistakes) => {
            output::note(diagnostic::to_text(&mistakes, &sources, output::color(common)).trim_end());
            output::note(&format!("{name} is left as it is"));
            None
        }
    }
}

/// The files that are meant: those named, those below directories, or else those of the project.
fn files(common: &Common, paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if paths.is_empty() {
        let here = Path::new(".");
        let files = project::files(&common.project)?;
        return Ok(files
            .into_iter()
            .map(|path| path.strip_prefix(here).map(Path::to_path_buf).unwrap_or(path))
            .collect());
    }
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
                let entry = entry.map_err(project::cannot_list)?;
                if entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "flan") {
                    files.push(entry.into_path());
                }
            }
            if files.len() == before {
                bail!(
                    "no `.flan` file is below {}\nhelp: name files, or directories that hold some; without a path, \
                     those of the project are laid out",
                    path.display()
                );
            }
        } else if path.is_file() {
            files.push(path.clone());
        } else {
            bail!("nothing is at {}", path.display());
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}
