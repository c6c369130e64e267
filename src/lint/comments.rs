//! The comments of a `.flan` file, and what the text around them spans: found by quotes and braces alone, so that a file
//! with mistakes has its comments too.

use std::ops::Range;

/// A comment and what it stands on or above.
#[derive(Debug, PartialEq)]
pub struct Comment {
    /// Its bytes, from `//` to the end of the line.
    pub at: Range<usize>,
    /// The bytes of the item or statement that it stands on, or above.
    pub covers: Range<usize>,
}

/// Every comment of a text.
pub fn comments(text: &str) -> Vec<Comment> {
    let (places, depths) = scan(text);
    places
        .into_iter()
        .map(|at| {
            let line = text[..at.start].rfind('\n').map_or(0, |n| n + 1);
            let alone = text[line..at.start].trim().is_empty();
            let from = if alone { next_code(text, at.end) } else { line };
            Comment {
                covers: from..extent(text, &depths, from),
                at,
            }
        })
        .collect()
}

/// The first byte after a place that is neither white space nor in a comment.
fn next_code(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        if !text[at..].starts_with("//") {
            return at;
        }
        at += text[at..].find('\n').unwrap_or(text.len() - at);
    }
}

/// Where the item that begins at a place ends: with the first line that leaves no brace or string open.
fn extent(text: &str, depths: &[(usize, i32)], from: usize) -> usize {
    let depth_at = |at: usize| {
        let i = depths.partition_point(|(place, _)| *place < at);
        i.checked_sub(1).map_or(0, |i| depths[i].1)
    };
    let outside = depth_at(from);
    let mut end = from;
    loop {
        end += text[end..].find('\n').unwrap_or(text.len() - end);
        if depth_at(end) <= outside || end >= text.len() {
            return end;
        }
        end += 1;
    }
}

/// The places of comments, and after every brace and quote how many of them are open.
fn scan(text: &str) -> (Vec<Range<usize>>, Vec<(usize, i32)>) {
    let (mut comments, mut depths) = (Vec::new(), Vec::new());
    let (bytes, mut at, mut depth) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => {
                let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
                comments.push(at..text[..end].trim_end().len());
                at = end;
                continue;
            }
            b'"' => {
                let quotes = if bytes[at..].starts_with(b"\"\"\"") { 3 } else { 1 };
                depths.push((at, depth + 1));
                at = string_end(text, at, quotes);
                depths.push((at.saturating_sub(1), depth));
                continue;
            }
            b'{' => {
                depth += 1;
                depths.push((at, depth));
            }
            b'}' => {
                depth -= 1;
                depths.push((at, depth));
            }
            _ => {}
        }
        at += 1;
    }
    (comments, depths)
}

fn string_end(text: &str, start: usize, quotes: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + quotes;
    while at < bytes.len() {
        match bytes[at] {
            b'"' if quotes == 1 => return at + 1,
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return at + 3,
            // No string runs over its line: what is open there is a mistake, and `check` says so.
            b'\n' if quotes == 1 => return at,
            b'\\' if quotes == 1 => at += 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_covers_what_it_stands_on_or_above() {
        let text = "// one\n// two\ndataset a {\n  title \"// no {\" // three\n  note \"\"\"\n    { // no\n    \"\"\"\n}\ncluster b {}\n";
        let found: Vec<(&str, &str)> = comments(text)
            .iter()
            .map(|c| (&text[c.at.clone()], text[c.covers.clone()].trim()))
            .collect();
        let item = text[14..].split("\ncluster").next().unwrap();
        assert_eq!(
            found,
            [
                ("// one", item),
                ("// two", item),
                ("// three", "title \"// no {\" // three")
            ]
        );
    }
}
