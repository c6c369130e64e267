//! A file of a project written in one step: whoever reads it finds what it said or what it says, and never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Puts a text in the place of a file, which is made where there is none. Permissions stay, and a link goes on leading to
/// the file. Fails where the file may not be written.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    // What a link leads to is the file that is meant.
    let (path, permissions) = match OpenOptions::new().write(true).open(path) {
        Ok(file) => (fs::canonicalize(path)?, file.metadata()?.permissions()),
        // A temporary file is for its owner alone; this is a file as others.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            (path.to_path_buf(), fs::Permissions::from_mode(0o644))
        }
        Err(error) => return Err(error),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut beside = tempfile::NamedTempFile::with_prefix_in(format!(".{name}."), folder)?;
    beside.write_all(text.as_bytes())?;
    let file: &File = beside.as_file();
    file.set_permissions(permissions)?;
    file.sync_all()?;
    beside.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
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
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(folder.path(), "x").is_err());
        assert!(replace(&folder.path().join("none/a.flan"), "x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
