//! Arrow IPC, as a stream and as a file, which is a stream between a magic word and a footer.
//!
//! The crate's readers allocate what a file claims to need, and abort on a damaged one; its push decoder
//! holds no more than it was given.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;

use super::guarded;
use crate::source::read::error::ReadError;

const MAGIC: &[u8] = b"ARROW1";
const CHUNK: u64 = 1 << 20;

pub(super) struct Batches {
    file: File,
    /// A footer follows the end of the stream.
    footed: bool,
    decoder: StreamDecoder,
    chunk: Buffer,
    /// The first batch, where it came to light with the schema.
    ready: Option<RecordBatch>,
    ended: bool,
}

impl Batches {
    pub(super) fn open(mut file: File) -> Result<(SchemaRef, Batches), ReadError> {
        let mut magic = Vec::new();
        (&mut file).take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        let footed = magic == MAGIC;
        if footed {
            // A file that was cut off could end where a message does.
            let mut end = Vec::new();
            file.seek(SeekFrom::End(-(MAGIC.len() as i64)))?;
            file.read_to_end(&mut end)?;
            if end != MAGIC {
                return Err(ReadError::new("this Arrow file is cut off"));
            }
            // Zeros fill up to the alignment that the writer chose; a message starts with 0xFF.
            file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
            let mut padding = Vec::new();
            (&mut file).take(256).read_to_end(&mut padding)?;
            let zeros = padding.iter().take_while(|byte| **byte == 0).count();
            file.seek(SeekFrom::Start((MAGIC.len() + zeros) as u64))?;
        } else {
            file.rewind()?;
        }
        let (decoder, chunk) = (StreamDecoder::new(), Buffer::from(Vec::<u8>::new()));
        let mut batches = Batches {
            file,
            footed,
            decoder,
            chunk,
            ready: None,
            ended: false,
        };
        while batches.decoder.schema().is_none() && !batches.ended {
            batches.ready = batches.step()?;
        }
        let schema = batches
            .decoder
            .schema()
            .ok_or_else(|| ReadError::new("this is not Arrow IPC: it has no schema"))?;
        Ok((schema, batches))
    }

    /// One chunk of the file, or less where a batch is complete.
    fn step(&mut self) -> Result<Option<RecordBatch>, ReadError> {
        if self.chunk.is_empty() {
            let mut bytes = Vec::new();
            (&mut self.file).take(CHUNK).read_to_end(&mut bytes)?;
            self.chunk = Buffer::from_vec(bytes);
        }
        let Batches {
            footed,
            decoder,
            chunk,
            ended,
            ..
        } = self;
        if chunk.is_empty() {
            *ended = true;
            return guarded(|| decoder.finish()).map(|()| None);
        }
        match guarded(|| decoder.decode(chunk)) {
            Ok(batch) => Ok(batch),
            Err(error) => {
                *ended = true;
                match decoder.finish() {
                    Ok(()) if *footed => Ok(None),
                    Ok(()) => Err(ReadError::new("there are bytes after the end of this Arrow stream")
                        .help("a file holds one stream: write each into a file of its own")),
                    Err(_) => Err(error),
                }
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.ready.take() {
            return Some(Ok(batch));
        }
        while !self.ended {
            if let Some(batch) = self.step().transpose() {
                return Some(batch);
            }
        }
        None
    }
}
