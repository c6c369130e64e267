//! Fixes: replacements in `.flan` files, and how many of them are put in at once.

use std::collections::BTreeMap;
use std::ops::Range;

use super::findings::Finding;
use super::view::BodyView;
use crate::diagnostic::{FileId, Sources, Span};

/// A change of a file that takes a finding away.
#[derive(Clone, Debug)]
pub struct Fix {
    /// Whether it can only be an improvement; else a person looks at it first.
    pub safe: bool,
    pub edits: Vec<(Span, String)>,
}

impl Fix {
    /// Puts a text in the place of bytes of a body, written as the body's string or block writes it.
    pub fn in_body(body: &BodyView, range: Range<usize>, new: &str) -> Option<Self> {
        let span = if range.is_empty() {
            let at = insertion(body, range.start);
            Span { end: at.start, ..at }
        } else {
            body.text.place(range.start, range.end)
        };
        Some(Self {
            safe: true,
            edits: vec![(span, written(body, new)?)],
        })
    }

    #[must_use]
    pub fn unsafely(mut self) -> Self {
        self.safe = false;
        self
    }
}

/// Where a text goes that is put in before a byte of a body, or at its end.
fn insertion(body: &BodyView, at: usize) -> Span {
    let text = body.text;
    if at < text.value.len() {
        return text.place(at, at + 1);
    }
    let last = text.place(at.saturating_sub(1), at);
    Span {
        start: last.end,
        ..last
    }
}

/// A text as a string or a block holds it; none where a block would have to break a line at a margin it does not tell.
fn written(body: &BodyView, new: &str) -> Option<String> {
    // A block's text begins after its quotes, its newline and its margin; a string's right after its quote.
    let block = body
        .text
        .map
        .first()
        .is_some_and(|(_, at)| *at > body.text.span.start + 1);
    if !block {
        return Some(new.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
    }
    (!new.contains('\n')).then(|| new.to_string())
}

/// The new texts of the files that fixes change, with how many were put in. Of two that touch the same place the first
/// goes in; another run sees to the second.
pub fn apply(findings: &[Finding], sources: &Sources, unsafely: bool) -> (BTreeMap<FileId, String>, usize) {
    let mut edits: BTreeMap<FileId, Vec<(Span, &str)>> = BTreeMap::new();
    let mut count = 0;
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        if !fix.safe && !unsafely {
            continue;
        }
        let free = fix.edits.iter().all(|(span, _)| {
            let taken = edits.get(&span.file).map_or(&[][..], Vec::as_slice);
            taken
                .iter()
                .all(|(other, _)| span.end < other.start || other.end < span.start)
        });
        if !free {
            continue;
        }
        for (span, new) in &fix.edits {
            edits.entry(span.file).or_default().push((*span, new));
        }
        count += 1;
    }
    let changed = edits.into_iter().map(|(file, mut edits)| {
        edits.sort_by_key(|(span, _)| *span);
        let old = sources.text(file);
        let (mut text, mut at) = (String::with_capacity(old.len()), 0);
        for (span, new) in edits {
            text.push_str(&old[at..span.start]);
            text.push_str(new);
            at = span.end;
        }
        text.push_str(&old[at..]);
        (file, text)
    });
    (changed.collect(), count)
}
