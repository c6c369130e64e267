//! The text of a golden file: written to be read from top to bottom, and read back strictly.
//!
//! First what the file is of, then the pinned rows, then every template with what it makes of them. A file that flanc
//! would write otherwise is damaged, and the first line that is not as it would write it is the place.

use super::model::{Golden, Pinned, Rendering, Templated};
use super::spell::{spell, unspell};

/// The first line: the format's name and edition.
const HEAD: &str = "golden 1";
/// Columns of a rule across the page.
const WIDTH: usize = 80;

/// Why a file cannot be read: a line, from 1, and a reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    pub line: usize,
    pub reason: String,
}

/// The text of a file.
pub fn write(golden: &Golden) -> String {
    let mut out = format!("{HEAD}\n");
    let head = [
        ("dataset", &golden.dataset),
        ("source", &golden.source),
        ("fields", &golden.evidence.fields),
        ("says", &golden.evidence.says),
    ];
    for (name, value) in head {
        out.push_str(&format!("{name} {value}\n"));
    }
    for (key, row) in &golden.rows {
        out.push_str(&format!("\nrow {}\n", title(key, &row.about)));
        let width = row
            .fields
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        for (name, text) in &row.fields {
            out.push_str(format!("  {name:<width$}  {text}").trim_end());
            out.push('\n');
        }
    }
    let nothing = Pinned::default();
    for (name, template) in &golden.templates {
        let said = [template.role.clone(), template.digest.clone()];
        out.push_str(&format!("\n{}\n", ruled('━', &title(name, &said))));
        for (key, rendering) in &template.renderings {
            let about = &golden.rows.get(key).unwrap_or(&nothing).about;
            out.push_str(&format!("\n{}\n", ruled('─', &title(key, about))));
            for (part, text) in rendering.parts() {
                push_part(&mut out, part, text);
            }
        }
    }
    out
}

/// A name and what is said of it.
fn title(name: &str, about: &[String]) -> String {
    let mut out = name.to_string();
    for word in about {
        out.push_str(" · ");
        out.push_str(word);
    }
    out
}

/// A title in a rule, which ends where the page does.
fn ruled(sign: char, title: &str) -> String {
    let rest = WIDTH.saturating_sub(title.chars().count() + 4).max(2);
    format!("{sign}{sign} {title} {}", sign.to_string().repeat(rest))
}

fn push_part(out: &mut String, part: &str, text: &str) {
    for (at, line) in spell(text).into_iter().enumerate() {
        let head = if at == 0 { part } else { "" };
        out.push_str(format!("{head:<6} │ {line}").trim_end());
        out.push('\n');
    }
}

/// Reads what [`write()`] wrote.
pub fn read(text: &str) -> Result<Golden, Damage> {
    let lines: Vec<&str> = text.split('\n').collect();
    if let Some(at) = lines.iter().position(|line| line.ends_with('\r')) {
        return Err(damage(
            at,
            "this line ends as lines end under Windows; golden files end them in a newline alone",
        ));
    }
    if let Some(at) = lines.iter().position(|line| {
        let marks = ["<<<<<<<", "=======", ">>>>>>>"];
        marks.iter().any(|mark| line.starts_with(mark))
    }) {
        return Err(damage(at, "a merge was left half done here"));
    }
    if text.ends_with("\n\n") {
        let at = text.trim_end_matches('\n').lines().count();
        return Err(damage(at, "nothing should be here: the file ends on the line before"));
    }
    let golden = Reader { lines: &lines, at: 0 }.golden()?;
    let again = write(&golden);
    if again != text {
        let written: Vec<&str> = again.split('\n').collect();
        let same = lines.iter().zip(&written).take_while(|(a, b)| a == b).count();
        return Err(match written.get(same) {
            Some(_) if same == lines.len() => damage(same - 1, "the last line does not end in a newline"),
            Some(wanted) => damage(same, format!("this line would be written as `{wanted}`")),
            None => damage(same, "nothing should be here: the file ends on the line before"),
        });
    }
    Ok(golden)
}

fn damage(line: usize, reason: impl Into<String>) -> Damage {
    Damage {
        line: line + 1,
        reason: reason.into(),
    }
}

struct Reader<'t> {
    lines: &'t [&'t str],
    at: usize,
}

