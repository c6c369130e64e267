//! Bytes to text: compression by what the bytes say, encodings, byte order marks, lines.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult};

use super::error::ReadError;
use super::paths::{Content, SourceFile};
use crate::catalog::model::Encoding;

/// The most that one line or one value may hold: more than any record, and little enough to allocate.
pub(super) const LIMIT: usize = 64 << 20;
/// The most that a file may hold whose format has to be read whole.
const WHOLE_LIMIT: u64 = 2 << 30;
pub(super) const BUFFER: usize = 256 << 10;
/// The most memory that decompressing xz may take, in KiB: what its highest setting needs, and twice that.
pub(super) const XZ_MEMORY: u32 = 144 << 10;

pub(super) type Input = Box<dyn BufRead + Send>;

/// How bytes are compressed, by what they begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

/// The bytes that tell every compression from the others, and from text that begins alike.
const HEAD: usize = 10;

/// What the first bytes of a file say.
pub(super) fn compression(head: &[u8]) -> Option<Compression> {
    match head {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Compression::Xz),
        // A digit, then the digits of pi, or those of its root where nothing is inside.
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
            if block.starts_with(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                || block.starts_with(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]) =>
        {
            Some(Compression::Bzip2)
        }
        _ => None,
    }
}

/// The bytes of a file, decompressed. The extension says nothing: a `.gz` that is plain is read as plain.
pub(super) fn open(file: &SourceFile) -> Result<Input, ReadError> {
    match &file.content {
        Content::File(path) => {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            decompressed(Box::new(BufReader::with_capacity(BUFFER, file)), bytes)
        }
        Content::Member(archive, at) => decompressed(archive.read(*at)?, file.bytes),
    }
}

/// Whether the bytes of a file on disk are compressed.
pub(super) fn is_compressed(path: &Path) -> Result<bool, ReadError> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(compression(&head).is_some())
}

/// A file that can be read from anywhere in it: the file itself, or a copy of the member without a name.
pub(super) fn seekable(file: &SourceFile) -> Result<File, ReadError> {
    match &file.content {
        Content::File(path) => Ok(File::open(path)?),
        Content::Member(archive, at) => {
            let mut copy = tempfile::tempfile()?;
            io::copy(&mut archive.read(*at)?, &mut copy)?;
            copy.rewind()?;
            Ok(copy)
        }
    }
}

/// The same bytes without their compression, of which there are so many.
pub(super) fn decompressed(mut input: Input, bytes: u64) -> Result<Input, ReadError> {
    if (1..HEAD).contains(&input.fill_buf()?.len()) {
        // A stream may give as little as it likes at once.
        let mut first = Vec::new();
        (&mut input).take(HEAD as u64).read_to_end(&mut first)?;
        input = Box::new(io::Cursor::new(first).chain(input));
    }
    let unpacked: Box<dyn Read + Send> = match compression(input.fill_buf()?) {
        None => return Ok(input),
        Some(Compression::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Some(Compression::Zstd) => Box::new(zstd::stream::read::Decoder::with_buffer(input)?),
        Some(Compression::Bzip2) => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Some(Compression::Xz) => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY)),
    };
    let guarded = Guarded {
        unpacked,
        packed: bytes,
        left: allowed(bytes),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, guarded)))
}

/// How much may come out of so many compressed bytes: what is more is made to fill a disk.
pub(super) fn allowed(packed: u64) -> u64 {
    packed.saturating_mul(200).max(1 << 30)
}

/// The error where more comes out.
pub(super) fn bomb(packed: u64) -> ReadError {
    let (packed, allowed) = (crate::text::thousands(packed), crate::text::thousands(allowed(packed)));
    ReadError::new(format!("{packed} compressed bytes become more than {allowed}"))
        .help("this is how a bomb looks; unpack it by hand if it is none")
}

/// Ends a stream that grows beyond what it may.
struct Guarded {
    unpacked: Box<dyn Read + Send>,
    packed: u64,
    left: u64,
}

impl Read for Guarded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacked.read(out)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::from(bomb(self.packed)))?;
        Ok(read)
    }
}

/// The text of a file as UTF-8, as far as its encoding can promise that: bytes that are said to be UTF-8
/// come through as they are, for the reader of lines to check and to name the line.
fn open_text(file: &SourceFile, encoding: Encoding) -> Result<Input, ReadError> {
    decode(open(file)?, encoding)
}

/// Whether the text of a file is made of these bytes alone, as one without any is.
pub(super) fn has_only(file: &SourceFile, encoding: Encoding, these: &[u8]) -> Result<bool, ReadError> {
    let mut input = open_text(file, encoding)?;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(true);
        }
        if chunk.iter().any(|byte| !these.contains(byte)) {
            return Ok(false);
        }
        let length = chunk.len();
        input.consume(length);
    }
}

