//! Pieces of a Jinja template to its tree.

use super::expression::Words;
use super::lexer::{Fault, Piece, pieces};
use super::tree::{Expr, For, Node};

/// Loops and conditions may stand in each other this often.
const DEEPEST: usize = 64;

/// Reads a template. `|||` in its text is [`Node::Divide`].
pub fn parse(source: &str) -> Result<Vec<Node>, Fault> {
    let pieces = pieces(source)?;
    let mut reader = Reader {
        pieces: &pieces,
        next: 0,
        depth: 0,
    };
    let (nodes, end) = reader.nodes(&[])?;
    match end {
        Some(end) => Err(Fault::new(end.at(), format!("`{}` closes nothing here", end.word))),
        None => Ok(nodes),
    }
}

/// Adds text, which may divide a template, to the text before it.
fn push_text(found: &mut Vec<Node>, text: &str) {
    for (at, part) in text.split("|||").enumerate() {
        if at > 0 {
            found.push(Node::Divide);
        }
        match found.last_mut() {
            _ if part.is_empty() => {}
            Some(Node::Text(before)) => before.push_str(part),
            _ => found.push(Node::Text(part.to_string())),
        }
    }
}

struct Reader<'t> {
    pieces: &'t [Piece<'t>],
    next: usize,
    depth: usize,
}

/// The tag that ended a row of nodes.
struct End {
    word: String,
    rest: Words,
}

impl End {
    fn at(&self) -> usize {
        self.rest.at()
    }
}

impl Reader<'_> {
    /// Nodes up to a tag with one of these words.
    fn nodes(&mut self, ends: &[&str]) -> Result<(Vec<Node>, Option<End>), Fault> {
        let mut found = Vec::new();
        while let Some(piece) = self.pieces.get(self.next) {
            self.next += 1;
            match piece {
                Piece::Text(text) => push_text(&mut found, text),
                Piece::Print(inner, at) => {
                    let mut words = Words::of(inner, *at)?;
                    match words.tuple()? {
                        Expr::Text(text) => push_text(&mut found, &text),
                        expr => found.push(Node::Print(expr)),
                    }
                    words.end()?;
                }
                Piece::Tag(inner, at) => {
                    let mut words = Words::of(inner, *at)?;
                    let word = words.name()?;
                    if ends.contains(&word.as_str()) || word.starts_with("end") || word == "else" || word == "elif" {
                        if ends.contains(&word.as_str()) {
                            return Ok((found, Some(End { word, rest: words })));
                        }
                        return Err(Fault::new(*at, format!("`{word}` closes nothing here")));
                    }
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(Fault::new(*at, "tags are nested too deeply here"));
                    }
                    found.push(self.tag(&word, words, *at)?);
                    self.depth -= 1;
                }
            }
        }
        if let Some(wanted) = ends.last() {
            return Err(Fault::new(0, format!("`{wanted}` is missing at the end")));
        }
        Ok((found, None))
    }

    fn closed(&mut self, ends: &[&str]) -> Result<(Vec<Node>, End), Fault> {
        let (nodes, end) = self.nodes(ends)?;
        end.map(|end| (nodes, end))
            .ok_or_else(|| Fault::new(0, "a tag is not closed"))
    }

    fn tag(&mut self, word: &str, mut words: Words, at: usize) -> Result<Node, Fault> {
        match word {
            "if" => {
                let mut arms = Vec::new();
                let mut when = Some(words.tuple()?);
                words.end()?;
                loop {
                    let (body, mut end) = self.closed(&["elif", "else", "endif"])?;
                    arms.push((when.take(), body));
                    match end.word.as_str() {
                        "elif" => when = Some(end.rest.tuple()?),
                        "endif" => return Ok(Node::If(arms)),
                        _ if arms.last().is_some_and(|(when, _)| when.is_none()) => {
                            return Err(Fault::new(end.at(), "two `else` for one `if`"));
                        }
                        _ => {}
                    }
                }
            }
            "for" => {
                let mut targets = Vec::new();
                let bracket = words.take("(");
                loop {
                    targets.push(words.name()?);
                    if !words.take(",") {
                        break;
                    }
                }
                if bracket {
                    words.expect(")")?;
                }
                words.word("in")?;
                // The items are no condition: an `if` after them is the loop's own.
                let over = words.list_or(Words::or)?;
                let only = if words.take_word("if") {
                    Some(words.expr()?)
                } else {
                    None
                };
                words.end()?;
                let (body, end) = self.closed(&["else", "endfor"])?;
                let other = if end.word == "else" {
                    self.closed(&["endfor"])?.0
                } else {
                    Vec::new()
                };
                Ok(Node::For(For {
                    targets,
                    over,
                    only,
                    body,
                    other,
                }))
            }
            "set" => {
                let mut targets = vec![words.postfix()?];
                while words.take(",") {
                    targets.push(words.postfix()?);
                }
                if words.take("=") {
                    let value = words.tuple()?;
                    words.end()?;
                    return Ok(Node::Set(targets, value));
                }
                let (body, _) = self.closed(&["endset"])?;
                match targets.as_slice() {
                    [Expr::Name(name)] if words.end().is_ok() => Ok(Node::Capture(name.clone(), body)),
                    _ => Err(Fault::new(at, "this `set` is none that can be read")),
                }
            }
            other => Err(Fault::new(at, format!("`{other}` tags are not translated"))),
        }
    }
}
