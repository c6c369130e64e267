//! Names of members: what they are called in `_file`, and which of them are refused.

use crate::source::read::error::ReadError;

/// A member's name in one form: `/` between its pieces, without `.` and empty pieces. A name that leads out of the archive
/// is an error, though nothing is ever written under it: whoever made it meant no good.
pub(super) fn checked(written: &str) -> Result<String, ReadError> {
    let name = written.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if name.starts_with('/') || drive || name.split('/').any(|piece| piece == "..") || name.contains('\0') {
        let shown = crate::text::excerpt(written, 100);
        return Err(ReadError::new(format!("the member `{shown}` leads out of the archive"))
            .help("pack it again with names that are relative and have no `..`"));
    }
    let pieces: Vec<&str> = name
        .split('/')
        .filter(|piece| !piece.is_empty() && *piece != ".")
        .collect();
    Ok(pieces.join("/"))
}
