//! Two texts as one, line by line: `-` and `+` before the lines that differ, and the words that do marked in them.

use super::visible::{inside, visible};
use crate::report::diff::{Mark, words};

/// Lines around a difference that are shown; the rest of what stays is counted.
const AROUND: usize = 2;

/// Whether marks are colours or brackets.
#[derive(Clone, Copy)]
pub struct Paint {
    color: bool,
}

impl Paint {
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    /// A word that went or came.
    fn word(self, mark: Mark, text: &str) -> String {
        match (mark, self.color) {
            (Mark::Same, _) => text.to_string(),
            (Mark::Removed, false) => format!("[-{text}-]"),
            (Mark::Added, false) => format!("{{+{text}+}}"),
            (Mark::Removed, true) => format!("\u{1b}[1;7m{text}\u{1b}[22;27m"),
            (Mark::Added, true) => format!("\u{1b}[1;7m{text}\u{1b}[22;27m"),
        }
    }

    /// A whole line, its words marked already.
    fn line(self, mark: Mark, text: &str) -> String {
        match (mark, self.color) {
            (Mark::Removed, true) => format!("\u{1b}[31m{text}\u{1b}[0m"),
            (Mark::Added, true) => format!("\u{1b}[32m{text}\u{1b}[0m"),
            _ => text.to_string(),
        }
    }
}

/// A line with its mark, and the same in the pieces it is made of.
struct Line {
    mark: Mark,
    text: String,
}

/// One part of an example, such as its input, before and after.
pub fn part(name: &str, old: Option<&str>, new: Option<&str>, paint: Paint) -> String {
    let lines = match (old, new) {
        (None, None) => return String::new(),
        (Some(old), Some(new)) => both(old, new, paint),
        (Some(old), None) => whole(old, Mark::Removed),
        (None, Some(new)) => whole(new, Mark::Added),
    };
    // What is there on one side alone is shown as a whole.
    let around = if old.is_some() && new.is_some() {
        AROUND
    } else {
        usize::MAX
    };
    let near = |at: usize| {
        let from = at.saturating_sub(around);
        let to = at.saturating_add(around).min(lines.len() - 1);
        lines[from..=to].iter().any(|line| line.mark != Mark::Same)
    };
    let mut out = String::new();
    let mut head = format!("{name:<6}");
    let mut skipped = 0;
    for (at, line) in lines.iter().enumerate() {
        // A short text that stays is shown all the same: it says what the rest is about.
        if !near(at) && lines.len() > 2 * AROUND + 1 {
            skipped += 1;
            continue;
        }
        push(&mut out, &mut head, skip(&mut skipped));
        let sign = match line.mark {
            Mark::Same => ' ',
            Mark::Removed => '-',
            Mark::Added => '+',
        };
        push(
            &mut out,
            &mut head,
            Some(paint.line(line.mark, &format!("{sign} {}", line.text))),
        );
    }
    push(&mut out, &mut head, skip(&mut skipped));
    out
}

fn push(out: &mut String, head: &mut String, line: Option<String>) {
    if let Some(line) = line {
        out.push_str(format!("{head} │{line}").trim_end_matches(' '));
        out.push('\n');
        *head = " ".repeat(6);
    }
}

fn skip(count: &mut usize) -> Option<String> {
    let said = (*count > 0).then(|| format!("  … {} the same", crate::text::count(*count, "line")));
    *count = 0;
    said
}

fn whole(text: &str, mark: Mark) -> Vec<Line> {
    let mut lines: Vec<Line> = text
        .split('\n')
        .map(|line| Line {
            mark,
            text: visible(line),
        })
        .collect();
    if text.ends_with('\n') {
        lines.pop();
        if let Some(last) = lines.last_mut() {
            last.text.push_str(" ⏎");
        }
    }
    lines
}

/// Both texts: lines without a mark once, others as they were and as they are.
fn both(old: &str, new: &str, paint: Paint) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut block = Block::default();
    for (mark, piece) in words(old, new) {
        if piece != "\n" {
            block.add(mark, piece);
            continue;
        }
        match mark {
            Mark::Same => {
                block.end_line(Mark::Removed);
                block.end_line(Mark::Added);
                block.flush(&mut lines, paint);
            }
            one => {
                block.dirty = true;
                block.end_line(one);
            }
        }
    }
    block.end_line(Mark::Removed);
    block.end_line(Mark::Added);
    block.flush(&mut lines, paint);
    lines
}

/// Lines since the last line break that both texts share.
#[derive(Default)]
struct Block<'a> {
    dirty: bool,
    old: Vec<Vec<(Mark, &'a str)>>,
    new: Vec<Vec<(Mark, &'a str)>>,
    old_line: Vec<(Mark, &'a str)>,
    new_line: Vec<(Mark, &'a str)>,
}

impl<'a> Block<'a> {
    fn add(&mut self, mark: Mark, piece: &'a str) {
        self.dirty |= mark != Mark::Same;
        if mark != Mark::Added {
            self.old_line.push((mark, piece));
        }
        if mark != Mark::Removed {
            self.new_line.push((mark, piece));
        }
    }

    fn end_line(&mut self, side: Mark) {
        if side == Mark::Removed {
            self.old.push(std::mem::take(&mut self.old_line));
        } else {
            self.new.push(std::mem::take(&mut self.new_line));
        }
    }

    fn flush(&mut self, lines: &mut Vec<Line>, paint: Paint) {
        let (old, new) = (std::mem::take(&mut self.old), std::mem::take(&mut self.new));
        if std::mem::take(&mut self.dirty) {
            lines.extend(old.into_iter().map(|line| marked(&line, Mark::Removed, paint)));
            lines.extend(new.into_iter().map(|line| marked(&line, Mark::Added, paint)));
        } else {
            lines.extend(new.into_iter().map(|line| marked(&line, Mark::Same, paint)));
        }
    }
}

/// A line whose marked words stand out, neighbours with one mark as one. Spaces at its end are in sight.
fn marked(pieces: &[(Mark, &str)], mark: Mark, paint: Paint) -> Line {
    let mut runs: Vec<(Mark, String)> = Vec::new();
    for (of, piece) in pieces {
        match runs.last_mut() {
            Some((last, text)) if last == of => text.push_str(piece),
            _ => runs.push((*of, (*piece).to_string())),
        }
    }
    // A line that is new or gone as a whole says so by its sign.
    let all = runs.iter().all(|(of, _)| *of != Mark::Same);
    let last = runs.len();
    let mut text = String::new();
    for (at, (of, run)) in runs.iter().enumerate() {
        let run = if at + 1 == last { visible(run) } else { inside(run) };
        text.push_str(&if all { run } else { paint.word(*of, &run) });
    }
    Line { mark, text }
}
