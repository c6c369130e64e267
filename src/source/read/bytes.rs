//! Bytes to text: compression by what the bytes say, encodings, byte order marks, lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult};

use super::error::ReadError;
use crate::catalog::model::Encoding;

/// The most that one line or one value may hold: more than any record, and little enough to allocate.
pub(super) const LIMIT: usize = 64 << 20;
/// The most that a file may hold whose format has to be read whole.
const WHOLE_LIMIT: u64 = 2 << 30;
const BUFFER: usize = 256 << 10;

type Input = Box<dyn BufRead + Send>;

/// The bytes of a file, decompressed. The extension says nothing: a `.gz` that is plain is read as plain.
pub(super) fn open(path: &Path) -> Result<Input, ReadError> {
    let mut input = BufReader::with_capacity(BUFFER, File::open(path)?);
    Ok(match input.fill_buf()? {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(
            BUFFER,
            flate2::bufread::MultiGzDecoder::new(input),
        )),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(BufReader::with_capacity(
            BUFFER,
            zstd::stream::read::Decoder::with_buffer(input)?,
        )),
        _ => Box::new(input),
    })
}

/// The text of a file as UTF-8, as far as its encoding can promise that: bytes that are said to be UTF-8
/// come through as they are, for the reader of lines to check and to name the line.
fn open_text(path: &Path, encoding: Encoding) -> Result<Input, ReadError> {
    decode(open(path)?, encoding)
}

fn decode(mut input: Input, encoding: Encoding) -> Result<Input, ReadError> {
    let coder = match encoding {
        Encoding::Utf8 => {
            if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
                input.consume(3);
            }
            return Ok(input);
        }
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
}

impl Lines {
    pub(super) fn open(path: &Path, encoding: Encoding, skip: usize) -> Result<Lines, ReadError> {
        let mut lines = Lines {
            input: open_text(path, encoding)?,
            buffer: Vec::new(),
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
    pub(super) fn next_with_end(&mut self) -> Result<Option<&str>, ReadError> {
        if self.fill()? {
            as_utf8(&self.buffer).map(Some)
        } else {
            Ok(None)
        }
    }

    fn fill(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        let taken = (&mut self.input)
            .take(LIMIT as u64 + 1)
            .read_until(b'\n', &mut self.buffer)?;
        if taken > LIMIT {
            Err(too_long("line"))
        } else {
            Ok(taken > 0)
        }
    }
}

pub(super) fn too_long(what: &str) -> ReadError {
    ReadError::new(format!("this {what} is longer than {} MiB", LIMIT >> 20))
}

fn as_utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error))
}

fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> ReadError {
    let at = error.valid_up_to();
    let byte = bytes.get(at).copied().unwrap_or_default();
    ReadError::new(format!("byte 0x{byte:02X} at {at} is not UTF-8"))
        .help("say `encoding latin1`, or the encoding that the file has")
}

/// The bytes of a file that has to be read whole.
pub(super) fn whole_bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    read_whole(open(path)?)
}

/// The text of a file that has to be read whole.
pub(super) fn whole(path: &Path, encoding: Encoding) -> Result<String, ReadError> {
    text_of(read_whole(open_text(path, encoding)?)?)
}

/// The text that bytes in hand stand for.
pub(super) fn decode_whole(bytes: Vec<u8>, encoding: Encoding) -> Result<String, ReadError> {
    text_of(read_whole(decode(Box::new(io::Cursor::new(bytes)), encoding)?)?)
}

fn text_of(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), error.utf8_error()))
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
        let mut file = tempfile::NamedTempFile::with_suffix(".gz").unwrap();
        file.write_all(bytes).unwrap();
        let mut lines = Lines::open(file.path(), encoding, 0)?;
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
