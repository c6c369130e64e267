//! The step itself: a file is written beside its place, hidden, and gets its name when it says all that it has to.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// A file that is not in its place yet. It is taken away where it does not get there.
pub struct Beside {
    file: NamedTempFile,
    path: PathBuf,
}

impl Beside {
    /// One of a name that nobody else has, for its owner alone, so that several may write to the same place at once.
    pub fn unique(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = NamedTempFile::with_prefix_in(format!(".{name}."), folder(path))?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
        })
    }

    /// One that always has the same name: what a kill left there is written over.
    pub fn named(path: &Path, ending: &str) -> io::Result<Self> {
        let building = hidden(path, ending);
        let file = File::create(&building)?;
        Ok(Self {
            file: NamedTempFile::from_parts(file, TempPath::try_from_path(building)?),
            path: path.to_path_buf(),
        })
    }

    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Puts it in its place. A link that stands there is replaced, not what it leads to.
    pub fn put(self) -> io::Result<()> {
        self.file.persist(self.path)?;
        Ok(())
    }
}

/// A name beside a path, hidden, with an ending.
pub fn hidden(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(ending);
    path.with_file_name(name)
}

/// The folder that a path stands in.
pub fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_does_not_get_there_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let ways: [fn(&Path) -> io::Result<Beside>; 2] = [Beside::unique, |path| Beside::named(path, ".part")];
        for begin in ways {
            let beside = begin(&path).unwrap();
            beside.file().write_all(b"ha").unwrap();
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
            drop(beside);
            assert_eq!(fs::read_to_string(&path).unwrap(), "one");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_a_kill_left_under_a_name_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(folder.path().join(".a.part"), "much more than that").unwrap();
        let beside = Beside::named(&path, ".part").unwrap();
        beside.file().write_all(b"two").unwrap();
        beside.put().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