impl<'t> Reader<'t> {
    fn golden(&mut self) -> Result<Golden, Damage> {
        if self.next() != Some(HEAD) {
            return Err(damage(0, format!("a golden file begins with `{HEAD}`")));
        }
        let mut golden = Golden {
            dataset: self.head("dataset")?,
            source: self.head("source")?,
            ..Golden::default()
        };
        golden.evidence.fields = self.head("fields")?;
        golden.evidence.says = self.head("says")?;
        while let Some(line) = self.blank_then() {
            let at = self.at - 1;
            if let Some(rest) = line.strip_prefix("row ") {
                let (key, about) = untitle(rest);
                let row = Pinned {
                    about,
                    fields: self.fields(),
                };
                if golden.rows.insert(key, row).is_some() {
                    return Err(damage(at, "this row is here twice"));
                }
            } else if let Some(rest) = unruled('━', line) {
                let (name, said) = untitle(rest);
                let [role, digest] = said.as_slice() else {
                    return Err(damage(at, "after a template's name stand its role and its digest"));
                };
                let templated = Templated {
                    role: role.clone(),
                    digest: digest.clone(),
                    ..Templated::default()
                };
                if golden.templates.insert(name.clone(), templated).is_some() {
                    return Err(damage(at, "this template is here twice"));
                }
                self.renderings(&name, &mut golden)?;
            } else {
                return Err(damage(at, "neither a row nor a template begins here"));
            }
        }
        Ok(golden)
    }

    /// The renderings of a template, up to the next one.
    fn renderings(&mut self, name: &str, golden: &mut Golden) -> Result<(), Damage> {
        loop {
            let start = self.at;
            let Some(title) = self.blank_then().and_then(|line| unruled('─', line)) else {
                self.at = start;
                return Ok(());
            };
            let at = self.at - 1;
            let (key, _) = untitle(title);
            if !golden.rows.contains_key(&key) {
                return Err(damage(at, format!("no row `{key}` is pinned above")));
            }
            let rendering = self.rendering()?;
            let renderings = golden.templates.get_mut(name).map(|t| &mut t.renderings);
            if renderings.is_some_and(|all| all.insert(key, rendering).is_some()) {
                return Err(damage(at, "this row is here twice"));
            }
        }
    }

    fn rendering(&mut self) -> Result<Rendering, Damage> {
        let at = self.at;
        let mut parts: Vec<(&str, usize, Vec<&str>)> = Vec::new();
        while let Some((head, line)) = self.peek().and_then(part_line) {
            match (head, parts.last_mut()) {
                ("", Some((_, _, lines))) => lines.push(line),
                ("", None) => return Err(damage(self.at, "a text begins with its name")),
                (head, _) => parts.push((head, self.at, vec![line])),
            }
            self.at += 1;
        }
        let mut texts = Vec::new();
        for (name, start, lines) in parts {
            let text = unspell(&lines).map_err(|(line, reason)| damage(start + line, reason))?;
            texts.push((name, text));
        }
        let names: Vec<&str> = texts.iter().map(|(name, _)| *name).collect();
        let mut texts = texts.into_iter().map(|(_, text)| text);
        let mut text = || texts.next().unwrap_or_default();
        match names.as_slice() {
            ["system", "input", "target"] => Ok(Rendering::Example {
                system: Some(text()),
                input: text(),
                target: text(),
            }),
            ["input", "target"] => Ok(Rendering::Example {
                system: None,
                input: text(),
                target: text(),
            }),
            ["fails"] => Ok(Rendering::Fails { fails: text() }),
            _ => Err(damage(
                at,
                "a rendering is `input` and `target`, `system` before them where there is one",
            )),
        }
    }

    fn fields(&mut self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        while let Some(line) = self.peek().and_then(|line| line.strip_prefix("  ")) {
            let (name, text) = line.split_once(' ').unwrap_or((line, ""));
            fields.push((name.to_string(), text.trim_start_matches(' ').to_string()));
            self.at += 1;
        }
        fields
    }

    fn head(&mut self, name: &str) -> Result<String, Damage> {
        let at = self.at;
        let line = self.next().unwrap_or_default();
        let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
        value
            .map(str::to_string)
            .ok_or_else(|| damage(at, format!("here stands `{name}` and its value")))
    }

    /// The line after an empty one; none at the end.
    fn blank_then(&mut self) -> Option<&'t str> {
        (self.peek() == Some("")).then(|| self.at += 1)?;
        self.next()
    }

    fn peek(&self) -> Option<&'t str> {
        self.lines.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'t str> {
        self.at += 1;
        self.lines.get(self.at - 1).copied()
    }
}

fn untitle(text: &str) -> (String, Vec<String>) {
    let mut words = text.split(" · ").map(str::to_string);
    (words.next().unwrap_or_default(), words.collect())
}

fn unruled(sign: char, line: &str) -> Option<&str> {
    let inner = line.trim_matches(sign);
    (inner.len() < line.len()).then(|| inner.trim_matches(' '))
}

