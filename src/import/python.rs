//! The literals of a Python file: what is assigned to each name. Nothing is executed.
//!
//! Read are texts, numbers, lists, tuples, mappings, names, calls with literal arguments, and what is found under a key of
//! a name that was assigned before. Any other statement is passed over, and says so where somebody asks for its name.

use std::collections::BTreeMap;

use super::lexer::Fault;

/// A literal, with the line it begins in, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub line: usize,
    pub is: Is,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Is {
    Text(String),
    Number(String),
    /// A list or a tuple.
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// A name that is no literal: `None`, `True`, or one that was not assigned.
    Name(String),
    /// A call: its name, and its arguments, named ones with their names.
    Call(String, Vec<(Option<String>, Value)>),
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        match &self.is {
            Is::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The names that are assigned at the left margin.
#[derive(Debug, Default)]
pub struct Module {
    pub values: BTreeMap<String, Value>,
    /// Assignments that were not read, each with its line and the reason.
    pub unread: BTreeMap<String, (usize, String)>,
}

/// Literals may stand in each other this often.
const DEEPEST: usize = 64;

/// References may add this many values to a module.
const MOST_COPIED: usize = 1_000_000;

/// Reads a module. It fails only where a quote or a bracket is never closed.
pub fn parse(source: &str) -> Result<Module, Fault> {
    let words = words(source)?;
    let mut module = Module::default();
    let mut reader = Reader {
        words: &words,
        at: 0,
        depth: 0,
        copied: 0,
    };
    while reader.at < words.len() {
        let line = reader.line();
        match reader.statement(&module) {
            Ok(Some((name, None, value))) => {
                module.unread.remove(&name);
                module.values.insert(name, value);
            }
            Ok(Some((name, Some(key), value))) => match module.values.get_mut(&name) {
                Some(Value { is: Is::Map(pairs), .. }) => {
                    pairs.retain(|(other, _)| other.text() != key.text());
                    pairs.push((key, value));
                }
                _ => {
                    let reason = format!("`{name}` is no mapping that was read");
                    module.unread.entry(name).or_insert((line, reason));
                }
            },
            Ok(None) => {}
            Err((name, reason)) => {
                module.values.remove(&name);
                module.unread.insert(name, (line, reason));
            }
        }
        reader.skip_line();
    }
    Ok(module)
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    Number(String),
    Sign(char),
    /// The end of a line that is outside of brackets, and how far the next one is indented.
    Line(usize),
}

/// The words of a file with their lines.
fn words(source: &str) -> Result<Vec<(Word, usize)>, Fault> {
    let mut found = Vec::new();
    let (mut at, mut line, mut open) = (0, 1, Vec::new());
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        match c {
            '\n' => {
                line += 1;
                at += 1;
                if open.is_empty() {
                    let indent = source[at..].len() - source[at..].trim_start_matches([' ', '\t']).len();
                    found.push((Word::Line(indent), line));
                }
            }
            '\\' if rest[1..].starts_with('\n') => {
                line += 1;
                at += 2;
            }
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            c if c.is_whitespace() => at += c.len_utf8(),
            '"' | '\'' => {
                let (text, length) = text(rest, false).map_err(|reason| Fault::new(line, reason))?;
                found.push((Word::Text(text), line));
                line += rest[..length].matches('\n').count();
                at += length;
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
                    .unwrap_or(rest.len());
                let name = &rest[..length];
                let quote = rest[length..].starts_with(['"', '\'']);
                match name.to_ascii_lowercase().as_str() {
                    prefix @ ("r" | "u" | "b" | "br" | "rb") if quote => {
                        let raw = prefix.contains('r');
                        let (text, inner) = text(&rest[length..], raw).map_err(|reason| Fault::new(line, reason))?;
                        found.push((Word::Text(text), line));
                        let length = length + inner;
                        line += rest[..length].matches('\n').count();
                        at += length;
                    }
                    "f" | "fr" | "rf" if quote => {
                        let (_, inner) = text(&rest[length..], true).map_err(|reason| Fault::new(line, reason))?;
                        // What it prints is only known when it runs.
                        found.push((Word::Sign('f'), line));
                        let length = length + inner;
                        line += rest[..length].matches('\n').count();
                        at += length;
                    }
                    _ => {
                        found.push((Word::Name(name.to_string()), line));
                        at += length;
                    }
                }
            }
            c if c.is_ascii_digit() => {
                let length = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_')
                    .unwrap_or(rest.len());
                found.push((Word::Number(rest[..length].replace('_', "")), line));
                at += length;
            }
            c => {
                match c {
                    '(' | '[' | '{' => open.push((c, line)),
                    ')' | ']' | '}' => {
                        open.pop();
                    }
                    _ => {}
                }
                found.push((Word::Sign(c), line));
                at += c.len_utf8();
            }
        }
    }
    match open.first() {
        Some((bracket, line)) => Err(Fault::new(*line, format!("nothing closes this `{bracket}`"))),
        None => Ok(found),
    }
}

/// A text at its opening quote: what it says, and its length with the quotes.
fn text(source: &str, raw: bool) -> Result<(String, usize), String> {
    let quote = &source[..1];
    let triple = source.starts_with(&quote.repeat(3));
    let close = if triple { quote.repeat(3) } else { quote.to_string() };
    let mut out = String::new();
    let mut at = close.len();
    loop {
        let rest = &source[at..];
        if rest.starts_with(&close) {
            return Ok((out, at + close.len()));
        }
        let Some(c) = rest.chars().next() else {
            return Err("no quote closes this text".to_string());
        };
        if c == '\n' && !triple {
            return Err("no quote closes this text on its line".to_string());
        }
        if c != '\\' {
            out.push(c);
            at += c.len_utf8();
            continue;
        }
        let Some(escaped) = rest[1..].chars().next() else {
            return Err("no quote closes this text".to_string());
        };
        at += 1 + escaped.len_utf8();
        if raw {
            out.push('\\');
            out.push(escaped);
            continue;
        }
        match escaped {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(escaped),
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            'x' | 'u' | 'U' => {
                let length = match escaped {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = source.get(at..at + length).unwrap_or_default();
                let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                out.push(code.ok_or_else(|| format!("`\\{escaped}{digits}` is no character"))?);
                at += length;
            }
            '0'..='7' => {
                let digits: String = std::iter::once(escaped)
                    .chain(source[at..].chars().take(2).take_while(|c| ('0'..='7').contains(c)))
                    .collect();
                at += digits.len() - 1;
                let code = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32);
                out.push(code.ok_or_else(|| format!("`\\{digits}` is no character"))?);
            }
            'N' => return Err("`\\N{..}` is not read".to_string()),
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
}

struct Reader<'w> {
    words: &'w [(Word, usize)],
    at: usize,
    depth: usize,
    copied: usize,
}

/// A name, a key of it where one is given, and what is assigned.
type Assignment = (String, Option<Value>, Value);

impl Reader<'_> {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at).map(|(word, _)| word)
    }

    fn line(&self) -> usize {
        let last = self.words.last().map_or(1, |(_, line)| *line);
        self.words.get(self.at).map_or(last, |(_, line)| *line)
    }

    fn take(&mut self, sign: char) -> bool {
        let is = self.peek() == Some(&Word::Sign(sign));
        self.at += usize::from(is);
        is
    }

    /// To the next line that begins at the left margin.
    fn skip_line(&mut self) {
        while let Some(word) = self.peek() {
            let margin = *word == Word::Line(0);
            self.at += 1;
            if margin {
                return;
            }
        }
    }

    /// An assignment; `None` for any other statement.
    fn statement(&mut self, module: &Module) -> Result<Option<Assignment>, (String, String)> {
        let Some(Word::Name(name)) = self.peek().cloned() else {
            return Ok(None);
        };
        self.at += 1;
        let key = if self.take('[') {
            let key = self.value(module).map_err(|reason| (name.clone(), reason))?;
            if !self.take(']') {
                return Ok(None);
            }
            Some(key)
        } else {
            None
        };
        if !self.take('=') || self.peek() == Some(&Word::Sign('=')) {
            return Ok(None);
        }
        let value = self.value(module).map_err(|reason| (name.clone(), reason))?;
        match self.peek() {
            None | Some(Word::Line(_)) => Ok(Some((name, key, value))),
            _ => Err((name, "what is assigned is more than a literal".to_string())),
        }
    }

    fn value(&mut self, module: &Module) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("literals are nested too deeply here".to_string());
        }
        let value = self.one(module);
        self.depth -= 1;
        value
    }

    fn one(&mut self, module: &Module) -> Result<Value, String> {
        let line = self.line();
        let made = |is: Is| Value { line, is };
        let Some(word) = self.peek().cloned() else {
            return Err("a value is missing".to_string());
        };
        self.at += 1;
        match word {
            Word::Text(mut text) => loop {
                match self.peek() {
                    Some(Word::Text(more)) => text.push_str(more),
                    Some(Word::Sign('f')) => return Err("an f-string is known only when it runs".to_string()),
                    _ => return Ok(made(Is::Text(text))),
                }
                self.at += 1;
            },
            Word::Number(number) => Ok(made(Is::Number(number))),
            Word::Sign('-') => match self.peek().cloned() {
                Some(Word::Number(number)) => {
                    self.at += 1;
                    Ok(made(Is::Number(format!("-{number}"))))
                }
                _ => Err("an expression, which is not run".to_string()),
            },
            Word::Sign('(') => {
                let (mut items, comma) = self.items(')', module)?;
                if items.len() == 1 && !comma {
                    return Ok(items.remove(0));
                }
                Ok(made(Is::List(items)))
            }
            Word::Sign('[') => Ok(made(Is::List(self.items(']', module)?.0))),
            Word::Sign('{') => {
                let mut pairs = Vec::new();
                while !self.take('}') {
                    let key = self.value(module)?;
                    if !self.take(':') {
                        return Err("a set or an expression, which is not run".to_string());
                    }
                    pairs.push((key, self.value(module)?));
                    if !self.take(',') && self.peek() != Some(&Word::Sign('}')) {
                        return Err("an expression, which is not run".to_string());
                    }
                }
                Ok(made(Is::Map(pairs)))
            }
            Word::Name(name) if self.take('(') => Ok(made(Is::Call(name, self.arguments(module)?))),
            Word::Name(name) => {
                let mut found = module.values.get(&name).cloned();
                while self.take('[') {
                    let key = self.value(module)?;
                    if !self.take(']') {
                        return Err("an expression, which is not run".to_string());
                    }
                    let Some(value) = found else {
                        return Err(format!("`{name}` is not known here"));
                    };
                    found = Some(under(value, &key).ok_or_else(|| format!("`{name}` has nothing under this key"))?);
                }
                if let Some(value) = &found {
                    self.copied += size(value);
                    if self.copied > MOST_COPIED {
                        return Err("names make this file too large".to_string());
                    }
                }
                Ok(found.unwrap_or_else(|| made(Is::Name(name))))
            }
            Word::Sign('f') => Err("an f-string is known only when it runs".to_string()),
            _ => Err("an expression, which is not run".to_string()),
        }
    }

    fn items(&mut self, close: char, module: &Module) -> Result<(Vec<Value>, bool), String> {
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.take(close) {
            items.push(self.value(module)?);
            comma = self.take(',');
            if !comma && self.peek() != Some(&Word::Sign(close)) {
                return Err("an expression, which is not run".to_string());
            }
        }
        Ok((items, comma))
    }

    fn arguments(&mut self, module: &Module) -> Result<Vec<(Option<String>, Value)>, String> {
        let mut arguments = Vec::new();
        while !self.take(')') {
            let named = matches!(self.words.get(self.at + 1), Some((Word::Sign('='), _)));
            let name = match self.peek() {
                Some(Word::Name(name)) if named => Some(name.clone()),
                _ => None,
            };
            if name.is_some() {
                self.at += 2;
            }
            arguments.push((name, self.value(module)?));
            if !self.take(',') && self.peek() != Some(&Word::Sign(')')) {
                return Err("an expression, which is not run".to_string());
            }
        }
        Ok(arguments)
    }
}

fn under(value: Value, key: &Value) -> Option<Value> {
    match (value.is, &key.is) {
        (Is::Map(pairs), _) => pairs
            .into_iter()
            .find(|(other, _)| other.is == key.is)
            .map(|(_, value)| value),
        (Is::List(mut items), Is::Number(number)) => {
            let at: usize = number.parse().ok()?;
            (at < items.len()).then(|| items.swap_remove(at))
        }
        _ => None,
    }
}

/// How many values a value is, itself included.
fn size(value: &Value) -> usize {
    1 + match &value.is {
        Is::Text(_) | Is::Number(_) | Is::Name(_) => 0,
        Is::List(items) => items.iter().map(size).sum(),
        Is::Map(pairs) => pairs.iter().map(|(key, value)| size(key) + size(value)).sum(),
        Is::Call(_, arguments) => arguments.iter().map(|(_, value)| size(value)).sum(),
    }
}
