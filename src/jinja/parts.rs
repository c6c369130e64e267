//! A body as what it prints, decides and repeats, with the place of everything: for who reads a template without a row.

use std::collections::BTreeMap;
use std::ops::Range;

use minijinja::machinery::{ast, parse};

use super::engine;

/// One piece of a body, in the order of its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Bytes of the body that are printed as they stand.
    Text(Range<usize>),
    Print(Print),
    If {
        /// The condition's bytes.
        test: Range<usize>,
        then: Vec<Part>,
        /// Empty where there is no `else`.
        other: Vec<Part>,
    },
    /// A loop, or anything else that prints its inside under circumstances of its own.
    Inner(Vec<Part>),
}

/// A `{{ .. }}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    /// Its bytes, with the braces.
    pub at: Range<usize>,
    /// The bytes of what stands between them.
    pub expr: Range<usize>,
    /// The names of the row it reads, names that the body itself gives a value seen through; each once.
    pub names: Vec<String>,
    /// The filters that its value goes through, the last first.
    pub filters: Vec<String>,
    /// What it prints on every row, where that is so.
    pub constant: Option<String>,
    /// The texts it chooses one of, where they are a list that is written out: `["no", "yes"][label]`.
    pub among: Option<Vec<String>>,
    /// It is one name and nothing else.
    pub bare: bool,
}

/// How many parts of captured texts are put in where they are printed. A text that prints another twice, which prints
/// another twice, and so on, would have more parts than any memory holds.
const ROOM: usize = 10_000;

/// Reads a body; none where it is no template. A captured text for which there is no room is a print of what it reads.
pub fn parts_of(body: &str) -> Option<Vec<Part>> {
    let ast::Stmt::Template(tree) = parse(body, "body", engine::syntax()).ok()? else {
        return None;
    };
    let mut reading = Reading {
        body,
        locals: BTreeMap::new(),
        captured: BTreeMap::new(),
        room: ROOM,
    };
    Some(reading.all(&tree.children))
}

struct Reading<'b> {
    body: &'b str,
    /// Names that the body gives a value, with the names of the row that it is made of.
    locals: BTreeMap<String, Vec<String>>,
    /// Texts that the body captures, by their names.
    captured: BTreeMap<String, Vec<Part>>,
    /// How many more parts of them may be put in.
    room: usize,
}

