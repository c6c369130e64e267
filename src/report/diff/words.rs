//! Two texts word by word, or line by line: what stayed, what went, what came.

/// What became of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Same,
    Removed,
    Added,
}

/// Cells of the table of common subsequences; texts that differ in more are marked as a whole.
const CELLS: usize = 4_000_000;

/// The pieces of both texts in their order, each a run of words with one mark. A line break is a piece of its own.
///
/// What stays is a longest common subsequence of words, spaces and signs.
pub fn words<'a>(old: &'a str, new: &'a str) -> Vec<(Mark, &'a str)> {
    aligned(&pieces(old), &pieces(new))
}

/// The lines of both texts in their order, each with the line break that ends it. What stays is a longest common subsequence.
pub fn lines<'a>(old: &'a str, new: &'a str) -> Vec<(Mark, &'a str)> {
    let split = |text: &'a str| text.split_inclusive('\n').collect::<Vec<_>>();
    aligned(&split(old), &split(new))
}

fn aligned<'a>(one: &[&'a str], other: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let rest = one.len().min(other.len()) - head;
    let tail = (0..rest)
        .take_while(|n| one[one.len() - 1 - n] == other[other.len() - 1 - n])
        .count();
    let (middle, changed) = (&one[head..one.len() - tail], &other[head..other.len() - tail]);
    let mut marked: Vec<(Mark, &str)> = one[..head].iter().map(|piece| (Mark::Same, *piece)).collect();
    if middle.len().saturating_mul(changed.len()) > CELLS {
        marked.extend(middle.iter().map(|piece| (Mark::Removed, *piece)));
        marked.extend(changed.iter().map(|piece| (Mark::Added, *piece)));
    } else {
        marked.extend(common(middle, changed));
    }
    marked.extend(one[one.len() - tail..].iter().map(|piece| (Mark::Same, *piece)));
    marked
}

/// Words, runs of spaces, line breaks, and every other sign alone.
fn pieces(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '\n' => None,
        c if c.is_alphanumeric() || c == '_' => Some(true),
        c if c.is_whitespace() => Some(false),
        _ => None,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut before: Option<bool> = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if at > start && (now.is_none() || now != before) {
            found.push(&text[start..at]);
            start = at;
        }
        before = now;
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

/// Marks two lists of pieces by a longest common subsequence, what went before what came.
fn common<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let width = new.len() + 1;
    // Pieces in common from (i, j) on.
    let mut table = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i * width + j] = if old[i] == new[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut marked = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            marked.push((Mark::Same, old[i]));
            i += 1;
            j += 1;
        } else if j == new.len() || (i < old.len() && table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            marked.push((Mark::Removed, old[i]));
            i += 1;
        } else {
            marked.push((Mark::Added, new[j]));
            j += 1;
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let mark = |(mark, piece): &(Mark, &str)| match mark {
            Mark::Same => (*piece).to_string(),
            Mark::Removed => format!("[-{piece}-]"),
            Mark::Added => format!("{{+{piece}+}}"),
        };
        words(old, new).iter().map(mark).collect()
    }

    #[test]
    fn words_are_marked_and_the_rest_stays() {
        assert_eq!(shown("Is it true?", "Is it so?"), "Is it [-true-]{+so+}?");
        assert_eq!(shown("a b\nc", "a b\nd"), "a b\n[-c-]{+d+}");
        assert_eq!(shown("", "x"), "{+x+}");
        assert_eq!(shown("same", "same"), "same");
    }

    #[test]
    fn both_texts_are_in_the_marks() {
        for (old, new) in [("a  b, c", "b c c\n"), ("é ä", "ä é"), ("x\n\ny", "\n")] {
            let marked = words(old, new);
            let side = |not: Mark| -> String {
                marked
                    .iter()
                    .filter(|(mark, _)| *mark != not)
                    .map(|(_, piece)| *piece)
                    .collect()
            };
            assert_eq!((side(Mark::Added).as_str(), side(Mark::Removed).as_str()), (old, new));
        }
    }
}
