//! The directory of a mixture: built beside its place, and put there in one step.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::files::durable;

/// The folder of files that are not published.
const ASIDE: &str = ".aside";

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
        if target.exists() && !is_ours(target) {
            bail!(
                "{} is there already and holds no mixture of flanc's; name another directory with --out, or empty it",
                target.display()
            );
        }
        let building = durable::building(target);
        fs::create_dir_all(&building).with_context(|| format!("cannot make {}", building.display()))?;
        let lock = File::open(&building).with_context(|| format!("cannot open {}", building.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another build is writing {}; wait until it ends", target.display()),
            Err(TryLockError::Error(error)) => {
                return Err(error).context("cannot lock the directory under construction");
            }
        }
        for entry in fs::read_dir(&building)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(&path)?
            } else {
                fs::remove_file(&path)?
            }
        }
        fs::create_dir(building.join("data"))?;
        fs::create_dir_all(building.join(ASIDE).join("data"))?;
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

    /// Puts the directory in its place in one step; what stood there before is removed after that.
    pub fn publish(mut self) -> anyhow::Result<()> {
        self.clear_aside()?;
        let replaces = self.target.exists();
        durable::exchange(&self.building, &self.target)?;
        if replaces {
            fs::remove_dir_all(&self.building).with_context(|| format!("cannot remove {}", self.building.display()))?;
        }
        self.published = true;
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

/// Whether a directory may be replaced: it is empty, or a build of ours.
fn is_ours(target: &Path) -> bool {
    target.is_dir()
        && (target.join("manifest.json").is_file()
            || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none()))
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
