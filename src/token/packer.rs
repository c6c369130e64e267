//! Examples in their order to packed rows, some at a time, each row checked before it is given out.
//!
//! One way for all who need rows: a build that writes them, and a trainer that makes them as it goes.

use anyhow::{Context as _, ensure};
use rayon::prelude::*;

use super::fit::fit;
use super::frame::{Dropped, Example, Frame, Texts};
use super::row::{NO_LOSS, Row};
use super::settings::Sides;

/// Examples are packed among themselves until they have the tokens of this many rows: what memory holds, and how far an
/// example may stand from its place in the mixture.
const WINDOW: usize = 1024;

/// What became of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub dropped: Option<Dropped>,
    /// Tokens of its inputs, and of its targets, that a limit took.
    pub lost: (u32, u32),
    /// Its tokens in a row, and those of them with a loss.
    pub tokens: u32,
    pub supervised: u32,
}

/// Packs the examples of one shard.
pub struct Packer<'f> {
    frame: &'f Frame<'f>,
    /// How many examples were given.
    seen: usize,
    held: Vec<Held>,
    tokens: usize,
    /// What is ready.
    rows: Vec<Row>,
    /// The example that could not be tokenised.
    failed: Option<usize>,
}

/// An example that waits for its row.
struct Held {
    at: usize,
    example: Example,
    /// What the tokens with a loss have to say.
    kept: String,
}

impl<'f> Packer<'f> {
    pub fn new(frame: &'f Frame<'f>) -> Self {
        Self {
            frame,
            seen: 0,
            held: Vec::new(),
            tokens: 0,
            rows: Vec::new(),
            failed: None,
        }
    }

    /// Takes the next examples; what became of each. An error names the example by its place, from 0.
    pub fn push(&mut self, texts: &[Texts<'_>]) -> anyhow::Result<Vec<Outcome>> {
        let frame = self.frame;
        let begun = texts.par_iter().with_min_len(16).map(|texts| begin(frame, *texts));
        let begun: Vec<anyhow::Result<Result<(Example, String), Dropped>>> = begun.collect();
        let mut outcomes = Vec::with_capacity(texts.len());
        for example in begun {
            let at = self.seen;
            self.seen += 1;
            let example = example.with_context(|| {
                self.failed = Some(at);
                format!("example {at} cannot be tokenised")
            })?;
            let (example, kept) = match example {
                Ok(example) => example,
                Err(dropped) => {
                    outcomes.push(Outcome {
                        dropped: Some(dropped),
                        lost: (0, 0),
                        tokens: 0,
                        supervised: 0,
                    });
                    continue;
                }
            };
            let length = example.ids.len();
            outcomes.push(Outcome {
                dropped: None,
                lost: example.lost,
                tokens: length as u32,
                supervised: (length - example.prompt) as u32,
            });
            self.tokens += length;
            self.held.push(Held { at, example, kept });
            if self.tokens >= WINDOW * self.frame.settings().seq_len {
                self.close()?;
            }
        }
        Ok(outcomes)
    }

    /// The place of the example that could not be tokenised, after an error that is about one.
    pub fn failed(&self) -> Option<usize> {
        self.failed
    }

    /// The rows that are ready.
    pub fn ready(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.rows)
    }

    /// The place of the first example that is in no row yet; all before it are, or were dropped.
    pub fn waits_for(&self) -> usize {
        self.held.first().map_or(self.seen, |held| held.at)
    }

    /// The rows that are left, when all examples were given.
    pub fn rest(&mut self) -> anyhow::Result<Vec<Row>> {
        self.close()?;
        Ok(self.ready())
    }

    /// Packs what is held.
    fn close(&mut self) -> anyhow::Result<()> {
        let held = std::mem::take(&mut self.held);
        self.tokens = 0;
        let lengths: Vec<usize> = held.iter().map(|held| held.example.ids.len()).collect();
        let rows = fit(&lengths, self.frame.settings().seq_len);
        let made = rows.into_par_iter().map(|members| {
            let mut row = Row::default();
            for at in &members {
                row.push(held[*at].at, &held[*at].example.ids, held[*at].example.prompt);
            }
            check(self.frame, &row, members.iter().map(|at| held[*at].kept.as_str()))?;
            Ok(row)
        });
        let made: Vec<Row> = made.collect::<anyhow::Result<_>>()?;
        self.rows.extend(made);
        Ok(())
    }
}

