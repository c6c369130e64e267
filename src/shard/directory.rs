//! The directory of a mixture: built beside its place, and put there in one step.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::manifest::QUARANTINE;
use super::order::ORDER;
use crate::files::durable;

/// The folder of files that are not published.
const ASIDE: &str = ".aside";
const MANIFEST: &str = "manifest.json";
const DATA: &str = "data";
/// All that a build may hold.
const FILES: [&str; 6] = [DATA, MANIFEST, "README.md", "build-info.json", QUARANTINE, ORDER];

/// A directory under construction. Dropped without [`Directory::publish`], it is taken away.
pub struct Directory {
    target: PathBuf,
    building: PathBuf,
    _lock: File,
    published: bool,
}

impl Directory {
    /// Begins beside `target`, in `.NAME.building`; what a killed build left there is cleared.
    pub fn begin(target: &Path) -> anyhow::Result<Self> {
        let name = target.file_name().and_then(|n| n.to_str());
        if name.is_none_or(|name| name == "..") {
            bail!("{} is no name for a directory to build", target.display())
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        let building = durable::building(target);
        let lock = lock(&building, target)?;
        durable::put_back(target)?;
        if let Some(why) = foreign(target) {
            let _ = fs::remove_dir(&building);
            bail!(
                "{} is there already and {why}; name another directory with --out, or empty it",
                target.display()
            );
        }
        for entry in fs::read_dir(&building)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(&path)?
            } else {
                fs::remove_file(&path)?
            }
        }
        fs::create_dir(building.join(DATA))?;
        fs::create_dir_all(building.join(ASIDE).join(DATA))?;
        Ok(Self {
            target: target.to_path_buf(),
            building,
            _lock: lock,
            published: false,
        })
    }

    /// Where a file of the mixture is written until it is published.
    pub fn path(&self, name: &str) -> PathBuf {
        self.building.join(name)
    }

    /// Where a file is written that is only needed on the way.
    pub fn aside(&self, name: &str) -> PathBuf {
        self.building.join(ASIDE).join(name)
    }

    /// Takes away what was only needed on the way.
    fn clear_aside(&self) -> anyhow::Result<()> {
        let aside = self.building.join(ASIDE);
        fs::remove_dir_all(&aside).with_context(|| format!("cannot remove {}", aside.display()))
    }

    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Puts the directory in its place in one step; what stood there before is removed after that. Nothing is forced to the
    /// disk: what a power cut takes is built again, and `verify` finds it.
    pub fn publish(mut self) -> anyhow::Result<()> {
        self.clear_aside()?;
        // Where this was built the old one will stand: nobody else is to build there while it goes.
        let old = File::open(&self.target).ok();
        let _held = old.as_ref().map(File::try_lock);
        durable::exchange(&self.building, &self.target)?;
        self.published = true;
        if old.is_some() {
            // What is left of it is no failure of this build, and the next one clears it.
            let _ = fs::remove_dir_all(&self.building);
        }
        Ok(())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.building);
        }
    }
}

/// Makes the directory where `target` is built, for nobody else until the file is closed.
fn lock(building: &Path, target: &Path) -> anyhow::Result<File> {
    loop {
        fs::create_dir_all(building).with_context(|| format!("cannot make {}", building.display()))?;
        let opened = match File::open(building) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            opened => opened.with_context(|| format!("cannot open {}", building.display()))?,
        };
        match opened.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another build is writing {}; wait until it ends", target.display()),
            Err(TryLockError::Error(error)) => {
                return Err(error).context("cannot lock the directory under construction");
            }
        }
        // Whoever held it may have taken it away or put it in its place in the meantime.
        let number = |data: fs::Metadata| (data.dev(), data.ino());
        if fs::metadata(building).is_ok_and(|now| opened.metadata().is_ok_and(|ours| number(ours) == number(now))) {
            return Ok(opened);
        }
    }
}

/// Why a directory may not be replaced: it is neither empty nor a build of ours and nothing else.
fn foreign(target: &Path) -> Option<String> {
    if !target.exists() {
        return None;
    }
    let Ok(entries) = fs::read_dir(target) else {
        return Some("is no directory".to_string());
    };
    let mut names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    if names.is_empty() {
        return None;
    }
    if !target.join(MANIFEST).is_file() || !target.join(DATA).is_dir() {
        return Some("holds no mixture of flanc's".to_string());
    }
    let other = names.iter().find(|name| !FILES.iter().any(|file| name == file))?;
    Some(format!(
        "holds `{}`, which is no part of a mixture: a build replaces the whole directory",
        other.to_string_lossy()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_panic_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("flan");
        let first = Directory::begin(&target).unwrap();
        first.write("manifest.json", "first").unwrap();
        first.publish().unwrap();
        let died = catch_unwind(AssertUnwindSafe(|| {
            let second = Directory::begin(&target).unwrap();
            second.write("manifest.json", "second").unwrap();
            // As a worker's panic reaches the thread that waits for it.
            std::thread::scope(|scope| drop(scope.spawn(|| panic!("on purpose"))));
            second.publish().unwrap();
        }));
        assert!(died.is_err());
        assert_eq!(fs::read_to_string(target.join("manifest.json")).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
