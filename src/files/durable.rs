//! Files that are there after a kill or a power cut, whole or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::beside::{Beside, folder, hidden};

/// The endings of what is being made, and of what it takes the place of.
const BUILDING: &str = ".building";
const OLD: &str = ".old";

/// Where something is made that goes to `path`: beside it, hidden.
pub fn building(path: &Path) -> PathBuf {
    hidden(path, BUILDING)
}

fn sync(path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    file.sync_all()
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file in one step.
pub fn text(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || {
        let beside = Beside::named(path, BUILDING)?;
        beside.file().write_all(text.as_bytes())?;
        beside.file().sync_all()?;
        Ok::<_, std::io::Error>(beside)
    };
    let beside = write().with_context(|| format!("cannot write {}", path.display()))?;
    beside.put().with_context(|| not_placed(path))?;
    sync(folder(path))
}

/// Puts a file that was written elsewhere in the same file system in its place.
pub fn place(written: &Path, path: &Path) -> anyhow::Result<()> {
    sync(written)?;
    fs::rename(written, path).with_context(|| not_placed(path))?;
    sync(folder(path))
}

fn not_placed(path: &Path) -> String {
    format!("cannot put {} in its place", path.display())
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
        sync(folder(path))
    });
    let cleared = clear(path);
    filled.and(cleared)
}

/// Puts a directory in its place in one step. What stood there before is where the new one was built, after that.
pub fn exchange(building: &Path, path: &Path) -> anyhow::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let failed = || format!("cannot put the new {} in its place", path.display());
    if !path.exists() {
        return fs::rename(building, path).with_context(failed);
    }
    if renameat_with(CWD, building, CWD, path, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    // A file system without exchange: the old one aside first, where `recover` finds it.
    let old = hidden(path, OLD);
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
    put_back(path)?;
    clear(path)
}

/// Puts back what a kill between the two steps of [`exchange`] left aside.
pub fn put_back(path: &Path) -> anyhow::Result<()> {
    let old = hidden(path, OLD);
    if !path.exists() && old.exists() {
        fs::rename(&old, path).with_context(|| format!("cannot put {} back", path.display()))?;
    }
    Ok(())
}

/// Takes away what was built beside a path.
fn clear(path: &Path) -> anyhow::Result<()> {
    for ending in [BUILDING, OLD] {
        let left = hidden(path, ending);
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
    #[test]
    fn a_text_is_there_whole_or_what_was_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("report"), folder.path().join("other"));
        fs::write(&other, "other").unwrap();
        std::os::unix::fs::symlink("other", &path).unwrap();
        text(&path, "one").unwrap();
        // The link was replaced, and the file is one as any other.
        assert_eq!(fs::read_to_string(&other).unwrap(), "other");
        let permissions = |path| fs::symlink_metadata(path).unwrap().permissions();
        assert_eq!(permissions(&path), permissions(&other));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        fs::create_dir(folder.path().join("taken")).unwrap();
        let error = text(&folder.path().join("taken"), "two").unwrap_err();
        assert!(error.to_string().contains("in its place"));
        assert!(text(&folder.path().join("none/report"), "two").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_file_that_cannot_be_placed_stays_where_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "new").unwrap();
        fs::create_dir(&to).unwrap();
        assert!(place(&from, &to).is_err());
        assert_eq!(fs::read_to_string(&from).unwrap(), "new");
        fs::remove_dir(&to).unwrap();
        fs::write(&to, "old").unwrap();
        place(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert!(!from.exists());
    }
}
