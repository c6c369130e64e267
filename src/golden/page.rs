//! One HTML page of differences for who reviews them: both texts side by side, the words that differ marked. It has no
//! script and loads nothing; its filters are style sheets over what is chosen in three lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::compare::{Cause, Change, Difference};
use super::coverage::Coverage;
use super::model::Rendering;
use super::spell::inside;
use crate::report::diff::{Mark, words};
use crate::report::stats::{STYLE, escape};
use crate::text::{self, thousands};

/// How much some differences touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Affected {
    pub templates: usize,
    /// Pinned rows.
    pub rows: usize,
    pub renderings: usize,
    /// Words between white space, of all texts that differ.
    pub words_before: usize,
    pub words_after: usize,
}

/// Counts what differences touch.
pub fn affected<'d>(differences: impl IntoIterator<Item = &'d Difference>) -> Affected {
    let (mut templates, mut rows) = (BTreeSet::new(), BTreeSet::new());
    let mut affected = Affected::default();
    for one in differences {
        templates.insert((&one.dataset, &one.template));
        rows.insert((&one.dataset, &one.row));
        affected.renderings += 1;
        affected.words_before += one.old.as_ref().map_or(0, count);
        affected.words_after += one.new.as_ref().map_or(0, count);
    }
    Affected {
        templates: templates.len(),
        rows: rows.len(),
        ..affected
    }
}

fn count(rendering: &Rendering) -> usize {
    let parts = rendering.parts();
    parts.iter().map(|(_, text)| text.split_whitespace().count()).sum()
}

/// What the page filters by, each value under a short name that means nothing to a style sheet.
struct Filter<'d> {
    name: &'static str,
    values: BTreeMap<&'d str, String>,
}

impl<'d> Filter<'d> {
    fn new(name: &'static str, values: impl Iterator<Item = &'d str>) -> Self {
        let values: BTreeSet<&str> = values.collect();
        let short = |(at, value): (usize, &'d str)| (value, format!("{}{at}", &name[..2]));
        Self {
            name,
            values: values.into_iter().enumerate().map(short).collect(),
        }
    }

    fn of(&self, value: &str) -> &str {
        self.values.get(value).map_or("", String::as_str)
    }

    /// The list to choose from.
    fn list(&self) -> String {
        let options = self
            .values
            .iter()
            .map(|(value, short)| format!("<option value=\"{short}\">{}</option>", escape(value)));
        format!(
            "<label>{name} <select id=\"{name}\" autocomplete=\"off\"><option value=\"\">all</option>{}</select></label>",
            options.collect::<String>(),
            name = self.name
        )
    }

    /// Hides what was not chosen.
    fn rules(&self) -> String {
        let rule = |short: &String| {
            let name = self.name;
            format!(
                "body:has(#{name} option[value={short}]:checked) article:not([data-{name}~={short}]) {{ display: none; }}\n"
            )
        };
        self.values.values().map(rule).collect()
    }
}

/// The page.
pub fn page(differences: &[&Difference], coverage: &[&Coverage]) -> String {
    let filters = [
        Filter::new("cluster", differences.iter().map(|d| d.cluster.as_str())),
        Filter::new("dataset", differences.iter().map(|d| d.dataset.as_str())),
        Filter::new(
            "cause",
            differences
                .iter()
                .flat_map(|d| d.causes.iter().map(|cause| label(*cause))),
        ),
    ];
    let rules: String = filters.iter().map(Filter::rules).collect();
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>golden files: what differs</title>\n\
         <style>\n{STYLE}{}{rules}</style>\n</head>\n<body>\n<h1>What templates make of pinned rows</h1>\n",
        include_str!("page.css")
    );
    if differences.is_empty() {
        out.push_str("<p>Everything is as it was accepted.</p>\n");
    } else {
        tiles(&mut out, differences);
        let lists: String = filters.iter().map(Filter::list).collect();
        let _ = writeln!(out, "<form>{lists}</form>");
        let mut templates: BTreeMap<(&str, &str, &str), Vec<&Difference>> = BTreeMap::new();
        for one in differences {
            let key = (one.cluster.as_str(), one.dataset.as_str(), one.template.as_str());
            templates.entry(key).or_default().push(one);
        }
        templates.values().for_each(|of| article(&mut out, of, &filters));
    }
    lacking(&mut out, coverage);
    out.push_str("</body>\n</html>\n");
    out
}

fn label(cause: Cause) -> &'static str {
    match cause {
        Cause::Template => "template text",
        Cause::Verbalizer => "verbalizer",
        Cause::Field => "field or clean-up",
        Cause::Rows => "rows",
        Cause::Unknown => "unknown",
    }
}

