//! Files that a person keeps: a project's own, its lock, its golden files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::beside::Beside;

/// Puts a text in the place of a file, which is made where there is none. Permissions stay, and a link goes on leading to
/// the file. Fails where the file may not be written. A pipe or a terminal gets the text as it is.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    // What a link leads to is the file that is meant.
    let (path, permissions) = match OpenOptions::new().write(true).open(path) {
        Ok(mut file) => {
            let found = file.metadata()?;
            if !found.is_file() {
                return file.write_all(text.as_bytes());
            }
            (fs::canonicalize(path)?, found.permissions())
        }
        // A temporary file is for its owner alone; this is a file as others.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            (path.to_path_buf(), fs::Permissions::from_mode(0o644))
        }
        Err(error) => return Err(error),
    };
    let beside = Beside::unique(&path)?;
    let mut file = beside.file();
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()?;
    beside.put()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::fd::AsRawFd as _;

    use super::*;

    #[test]
    fn permissions_and_links_stay_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.flan"), folder.path().join("b.flan"));
        replace(&file, "one").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("a.flan", &link).unwrap();
        replace(&link, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_pipe_gets_the_text() {
        let (mut out, into) = io::pipe().unwrap();
        let name = format!("/proc/self/fd/{}", into.as_raw_fd());
        replace(Path::new(&name), "one").unwrap();
        drop(into);
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one");
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(folder.path(), "x").is_err());
        assert!(replace(&folder.path().join("none/a.flan"), "x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_may_not_be_written_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.flan");
        fs::write(&file, "one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        // Nothing is forbidden to root.
        if OpenOptions::new().write(true).open(&file).is_err() {
            assert!(replace(&file, "two").is_err());
            assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
