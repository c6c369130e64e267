//! zip files: the directory by the zip crate, the bytes of a member by the decompressors of this program, so that a member
//! is a stream of its own and is checked to its end.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use super::{Content, Member, Slice, check_size, cut_off, name};
use crate::source::read::bytes::{BUFFER, Input, XZ_MEMORY};
use crate::source::read::error::ReadError;

/// Where a member lies, and how it is packed.
#[derive(Debug)]
pub(super) struct Entry {
    header: u64,
    packed: u64,
    method: CompressionMethod,
    crc: u32,
}

/// Bytes of a header before the name.
const HEADER: u64 = 30;

/// Reads the directory.
pub(super) fn list(file: &File) -> Result<Vec<Member>, ReadError> {
    let damaged = |error: zip::result::ZipError| ReadError::new(format!("this zip file is damaged: {error}"));
    let archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.has_duplicate_names() {
        return Err(ReadError::new("two members of this zip file have the same name"));
    }
    let mut members = Vec::with_capacity(archive.len());
    let mut places: Vec<(u64, u64)> = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let data = archive.by_index_data(at).map_err(damaged)?;
        let name = name::checked(&data.name().map_err(damaged)?)?;
        let end = [HEADER, data.name_raw().len() as u64, data.compressed_size()]
            .into_iter()
            .try_fold(data.header_start(), u64::checked_add);
        places.push((data.header_start(), end.ok_or_else(cut_off)?));
        if data.is_dir() {
            continue;
        }
        let content = if data.encrypted() {
            Content::Refused("this member is encrypted".to_string())
        } else if data.is_symlink() {
            Content::Refused("this member is a link, and links in archives are not followed".to_string())
        } else {
            Content::Zip(Entry {
                header: data.header_start(),
                packed: data.compressed_size(),
                method: data.compression(),
                crc: data.crc32(),
            })
        };
        members.push(Member {
            name,
            bytes: data.size(),
            content,
        });
    }
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(ReadError::new("members of this zip file lie on top of each other")
            .help("such files are made to become huge when they are unpacked"));
    }
    Ok(members)
}

/// The bytes of a member.
pub(super) fn read(file: &Arc<File>, entry: &Entry, bytes: u64) -> Result<Input, ReadError> {
    check_size(entry.packed, bytes)?;
    let mut header = [0; HEADER as usize];
    file.read_exact_at(&mut header, entry.header).map_err(|_| cut_off())?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(ReadError::new(
            "this zip file is damaged: a member is not where it should be",
        ));
    }
    let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let start = entry.header + HEADER + length(26) + length(28);
    let packed = BufReader::with_capacity(BUFFER, Slice::new(file, start, entry.packed));
    let unpacked: Box<dyn Read + Send> = match entry.method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        CompressionMethod::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(packed)),
        CompressionMethod::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(packed, false, XZ_MEMORY)),
        CompressionMethod::ZSTD => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
        other => {
            return Err(
                ReadError::new(format!("this member is packed in a way that is not read ({other})"))
                    .help("unpack the archive, or pack it again with deflate"),
            );
        }
    };
    Ok(Box::new(BufReader::with_capacity(
        BUFFER,
        Checked {
            unpacked,
            left: bytes,
            sum: flate2::Crc::new(),
            crc: entry.crc,
        },
    )))
}

/// Holds a member to the size and the checksum that the directory has for it.
struct Checked {
    unpacked: Box<dyn Read + Send>,
    left: u64,
    sum: flate2::Crc,
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = self.unpacked.read(out)?;
        self.sum.update(&out[..read]);
        match self.left.checked_sub(read as u64) {
            None => {
                let error = ReadError::new("this member holds more than its archive says");
                Err(error
                    .help("such files are made to become huge when they are unpacked")
                    .into())
            }
            Some(left) if read == 0 && left > 0 => {
                Err(ReadError::new("this member holds less than its archive says").into())
            }
            Some(_) if read == 0 && self.sum.sum() != self.crc => {
                Err(ReadError::new("this member is damaged: its checksum is another").into())
            }
            Some(left) => {
                self.left = left;
                Ok(read)
            }
        }
    }
}
