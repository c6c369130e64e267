//! The one way a file is laid out: [`parse`](super::parse) backwards.
//!
//! What is written stays, in its order: words, texts, comments. What changes is white space, the quotes of names that need
//! none, and the margin of blocks. Where a line may be broken at all, the author's breaks are kept, unless it is too long.

use super::parse::read;
use super::tokens::{Begins, Kind, Token, tokens};
use crate::diagnostic::{Diagnostic, FileId};

/// Lines are broken, where they can be, to be no longer than this.
const WIDTH: usize = 120;

/// The text of a file laid out. A file that cannot be read is an error, with its mistakes.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let (_, mut mistakes, left) = read(file, text);
    mistakes.extend(left);
    if mistakes.iter().any(Diagnostic::is_error) {
        return Err(mistakes);
    }
    let before = tokens(text);
    let mut reader = Reader { tokens: &before, at: 0 };
    let units = reader.units();
    let mut out = String::new();
    push_units(&units, 0, &mut out);
    // The reader stops at a brace too many, which the grammar would not have read.
    let same = reader.at == before.len() && same_words(&before, &tokens(&out));
    Ok(if same { out } else { text.to_string() })
}

/// Whether two files say the same: the same words, blocks but for their margins.
fn same_words(before: &[Token], after: &[Token]) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(a, b)| {
            a.kind == b.kind
                && if a.kind == Kind::Block {
                    block_lines(&a.text) == block_lines(&b.text)
                } else {
                    a.text == b.text
                }
        })
}

/// A statement or an element of a list, with the comments in it; or a comment by itself.
struct Unit<'t> {
    parts: Vec<Part<'t>>,
    /// Line breaks before it.
    breaks: usize,
    statement: bool,
}

enum Part<'t> {
    Token(&'t Token),
    Group(Group<'t>),
}

/// What stands in braces.
struct Group<'t> {
    /// A comment right after the brace.
    lead: Option<&'t Token>,
    units: Vec<Unit<'t>>,
    /// The author has it on one line.
    inline: bool,
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Reader<'t> {
    /// Units up to a closing brace, or the end.
    fn units(&mut self) -> Vec<Unit<'t>> {
        let mut units: Vec<Unit<'t>> = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            if token.is("}") {
                break;
            }
            let mut unit = Unit {
                parts: Vec::new(),
                breaks: token.breaks,
                statement: token.begins == Some(Begins::Statement),
            };
            if token.kind == Kind::Comment {
                self.at += 1;
                unit.parts.push(Part::Token(token));
                unit.statement = true;
                units.push(unit);
                continue;
            }
            self.parts(&mut unit);
            units.push(unit);
        }
        units
    }

    /// The parts of one unit: up to where the next begins.
    fn parts(&mut self, unit: &mut Unit<'t>) {
        let mut first = true;
        while let Some(token) = self.tokens.get(self.at) {
            let next = matches!(token.begins, Some(Begins::Statement | Begins::Element));
            if token.is("}") || (next && !first) {
                return;
            }
            // A comment on a line of its own before the next unit belongs to no unit.
            if token.kind == Kind::Comment && token.breaks > 0 && self.ends_here() {
                return;
            }
            first = false;
            self.at += 1;
            if token.is("{") {
                let start = self.at;
                let lead = self
                    .tokens
                    .get(self.at)
                    .filter(|t| t.kind == Kind::Comment && t.breaks == 0);
                self.at += usize::from(lead.is_some());
                let units = self.units();
                let inside = &self.tokens[start..(self.at + 1).min(self.tokens.len())];
                let inline = inside
                    .iter()
                    .all(|t| t.breaks == 0 && !matches!(t.kind, Kind::Comment | Kind::Block));
                self.at += 1;
                unit.parts.push(Part::Group(Group { lead, units, inline }));
            } else {
                unit.parts.push(Part::Token(token));
            }
        }
    }

    /// Whether nothing of the unit comes after these comments.
    fn ends_here(&self) -> bool {
        let next = self.tokens[self.at..].iter().find(|token| token.kind != Kind::Comment);
        next.is_none_or(|token| token.is("}") || matches!(token.begins, Some(Begins::Statement | Begins::Element)))
    }
}

/// What is broken that the author has on one line, to make lines shorter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Nothing,
    /// Braces with statements.
    Statements,
    /// Before clauses with braces.
    Clauses,
    /// Braces with elements.
    Elements,
}

const LEVELS: [Level; 4] = [Level::Nothing, Level::Statements, Level::Clauses, Level::Elements];

