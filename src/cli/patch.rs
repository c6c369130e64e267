//! A file as it is and as it would be, as a patch: whole lines, `-` and `+` before those that differ, three around them.

use std::fmt::Write as _;
use std::ops::Range;

use crate::report::diff::{Mark, lines};

/// Lines around a difference.
const AROUND: usize = 3;

/// The patch that makes one text of the other, with the file's name; nothing where they are the same.
pub fn patch(name: &str, old: &str, new: &str, color: bool) -> String {
    let lines = lines(old, new);
    let hunks = hunks(&lines);
    if hunks.is_empty() {
        return String::new();
    }
    let paint = |code: &str, text: &str| match color {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_string(),
    };
    let mut out = String::new();
    for sign in ["---", "+++"] {
        let _ = writeln!(out, "{}", paint("1", &format!("{sign} {name}")));
    }
    for hunk in hunks {
        let place = |gone: Mark| {
            let count = |range: Range<usize>| lines[range].iter().filter(|(mark, _)| *mark != gone).count();
            let (before, here) = (count(0..hunk.start), count(hunk.clone()));
            // Where nothing stands on a side, the line before is named.
            match here {
                1 => format!("{}", before + 1),
                _ => format!("{},{here}", before + usize::from(here > 0)),
            }
        };
        let head = format!("@@ -{} +{} @@", place(Mark::Added), place(Mark::Removed));
        let _ = writeln!(out, "{}", paint("36", &head));
        for (mark, line) in &lines[hunk] {
            let text = line.strip_suffix('\n').unwrap_or(line);
            let line_out = match mark {
                Mark::Same => format!(" {text}"),
                Mark::Removed => paint("31", &format!("-{text}")),
                Mark::Added => paint("32", &format!("+{text}")),
            };
            let _ = writeln!(out, "{line_out}");
            if !line.ends_with('\n') {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// Runs of lines that differ, with those around them; runs that would touch are one.
fn hunks(lines: &[(Mark, &str)]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, (mark, _))| *mark != Mark::Same) {
        let (start, end) = (at.saturating_sub(AROUND), (at + AROUND + 1).min(lines.len()));
        match found.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => found.push(start..end),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_are_shown_with_three_around_them() {
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old
            .replace("5\n6\n", "5\nfive and a half\n6\n")
            .replace("18\n", "eighteen\n");
        assert_eq!(
            patch("a.flan", &old, &new, false),
            "--- a.flan\n+++ a.flan\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+five and a half\n 6\n 7\n 8\n\
             @@ -15,6 +16,6 @@\n 15\n 16\n 17\n-18\n+eighteen\n 19\n 20\n"
        );
    }

    #[test]
    fn ends_and_empty_texts_are_said() {
        assert_eq!(patch("a", "x\n", "x\n", false), "");
        assert_eq!(patch("a", "", "x\n", false), "--- a\n+++ a\n@@ -0,0 +1 @@\n+x\n");
        assert_eq!(
            patch("a", "x", "x\n", false),
            "--- a\n+++ a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n"
        );
    }
}
