//! Reads a project: every file in order of its name, all mistakes of all files together.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Config;
use super::outline::{Declared, mixtures, outline};
use crate::catalog::{self, Catalog};
use crate::diagnostic::{self, Diagnostic, Sources, Span};
use crate::digest::{Digest, Hasher};
use crate::syntax;

/// A project as read: what is sound, and what is wrong.
pub struct Project {
    pub root: PathBuf,
    pub config: Config,
    pub catalog: Catalog,
    pub sources: Sources,
    pub diagnostics: Vec<Diagnostic>,
    /// Every item, sound or not, in the order of the files.
    pub outline: Vec<Declared>,
    /// A digest over the names and texts of all `.flan` files.
    pub digest: Digest,
}

impl Project {
    /// The mixture that is meant where none is named: that of flanc.toml, or `flan`, or the only one there is.
    pub fn mixture(&self) -> &str {
        let said = &self.config.build.mixture;
        let mut names = self.catalog.mixtures.keys();
        match (names.next(), names.next()) {
            (Some(only), None) if !self.catalog.mixtures.contains_key(said) => only,
            _ => said,
        }
    }
}

/// Reads the project at `root`. Fails where the disk does, and where no project is.
pub fn load(root: &Path) -> anyhow::Result<Project> {
    let files = files(root)?;
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let config_path = root.join("flanc.toml");
    let mut config = Config::default();
    let mut written = None;
    if config_path.is_file() {
        let text =
            fs::read_to_string(&config_path).with_context(|| format!("cannot read {}", config_path.display()))?;
        let file = sources.add("flanc.toml", text.clone());
        let mut parsed = Config::parse(file, &text);
        diagnostics.append(&mut parsed.mistakes);
        if diagnostics.is_empty() {
            config = parsed.config.clone();
        }
        written = Some(parsed);
    }
    let mut items = Vec::new();
    let mut hasher = Hasher::new("catalog");
    for path in files {
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        hasher.part(name.as_bytes()).part(&bytes);
        match String::from_utf8(bytes) {
            Ok(text) => {
                let file = sources.add(name, text);
                let (mut found, mut mistakes) = syntax::parse(file, sources.text(file));
                items.append(&mut found);
                diagnostics.append(&mut mistakes);
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let file = sources.add(name, String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned());
                let span = Span {
                    file,
                    start: valid,
                    end: valid,
                };
                diagnostics.push(
                    Diagnostic::error("not-utf8", span, "this file is not UTF-8 from here on").help("save it as UTF-8"),
                );
            }
        }
    }
    let mixtures = mixtures(&items);
    // What could not be read may have been the mixture.
    if !(mixtures.is_empty() && diagnostics.iter().any(Diagnostic::is_error)) {
        diagnostics.extend(written.and_then(|written| written.unknown_mixture(&mixtures)));
    }
    let outline = outline(&items);
    let (catalog, mut mistakes) = catalog::check(items);
    diagnostics.append(&mut mistakes);
    diagnostic::sort(&mut diagnostics);
    Ok(Project {
        root: root.to_path_buf(),
        config,
        catalog,
        sources,
        diagnostics,
        outline,
        digest: hasher.finish(),
    })
}

/// The `.flan` files of a project, sorted. Fails where no project is: what looks at the wrong directory finds nothing,
/// and that would say that all is well.
pub fn files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    anyhow::ensure!(root.is_dir(), "no directory is at {}", root.display());
    let files = flan_files(root)?;
    if files.is_empty() && !root.join("flanc.toml").is_file() {
        let help = match above(root) {
            Some(project) => format!(
                "the project is further up: go to {0}, or say `--project {0}`",
                project.display()
            ),
            None => "name the project's directory with `--project DIR`; `flanc new dataset FILE` begins a project"
                .to_string(),
        };
        anyhow::bail!(
            "no project is at {}: there is no flanc.toml and no `.flan` file, nor one below datasets/ or templates/\n\
             help: {help}",
            root.display()
        );
    }
    Ok(files)
}

/// The project that a directory is in.
fn above(root: &Path) -> Option<PathBuf> {
    let root = fs::canonicalize(root).ok()?;
    // A `.flan` file that lies about makes none, and what cannot be listed is no project of whoever asks.
    let marked = |at: &Path| {
        ["flanc.toml", "datasets", "templates"]
            .iter()
            .any(|name| at.join(name).exists())
    };
    let found = root
        .ancestors()
        .skip(1)
        .find(|at| marked(at) && is_project(at).unwrap_or(false));
    found.map(Path::to_path_buf)
}

/// Whether a directory holds a project.
pub fn is_project(root: &Path) -> anyhow::Result<bool> {
    anyhow::ensure!(root.is_dir(), "no directory is at {}", root.display());
    Ok(root.join("flanc.toml").is_file() || !flan_files(root)?.is_empty())
}

/// What a walk through directories failed of, said once: its errors say it twice.
pub fn cannot_list(error: walkdir::Error) -> anyhow::Error {
    let at = error
        .path()
        .map_or_else(|| "a directory".to_string(), |path| path.display().to_string());
    match error.io_error().map(ToString::to_string) {
        Some(reason) => anyhow::anyhow!("cannot list {at}: {reason}"),
        None => anyhow::anyhow!("cannot list {at}: {error}"),
    }
}

/// Those at its root, and below `datasets/` and `templates/`.
fn flan_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (start, depth) in [
        (root.to_path_buf(), 1),
        (root.join("datasets"), 64),
        (root.join("templates"), 64),
    ] {
        if !start.is_dir() {
            continue;
        }
        for entry in walkdir::WalkDir::new(&start)
            .max_depth(depth)
            .follow_links(true)
            .sort_by_file_name()
        {
            let entry = entry.map_err(cannot_list)?;
            if entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "flan") {
                files.push(entry.into_path());
            }
        }
    }
    files.sort();
    Ok(files)
}