/// The head of a line of a part, and the spelled text after its bar.
fn part_line(line: &str) -> Option<(&str, &str)> {
    let (head, rest) = line.split_at_checked(6)?;
    let rest = rest.strip_prefix(" │")?;
    Some((head.trim_end(), rest.strip_prefix(' ').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn golden(texts: &[&str]) -> Golden {
        let mut golden = Golden {
            dataset: "rte".to_string(),
            source: "sample".to_string(),
            ..Golden::default()
        };
        let row = Pinned {
            about: vec!["train".to_string(), "entailment".to_string()],
            fields: vec![
                ("premise".to_string(), "A é".to_string()),
                ("x".to_string(), String::new()),
            ],
        };
        golden.rows.insert("0a".to_string(), row);
        golden.rows.insert("0b".to_string(), Pinned::default());
        let mut templated = Templated {
            role: "forward".to_string(),
            digest: "12".to_string(),
            ..Templated::default()
        };
        let mut texts = texts.iter().map(|text| (*text).to_string());
        let mut text = || texts.next().unwrap_or_default();
        let example = Rendering::Example {
            system: Some(text()),
            input: text(),
            target: text(),
        };
        templated.renderings.insert("0a".to_string(), example);
        templated
            .renderings
            .insert("0b".to_string(), Rendering::Fails { fails: text() });
        golden.templates.insert("ask".to_string(), templated);
        golden.templates.insert(
            "never".to_string(),
            Templated {
                role: "turned".to_string(),
                digest: "34".to_string(),
                ..Templated::default()
            },
        );
        golden
    }

    #[test]
    fn a_file_reads_from_top_to_bottom() {
        let text = write(&golden(&[
            "Be short.",
            "Is it?\n\n- Yes \n",
            "Yes",
            "its target is empty",
        ]));
        assert!(
            text.contains("\nrow 0a · train · entailment\n  premise  A é\n  x\n"),
            "{text}"
        );
        let part = "0a · train · entailment ";
        assert!(
            text.contains(part)
                && text.contains("\nsystem │ Be short.\ninput  │ Is it?\n       │\n       │ - Yes· ⏎\ntarget │ Yes\n"),
            "{text}"
        );
        assert_eq!(
            read(&text),
            Ok(golden(&[
                "Be short.",
                "Is it?\n\n- Yes \n",
                "Yes",
                "its target is empty"
            ]))
        );
        assert_eq!(read(&write(&Golden::default())), Ok(Golden::default()));
    }

    #[test]
    fn damage_has_a_line_and_a_reason() {
        let text = write(&golden(&["a", "b", "c", "d"]));
        let line = |part: &str| text.lines().position(|line| line.starts_with(part)).expect("a line") + 1;
        for (from, to, at, says) in [
            ("golden 1", "golden 2", 1, "begins with `golden 1`"),
            ("source sample\n", "", 3, "`source`"),
            ("input  │ b", "inptu  │ b", line("system"), "a rendering is"),
            ("input  │ b", "input  | b", line("system"), "a rendering is"),
            ("input  │ b", "input  │ ⟨b", line("input"), "begins a number"),
            ("input  │ b", "input  │ b ", line("input"), "would be written as"),
            ("row 0b", "row 0a", line("row 0b"), "twice"),
            ("row 0b", "<<<<<<< HEAD\nrow 0b", line("row 0b"), "merge"),
            ("row 0b", "raw 0b", line("row 0b"), "neither a row nor a template"),
            ("\ntarget │ c", "", line("system"), "a rendering is"),
        ] {
            let damaged = text.replacen(from, to, 1);
            let damage = read(&damaged).expect_err(to);
            assert!(
                damage.line == at && damage.reason.contains(says),
                "{to}: {damage:?}, {at}"
            );
        }
        assert_eq!(read(&text.replace('\n', "\r\n")).expect_err("lines").line, 1);
        let last = text.lines().count();
        for (damaged, at, says) in [
            (text.trim_end().to_string(), last, "does not end in a newline"),
            (format!("{text}\n"), last + 1, "nothing should be here"),
        ] {
            let damage = read(&damaged).expect_err(says);
            assert!(damage.line == at && damage.reason.contains(says), "{damage:?}, {at}");
        }
        assert!(read("").is_err());
    }

    fn texts(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => proptest::sample::select(pieces).prop_map(str::to_string),
            1 => any::<char>().prop_map(String::from)
        ];
        proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
    }

    const PIECES: &[&str] = &[
        " ", "a", "·", "⏎", "⟨", "│", "─", "━", "\n", "\r", "\t", "\u{200b}", "\u{a0}",
    ];
    const LINES: &[&str] = &[
        "golden 1\n",
        "dataset x\nsource y\nfields z\nsays w\n",
        "\n",
        "row a\n",
        "  b  c\n",
        "\n━━ t · forward · d ━━\n",
        "\n── a ──\n",
        "input  │ ",
        "target │ ",
        "fails  │ ",
        "       │ ",
        " ⏎\n",
    ];

    proptest! {
        #[test]
        fn what_is_written_is_read(texts in proptest::collection::vec(texts(PIECES), 4)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(read(&write(&golden(&texts))), Ok(golden(&texts)));
        }

        #[test]
        fn what_is_read_is_written(text in texts(LINES)) {
            if let Ok(golden) = read(&text) {
                prop_assert_eq!(write(&golden), text);
            }
        }
    }
}