/// The tokens of an example, and what its targets are to say: the text itself, or what the tokenizer keeps of it.
fn begin(frame: &Frame<'_>, texts: Texts<'_>) -> anyhow::Result<Result<(Example, String), Dropped>> {
    let example = match frame.example(texts)? {
        Ok(example) => example,
        Err(dropped) => return Ok(Err(dropped)),
    };
    let tokenizer = frame.tokenizer();
    let said = tokenizer.decode(&example.ids[example.prompt..example.ids.len() - 1]);
    if says(frame, texts, &said, texts.targets, example.lost.1 == 0) {
        return Ok(Ok((example, said)));
    }
    // A tokenizer that changes texts: then what it says of the whole targets counts.
    let again = tokenizer.decode_by_library(&tokenizer.encode_by_library(texts.targets)?);
    ensure!(
        says(frame, texts, &said, &again, example.lost.1 == 0),
        "its tokens say {said:?} where its targets are {:?}",
        texts.targets
    );
    Ok(Ok((example, said)))
}

/// The most bytes that a token across the border brings from before it.
const ACROSS: usize = 64;

/// Whether tokens say the targets; the beginning of them, where not the whole was kept.
fn says(frame: &Frame<'_>, texts: Texts<'_>, said: &str, targets: &str, whole: bool) -> bool {
    // The last character may be cut in two.
    let cut = |said: &'_ str| said.trim_end_matches('\u{fffd}').to_string();
    match (frame.settings().sides, whole) {
        (Sides::Apart, true) => said == targets,
        (Sides::Apart, false) => targets.starts_with(&cut(said)),
        (Sides::Jointly, whole) => {
            let before = format!("{}\n", texts.inputs);
            let from = before.len().saturating_sub(ACROSS);
            let starts = (from..=before.len()).filter(|at| before.is_char_boundary(*at));
            // Decoders drop a space at the beginning.
            let mut texts = starts.map(|at| format!("{}{targets}", &before[at..]));
            let (said, cut) = (said.trim_start(), cut(said));
            texts.any(|text| match whole {
                true => text.trim_start() == said,
                false => text.trim_start().starts_with(cut.trim_start()),
            })
        }
    }
}

/// Holds a row to what it was made of: one BOS at the beginning of an example where the tokenizer has one, positions and
/// segments that fit, labels that are the tokens, and say the kept targets and EOS.
fn check<'k>(frame: &Frame<'_>, row: &Row, kept: impl Iterator<Item = &'k str>) -> anyhow::Result<()> {
    let tokenizer = frame.tokenizer();
    let fault = |what: &str| {
        let examples: Vec<String> = row.examples.iter().map(usize::to_string).collect();
        format!("the row of the examples {} is not sound: {what}", examples.join(", "))
    };
    let length = row.len();
    ensure!(length <= frame.settings().seq_len, fault("it is too long"));
    let columns = [row.labels.len(), row.position_ids.len(), row.segment_ids.len()];
    ensure!(columns == [length; 3], fault("its columns differ in length"));
    let (mut start, mut segments) = (0, 0);
    for kept in kept {
        segments += 1;
        ensure!(start < length, fault("an example has no tokens"));
        let of = |at: &usize| row.segment_ids[*at] == segments;
        let end = start + (start..length).take_while(of).count();
        let ids = &row.input_ids[start..end];
        let labels = &row.labels[start..end];
        let counted = row.position_ids[start..end].iter().copied().eq(0..ids.len() as u32);
        ensure!(counted, fault("its positions do not count from 0"));
        if let Some(bos) = tokenizer.bos().filter(|bos| *bos != tokenizer.eos()) {
            let once = ids.first() == Some(&bos) && !ids[1..].contains(&bos);
            ensure!(once, fault("an example has not one BOS"));
        }
        let prompt = labels.iter().take_while(|label| **label == NO_LOSS).count();
        let says = ids[prompt..].iter().zip(&labels[prompt..]);
        let masked = says.clone().all(|(id, label)| i64::from(*id) == i64::from(*label));
        ensure!(prompt < ids.len() && masked, fault("its labels are not its tokens"));
        ensure!(
            ids.last() == Some(&tokenizer.eos()),
            fault("an example does not end in EOS")
        );
        let said = tokenizer.decode(&ids[prompt..ids.len() - 1]);
        ensure!(said == kept, fault("its labels do not say the targets"));
        start = end;
    }
    ensure!(
        start == length && segments as usize == row.examples.len(),
        fault("it has tokens of no example")
    );
    Ok(())
}