fn decode(mut input: Input, encoding: Encoding) -> Result<Input, ReadError> {
    if encoding == Encoding::Utf8 && input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    decode_rest(input, encoding)
}

/// The same within a text, where a byte order mark is text.
fn decode_rest(input: Input, encoding: Encoding) -> Result<Input, ReadError> {
    let coder = match encoding {
        Encoding::Utf8 => return Ok(input),
        Encoding::Latin1 => None,
        Encoding::Named(encoding) => Some(encoding.new_decoder_with_bom_removal()),
    };
    Ok(Box::new(BufReader::with_capacity(
        BUFFER,
        Decoding {
            input,
            coder,
            ended: false,
        },
    )))
}

/// Reads another encoding as UTF-8.
struct Decoding {
    input: Input,
    /// `None`: ISO-8859-1, which the standard that encoding_rs follows takes for windows-1252.
    coder: Option<Decoder>,
    ended: bool,
}

impl Read for Decoding {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while !self.ended {
            let chunk = self.input.fill_buf()?;
            let last = chunk.is_empty();
            let Some(coder) = &mut self.coder else {
                let (read, written) = encoding_rs::mem::convert_latin1_to_utf8_partial(chunk, out);
                self.input.consume(read);
                self.ended = last;
                if written == 0 && !last {
                    return Err(io::Error::other("a buffer is too small to decode into"));
                }
                return Ok(written);
            };
            let name = coder.encoding().name();
            let (result, read, written) = coder.decode_to_utf8_without_replacement(chunk, out, last);
            self.input.consume(read);
            match result {
                DecoderResult::Malformed(..) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("this is not valid {name}"),
                    ));
                }
                DecoderResult::OutputFull if written == 0 => {
                    return Err(io::Error::other("a buffer is too small to decode into"));
                }
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// The lines of a file. A line ends at LF and nowhere else: U+0085 and U+2028 occur inside of records.
pub(super) struct Lines {
    input: Input,
    buffer: Vec<u8>,
    /// The line before was too long, and its rest is still to be passed over.
    cut: bool,
}

/// A line, and what is wrong with it.
type Nearly<'l> = (Cow<'l, str>, Option<ReadError>);

impl Lines {
    /// The lines of bytes as they are, which are the first of a file or follow others.
    pub(super) fn of(input: Input, encoding: Encoding, first: bool) -> Result<Lines, ReadError> {
        Ok(Lines {
            input: match first {
                true => decode(input, encoding)?,
                false => decode_rest(input, encoding)?,
            },
            buffer: Vec::new(),
            cut: false,
        })
    }

    pub(super) fn open(file: &SourceFile, encoding: Encoding, skip: usize) -> Result<Lines, ReadError> {
        let mut lines = Lines {
            input: open_text(file, encoding)?,
            buffer: Vec::new(),
            cut: false,
        };
        for _ in 0..skip {
            if !lines.fill()? {
                break;
            }
        }
        Ok(lines)
    }

    /// The next line without its end, which is LF or CRLF.
    pub(super) fn next(&mut self) -> Result<Option<&str>, ReadError> {
        Ok(self.next_with_end()?.map(|line| match line.strip_suffix('\n') {
            Some(line) => line.strip_suffix('\r').unwrap_or(line),
            None => line,
        }))
    }

    /// The next line with its end, which the last one may lack.
    fn next_with_end(&mut self) -> Result<Option<&str>, ReadError> {
        if self.fill()? {
            as_utf8(&self.buffer).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The same for records of several lines: a line that is not UTF-8 comes with its error and with U+FFFD where it is
    /// wrong, so that the end of the record can be found.
    pub(super) fn next_or_nearly(&mut self) -> Result<Option<Nearly<'_>>, ReadError> {
        if !self.fill().map_err(ReadError::fatal)? {
            return Ok(None);
        }
        Ok(Some(match std::str::from_utf8(&self.buffer) {
            Ok(line) => (line.into(), None),
            Err(error) => {
                let error = not_utf8(&self.buffer, error.valid_up_to());
                (String::from_utf8_lossy(&self.buffer), Some(error))
            }
        }))
    }

    fn fill(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        if std::mem::take(&mut self.cut) {
            self.input.skip_until(b'\n')?;
        }
        let taken = (&mut self.input)
            .take(LIMIT as u64 + 1)
            .read_until(b'\n', &mut self.buffer)?;
        if taken > LIMIT {
            self.cut = !self.buffer.ends_with(b"\n");
            Err(too_long("line").passable())
        } else {
            Ok(taken > 0)
        }
    }
}

pub(super) fn too_long(what: &str) -> ReadError {
    ReadError::new(format!("this {what} is longer than {} MiB", LIMIT >> 20))
}

fn as_utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    simdutf8::compat::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))
}

