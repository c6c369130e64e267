//! Paths into XML: `a/b`, `a[]`, `a[1]`, `a[@key=value]/b`, `@key`, `.` and `^`.

use super::tree::Element;
use crate::source::read::error::ReadError;

/// Which of the children of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pick {
    All,
    /// From 0.
    Nth(usize),
    /// Those with an attribute of this value.
    With(String, String),
}

/// A path as written, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub climb: usize,
    steps: Vec<(String, Pick)>,
    attribute: Option<String>,
    /// All that the path finds, not only the first.
    pub list: bool,
}

impl Path {
    pub(super) fn child(name: &str) -> Path {
        Path {
            climb: 0,
            steps: vec![(name.to_string(), Pick::All)],
            attribute: None,
            list: false,
        }
    }

    pub(super) fn parse(written: &str) -> Result<Path, ReadError> {
        let fail = || {
            ReadError::new(format!("path `{written}` cannot be read"))
                .help("a path is like `a/b`, `a/b[]`, `a[0]/b`, `tuv[@xml:lang=en]/seg`, `@key`, `.` or `^/@key`")
        };
        let mut path = Path {
            climb: 0,
            steps: Vec::new(),
            attribute: None,
            list: false,
        };
        let mut pieces = written.split('/').peekable();
        while pieces.peek() == Some(&"^") {
            pieces.next();
            path.climb += 1;
        }
        while let Some(piece) = pieces.next() {
            let last = pieces.peek().is_none();
            if piece == "." && last && path.steps.is_empty() {
                break;
            }
            if let Some(name) = piece.strip_prefix('@') {
                if !last || name.is_empty() || name.contains(['[', ']']) {
                    return Err(fail());
                }
                path.attribute = Some(name.to_string());
                break;
            }
            let (name, inside) = match piece.split_once('[') {
                None => (piece, None),
                Some((name, rest)) => (name, Some(rest.strip_suffix(']').ok_or_else(fail)?)),
            };
            let pick = match inside {
                None => Pick::All,
                Some("") => {
                    path.list = true;
                    Pick::All
                }
                Some(inside) => match inside.strip_prefix('@').and_then(|test| test.split_once('=')) {
                    Some((key, value)) => Pick::With(key.to_string(), value.trim_matches(['"', '\'']).to_string()),
                    None => Pick::Nth(inside.parse().map_err(|_| fail())?),
                },
            };
            if name.is_empty() || name.contains([']', '^', '@']) {
                return Err(fail());
            }
            path.steps.push((name.to_string(), pick));
        }
        Ok(path)
    }

    /// The texts that the path finds below `element`: the first alone unless the path is a list.
    pub(super) fn find(&self, element: &Element) -> Vec<String> {
        let mut out = Vec::new();
        self.walk(&self.steps, element, &mut out);
        out
    }

    fn walk(&self, steps: &[(String, Pick)], element: &Element, out: &mut Vec<String>) {
        let Some(((name, pick), rest)) = steps.split_first() else {
            match &self.attribute {
                None => out.push(element.text()),
                Some(name) => out.extend(element.attribute(name).map(str::to_string)),
            }
            return;
        };
        let children = element.children().filter(|child| child.name == *name).enumerate();
        for (at, child) in children {
            let taken = match pick {
                Pick::All => true,
                Pick::Nth(index) => at == *index,
                Pick::With(key, value) => child.attribute(key) == Some(value),
            };
            if taken {
                self.walk(rest, child, out);
            }
            if !self.list && !out.is_empty() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Vec<String> {
        let xml = r#"<e k="1 &amp; 2"><a>x</a><s><b n="1">y<i>z</i></b><b n="2"><![CDATA[<c>]]>&#65;&lt;</b></s></e>"#;
        Path::parse(path)
            .unwrap()
            .find(&super::super::tree::parse(xml).unwrap())
    }

    #[test]
    fn paths_find_children_attributes_and_text() {
        assert_eq!(found("a"), ["x"]);
        assert_eq!(found("@k"), ["1 & 2"]);
        assert_eq!(found("s/b"), ["yz"]);
        assert_eq!(found("s/b[]"), ["yz", "<c>A<"]);
        assert_eq!(found("s/b[1]"), ["<c>A<"]);
        assert_eq!(found("s/b[]/@n"), ["1", "2"]);
        assert_eq!(found("s/b[@n=2]"), ["<c>A<"]);
        assert_eq!(found("."), ["xyz<c>A<"]);
        assert_eq!(found("s/none"), [""; 0]);
    }

    #[test]
    fn broken_paths_are_errors() {
        for path in ["", "a//b", "@", "@a/b", "a[", "a[x]", "/a", "a/^"] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
    }
}
