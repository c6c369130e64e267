//! Which tokens see which: sequences that lie one after another, without padding and without an axis for the batch.

use std::ops::Range;

use anyhow::bail;

/// A stretch of tokens. Its token q sees the stretch up to q, and all of the prefix.
///
/// A packed example is a span; an option of a question is a span whose prefix is the question, which is computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub len: usize,
    pub prefix: Option<Range<usize>>,
}

impl Span {
    /// A stretch that sees nothing but itself.
    pub fn new(start: usize, len: usize) -> Self {
        Self {
            start,
            len,
            prefix: None,
        }
    }

    /// The tokens that all of its tokens see.
    pub fn prefix(&self) -> Range<usize> {
        self.prefix.clone().unwrap_or(0..0)
    }
}

/// Whether spans divide `0..tokens` in order, each prefix among the tokens.
pub fn check(spans: &[Span], tokens: usize) -> anyhow::Result<()> {
    let mut end = 0;
    for span in spans {
        let prefix = span.prefix();
        if span.start != end || span.len == 0 {
            bail!(
                "the span at {} does not begin where the one before it ends, at {end}",
                span.start
            );
        }
        if prefix.start > prefix.end || prefix.end > tokens {
            bail!("the span at {} has a prefix outside of the {tokens} tokens", span.start);
        }
        end += span.len;
    }
    if end != tokens {
        bail!("spans of {end} tokens for {tokens} tokens");
    }
    Ok(())
}