/// The error of bytes that are UTF-8 only so far.
fn not_utf8(bytes: &[u8], at: usize) -> ReadError {
    let byte = bytes.get(at).copied().unwrap_or_default();
    ReadError::new(format!("byte 0x{byte:02X} at {at} is not UTF-8"))
        .help("say `encoding latin1`, or the encoding that the file has")
        .passable()
}

/// The bytes of a file that has to be read whole.
pub(super) fn whole_bytes(file: &SourceFile) -> Result<Vec<u8>, ReadError> {
    read_whole(open(file)?)
}

/// The text of a file that has to be read whole.
pub(super) fn whole(file: &SourceFile, encoding: Encoding) -> Result<String, ReadError> {
    text_of(read_whole(open_text(file, encoding)?)?)
}

/// The text that bytes in hand stand for.
pub(super) fn decode_whole(bytes: Vec<u8>, encoding: Encoding) -> Result<String, ReadError> {
    text_of(read_whole(decode(Box::new(io::Cursor::new(bytes)), encoding)?)?)
}

fn text_of(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()))
}

fn read_whole(input: Input) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let taken = input.take(WHOLE_LIMIT + 1).read_to_end(&mut bytes)? as u64;
    if taken > WHOLE_LIMIT {
        return Err(
            ReadError::new(format!("this file holds more than {} GiB of text", WHOLE_LIMIT >> 30))
                .help("a file of this format is read whole: cut it, or make lines of JSON of it"),
        );
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines_of(bytes: &[u8], encoding: Encoding) -> Result<Vec<String>, ReadError> {
        let mut written = tempfile::NamedTempFile::with_suffix(".gz").unwrap();
        written.write_all(bytes).unwrap();
        let file = SourceFile::whole("f".to_string(), bytes.len() as u64, written.path().to_path_buf());
        let mut lines = Lines::open(&file, encoding, 0)?;
        let mut out = Vec::new();
        while let Some(line) = lines.next()? {
            out.push(line.to_string());
        }
        Ok(out)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn a_line_ends_at_a_line_feed_and_nowhere_else() {
        let text = "a\u{85}b\u{2028}c\rd\r\n\n\0last";
        assert_eq!(
            lines_of(text.as_bytes(), Encoding::Utf8).unwrap(),
            ["a\u{85}b\u{2028}c\rd", "", "\0last"]
        );
        assert_eq!(lines_of(b"one\n", Encoding::Utf8).unwrap(), ["one"]);
    }

    #[test]
    fn compression_is_known_by_the_bytes() {
        assert_eq!(lines_of(b"plain\n", Encoding::Utf8).unwrap(), ["plain"]);
        let members = [gzip("one\ntw"), gzip("o\n")].concat();
        assert_eq!(lines_of(&members, Encoding::Utf8).unwrap(), ["one", "two"]);
        let packed = zstd::encode_all(&b"\xef\xbb\xbfone\ntwo"[..], 0).unwrap();
        assert_eq!(lines_of(&packed, Encoding::Utf8).unwrap(), ["one", "two"]);
        assert!(lines_of(&members[..20], Encoding::Utf8).is_err());
        let bzip2 = |text: &str| {
            let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            writer.write_all(text.as_bytes()).unwrap();
            writer.finish().unwrap()
        };
        let members = [bzip2("one\ntw"), bzip2(""), bzip2("o\n")].concat();
        assert_eq!(lines_of(&members, Encoding::Utf8).unwrap(), ["one", "two"]);
        assert_eq!(
            lines_of(b"BZh1 is no bzip2\n", Encoding::Utf8).unwrap(),
            ["BZh1 is no bzip2"]
        );
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        xz.write_all(b"one\ntwo").unwrap();
        let packed = xz.finish().unwrap();
        assert_eq!(lines_of(&packed, Encoding::Utf8).unwrap(), ["one", "two"]);
        assert!(lines_of(&packed[..packed.len() - 9], Encoding::Utf8).is_err());
    }

    #[test]
    fn encodings_are_decoded_and_a_wrong_one_is_an_error() {
        assert_eq!(lines_of(b"\xf0\x85x\n", Encoding::Latin1).unwrap(), ["\u{f0}\u{85}x"]);
        assert_eq!(lines_of(b"\xef\xbb\xbfx\n", Encoding::Utf8).unwrap(), ["x"]);
        assert_eq!(
            lines_of(b"\xff\xfea\0\n\0b\0", Encoding::Named(encoding_rs::UTF_16LE)).unwrap(),
            ["a", "b"]
        );
        assert!(lines_of(b"\x81\n", Encoding::Named(encoding_rs::SHIFT_JIS)).is_err());
        let error = lines_of(b"a\xf0b\n", Encoding::Utf8).unwrap_err();
        assert_eq!(error.message, "byte 0xF0 at 1 is not UTF-8");
        assert!(error.help.unwrap().contains("encoding latin1"));
    }
}