fn tiles(out: &mut String, differences: &[&Difference]) {
    let of = |change: Change| differences.iter().filter(|d| d.change == change).count();
    let touched = affected(differences.iter().copied());
    let tiles = [
        ("changed", of(Change::Changed).to_string()),
        ("new", of(Change::New).to_string()),
        ("removed", of(Change::Removed).to_string()),
        ("templates", touched.templates.to_string()),
        ("rows", touched.rows.to_string()),
        ("words before", thousands(touched.words_before as u64)),
        ("words after", thousands(touched.words_after as u64)),
    ];
    out.push_str("<dl>");
    for (name, value) in tiles {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>\n");
}

/// The differences of one template.
fn article(out: &mut String, differences: &[&Difference], [clusters, datasets, causes]: &[Filter<'_>; 3]) {
    let Some(first) = differences.first() else { return };
    let all: BTreeSet<&str> = differences
        .iter()
        .flat_map(|d| d.causes.iter().map(|c| label(*c)))
        .collect();
    let short: Vec<&str> = all.iter().map(|cause| causes.of(cause)).collect();
    let tags: String = all
        .iter()
        .map(|cause| format!(" <span class=\"tag\">{cause}</span>"))
        .collect();
    let touched = affected(differences.iter().copied());
    let _ = writeln!(
        out,
        "<article data-cluster=\"{}\" data-dataset=\"{}\" data-cause=\"{}\">\n<h2>{}/{}{tags}</h2>\n\
         <p>{}, {} → {} words</p>",
        clusters.of(&first.cluster),
        datasets.of(&first.dataset),
        short.join(" "),
        escape(&first.dataset),
        escape(&first.template),
        text::count(touched.rows, "row"),
        thousands(touched.words_before as u64),
        thousands(touched.words_after as u64),
    );
    for one in differences {
        let about: String = one.about.iter().map(|word| format!(" · {}", escape(word))).collect();
        let _ = writeln!(
            out,
            "<section><h3><span class=\"tag\">{}</span> <code>{}</code>{about}</h3>\n<div class=\"sides\"><p>before</p><p>after</p>",
            one.change.name(),
            escape(&one.row)
        );
        for part in ["system", "input", "target", "fails"] {
            let of = |side: &Option<Rendering>| side.as_ref().and_then(|side| side.part(part).map(str::to_string));
            sides(out, part, of(&one.old).as_deref(), of(&one.new).as_deref());
        }
        out.push_str("</div></section>\n");
    }
    out.push_str("</article>\n");
}

/// One part of a rendering, before and after.
fn sides(out: &mut String, part: &str, old: Option<&str>, new: Option<&str>) {
    let marked = match (old, new) {
        (None, None) => return,
        (old, new) => words(old.unwrap_or_default(), new.unwrap_or_default()),
    };
    for (there, other, tag, when) in [
        (old, Mark::Added, "del", "before"),
        (new, Mark::Removed, "ins", "after"),
    ] {
        let text = match there {
            Some(_) => {
                let own: Vec<(Mark, &str)> = marked.iter().filter(|(mark, _)| *mark != other).copied().collect();
                side(&own, tag)
            }
            None => "<span class=\"none\">nothing</span>".to_string(),
        };
        let _ = writeln!(
            out,
            "<div class=\"text {part} {when}\" title=\"{part} {when}\">{text}</div>"
        );
    }
}

/// One side, its own words in `tag` and what nobody would see in sight.
fn side(pieces: &[(Mark, &str)], tag: &str) -> String {
    let mut out = String::new();
    let mut open = false;
    for (at, (mark, piece)) in pieces.iter().enumerate() {
        let own = *mark != Mark::Same;
        if own != open {
            let _ = write!(out, "<{}{tag}>", if own { "" } else { "/" });
            open = own;
        }
        let next = pieces.get(at + 1).map(|(_, piece)| *piece);
        match (*piece, next) {
            ("\n", None) => out.push_str("<span class=\"sign\">⏎</span>"),
            ("\n", _) if own => out.push_str("<span class=\"sign\">⏎</span>\n"),
            ("\n", _) => out.push('\n'),
            (piece, None | Some("\n")) => {
                let body = piece.trim_end_matches(' ');
                out.push_str(&signs(body));
                if body.len() < piece.len() {
                    let _ = write!(
                        out,
                        "<span class=\"sign\">{}</span>",
                        "·".repeat(piece.len() - body.len())
                    );
                }
            }
            (piece, _) => out.push_str(&signs(piece)),
        }
    }
    if open {
        let _ = write!(out, "</{tag}>");
    }
    out
}

/// A piece of text with what has no shape spelled.
fn signs(text: &str) -> String {
    let mut out = String::new();
    let mut plain = String::new();
    for c in text.chars() {
        let spelled = inside(c.encode_utf8(&mut [0; 4]));
        if spelled.chars().eq([c]) {
            plain.push(c);
        } else {
            let _ = write!(
                out,
                "{}<span class=\"sign\">{}</span>",
                escape(&plain),
                escape(&spelled)
            );
            plain.clear();
        }
    }
    out + &escape(&plain)
}

/// What the pinned rows do not show.
fn lacking(out: &mut String, coverage: &[&Coverage]) {
    let lines: Vec<String> = coverage
        .iter()
        .flat_map(|one| one.lacking.iter().map(move |lacking| (one, lacking)))
        .map(|(one, lacking)| {
            let lacking = escape(&lacking.to_string());
            format!(
                "<li>{}/{}: {lacking}</li>\n",
                escape(&one.dataset),
                escape(&one.template)
            )
        })
        .collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "<h2>Not shown by any row</h2>\n<ul>\n{}</ul>", lines.concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_what_nobody_sees_is_in_sight() {
        let mut out = String::new();
        sides(&mut out, "input", Some("a <b> \nc"), Some("a <b>\nd\u{200b}\n"));
        assert!(
            out.contains("a &lt;b&gt;<del><span class=\"sign\">·</span></del>\n<del>c</del>"),
            "{out}"
        );
        assert!(
            out.contains("<ins>d<span class=\"sign\">⟨U+200B⟩</span><span class=\"sign\">⏎</span></ins>"),
            "{out}"
        );
        let mut out = String::new();
        sides(&mut out, "target", None, Some("x"));
        assert!(out.contains("nothing") && out.contains("<ins>x</ins>"), "{out}");
    }
}
