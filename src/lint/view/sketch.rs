//! A body as it would be printed along one way through its branches, with one character in the place of every value.
//!
//! Most rules about text are a search in a sketch: `▢Summary` is a value that touches a word.

use std::ops::Range;

use crate::jinja::{Part, Print};

/// Stands for a value of the row.
pub const HOLE: char = '\u{E000}';
/// Stands for the printed options.
pub const OPTIONS: char = '\u{E001}';

/// A value that is printed.
#[derive(Clone, Debug)]
pub struct Hole {
    /// Where its mark stands in the sketch.
    pub at: usize,
    pub print: Print,
}

impl Hole {
    /// The first name it reads.
    pub fn name(&self) -> &str {
        self.print.names.first().map_or("", String::as_str)
    }

    pub fn reads(&self, name: &str) -> bool {
        self.print.names.iter().any(|own| own == name)
    }
}

/// One way through a body.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    pub text: String,
    pub holes: Vec<Hole>,
    /// Pairs (offset in `text`, offset in the body), ascending: where each piece comes from.
    map: Vec<(usize, usize)>,
    /// The bytes of the body that the last piece ends at.
    end: usize,
}

/// So many ways take one branch each that the first way does not; further ones take all they can.
const WAYS: usize = 24;

/// The bytes of all sketches of one body together, beyond which no way is added: no template that somebody wrote has them.
const ROOM: usize = 64 << 20;

impl Sketch {
    /// The ways through a body, so that every branch is on one of them: the first branch of everything, and for each other
    /// branch a way that takes it. Where those are many, the later ways each take as many branches as they can that are
    /// on none yet.
    pub fn all(body: &str, parts: &[Part], ends_in_tag: bool) -> Vec<Self> {
        let mut forks = Vec::new();
        find_forks(parts, &mut Vec::new(), &mut forks);
        let mut taken = vec![[false; 2]; forks.len()];
        let mut sketches = Vec::new();
        let mut add = |first: &dyn Fn(usize) -> bool, taken: &mut [[bool; 2]]| {
            let mut sketch = Self::default();
            let mut walk = Walk {
                body,
                first,
                taken,
                seen: 0,
            };
            walk.all(parts, &mut sketch);
            if ends_in_tag && sketch.text.ends_with('\n') {
                sketch.text.pop();
            }
            let bytes = sketch.text.len();
            sketches.push(sketch);
            bytes
        };
        let ways = std::iter::once(Vec::new()).chain(forks);
        for way in ways.take(WAYS) {
            let first = |own: usize| way.iter().find(|(n, _)| *n == own).is_none_or(|(_, first)| *first);
            add(&first, &mut taken);
        }
        let mut bytes = 0;
        while bytes < ROOM {
            let mut open = Vec::with_capacity(taken.len());
            if !find_open(parts, &taken, &mut open) {
                break;
            }
            bytes += add(&|own| open[own][0] || !open[own][1], &mut taken);
        }
        sketches
    }

    /// The bytes of the body that a stretch of the sketch comes from.
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        let at = |offset: usize| {
            let piece = self.map.partition_point(|(from, _)| *from <= offset);
            piece.checked_sub(1).map_or(0, |i| {
                let (from, to) = self.map[i];
                to + (offset - from)
            })
        };
        if range.is_empty() {
            let at = at(range.start);
            return at..at;
        }
        // The last character, whole: of a hole, all of its braces.
        let last = self.text[range.clone()]
            .char_indices()
            .next_back()
            .map_or(0, |(i, _)| i)
            + range.start;
        let end = match self.hole_at(last) {
            Some(hole) => hole.print.at.end,
            None => at(last) + self.text[last..range.end].len(),
        };
        let start = match self.hole_at(range.start) {
            Some(hole) => hole.print.at.start,
            None => at(range.start),
        };
        start..end.max(start)
    }

    /// The value whose mark stands at a place.
    pub fn hole_at(&self, at: usize) -> Option<&Hole> {
        self.holes.iter().find(|hole| hole.at == at)
    }

    /// The value whose mark stands right before a place.
    pub fn hole_before(&self, at: usize) -> Option<&Hole> {
        self.holes.iter().find(|hole| hole.at + HOLE.len_utf8() == at)
    }

    fn push(&mut self, text: &str, from: usize) {
        if !text.is_empty() {
            self.map.push((self.text.len(), from));
            self.text.push_str(text);
            self.end = from + text.len();
        }
    }
}

/// The number of a branching and whether its first branch is taken.
type Way = Vec<(usize, bool)>;

/// For every branching the way that leads to its second branch.
fn find_forks(parts: &[Part], before: &mut Way, out: &mut Vec<Way>) {
    fn walk(parts: &[Part], count: &mut usize, before: &mut Way, out: &mut Vec<Way>) {
        for part in parts {
            match part {
                Part::Text(_) | Part::Print(_) => {}
                Part::Inner(inside) => walk(inside, count, before, out),
                Part::If { then, other, .. } => {
                    let own = *count;
                    *count += 1;
                    before.push((own, false));
                    out.push(before.clone());
                    before.pop();
                    before.push((own, true));
                    walk(then, count, before, out);
                    before.pop();
                    before.push((own, false));
                    walk(other, count, before, out);
                    before.pop();
                }
            }
        }
    }
    walk(parts, &mut 0, before, out);
}

