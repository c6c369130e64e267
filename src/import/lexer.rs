//! A Jinja template cut into texts and tags, and tags into words, by the rules of Python's Jinja2.

/// A piece of a template, in order.
#[derive(Debug, PartialEq)]
pub enum Piece<'t> {
    Text(String),
    /// The inside of `{{ }}` and where it begins.
    Print(&'t str, usize),
    /// The inside of `{% %}`.
    Tag(&'t str, usize),
}

/// Why a template cannot be read, and the byte of it where that shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub at: usize,
    pub reason: String,
}

impl Fault {
    pub fn new(at: usize, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }
}

/// Cuts a template. White space that a `-` takes off is gone.
pub fn pieces(source: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut trim = false;
    while at < source.len() {
        let rest = &source[at..];
        let open = rest
            .match_indices('{')
            .map(|(open, _)| open)
            .find(|open| matches!(rest.as_bytes().get(open + 1), Some(b'{' | b'%' | b'#')));
        let (text, tag) = rest.split_at(open.unwrap_or(rest.len()));
        let strips = tag.as_bytes().get(2) == Some(&b'-');
        let mut text = if trim { text.trim_start() } else { text };
        if strips {
            text = text.trim_end();
        }
        if !text.is_empty() {
            found.push(Piece::Text(text.replace("\r\n", "\n")));
        }
        let Some(open) = open else { break };
        let start = at + open;
        let inside = start + 2 + usize::from(matches!(tag.as_bytes().get(2), Some(b'-' | b'+')));
        let (close, kind) = match tag.as_bytes()[1] {
            b'{' => ("}}", '{'),
            b'%' => ("%}", '%'),
            _ => ("#}", '#'),
        };
        let end = if kind == '#' {
            source[inside..].find(close).map(|end| inside + end)
        } else {
            closing(source, inside, close)
        };
        let Some(end) = end else {
            return Err(Fault::new(start, format!("no `{close}` closes this tag")));
        };
        let mut inner_end = end;
        trim = inner_end > inside && source.as_bytes()[inner_end - 1] == b'-';
        if trim || (inner_end > inside && source.as_bytes()[inner_end - 1] == b'+') {
            inner_end -= 1;
        }
        let inner = &source[inside..inner_end];
        match kind {
            '{' => found.push(Piece::Print(inner, inside)),
            '%' => found.push(Piece::Tag(inner, inside)),
            _ => {}
        }
        at = end + 2;
    }
    Ok(found)
}

/// Where a tag closes, outside of quotes and of braces of its own.
fn closing(source: &str, from: usize, close: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let (mut at, mut quote, mut depth) = (from, None, 0usize);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, c @ (b'"' | b'\'')) => quote = Some(c),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, _) if source.as_bytes()[at..].starts_with(close.as_bytes()) => return Some(at),
            (None, _) => {}
        }
        at += 1;
    }
    None
}

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Name(String),
    Text(String),
    Number(String),
    Sign(&'static str),
    End,
}

const SIGNS: &[&str] = &[
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",",
    ":", ".", "|", ";",
];

/// Cuts the inside of a tag into words, each with the byte where it begins, counted from `offset`.
pub fn tokens(source: &str, offset: usize) -> Result<Vec<(Token, usize)>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        let start = offset + at;
        if c.is_whitespace() {
            at += c.len_utf8();
        } else if c.is_alphabetic() || c == '_' {
            let length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            found.push((Token::Name(rest[..length].to_string()), start));
            at += length;
        } else if c.is_ascii_digit() {
            let length = number(rest);
            found.push((Token::Number(rest[..length].replace('_', "")), start));
            at += length;
        } else if c == '"' || c == '\'' {
            let (text, length) = text(rest, c).ok_or_else(|| Fault::new(start, "no quote closes this text"))?;
            found.push((Token::Text(text), start));
            at += length;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push((Token::Sign(sign), start));
            at += sign.len();
        } else {
            return Err(Fault::new(start, format!("`{c}` means nothing here")));
        }
    }
    found.push((Token::End, offset + source.len()));
    Ok(found)
}

/// How long the number is that a text begins with.
fn number(text: &str) -> usize {
    let digits = |from: usize| {
        text[from..]
            .find(|c: char| !c.is_ascii_digit() && c != '_')
            .map_or(text.len(), |n| from + n)
    };
    let whole = digits(0);
    let after = text[whole..].strip_prefix('.');
    if after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit())) {
        digits(whole + 1)
    } else {
        whole
    }
}

/// A quoted text with its escapes resolved as Python resolves them, and its length with the quotes.
fn text(source: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = source.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((out, at + 1));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let (_, escaped) = chars.next()?;
        match escaped {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\\' | '\'' | '"' => out.push(escaped),
            'x' | 'u' => {
                let wanted = if escaped == 'x' { 2 } else { 4 };
                let mut code = 0;
                for _ in 0..wanted {
                    code = code * 16 + chars.next()?.1.to_digit(16)?;
                }
                out.push(char::from_u32(code)?);
            }
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    None
}
