//! `// lint: allow CODE "reason"`: findings that a person has looked at and lets stand.

use super::comments::comments;
use super::findings::Finding;
use super::rule::{self, Rule};
use super::rules::allow;
use super::run::{Part, Request};
use crate::diagnostic::{FileId, Sources, Span};

/// One code of one comment.
struct Allowed {
    rule: &'static Rule,
    /// The code, where it stands.
    span: Span,
    covers: Span,
    used: bool,
}

/// Takes out what comments allow, and adds what is wrong with the comments. Returns how many findings were allowed.
/// `ran` says whether a rule has run at all: what did not run cannot show that a comment is superfluous.
pub fn suppress(
    findings: &mut Vec<Finding>,
    sources: &Sources,
    files: &[FileId],
    request: &Request,
    ran: impl Fn(&Rule) -> bool,
) -> usize {
    let mut allowed = Vec::new();
    let mut wrong = Vec::new();
    for file in files {
        read(*file, sources.text(*file), &mut allowed, &mut wrong);
    }
    let before = findings.len();
    findings.retain(|finding| {
        let mut stands = true;
        for allow in &mut allowed {
            let (at, covers) = (finding.span(), allow.covers);
            let inside = at.file == covers.file && covers.start <= at.start && at.start <= covers.end;
            if inside && allow.rule.code == finding.diagnostic.code {
                allow.used = true;
                stands = false;
            }
        }
        stands
    });
    let count = before - findings.len();
    for allow in allowed {
        if !allow.used && ran(allow.rule) {
            let message = format!("{} finds nothing here", allow.rule.code);
            wrong.push(
                Finding::new(allow.span, message)
                    .help("take the comment out")
                    .of(&allow::unused_allow::RULE),
            );
        }
    }
    wrong.retain(|finding| {
        let rule = finding.rule();
        let active = request.active;
        let counts = active.has(rule) && !active.ignores(rule, sources.name(finding.span().file));
        let name = sources.name(finding.span().file);
        let here = |part: &Part| (part.file)(name) && (part.place)(finding.span());
        counts && request.parts.iter().any(here)
    });
    findings.append(&mut wrong);
    count
}

/// Reads the comments of a file.
fn read(file: FileId, source: &str, allowed: &mut Vec<Allowed>, wrong: &mut Vec<Finding>) {
    for comment in comments(source) {
        let words = source[comment.at.clone()].trim_start_matches('/').trim_start();
        let Some(said) = words.strip_prefix("lint:") else {
            continue;
        };
        let place = |part: &str| {
            let start = part.as_ptr() as usize - source.as_ptr() as usize;
            Span {
                file,
                start,
                end: start + part.len(),
            }
        };
        let whole = Span {
            file,
            start: comment.at.start,
            end: comment.at.end,
        };
        let form = "write `// lint: allow TXT001 \"why it is right here\"`";
        let Some(rest) = said.trim_start().strip_prefix("allow ") else {
            wrong.push(
                Finding::new(
                    whole,
                    "this comment is addressed to lint and says nothing that it knows",
                )
                .help(form)
                .of(&allow::malformed_allow::RULE),
            );
            continue;
        };
        let (codes, reason) = match rest.find('"') {
            Some(at) => (&rest[..at], rest[at..].trim().trim_matches('"').trim()),
            None => (rest, ""),
        };
        if reason.is_empty() || codes.trim().is_empty() {
            let lacks = if reason.is_empty() { "reason" } else { "code" };
            wrong.push(
                Finding::new(whole, format!("this comment allows something without a {lacks}"))
                    .help(form)
                    .of(&allow::malformed_allow::RULE),
            );
        }
        for word in codes.split([',', ' ']).filter(|word| !word.is_empty()) {
            match rule::find(word) {
                Some(rule) => allowed.push(Allowed {
                    rule,
                    span: place(word),
                    covers: Span {
                        file,
                        start: comment.covers.start,
                        end: comment.covers.end,
                    },
                    used: false,
                }),
                None => {
                    wrong.push(
                        Finding::new(place(word), format!("no rule has the code or name `{word}`"))
                            .help(rule::meant_by(word, &[]))
                            .of(&allow::unknown_rule::RULE),
                    );
                }
            }
        }
    }
}
