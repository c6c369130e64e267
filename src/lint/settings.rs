//! Which rules run, and where: from flanc.toml and the command line.

use std::collections::BTreeSet;

use anyhow::bail;

use super::rule::{self, Group, Rule};
use crate::diagnostic::Severity;
use crate::project::Lint;

/// What was said on the command line, which goes before flanc.toml.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub fail_on: Option<Severity>,
}

/// The rules that run.
#[derive(Debug)]
pub struct Active {
    codes: BTreeSet<&'static str>,
    /// Patterns of paths, each with the codes that are ignored there.
    per_path: Vec<(regex::Regex, BTreeSet<&'static str>)>,
    /// The least severity that makes the command fail; none: nothing does.
    pub fail_on: Option<Severity>,
}

impl Active {
    pub fn new(config: &Lint, asked: &Asked) -> anyhow::Result<Self> {
        let select = if asked.select.is_empty() {
            &config.select
        } else {
            &asked.select
        };
        let mut codes = if select.is_empty() {
            meant(&["default".to_string()])?
        } else {
            meant(select)?
        };
        for code in meant(&config.ignore)?.union(&meant(&asked.ignore)?) {
            // What is selected by its own code or name is meant, whatever a group says.
            if !asked
                .select
                .iter()
                .any(|word| rule::find(word).is_some_and(|rule| rule.code == *code))
            {
                codes.remove(code);
            }
        }
        let per_path = config
            .per_path
            .iter()
            .map(|(pattern, words)| Ok((glob(pattern)?, meant(words)?)));
        Ok(Self {
            codes,
            per_path: per_path.collect::<anyhow::Result<_>>()?,
            fail_on: match asked.fail_on {
                Some(level) => Some(level),
                None => level(&config.fail_on)?,
            },
        })
    }

    pub fn has(&self, rule: &Rule) -> bool {
        self.codes.contains(rule.code)
    }

    /// Whether a rule is ignored in a file.
    pub fn ignores(&self, rule: &Rule, file: &str) -> bool {
        self.per_path
            .iter()
            .any(|(pattern, codes)| codes.contains(rule.code) && pattern.is_match(file))
    }

    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        rule::all().iter().copied().filter(|rule| self.has(rule))
    }
}

/// The codes that words mean: codes, beginnings of codes, names, groups, `all` and `default`.
fn meant(words: &[String]) -> anyhow::Result<BTreeSet<&'static str>> {
    let mut codes = BTreeSet::new();
    for word in words.iter().flat_map(|word| word.split(',')).map(str::trim) {
        let upper = word.to_uppercase();
        let is = |rule: &Rule| match word {
            "all" => true,
            "default" => rule.default,
            _ => rule.name == word || rule.group.name() == word || (!word.is_empty() && rule.code.starts_with(&upper)),
        };
        let found: Vec<&str> = rule::all()
            .iter()
            .filter(|rule| is(rule))
            .map(|rule| rule.code)
            .collect();
        if found.is_empty() {
            let groups = Group::ALL.map(Group::name);
            let others: Vec<&str> = groups.into_iter().chain(["all", "default"]).collect();
            bail!(
                "no rule or group of rules is `{word}`; {}",
                rule::meant_by(word, &others)
            );
        }
        codes.extend(found);
    }
    Ok(codes)
}

/// A level by its name.
pub fn level(name: &str) -> anyhow::Result<Option<Severity>> {
    if name == "never" {
        return Ok(None);
    }
    match Severity::ALL.into_iter().find(|severity| severity.name() == name) {
        Some(severity) => Ok(Some(severity)),
        None => bail!("no level is named `{name}`; there are `error`, `warning`, `note` and `never`"),
    }
}

/// A pattern of paths: `*` is anything but a slash, `**` anything.
fn glob(pattern: &str) -> anyhow::Result<regex::Regex> {
    let escaped = regex::escape(pattern)
        .replace(r"\*\*/", "(?:.*/)?")
        .replace(r"\*\*", ".*")
        .replace(r"\*", "[^/]*");
    Ok(regex::Regex::new(&format!("^{escaped}$"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stop_at_slashes_and_two_do_not() {
        for (pattern, path, fits) in [
            ("templates/*.flan", "templates/a.flan", true),
            ("templates/*.flan", "templates/a/b.flan", false),
            ("templates/**", "templates/a/b.flan", true),
            ("**/b.flan", "b.flan", true),
        ] {
            assert_eq!(glob(pattern).unwrap().is_match(path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_word_that_is_no_rule_is_an_error() {
        let error = meant(&["glued-feild".to_string()]).unwrap_err().to_string();
        assert!(error.contains("did you mean `glued-field`?"), "{error}");
    }
}
