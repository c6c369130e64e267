//! A prompt refers to something below or above, and nothing is there.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{HOLE, Hit, Hole, OPTIONS, TemplateView, in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT019",
    name: "nothing-there",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("nothing_there.md"),
    check: Check::Template(check),
};

static AHEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:following|next) (?:\w+ )?([a-z]+)|([a-z]+)(?: (?:given|shown|stated|provided|written|listed|presented))? below)\b",
    )
});
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:above|preceding|foregoing|previous|aforementioned) (?:\w+ )?([a-z]+)|([a-z]+)(?: (?:given|shown|stated|provided|written|listed|presented))? above)\b",
    )
});

static FOLLOWING: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(the following)(?: and\b| to\b|[.:,;]|$)"));

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    let ahead = in_prompts(view, &AHEAD, |hit| refers(hit, true));
    let behind = in_prompts(view, &BEHIND, |hit| refers(hit, false));
    // `Read the following and write a title`, with nothing after it.
    let nothing = in_prompts(view, &FOLLOWING, |hit| {
        let rest = hit.after();
        let shown = rest.contains([HOLE, OPTIONS]) || rest.lines().skip(1).any(|line| words::words(line).len() >= 2);
        let before = hit.before().contains(HOLE);
        // `The answer is the following:` introduces the target.
        let introduces = rest.trim_matches([' ', ':', '.', '\n']).is_empty();
        (before && !shown && !introduces && words::words(rest).len() < 12).then(|| {
            hit.finding("nothing follows `the following`")
                .help("it may be above, or be lost")
        })
    });
    ahead.into_iter().chain(behind).chain(nothing).collect()
}

fn refers(hit: &Hit, ahead: bool) -> Option<Finding> {
    let adjective = hit.captures.get(2);
    let noun = adjective.or(hit.captures.get(3))?;
    // `Above each story` says where something stands, and not which.
    let second = hit.text().split_whitespace().nth(1).unwrap_or_default().to_lowercase();
    if matches!(
        second.as_str(),
        "each" | "every" | "the" | "a" | "an" | "this" | "that" | "it" | "all" | "any" | "your"
    ) {
        return None;
    }
    let nouns = [
        noun.as_str().to_lowercase(),
        hit.text().split_whitespace().nth(1).unwrap_or_default().to_lowercase(),
    ];
    let noun = nouns.iter().find_map(|noun| words::text_noun(noun))?;
    let words_of = hit.text().to_lowercase();
    // `the next sentence` is one that comes after, not one that is shown; `previous` may be earlier in a talk.
    if words_of.starts_with("next")
        && !hit
            .text()
            .split_whitespace()
            .any(|w| matches!(w, "two" | "three" | "few"))
    {
        return None;
    }
    // What is to be written is not there yet.
    let wanted = words::words(hit.before());
    let wanted: Vec<&str> = wanted.iter().rev().take(3).map(String::as_str).collect();
    if wanted.iter().any(|word| {
        matches!(
            *word,
            "write" | "generate" | "predict" | "produce" | "compose" | "guess" | "continue"
        )
    }) {
        return None;
    }
    let side = if ahead { hit.after() } else { hit.before() };
    let offset = if ahead { hit.at.end } else { 0 };
    let holes: Vec<&Hole> = hit
        .sketch
        .holes
        .iter()
        .filter(|hole| (offset..offset + side.len()).contains(&hole.at))
        .collect();
    let printed = side.trim();
    // The sentence that refers is not what it refers to.
    let side = if ahead {
        side.split_once(['.', '?', '!', ':', '\n']).map_or("", |(_, rest)| rest)
    } else {
        side.rfind(['.', '?', '!', '\n']).map_or("", |at| &side[..at])
    };
    // Fixed text of several lines may be what is meant.
    let fixed = side
        .split(['\n', '.'])
        .map(str::trim)
        .filter(|line| words::words(line).len() >= 4)
        .count();
    let fits = holes.iter().any(|hole| {
        if hole.reads("options") || hole.reads("choices") {
            short(noun)
        } else {
            words::can_be(hole.name(), noun)
        }
    });
    let bare = holes.is_empty() && fixed == 0;
    let misfit = !fits && fixed == 0 && !holes.is_empty() && other_side_fits(hit, ahead, noun);
    if !(bare || misfit) || (printed.is_empty() && ahead && noun_is_options(noun)) {
        return None;
    }
    let (where_, other) = if ahead { ("below", "above") } else { ("above", "below") };
    let message = format!("no {noun} stands {where_} `{}`", hit.text());
    Some(hit.finding(message).help(format!("it may be {other}, or be lost")))
}

/// Whether a value on the other side is what the noun means.
fn other_side_fits(hit: &Hit, ahead: bool, noun: &str) -> bool {
    hit.sketch.holes.iter().any(|hole| {
        let other = if ahead {
            hole.at < hit.at.start
        } else {
            hole.at >= hit.at.end
        };
        other && words::can_be(hole.name(), noun)
    })
}

/// Whether options can be what a noun means: they are no passages.
fn short(noun: &str) -> bool {
    matches!(
        noun,
        "sentence" | "sentences" | "statement" | "claim" | "question" | "summary" | "text"
    )
}

fn noun_is_options(noun: &str) -> bool {
    matches!(noun, "option" | "choice" | "answer")
}
