//! The words of a tag to expressions, with the precedence that Python's Jinja2 gives each sign.

use super::lexer::{Fault, Token, tokens};
use super::tree::{Args, Expr};

/// Brackets and signs may stand in each other this often.
const DEEPEST: usize = 64;

/// The words of one tag.
pub(super) struct Words {
    tokens: Vec<(Token, usize)>,
    next: usize,
    depth: usize,
}

impl Words {
    pub(super) fn of(source: &str, offset: usize) -> Result<Self, Fault> {
        Ok(Self {
            tokens: tokens(source, offset)?,
            next: 0,
            depth: 0,
        })
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next.min(self.tokens.len() - 1)].0
    }

    pub(super) fn at(&self) -> usize {
        self.tokens[self.next.min(self.tokens.len() - 1)].1
    }

    fn fault<T>(&self, reason: &str) -> Result<T, Fault> {
        Err(Fault::new(self.at(), reason))
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.next += usize::from(is);
        is
    }

    fn sign(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        signs.iter().copied().find(|sign| self.take(sign))
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Token::Name(found) if found == word);
        self.next += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign) {
            return Ok(());
        }
        self.fault(&format!("`{sign}` is expected here"))
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Fault> {
        if self.take_word(word) {
            return Ok(());
        }
        self.fault(&format!("`{word}` is expected here"))
    }

    pub(super) fn name(&mut self) -> Result<String, Fault> {
        if let Token::Name(name) = self.peek() {
            let name = name.clone();
            self.next += 1;
            return Ok(name);
        }
        self.fault("a name is expected here")
    }

    pub(super) fn end(&self) -> Result<(), Fault> {
        if *self.peek() == Token::End {
            return Ok(());
        }
        self.fault("nothing more is expected here")
    }

    /// An expression, or several with commas between them.
    pub(super) fn tuple(&mut self) -> Result<Expr, Fault> {
        self.list_or(Self::expr)
    }

    pub(super) fn list_or(&mut self, one: fn(&mut Self) -> Result<Expr, Fault>) -> Result<Expr, Fault> {
        let first = one(self)?;
        if !self.take(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while *self.peek() != Token::End {
            items.push(one(self)?);
            if !self.take(",") {
                break;
            }
        }
        Ok(Expr::Tuple(items))
    }

    pub(super) fn expr(&mut self) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("brackets are nested too deeply here");
        }
        let mut then = self.or()?;
        while self.take_word("if") {
            let when = self.or()?;
            let other = if self.take_word("else") {
                Some(Box::new(self.expr()?))
            } else {
                None
            };
            then = Expr::Choose(Box::new(then), Box::new(when), other);
        }
        self.depth -= 1;
        Ok(then)
    }

    pub(super) fn or(&mut self) -> Result<Expr, Fault> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Expr::Binary(Box::new(left), "or", Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        let mut left = self.not()?;
        while self.take_word("and") {
            left = Expr::Binary(Box::new(left), "and", Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        let mut count = 0;
        while self.take_word("not") {
            count += 1;
        }
        let mut of = self.compare()?;
        for _ in 0..count {
            of = Expr::Unary("not", Box::new(of));
        }
        Ok(of)
    }

    fn compare(&mut self) -> Result<Expr, Fault> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            if let Some(sign) = self.sign(&["==", "!=", "<=", ">=", "<", ">"]) {
                rest.push((sign, self.sum()?));
            } else if self.take_word("in") {
                rest.push(("in", self.sum()?));
            } else if matches!(self.peek(), Token::Name(word) if word == "not")
                && matches!(self.tokens.get(self.next + 1), Some((Token::Name(word), _)) if word == "in")
            {
                self.next += 2;
                rest.push(("not in", self.sum()?));
            } else if rest.is_empty() {
                return Ok(first);
            } else {
                return Ok(Expr::Compare(Box::new(first), rest));
            }
        }
    }

    fn row(&mut self, signs: &[&'static str], one: fn(&mut Self) -> Result<Expr, Fault>) -> Result<Expr, Fault> {
        let mut left = one(self)?;
        while let Some(sign) = self.sign(signs) {
            left = Expr::Binary(Box::new(left), sign, Box::new(one(self)?));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        self.row(&["+", "-"], Self::concat)
    }

    fn concat(&mut self) -> Result<Expr, Fault> {
        self.row(&["~"], Self::product)
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        self.row(&["*", "//", "/", "%"], Self::power)
    }

    fn power(&mut self) -> Result<Expr, Fault> {
        self.row(&["**"], |words| words.unary(true))
    }

    fn unary(&mut self, filters: bool) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("signs are nested too deeply here");
        }
        let of = match self.sign(&["-", "+"]) {
            Some(sign) => Expr::Unary(sign, Box::new(self.unary(false)?)),
            None => self.postfix()?,
        };
        self.depth -= 1;
        if filters { self.filters(of) } else { Ok(of) }
    }

    fn filters(&mut self, mut of: Expr) -> Result<Expr, Fault> {
        loop {
            if self.take("|") {
                let name = self.name()?;
                let args = if self.take("(") { self.args()? } else { Args::default() };
                of = Expr::Filter(Box::new(of), name, args);
            } else if self.take_word("is") {
                let not = self.take_word("not");
                let name = self.name()?;
                let simple = matches!(self.peek(), Token::Name(word)
                        if !matches!(word.as_str(), "and" | "or" | "else" | "if" | "is" | "in" | "not"))
                    || matches!(self.peek(), Token::Text(_) | Token::Number(_));
                let args = if self.take("(") {
                    self.args()?
                } else if simple {
                    Args::of([self.postfix()?])
                } else {
                    Args::default()
                };
                of = Expr::Test(Box::new(of), not, name, args);
            } else if self.take("(") {
                of = Expr::Call(Box::new(of), self.args()?);
            } else {
                return Ok(of);
            }
        }
    }

    fn args(&mut self) -> Result<Args, Fault> {
        let mut args = Args::default();
        while !self.take(")") {
            let named = matches!(self.tokens.get(self.next + 1), Some((Token::Sign("="), _)));
            if let (Token::Name(name), true) = (self.peek().clone(), named) {
                self.next += 2;
                args.named.push((name, self.expr()?));
            } else {
                args.plain.push(self.expr()?);
            }
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(args)
    }

    pub(super) fn postfix(&mut self) -> Result<Expr, Fault> {
        let mut of = self.primary()?;
        loop {
            if self.take(".") {
                of = match self.peek().clone() {
                    Token::Name(name) => Expr::Attr(Box::new(of), name),
                    Token::Number(number) => Expr::Item(Box::new(of), Box::new(Expr::Number(number))),
                    _ => return self.fault("a name is expected here"),
                };
                self.next += 1;
            } else if self.take("[") {
                of = self.subscript(of)?;
            } else if self.take("(") {
                of = Expr::Call(Box::new(of), self.args()?);
            } else {
                return Ok(of);
            }
        }
    }

    fn subscript(&mut self, of: Expr) -> Result<Expr, Fault> {
        let of = Box::new(of);
        let mut bounds: Vec<Option<Box<Expr>>> = vec![None];
        loop {
            if self.take("]") {
                break;
            }
            if self.take(":") {
                bounds.push(None);
            } else {
                let bound = self.expr()?;
                match bounds.last_mut() {
                    Some(last @ None) => *last = Some(Box::new(bound)),
                    _ => return self.fault("`]` is expected here"),
                }
            }
        }
        match bounds.len() {
            1 => match bounds.pop().flatten() {
                Some(at) => Ok(Expr::Item(of, at)),
                None => self.fault("an index is expected here"),
            },
            2 | 3 => {
                let mut bounds = bounds.into_iter();
                let mut next = || bounds.next().flatten();
                Ok(Expr::Slice(of, [next(), next(), next()]))
            }
            _ => self.fault("a slice has at most three parts"),
        }
    }

    fn items(&mut self, close: &str) -> Result<(Vec<Expr>, bool), Fault> {
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.take(close) {
            items.push(self.expr()?);
            comma = self.take(",");
            if !comma {
                self.expect(close)?;
                break;
            }
        }
        Ok((items, comma))
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let token = self.peek().clone();
        self.next += 1;
        match token {
            Token::Name(name) => Ok(match name.as_str() {
                "true" | "True" => Expr::Bool(true),
                "false" | "False" => Expr::Bool(false),
                "none" | "None" => Expr::None,
                _ => Expr::Name(name),
            }),
            Token::Text(mut text) => {
                while let Token::Text(more) = self.peek() {
                    text.push_str(more);
                    self.next += 1;
                }
                Ok(Expr::Text(text))
            }
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Sign("(") => {
                let (mut items, comma) = self.items(")")?;
                if items.len() == 1 && !comma {
                    return Ok(items.remove(0));
                }
                Ok(Expr::Tuple(items))
            }
            Token::Sign("[") => Ok(Expr::List(self.items("]")?.0)),
            Token::Sign("{") => {
                let mut pairs = Vec::new();
                while !self.take("}") {
                    let key = self.expr()?;
                    self.expect(":")?;
                    pairs.push((key, self.expr()?));
                    if !self.take(",") {
                        self.expect("}")?;
                        break;
                    }
                }
                Ok(Expr::Dict(pairs))
            }
            _ => {
                self.next -= 1;
                self.fault("an expression is expected here")
            }
        }
    }
}