impl Reading<'_> {
    fn all(&mut self, nodes: &[ast::Stmt<'_>]) -> Vec<Part> {
        nodes.iter().filter_map(|node| self.one(node)).collect()
    }

    fn one(&mut self, node: &ast::Stmt<'_>) -> Option<Part> {
        Some(match node {
            ast::Stmt::EmitRaw(raw) => {
                // What is printed is a piece of the body, less the white space that tags take off.
                let start = (raw.raw.as_ptr() as usize).checked_sub(self.body.as_ptr() as usize)?;
                Part::Text(start..start + raw.raw.len())
            }
            ast::Stmt::EmitExpr(emit) => match self.capture(&emit.expr) {
                Some(parts) => Part::Inner(parts),
                None => Part::Print(self.print(&emit.expr, place(emit.span()))),
            },
            ast::Stmt::IfCond(branch) => Part::If {
                test: place(branch.expr.span()),
                then: self.all(&branch.true_body),
                other: self.all(&branch.false_body),
            },
            ast::Stmt::ForLoop(each) => {
                let mut over = Vec::new();
                self.names(&each.iter, &mut over);
                self.assign(&each.target, &over);
                let mut inside = self.all(&each.body);
                inside.extend(self.all(&each.else_body));
                Part::Inner(inside)
            }
            ast::Stmt::Set(set) => {
                let mut of = Vec::new();
                self.names(&set.expr, &mut of);
                self.assign(&set.target, &of);
                return None;
            }
            ast::Stmt::SetBlock(set) => {
                let mut of = Vec::new();
                let inside = self.all(&set.body);
                prints(&inside, &mut of);
                self.assign(&set.target, &of);
                if let (ast::Expr::Var(name), None) = (&set.target, &set.filter) {
                    self.captured.insert(name.id.to_string(), inside);
                }
                return None;
            }
            ast::Stmt::WithBlock(with) => {
                for (target, value) in &with.assignments {
                    let mut of = Vec::new();
                    self.names(value, &mut of);
                    self.assign(target, &of);
                }
                Part::Inner(self.all(&with.body))
            }
            ast::Stmt::FilterBlock(filter) => Part::Inner(self.all(&filter.body)),
            ast::Stmt::AutoEscape(escape) => Part::Inner(self.all(&escape.body)),
            _ => return None,
        })
    }

    /// The parts of a captured text that is printed as it is, or trimmed.
    fn capture(&mut self, expr: &ast::Expr<'_>) -> Option<Vec<Part>> {
        match expr {
            ast::Expr::Var(name) => {
                let parts = self.captured.get(name.id)?;
                self.room = self.room.checked_sub(size(parts))?;
                Some(parts.clone())
            }
            ast::Expr::Filter(filter) if filter.name == "trim" && filter.args.is_empty() => {
                let mut parts = self.capture(filter.expr.as_ref()?)?;
                if let Some(Part::Text(at)) = parts.first_mut() {
                    let text = &self.body[at.clone()];
                    at.start += text.len() - text.trim_start().len();
                }
                if let Some(Part::Text(at)) = parts.last_mut() {
                    let text = &self.body[at.clone()];
                    at.end -= text.len() - text.trim_end().len();
                }
                Some(parts)
            }
            _ => None,
        }
    }

    fn print(&self, expr: &ast::Expr<'_>, of: Range<usize>) -> Print {
        let before = self.body.get(..of.start).and_then(|text| text.rfind("{{"));
        let after = self.body.get(of.end..).and_then(|text| text.find("}}"));
        let mut names = Vec::new();
        self.names(expr, &mut names);
        let mut filters = Vec::new();
        let mut inner = expr;
        while let ast::Expr::Filter(filter) = inner {
            filters.push(filter.name.to_string());
            match &filter.expr {
                Some(expr) => inner = expr,
                None => break,
            }
        }
        Print {
            at: before.unwrap_or(of.start)..after.map_or(of.end, |at| of.end + at + 2),
            expr: of,
            names,
            filters,
            constant: expr.as_const().map(|value| value.to_string()),
            among: among(expr),
            bare: matches!(expr, ast::Expr::Var(_)),
        }
    }

    fn assign(&mut self, target: &ast::Expr<'_>, of: &[String]) {
        match target {
            ast::Expr::Var(name) => {
                self.locals.insert(name.id.to_string(), of.to_vec());
            }
            ast::Expr::List(list) => list.items.iter().for_each(|item| self.assign(item, of)),
            ast::Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.assign(item, of)),
            _ => {}
        }
    }

    /// Adds the names of the row that an expression reads.
    fn names(&self, expr: &ast::Expr<'_>, out: &mut Vec<String>) {
        let mut each = |expr: &ast::Expr<'_>| self.names(expr, out);
        match expr {
            ast::Expr::Var(name) if name.id == "loop" => {}
            ast::Expr::Var(name) => {
                let own = [name.id.to_string()];
                for name in self.locals.get(name.id).map_or(&own[..], Vec::as_slice) {
                    if !out.contains(name) {
                        out.push(name.clone());
                    }
                }
            }
            ast::Expr::Const(_) => {}
            ast::Expr::Slice(slice) => {
                each(&slice.expr);
                [&slice.start, &slice.stop, &slice.step]
                    .into_iter()
                    .flatten()
                    .for_each(each);
            }
            ast::Expr::UnaryOp(unary) => each(&unary.expr),
            ast::Expr::BinOp(binary) => {
                each(&binary.left);
                each(&binary.right);
            }
            ast::Expr::Compare(chain) => {
                each(&chain.expr);
                chain.ops.iter().for_each(|link| each(&link.expr));
            }
            ast::Expr::IfExpr(branch) => {
                each(&branch.true_expr);
                branch.false_expr.iter().for_each(&mut each);
            }
            ast::Expr::Filter(filter) => {
                filter.expr.iter().for_each(&mut each);
                arguments(&filter.args, each);
            }
            ast::Expr::Test(test) => {
                each(&test.expr);
                arguments(&test.args, each);
            }
            ast::Expr::GetAttr(get) => each(&get.expr),
            ast::Expr::GetItem(get) => {
                each(&get.expr);
                each(&get.subscript_expr);
            }
            ast::Expr::Call(call) => {
                // What is called is a function of the language, or a method of a value.
                if let ast::Expr::GetAttr(get) = &call.expr {
                    each(&get.expr);
                }
                arguments(&call.args, each);
            }
            ast::Expr::List(list) => list.items.iter().for_each(each),
            ast::Expr::Tuple(tuple) => tuple.items.iter().for_each(each),
            ast::Expr::Map(map) => map.values.iter().for_each(each),
        }
    }
}

