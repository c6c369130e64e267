//! One body with its parts, its sketches and their sentences.

use std::ops::Range;

use super::sentences::{Sentence, sentences};
use super::sketch::{Hole, Sketch};
use crate::catalog::Text;
use crate::diagnostic::Span;
use crate::jinja::{self, Part};

/// A body, read.
pub struct BodyView<'a> {
    pub text: &'a Text,
    pub parts: Vec<Part>,
    /// The ways through it; the first takes the first branch of everything.
    pub ways: Vec<Way>,
}

/// One way through a body.
pub struct Way {
    pub sketch: Sketch,
    pub sentences: Vec<Sentence>,
}

impl<'a> BodyView<'a> {
    pub fn new(text: &'a Text) -> Self {
        let parts = jinja::parts_of(&text.value).unwrap_or_default();
        let ways = Sketch::all(&text.value, &parts, text.ends_in_tag)
            .into_iter()
            .map(|sketch| Way {
                sentences: sentences(&sketch.text),
                sketch,
            });
        Self {
            text,
            ways: ways.collect(),
            parts,
        }
    }

    /// The way that takes the first branch of everything.
    pub fn sketch(&self) -> &Sketch {
        &self.ways[0].sketch
    }

    /// Every value that is printed somewhere, each place once.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        let mut seen: Vec<usize> = Vec::new();
        self.ways.iter().flat_map(|way| &way.sketch.holes).filter(move |hole| {
            let new = !seen.contains(&hole.print.at.start);
            if new {
                seen.push(hole.print.at.start);
            }
            new
        })
    }

    /// Whether it prints a value of this name.
    pub fn prints(&self, name: &str) -> bool {
        self.holes().any(|hole| hole.reads(name))
    }

    /// The place in the file of a stretch of a sketch.
    pub fn span(&self, sketch: &Sketch, range: Range<usize>) -> Span {
        let origin = sketch.origin(range);
        self.text.place(origin.start, origin.end)
    }

    /// The place in the file of bytes of the body.
    pub fn place(&self, range: Range<usize>) -> Span {
        self.text.place(range.start, range.end)
    }
}
