//! The golden files of a project: `golden/CLUSTER/DATASET.golden`, and beside a file what waits to be accepted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::file;
use super::model::Golden;
use crate::diagnostic::{self, Diagnostic, Sources, Span};
use crate::files::replace;
use crate::project;

/// The folder of a project that holds its golden files.
const FOLDER: &str = "golden";
const EXTENSION: &str = "golden";
/// What is put behind the name of a file for what waits.
const PENDING: &str = "new";

/// The files of a project, by the datasets they are of.
pub struct Store {
    root: PathBuf,
    pub entries: BTreeMap<String, Entry>,
}

/// One file.
pub struct Entry {
    /// From the root of the project, with `/`.
    pub name: String,
    /// The folder it stands in.
    pub cluster: String,
    /// What it says, or why it cannot be read: a whole message with its place and a way out.
    pub golden: Result<Golden, String>,
}

impl Store {
    /// Reads every golden file below the root of a project.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let folder = root.join(FOLDER);
        if folder.is_dir() {
            for entry in walkdir::WalkDir::new(&folder).follow_links(true).sort_by_file_name() {
                let entry = entry.map_err(project::cannot_list)?;
                let path = entry.path();
                if !entry.file_type().is_file() || path.extension().is_none_or(|e| e != EXTENSION) {
                    continue;
                }
                let (id, read) = open(root, path)?;
                if let Some(other) = entries.get(&id) {
                    bail!(
                        "{} and {} are both of dataset `{id}`; take one away",
                        other.name,
                        read.name
                    );
                }
                entries.insert(id, read);
            }
        }
        Ok(Self {
            root: root.to_path_buf(),
            entries,
        })
    }

    /// What was accepted of a dataset.
    pub fn golden(&self, dataset: &str) -> Option<&Golden> {
        self.entries.get(dataset)?.golden.as_ref().ok()
    }

    /// Whether the file of a dataset stands in the folder of another cluster.
    pub fn misplaced(&self, cluster: &str, dataset: &str) -> bool {
        self.entries
            .get(dataset)
            .is_some_and(|entry| entry.name != name(cluster, dataset))
    }

    /// Writes the file of a dataset in one step, or takes it away where it would hold no template. What was to be
    /// accepted is compared with it anew. Returns whether anything changed.
    pub fn write(&self, cluster: &str, golden: &Golden) -> anyhow::Result<bool> {
        let path = self.root.join(name(cluster, &golden.dataset));
        let mut changed = false;
        if let Some(entry) = self.entries.get(&golden.dataset) {
            let before = self.root.join(&entry.name);
            if before != path || golden.templates.is_empty() {
                self.take_away(&before)?;
                self.discard(&before)?;
                changed = true;
            }
        }
        if golden.templates.is_empty() {
            return Ok(changed);
        }
        Ok(put(&path, &file::write(golden))? || changed)
    }

    /// Puts what the file of a dataset would say beside it, or takes that away where nothing waits.
    pub fn write_pending(
        &self,
        cluster: &str,
        dataset: &str,
        waiting: Option<&Golden>,
    ) -> anyhow::Result<Option<String>> {
        let name = name(cluster, dataset);
        let path = self.root.join(&name);
        match waiting {
            Some(golden) => {
                put(&pending(&path), &file::write(golden))?;
                Ok(Some(format!("{name}.{PENDING}")))
            }
            None => {
                self.discard(&path)?;
                Ok(None)
            }
        }
    }

    /// What waits beside the file of a dataset; none where nothing does or nobody can read it.
    pub fn waiting(&self, cluster: &str, dataset: &str) -> Option<Golden> {
        let path = pending(&self.root.join(name(cluster, dataset)));
        file::read(&fs::read_to_string(path).ok()?).ok()
    }

    fn discard(&self, path: &Path) -> anyhow::Result<()> {
        let path = pending(path);
        if path.is_file() {
            self.take_away(&path)?;
        }
        Ok(())
    }

    fn take_away(&self, path: &Path) -> anyhow::Result<()> {
        fs::remove_file(path).with_context(|| format!("cannot take {} away", path.display()))?;
        // A folder that held nothing else goes with its last file.
        if let Some(folder) = path.parent() {
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

/// Where the file of a dataset stands, from the root of a project.
fn name(cluster: &str, dataset: &str) -> String {
    format!("{FOLDER}/{cluster}/{dataset}.{EXTENSION}")
}

fn pending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(".");
    name.push(PENDING);
    name.into()
}

fn open(root: &Path, path: &Path) -> anyhow::Result<(String, Entry)> {
    let name = path
        .strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/");
    let part = |path: Option<&Path>| {
        path.and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let golden = match String::from_utf8(bytes) {
        Ok(text) => match file::read(&text) {
            Ok(golden) if golden.dataset == id => Ok(golden),
            Ok(golden) => {
                let reason = format!(
                    "this is of dataset `{}`, and the file is named after `{id}`",
                    golden.dataset
                );
                Err(damaged(&name, &id, &text, 2, reason))
            }
            Err(damage) => Err(damaged(&name, &id, &text, damage.line, damage.reason)),
        },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            Err(damaged(&name, &id, &text, line, "this line is not UTF-8".to_string()))
        }
    };
    let entry = Entry {
        name,
        cluster: part(path.parent()),
        golden,
    };
    Ok((id, entry))
}

/// What is said of a file that cannot be read.
fn damaged(name: &str, dataset: &str, text: &str, line: usize, reason: String) -> String {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let rest = text.get(start..).unwrap_or_default();
    let span = Span {
        file,
        start,
        end: start + rest.split(['\n', '\r']).next().unwrap_or_default().len(),
    };
    let help = format!(
        "take the file from version control again (`git checkout -- {name}`), or remove it and say `flanc golden accept {dataset}`, which pins rows anew"
    );
    let found = Diagnostic::error("damaged-golden", span, reason).help(help);
    diagnostic::to_text(&[found], &sources, false).trim_end().to_string()
}

/// Writes a file in one step. Returns whether it said something else before.
fn put(path: &Path, text: &str) -> anyhow::Result<bool> {
    if fs::read(path).is_ok_and(|before| before == text.as_bytes()) {
        return Ok(false);
    }
    let failed = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(failed)?;
    replace(path, text).with_context(failed)?;
    Ok(true)
}