/// The items of a list that is written out, where an expression picks one.
fn among(expr: &ast::Expr<'_>) -> Option<Vec<String>> {
    let ast::Expr::GetItem(get) = expr else { return None };
    let list = get.expr.as_const()?;
    let items: Vec<String> = list
        .try_iter()
        .ok()?
        .filter_map(|item| item.as_str().map(str::to_string))
        .collect();
    (!items.is_empty() && Some(items.len()) == list.len()).then_some(items)
}

fn arguments(args: &[ast::CallArg<'_>], mut each: impl FnMut(&ast::Expr<'_>)) {
    for arg in args {
        match arg {
            ast::CallArg::Pos(expr)
            | ast::CallArg::Kwarg(_, expr)
            | ast::CallArg::PosSplat(expr)
            | ast::CallArg::KwargSplat(expr) => each(expr),
        }
    }
}

fn place(span: minijinja::machinery::Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

/// How many parts there are, with those inside.
fn size(parts: &[Part]) -> usize {
    let each = parts.iter().map(|part| match part {
        Part::Text(_) | Part::Print(_) => 1,
        Part::If { then, other, .. } => 1 + size(then) + size(other),
        Part::Inner(inside) => 1 + size(inside),
    });
    each.sum()
}

/// Adds every name that is printed in some parts.
pub fn prints(parts: &[Part], out: &mut Vec<String>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Print(print) => {
                for name in &print.names {
                    if !out.contains(name) {
                        out.push(name.clone());
                    }
                }
            }
            Part::If { then, other, .. } => {
                prints(then, out);
                prints(other, out);
            }
            Part::Inner(inside) => prints(inside, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_and_prints() {
        let body = "é {{ a|upper }}{% for x in xs %}{{ x }}, {% endfor %}{{ \"b\" }}";
        let parts = parts_of(body).unwrap();
        assert_eq!(parts[0], Part::Text(0..3));
        let Part::Print(print) = &parts[1] else {
            panic!("{parts:?}")
        };
        assert_eq!(
            (&body[print.at.clone()], &body[print.expr.clone()]),
            ("{{ a|upper }}", "a|upper")
        );
        assert_eq!(
            (print.names.as_slice(), print.filters.as_slice()),
            (&["a".to_string()][..], &["upper".to_string()][..])
        );
        let mut names = Vec::new();
        prints(&parts, &mut names);
        assert_eq!(names, ["a", "xs"]);
        let captured = parts_of("{% set t %} a {{ b }} {% endset %}{{ t | trim }}").unwrap();
        assert!(
            matches!(captured.as_slice(), [Part::Inner(inside)] if inside[0] == Part::Text(12..14) && inside.len() == 3)
        );
        // 2^60 parts, were there room for them.
        let doubled: String = (0..60)
            .map(|n| format!("{{% set t{} %}}{{{{ t{n} }}}}{{{{ t{n} }}}}{{% endset %}}", n + 1))
            .collect();
        let doubled = parts_of(&format!(
            "{{% set t0 %}}x {{{{ b }}}}{{% endset %}}{doubled}{{{{ t60 }}}}"
        ))
        .unwrap();
        let mut names = Vec::new();
        prints(&doubled, &mut names);
        assert!(size(&doubled) <= ROOM && names == ["b"], "{} {names:?}", size(&doubled));
        let Some(Part::Print(picked)) = parts_of("{{ ['no', 'yes'][a] }}").and_then(|mut parts| parts.pop()) else {
            panic!("a print")
        };
        assert_eq!(
            picked.among.as_deref(),
            Some(&["no".to_string(), "yes".to_string()][..])
        );
        let Some(Part::Print(last)) = parts.last() else {
            panic!("{parts:?}")
        };
        assert_eq!(last.constant.as_deref(), Some("b"));
    }
}
