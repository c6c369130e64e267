//! Searching sketches: what most rules about text do.

use std::ops::Range;

use regex::{Captures, Regex};

use super::body::BodyView;
use super::dataset::TemplateView;
use super::sketch::{Hole, Sketch};
use crate::diagnostic::Span;
use crate::lint::Finding;
use crate::lint::fix::Fix;

/// A pattern over sketches, in which `▢` is any value, `▤` the printed options, and `■` either.
///
/// # Panics
/// Where it is no pattern: patterns are written in rules, and the tests use each.
pub fn pattern(text: &str) -> Regex {
    let text = text
        .replace('■', r"[\x{E000}\x{E001}]")
        .replace('▢', r"\x{E000}")
        .replace('▤', r"\x{E001}");
    Regex::new(&text).expect("a pattern")
}

/// A place in a sketch where a pattern was found.
pub struct Hit<'v, 'a> {
    pub template: &'v TemplateView<'a>,
    pub body: &'v BodyView<'a>,
    pub sketch: &'v Sketch,
    /// The first group of the pattern, or all of it.
    pub at: Range<usize>,
    pub captures: Captures<'v>,
}

impl<'v, 'a> Hit<'v, 'a> {
    pub fn text(&self) -> &'v str {
        &self.sketch.text[self.at.clone()]
    }

    pub fn before(&self) -> &'v str {
        &self.sketch.text[..self.at.start]
    }

    pub fn after(&self) -> &'v str {
        &self.sketch.text[self.at.end..]
    }

    pub fn span(&self) -> Span {
        self.body.span(self.sketch, self.at.clone())
    }

    /// The value right before it.
    pub fn hole_before(&self) -> Option<&'v Hole> {
        self.sketch.hole_before(self.at.start)
    }

    /// A finding here.
    pub fn finding(&self, message: impl Into<String>) -> Finding {
        Finding::new(self.span(), message)
    }

    /// A fix that writes something else here.
    pub fn replace(&self, new: &str) -> Option<Fix> {
        Fix::in_body(self.body, self.sketch.origin(self.at.clone()), new)
    }

    /// A fix that puts something in at a place of the sketch.
    pub fn insert(&self, at: usize, new: &str) -> Option<Fix> {
        let at = self.sketch.origin(at..at).start;
        Fix::in_body(self.body, at..at, new)
    }
}

/// Every place in the prompts of a template where a pattern is found.
pub fn in_prompts<'v, 'a>(
    template: &'v TemplateView<'a>,
    pattern: &Regex,
    make: impl Fn(&Hit<'v, 'a>) -> Option<Finding>,
) -> Vec<Finding> {
    template
        .prompts()
        .flat_map(|body| in_body(template, body, pattern, &make))
        .collect()
}

/// Every place in all bodies of a template where a pattern is found.
pub fn in_bodies<'v, 'a>(
    template: &'v TemplateView<'a>,
    pattern: &Regex,
    make: impl Fn(&Hit<'v, 'a>) -> Option<Finding>,
) -> Vec<Finding> {
    template
        .bodies()
        .flat_map(|body| in_body(template, body, pattern, &make))
        .collect()
}

fn in_body<'v, 'a>(
    template: &'v TemplateView<'a>,
    body: &'v BodyView<'a>,
    pattern: &Regex,
    make: &impl Fn(&Hit<'v, 'a>) -> Option<Finding>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for way in &body.ways {
        let sketch = &way.sketch;
        for captures in pattern.captures_iter(&sketch.text) {
            let Some(place) = captures.get(1).or(captures.get(0)) else {
                continue;
            };
            let hit = Hit {
                template,
                body,
                sketch,
                at: place.range(),
                captures,
            };
            found.extend(make(&hit));
        }
    }
    found
}