/// Adds for each branching whether a branch that is on no way yet is in its first, or in its second; whether any is.
fn find_open(parts: &[Part], taken: &[[bool; 2]], out: &mut Vec<[bool; 2]>) -> bool {
    let mut any = false;
    for part in parts {
        any |= match part {
            Part::Text(_) | Part::Print(_) => false,
            Part::Inner(inside) => find_open(inside, taken, out),
            Part::If { then, other, .. } => {
                let own = out.len();
                out.push([false; 2]);
                let then = find_open(then, taken, out) || !taken[own][0];
                let other = find_open(other, taken, out) || !taken[own][1];
                out[own] = [then, other];
                then || other
            }
        };
    }
    any
}

/// How many branchings there are in some parts.
fn branchings(parts: &[Part]) -> usize {
    let each = parts.iter().map(|part| match part {
        Part::Text(_) | Part::Print(_) => 0,
        Part::Inner(inside) => branchings(inside),
        Part::If { then, other, .. } => 1 + branchings(then) + branchings(other),
    });
    each.sum()
}

struct Walk<'a> {
    body: &'a str,
    /// Whether a branching's first branch is taken.
    first: &'a dyn Fn(usize) -> bool,
    /// The branches that are on some way.
    taken: &'a mut [[bool; 2]],
    seen: usize,
}

impl Walk<'_> {
    fn all(&mut self, parts: &[Part], sketch: &mut Sketch) {
        for part in parts {
            match part {
                Part::Text(range) => sketch.push(&self.body[range.clone()], range.start),
                Part::Print(print) => self.print(print, sketch),
                Part::Inner(inside) => self.all(inside, sketch),
                Part::If { then, other, .. } => {
                    let own = self.seen;
                    self.seen += 1;
                    let first = (self.first)(own);
                    self.taken[own][usize::from(!first)] = true;
                    // The branch that is not taken is counted all the same, so that numbers mean what they mean above.
                    if first {
                        self.all(then, sketch);
                        self.seen += branchings(other);
                    } else {
                        self.seen += branchings(then);
                        self.all(other, sketch);
                    }
                }
            }
        }
    }

    fn print(&self, print: &Print, sketch: &mut Sketch) {
        if let Some(constant) = &print.constant {
            // `{{ "yes" }}` is text with a place of its own.
            let inside = &self.body[print.expr.clone()];
            let from = inside
                .find(constant.as_str())
                .map_or(print.expr.start, |at| print.expr.start + at);
            sketch.push(constant, from);
            return;
        }
        let mark = if print.names.iter().any(|name| name == "options") && print.bare {
            OPTIONS
        } else {
            HOLE
        };
        sketch.holes.push(Hole {
            at: sketch.text.len(),
            print: print.clone(),
        });
        sketch.map.push((sketch.text.len(), print.at.start));
        sketch.text.push(mark);
        sketch.end = print.at.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jinja::parts_of;

    fn sketches(body: &str) -> Vec<Sketch> {
        Sketch::all(body, &parts_of(body).expect("a body"), false)
    }

    #[test]
    fn every_branch_is_on_some_way() {
        let ways = sketches("{% if a %}1{% if b %}2{% else %}3{% endif %}{% else %}4{% if c %}5{% endif %}{% endif %}");
        let texts: Vec<&str> = ways.iter().map(|way| way.text.as_str()).collect();
        assert_eq!(texts, ["12", "45", "13", "4"]);
        // One behind another, one way takes all that are left; one inside another, each needs a way of its own.
        let row: String = (0..60)
            .map(|n| format!("{{% if a{n} %}}<{n}>{{% else %}}>{n}<{{% endif %}}"))
            .collect();
        let chain: String = (1..60).map(|n| format!("{{% elif a{n} %}}<{n}>")).collect();
        let chain = format!("{{% if a0 %}}<0>{chain}{{% else %}}<60>{{% endif %}}");
        let (row, chain) = (sketches(&row), sketches(&chain));
        assert_eq!((row.len(), chain.len()), (WAYS + 1, 61));
        for n in 0..60 {
            for text in [format!("<{n}>"), format!(">{n}<")] {
                assert!(row.iter().any(|way| way.text.contains(&text)), "{text}");
            }
        }
        assert!((0..=60).all(|n| chain.iter().any(|way| way.text == format!("<{n}>"))));
    }

    #[test]
    fn places_lead_back_to_the_body() {
        let body = "é {{ a }}n {{ \"b\" }}.";
        let way = &sketches(body)[0];
        let at = way.text.find('n').unwrap();
        assert_eq!(&body[way.origin(at..at + 1)], "n");
        assert_eq!(&body[way.origin(at - HOLE.len_utf8()..at + 1)], "{{ a }}n");
        let at = way.text.find('b').unwrap();
        assert_eq!(&body[way.origin(at..at + 1)], "b");
    }
}
