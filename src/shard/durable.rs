//! Files that are there after a kill or a power cut, whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The endings of what is being made, and of what it takes the place of.
const BUILDING: &str = ".building";
const OLD: &str = ".old";

/// Where something is made that goes to `path`: beside it, hidden.
pub(super) fn building(path: &Path) -> PathBuf {
    beside(path, BUILDING)
}

/// A name beside `path`, hidden, with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(ending);
    path.with_file_name(name)
}

fn sync(path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    file.sync_all()
        .with_context(|| format!("cannot write {}", path.display()))
}

fn sync_parent(path: &Path) -> anyhow::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        _ => sync(Path::new(".")),
    }
}

/// Writes a file beside its place and puts it there in one step.
pub fn file(path: &Path, write: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let building = building(path);
    let written = write(&building).and_then(|()| sync(&building));
    let placed = written.and_then(|()| {
        fs::rename(&building, path).with_context(|| format!("cannot put {} in its place", path.display()))?;
        sync_parent(path)
    });
    if placed.is_err() {
        let _ = fs::remove_file(&building);
    }
    placed
}

/// The same for a text.
pub fn text(path: &Path, text: &str) -> anyhow::Result<()> {
    file(path, |building| {
        fs::write(building, text).with_context(|| format!("cannot write {}", path.display()))
    })
}

/// Fills a directory beside its place, and exchanges it with what is there in one step.
pub fn directory(path: &Path, fill: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let building = building(path);
    clear(path)?;
    fs::create_dir_all(&building).with_context(|| format!("cannot make {}", building.display()))?;
    let filled = fill(&building).and_then(|()| {
        for entry in fs::read_dir(&building)? {
            sync(&entry?.path())?;
        }
        sync(&building)?;
        exchange(&building, path)?;
        sync_parent(path)
    });
    let cleared = clear(path);
    filled.and(cleared)
}

/// Puts a directory in its place in one step. What stood there before is where the new one was built, after that.
pub(super) fn exchange(building: &Path, path: &Path) -> anyhow::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let failed = || format!("cannot put the new {} in its place", path.display());
    if !path.exists() {
        return fs::rename(building, path).with_context(failed);
    }
    if renameat_with(CWD, building, CWD, path, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    // A file system without exchange: the old one aside first, where `recover` finds it.
    let old = beside(path, OLD);
    let _ = fs::remove_dir_all(&old);
    fs::rename(path, &old).with_context(failed)?;
    if let Err(error) = fs::rename(building, path) {
        let _ = fs::rename(&old, path);
        return Err(error).with_context(failed);
    }
    fs::rename(&old, building).with_context(failed)
}

/// Puts back what a kill between two steps left aside, and takes away what was not finished.
pub fn recover(path: &Path) -> anyhow::Result<()> {
    let old = beside(path, OLD);
    if !path.exists() && old.exists() {
        fs::rename(&old, path).with_context(|| format!("cannot put {} back", path.display()))?;
    }
    clear(path)
}

/// Takes away what was built beside a path.
fn clear(path: &Path) -> anyhow::Result<()> {
    for ending in [BUILDING, OLD] {
        let left = beside(path, ending);
        let removed = match left.is_dir() {
            true => fs::remove_dir_all(&left),
            false if left.exists() => fs::remove_file(&left),
            false => Ok(()),
        };
        removed.with_context(|| format!("cannot remove {}", left.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last");
        let fill = |text: &'static str| move |at: &Path| Ok(fs::write(at.join("x"), text)?);
        directory(&path, fill("first")).unwrap();
        directory(&path, fill("second")).unwrap();
        let failed = directory(&path, |at| {
            fs::write(at.join("x"), "third")?;
            anyhow::bail!("on purpose")
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(path.join("x")).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::rename(&path, folder.path().join(".last.old")).unwrap();
        recover(&path).unwrap();
        assert_eq!(fs::read_to_string(path.join("x")).unwrap(), "second");
    }
}
