//! tar files, plain and compressed.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use tar::{Archive, Entry, EntryType};

use super::{Content, Member, check_size, cut_off, name};
use crate::source::read::bytes::{self, BUFFER, Input};
use crate::source::read::error::ReadError;

const BLOCK: u64 = 512;
/// The most that may stand between two members: their headers, long names and the like, which are held in memory.
const BETWEEN: u64 = 4 << 20;

/// The members of a tar file, and the file that they lie in: the file itself, or what it decompresses to.
pub(super) fn open(
    name: &str,
    mut file: File,
    scratch: &dyn Fn() -> io::Result<File>,
) -> Result<(File, Vec<Member>), ReadError> {
    let packed = file.metadata()?.len();
    file.rewind()?;
    let mut input: Input = Box::new(BufReader::with_capacity(BUFFER, file.try_clone()?));
    if bytes::compression(input.fill_buf()?).is_none() {
        let mut head = Vec::new();
        input.take(BLOCK).read_to_end(&mut head)?;
        check_head(&head)?;
        file.rewind()?;
        let left = Rc::new(Cell::new(BETWEEN));
        let mut archive = Archive::new(Metered {
            input: BufReader::new(file.try_clone()?),
            left: left.clone(),
        });
        let members = list(archive.entries_with_seek()?, &left, None, &mut None)?;
        check_end(&members, packed)?;
        return Ok((file, members.into_iter().map(|(_, member)| member).collect()));
    }
    let mut input = bytes::decompressed(input, packed)?;
    let mut head = Vec::new();
    (&mut input).take(BLOCK).read_to_end(&mut head)?;
    check_head(&head)?;
    let unpacked = scratch()?;
    let left = Rc::new(Cell::new(BETWEEN));
    let mut archive = Archive::new(Metered {
        input: Tee {
            input: Box::new(io::Cursor::new(head).chain(input)),
            copy: BufWriter::with_capacity(BUFFER, unpacked),
            bytes: 0,
        },
        left: left.clone(),
    });
    let mut current = None;
    let listed = archive
        .entries()
        .map_err(ReadError::from)
        .and_then(|entries| list(entries, &left, Some(packed), &mut current));
    let place = |error: ReadError| match &current {
        Some(member) => error.in_file(&format!("{name}//{member}")),
        None => error,
    };
    let members = listed.map_err(place)?;
    let mut tee = archive.into_inner().input;
    // What follows the last member, so that the compressed stream is read to its end and checked.
    io::copy(&mut tee, &mut io::sink())?;
    tee.copy.flush()?;
    check_end(&members, tee.bytes)?;
    let unpacked = tee
        .copy
        .into_inner()
        .map_err(|error| ReadError::from(error.into_error()))?;
    Ok((unpacked, members.into_iter().map(|(_, member)| member).collect()))
}

/// The members with the place of the block after each. `left` is what may be read between two of them, `packed` the size
/// of a compressed file, which is read from its beginning to its end, and `current` the member being looked at.
fn list<'a, R: Read + 'a>(
    entries: impl Iterator<Item = io::Result<Entry<'a, R>>>,
    left: &Cell<u64>,
    packed: Option<u64>,
    current: &mut Option<String>,
) -> Result<Vec<(u64, Member)>, ReadError> {
    let mut members = Vec::new();
    for entry in entries {
        let mut entry = entry?;
        let written = entry.path_bytes();
        let Ok(written) = std::str::from_utf8(&written) else {
            let shown = String::from_utf8_lossy(&written).into_owned();
            return Err(ReadError::new(format!("the name of the member `{shown}` is not UTF-8")));
        };
        let name = name::checked(written)?;
        *current = Some(name.clone());
        if let Some(packed) = packed {
            check_size(packed, entry.size())?;
        }
        let content = match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader => {
                left.set(BETWEEN);
                continue;
            }
            EntryType::Regular | EntryType::Continuous => Content::Plain(entry.raw_file_position()),
            EntryType::Link | EntryType::Symlink => {
                Content::Refused("this member is a link, and links in archives are not followed".to_string())
            }
            EntryType::GNUSparse => Content::Refused("this member has holes, and is not read".to_string()),
            _ => Content::Refused("this member is no file".to_string()),
        };
        let blocks = entry.size().div_ceil(BLOCK);
        let end = blocks
            .checked_mul(BLOCK)
            .and_then(|b| b.checked_add(entry.raw_file_position()));
        let member = Member {
            name,
            bytes: entry.size(),
            content,
        };
        members.push((end.ok_or_else(cut_off)?, member));
        if packed.is_some() {
            left.set(u64::MAX);
            io::copy(&mut entry, &mut io::sink())?;
        }
        left.set(BETWEEN);
    }
    Ok(members)
}

/// The first block is a header whose sum is right, or the end of an archive without members.
fn check_head(head: &[u8]) -> Result<(), ReadError> {
    let sum = |block: &[u8]| -> u64 {
        let counted = block.iter().enumerate();
        counted
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
            .sum()
    };
    let written = head.get(148..156).map(|digits| {
        let text = String::from_utf8_lossy(digits);
        let digits = text.trim_matches(|c: char| c == '\0' || c == ' ').to_string();
        u64::from_str_radix(&digits, 8).ok()
    });
    match written {
        Some(Some(written)) if head.len() == 512 && written == sum(head) => Ok(()),
        Some(None) if head.len() == 512 && head.iter().all(|byte| *byte == 0) => Ok(()),
        _ => Err(ReadError::new("this is neither a zip nor a tar file")
            .help("`//` leads into an archive; a directory is left with one `/`")),
    }
}

/// The end of an archive is a block of zeros: without it, members may be missing.
fn check_end(members: &[(u64, Member)], bytes: u64) -> Result<(), ReadError> {
    let last = members.iter().map(|(end, _)| *end).max().unwrap_or(0);
    if bytes < last.saturating_add(BLOCK) {
        return Err(cut_off());
    }
    Ok(())
}

/// Gives no more than is left.
struct Metered<R> {
    input: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(out)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(
            left.ok_or_else(|| {
                io::Error::from(ReadError::new("a name in this tar file is longer than any should be"))
            })?,
        );
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.input.seek(to)
    }
}

/// Copies what is read from it.
struct Tee {
    input: Box<dyn Read + Send>,
    copy: BufWriter<File>,
    bytes: u64,
}

impl Read for Tee {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(out)?;
        self.copy.write_all(&out[..read])?;
        self.bytes += read as u64;
        Ok(read)
    }
}
