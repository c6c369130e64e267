//! Files of a cache. They are not forced to the disk: whoever reads one back holds it to a digest, and makes it again where
//! it is not whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::beside::{Beside, folder};

/// Writes a file, and the folder it stands in where there is none.
pub fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    whole_with(path, |mut file| file.write_all(bytes))
}

/// The same for what is written piece by piece. Where `write` fails, what was there before stays.
pub fn whole_with(path: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    let beside = Beside::unique(path)?;
    write(beside.file())?;
    beside.put()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_write_that_fails_leaves_what_was_there() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("kind/of/file");
        let fail = |mut file: &File| file.write_all(b"ha").and_then(|()| Err(io::Error::other("on purpose")));
        assert!(whole_with(&path, fail).is_err());
        assert!(!path.exists());
        whole(&path, b"one").unwrap();
        assert!(whole_with(&path, fail).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn it_is_its_owners_and_takes_the_place_of_a_link() {
        let root = tempfile::tempdir().unwrap();
        let (other, path) = (root.path().join("other"), root.path().join("file"));
        fs::write(&other, "other").unwrap();
        symlink("other", &path).unwrap();
        whole(&path, b"one").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "other");
        let found = fs::symlink_metadata(&path).unwrap();
        assert!(found.is_file());
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
    }
}
