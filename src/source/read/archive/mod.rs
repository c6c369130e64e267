//! Archives: which members a zip or tar file has, and the bytes of one. Nothing is ever written under a member's name.
//!
//! The directory of an archive is read once. A tar file that is compressed is unpacked once, whole, into a file without a
//! name, so that its members can be read in any order.

mod name;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use super::bytes::{self, BUFFER, Input};
use super::error::ReadError;

/// An archive with its directory.
#[derive(Debug)]
pub(in crate::source) struct Archive {
    /// What its members are cut from.
    file: Arc<File>,
    /// In the order of their names.
    members: Vec<Member>,
}

/// What can be read from an archive.
#[derive(Debug)]
pub(super) struct Member {
    /// With `/`, and without `.` or `..`.
    pub name: String,
    /// Once it is unpacked.
    pub bytes: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// As it lies in the file, from here.
    Plain(u64),
    Zip(zip::Entry),
    /// It cannot be read, and this is why: a link, an encrypted member.
    Refused(String),
}

impl Member {
    /// Why it cannot be read; `None` where it can.
    pub fn refused(&self) -> Option<&str> {
        match &self.content {
            Content::Refused(why) => Some(why),
            Content::Plain(_) | Content::Zip(_) => None,
        }
    }
}

impl Archive {
    /// Reads the directory of an archive. `name` is what people know it by; `scratch` makes a file without a name.
    pub fn open(name: &str, path: &Path, scratch: &dyn Fn() -> io::Result<File>) -> Result<Archive, ReadError> {
        let mut file = File::open(path)?;
        let mut head = Vec::new();
        (&mut file).take(4).read_to_end(&mut head)?;
        let (file, mut members) = if matches!(head.as_slice(), b"PK\x03\x04" | b"PK\x05\x06" | b"PK\x07\x08") {
            let members = zip::list(&file)?;
            (file, members)
        } else {
            tar::open(name, file, scratch)?
        };
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Archive {
            file: Arc::new(file),
            members,
        })
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The bytes of a member, as they were before they were packed.
    pub(super) fn read(&self, member: usize) -> Result<Input, ReadError> {
        let Some(member) = self.members.get(member) else {
            return Err(ReadError::new("the archive has no such member"));
        };
        match &member.content {
            Content::Plain(start) => Ok(Box::new(BufReader::with_capacity(
                BUFFER,
                Slice::new(&self.file, *start, member.bytes),
            ))),
            Content::Zip(entry) => zip::read(&self.file, entry, member.bytes),
            Content::Refused(why) => Err(ReadError::new(why)),
        }
    }
}

/// A part of a file, read without its cursor, so that many can be read at once.
struct Slice {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Slice {
    fn new(file: &Arc<File>, at: u64, bytes: u64) -> Slice {
        Slice {
            file: file.clone(),
            at,
            left: bytes,
        }
    }
}

impl Read for Slice {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if room == 0 {
            return Ok(0);
        }
        let read = self.file.read_at(&mut out[..room], self.at)?;
        if read == 0 {
            return Err(cut_off().into());
        }
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

fn cut_off() -> ReadError {
    ReadError::new("this archive is cut off").help("fetch it again")
}

/// Refuses a member that would become far more than it is packed.
fn check_size(packed: u64, unpacked: u64) -> Result<(), ReadError> {
    if unpacked > bytes::allowed(packed) {
        return Err(bytes::bomb(packed));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    fn open(bytes: &[u8]) -> Result<Archive, ReadError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Archive::open("a", file.path(), &tempfile::tempfile)
    }

    fn text(archive: &Archive, name: &str) -> String {
        let at = archive.members().iter().position(|m| m.name == name).unwrap();
        let mut text = String::new();
        archive.read(at).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn zipped(members: &[(&str, &str)], method: ::zip::CompressionMethod) -> Vec<u8> {
        let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
        for (name, text) in members {
            writer.start_file(*name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn tarred(members: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = ::tar::Builder::new(Vec::new());
        for (name, text) in members {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            // By hand: the builder refuses the names that a reader has to refuse as well.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn members_are_read_in_any_order_by_every_method() {
        let members = [("b.txt", "two"), ("a/b.txt", "one"), ("empty", "")];
        use ::zip::CompressionMethod as M;
        for method in [M::Stored, M::Deflated, M::Bzip2, M::Xz] {
            let archive = open(&zipped(&members, method)).unwrap();
            let names: Vec<&str> = archive.members().iter().map(|m| m.name.as_str()).collect();
            assert_eq!(names, ["a/b.txt", "b.txt", "empty"]);
            for (name, content) in members {
                assert_eq!(text(&archive, name), content);
            }
        }
        let plain = tarred(&members);
        let packed = zstd::encode_all(plain.as_slice(), 0).unwrap();
        for bytes in [plain, packed] {
            let archive = open(&bytes).unwrap();
            for (name, content) in members {
                assert_eq!(text(&archive, name), content);
            }
        }
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["../x", "a/../../x", "/etc/passwd", "..\\x", "C:\\x"] {
            let error = open(&zipped(&[(name, "x")], ::zip::CompressionMethod::Stored)).unwrap_err();
            assert!(error.message.contains("leads out of the archive"), "{name}: {error}");
        }
        let error = open(&tarred(&[("a", "x"), ("../x", "x")])).unwrap_err();
        assert_eq!(error.message, "the member `../x` leads out of the archive");
    }

    #[test]
    fn damage_is_an_error() {
        let members = [("a", "some text that is stored"), ("b", "more of it")];
        let sound = zipped(&members, ::zip::CompressionMethod::Stored);
        let mut flipped = sound.clone();
        let at = flipped.windows(4).position(|w| w == b"text").unwrap();
        flipped[at] ^= 1;
        let archive = open(&flipped).unwrap();
        let mut out = Vec::new();
        let error = archive.read(0).unwrap().read_to_end(&mut out).unwrap_err();
        assert!(error.to_string().contains("checksum"), "{error}");
        assert!(open(&sound[..sound.len() - 30]).is_err());

        let sound = tarred(&members);
        for end in [600, 1024, 1100, 2048] {
            assert!(open(&sound[..end]).is_err(), "cut at {end}");
        }
        assert!(open(b"nothing of the kind").unwrap_err().message.contains("neither"));
        assert!(open(b"").is_err());
    }

    #[test]
    fn links_are_listed_and_not_followed() {
        let mut builder = ::tar::Builder::new(Vec::new());
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(::tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "link", "/etc/passwd").unwrap();
        let archive = open(&builder.into_inner().unwrap()).unwrap();
        let Err(error) = archive.read(0) else {
            panic!("a link was read")
        };
        assert!(error.message.contains("link"), "{error}");
    }
}