fn push_units(units: &[Unit<'_>], indent: usize, out: &mut String) {
    let between = between(units);
    let mut open = false;
    for (at, unit) in units.iter().enumerate() {
        let own_line = unit.statement || unit.breaks > 0 || at == 0 || ends_in_comment(&units[at - 1]);
        if own_line {
            if open {
                out.push('\n');
            }
            if at > 0 && unit.breaks > 1 {
                out.push('\n');
            }
            out.push_str(&" ".repeat(indent));
        } else {
            out.push_str(between);
        }
        out.push_str(&shortest(unit, indent));
        open = true;
    }
    if open {
        out.push('\n');
    }
}

fn ends_in_comment(unit: &Unit<'_>) -> bool {
    matches!(unit.parts.last(), Some(Part::Token(token)) if token.kind == Kind::Comment)
}

/// What stands between units on one line: more where one of them is several words.
fn between(units: &[Unit<'_>]) -> &'static str {
    if units.iter().all(|unit| unit.parts.len() == 1) {
        " "
    } else {
        "  "
    }
}

/// The text of a unit, its first line without indentation: as the author broke it, or else as short as it gets.
fn shortest(unit: &Unit<'_>, indent: usize) -> String {
    let mut best: Option<(usize, String)> = None;
    for level in LEVELS {
        let mut text = String::new();
        push_unit(unit, indent, level, &mut text);
        let width = width(&text, indent);
        if best.as_ref().is_none_or(|(other, _)| width < *other) {
            best = Some((width, text));
        }
        if width <= WIDTH {
            break;
        }
    }
    best.map(|(_, text)| text).unwrap_or_default()
}

/// The length of the longest line; those of blocks do not count, for nothing makes them shorter.
fn width(text: &str, indent: usize) -> usize {
    let mut quoted = false;
    let mut longest = 0;
    for (at, line) in text.lines().enumerate() {
        let count = line.chars().count() + if at == 0 { indent } else { 0 };
        if !quoted {
            longest = longest.max(count);
        }
        quoted ^= line.matches("\"\"\"").count() % 2 == 1;
    }
    longest
}

fn push_unit(unit: &Unit<'_>, indent: usize, level: Level, out: &mut String) {
    // Where the line begins that is being written.
    let mut margin = indent;
    let mut before: Option<&Token> = None;
    let mut closed = false;
    for (at, part) in unit.parts.iter().enumerate() {
        match part {
            Part::Token(token) if token.kind == Kind::Comment => {
                if token.breaks > 0 && at > 0 {
                    margin = indent + 2;
                    out.push('\n');
                    out.push_str(&" ".repeat(margin));
                } else if at > 0 {
                    out.push_str("  ");
                }
                out.push_str(token.text.trim_end());
                (before, closed) = (Some(*token), false);
            }
            Part::Token(token) => {
                let clause = token.begins == Some(Begins::Clause);
                let listed = before.is_some_and(|before| before.is(","));
                let forced = level >= Level::Clauses && clause && braces_follow(&unit.parts[at..]);
                let after_comment = before.is_some_and(|before| before.kind == Kind::Comment);
                if at > 0 && (after_comment || forced || (token.breaks > 0 && (clause || listed))) {
                    margin = indent + 2;
                    out.push('\n');
                    out.push_str(&" ".repeat(margin));
                } else if closed || before.is_some_and(|before| apart(before, token)) {
                    out.push(' ');
                }
                if token.kind == Kind::Block {
                    push_block(&token.text, indent + 2, out);
                } else {
                    out.push_str(&token.text);
                }
                (before, closed) = (Some(*token), false);
            }
            Part::Group(group) => {
                if out.ends_with(|c: char| c != ' ' && c != '\n') {
                    out.push(' ');
                }
                // What a statement holds is as deep as the statement, however its head is broken.
                let statements = group.units.iter().any(|unit| unit.statement);
                push_group(group, if statements { indent } else { margin }, level, out);
                (before, closed) = (None, true);
            }
        }
    }
}

/// Whether a clause, which these parts begin with, has braces.
fn braces_follow(parts: &[Part<'_>]) -> bool {
    let own = parts
        .iter()
        .skip(1)
        .take_while(|part| !matches!(part, Part::Token(token) if token.begins.is_some()));
    own.into_iter().any(|part| matches!(part, Part::Group(_)))
}

fn push_group(group: &Group<'_>, margin: usize, level: Level, out: &mut String) {
    if group.units.is_empty() && group.lead.is_none() {
        out.push_str("{}");
        return;
    }
    let statements = group.units.iter().any(|unit| unit.statement);
    let broken = if statements {
        level >= Level::Statements
    } else {
        level >= Level::Elements
    };
    if group.inline && !broken {
        let units: Vec<String> = group.units.iter().map(flat).collect();
        out.push_str(&format!("{{ {} }}", units.join(between(&group.units))));
        return;
    }
    out.push('{');
    if let Some(lead) = group.lead {
        out.push_str("  ");
        out.push_str(lead.text.trim_end());
    }
    out.push('\n');
    if group.inline {
        // Each on a line of its own, as the author's breaks will have it next time.
        for unit in &group.units {
            out.push_str(&" ".repeat(margin + 2));
            out.push_str(&shortest(unit, margin + 2));
            out.push('\n');
        }
    } else {
        push_units(&group.units, margin + 2, out);
    }
    out.push_str(&" ".repeat(margin));
    out.push('}');
}

/// A unit on one line.
fn flat(unit: &Unit<'_>) -> String {
    let mut out = String::new();
    push_unit(unit, 0, Level::Nothing, &mut out);
    out
}

/// Whether there is a space between two words of a line.
fn apart(before: &Token, after: &Token) -> bool {
    let sign = |token: &Token, signs: &[&str]| token.kind == Kind::Sign && signs.contains(&token.text.as_str());
    !sign(after, &[",", ":", "?", "]", "|"]) && !sign(before, &["[", "|"])
}

/// The lines of a block without their margin.
fn block_lines(block: &str) -> Vec<&str> {
    let inner = &block[3..block.len() - 3];
    let Some((lines, margin)) = inner.rsplit_once('\n') else {
        return vec![inner];
    };
    lines
        .split('\n')
        .skip(1)
        .map(|line| line.strip_prefix(margin).unwrap_or(line.trim_start()))
        .collect()
}

fn push_block(block: &str, margin: usize, out: &mut String) {
    out.push_str("\"\"\"\n");
    for line in block_lines(block) {
        if !line.is_empty() {
            out.push_str(&" ".repeat(margin));
            out.push_str(line);
        }
        out.push('\n');
    }
    out.push_str(&" ".repeat(margin));
    out.push_str("\"\"\"");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use regex::Regex;

    use super::super::parse::parse;
    use super::*;

    /// The tree of a file without its places.
    fn tree(text: &str) -> String {
        let (items, mistakes) = parse(FileId::default(), text);
        assert!(mistakes.is_empty(), "{mistakes:?}\n{text}");
        let places = Regex::new(r"Span \{[^}]*\}|map: \[[^\]]*\]").expect("a pattern");
        places.replace_all(&format!("{items:?}"), "_").into_owned()
    }

    fn library() -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = ["datasets", "templates", "tests/fmt"]
            .into_iter()
            .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).sort_by_file_name().into_iter());
        let found: Vec<String> = files
            .map(|entry| entry.expect("an entry").into_path())
            .filter(|path| path.extension().is_some_and(|e| e == "flan"))
            .map(|path| fs::read_to_string(path).expect("a file"))
            .collect();
        assert!(found.len() > 100, "only {} files were found", found.len());
        found
    }

    fn formatted(text: &str) -> String {
        format(FileId::default(), text).expect("a file without mistakes")
    }

    /// The same words with other white space between them.
    fn scrambled(text: &str, seed: u64) -> String {
        let mut state = seed;
        let mut out = String::new();
        let mut ends_line = false;
        for token in tokens(text) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let space = [" ", "  ", "\n", "\n\n\n", "\t", " \n  "][(state >> 33) as usize % 6];
            let broken = ends_line && !space.contains('\n');
            out.push_str(if broken { "\n" } else { space });
            out.push_str(&token.text);
            // A comment ends with its line, and so may a condition.
            ends_line = matches!(token.kind, Kind::Comment | Kind::Quoted);
        }
        out + "\n"
    }

    #[test]
    fn the_library_says_the_same_when_it_is_laid_out_and_stays_so() {
        for text in library() {
            let once = formatted(&text);
            assert_eq!(tree(&text), tree(&once));
            assert_eq!(once, formatted(&once));
        }
    }

    #[test]
    fn what_is_badly_laid_out_says_the_same_when_it_is_laid_out() {
        for (at, text) in library().iter().enumerate() {
            for seed in 0..3 {
                let text = scrambled(text, at as u64 * 3 + seed + 1);
                let once = formatted(&text);
                assert_eq!(tree(&text), tree(&once), "{text}");
                assert_eq!(once, formatted(&once), "{text}");
            }
        }
    }

    #[test]
    fn comments_stay_where_they_are() {
        let text = "// a\ncluster c {  // b\n  // c\n  title \"T\"  // d\n  // e\n}  // f\n// g\n";
        assert_eq!(formatted(text), text);
    }

    #[test]
    fn braces_of_a_mistake_in_a_type_are_not_laid_out() {
        for kind in ["chioce { yes no }", "choice { en { yes no } }", "text { yes no }"] {
            let text = format!("cluster c {{}}\ndataset d in c {{\n  field a: {kind}\n}}\n");
            let mistakes = format(FileId::default(), &text).expect_err(kind);
            assert!(mistakes.iter().any(Diagnostic::is_error), "{kind}");
        }
    }
}
