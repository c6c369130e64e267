//! What a rule is, and the table of all of them.

use super::findings::Finding;
use super::rows::RowsView;
use super::rules;
use super::view::{DatasetView, ProjectView, TemplateView};
use crate::diagnostic::Severity;
use crate::text;

/// One rule: a file of its own in `rules/`, with its page beside it.
pub struct Rule {
    /// Three letters of its group and three digits. It is never given to another rule.
    pub code: &'static str,
    /// Reads well after "allow": `glued-field`.
    pub name: &'static str,
    pub group: Group,
    pub severity: Severity,
    /// Whether it runs where nobody asked for it.
    pub default: bool,
    /// Its page, in Markdown.
    pub page: &'static str,
    pub check: Check,
}

/// What a rule looks at, which is also what it needs.
#[derive(Clone, Copy)]
pub enum Check {
    /// One template's text.
    Template(fn(&TemplateView) -> Vec<Finding>),
    /// A dataset's declarations, and its templates beside each other.
    Dataset(fn(&DatasetView) -> Vec<Finding>),
    /// The rows of a dataset, and what its templates make of them.
    Rows(fn(&RowsView) -> Vec<Finding>),
    /// The rows of all datasets, beside each other.
    AllRows(fn(&ProjectView, &[RowsView]) -> Vec<Finding>),
    /// The datasets and mixtures of a project.
    Project(fn(&ProjectView) -> Vec<Finding>),
    /// The comments that allow findings; the runner itself judges those.
    Comments,
}

impl Check {
    /// Whether it can run where no data is.
    pub fn needs_rows(self) -> bool {
        matches!(self, Self::Rows(_) | Self::AllRows(_))
    }
}

/// What rules are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Text,
    Siblings,
    Labels,
    Rows,
    Mixture,
    Allow,
}

impl Group {
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Siblings,
        Self::Labels,
        Self::Rows,
        Self::Mixture,
        Self::Allow,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Siblings => "siblings",
            Self::Labels => "labels",
            Self::Rows => "rows",
            Self::Mixture => "mixture",
            Self::Allow => "allow",
        }
    }

    /// The letters its codes begin with.
    pub fn letters(self) -> &'static str {
        match self {
            Self::Text => "TXT",
            Self::Siblings => "SIB",
            Self::Labels => "LAB",
            Self::Rows => "ROW",
            Self::Mixture => "MIX",
            Self::Allow => "ALW",
        }
    }

    /// What its rules look at.
    pub fn about(self) -> &'static str {
        match self {
            Self::Text => "the text of one template",
            Self::Siblings => "the templates of a dataset beside each other",
            Self::Labels => "fields, labels, verbalizers, and how templates use them",
            Self::Rows => "rows, and what templates make of them; these need data",
            Self::Mixture => "datasets beside each other, and what a mixture makes of them",
            Self::Allow => "the comments that allow findings",
        }
    }
}

/// All rules, in the order of their codes.
pub fn all() -> &'static [&'static Rule] {
    rules::ALL
}

/// The rule of a code or a name.
pub fn find(word: &str) -> Option<&'static Rule> {
    all()
        .iter()
        .find(|rule| rule.code.eq_ignore_ascii_case(word) || rule.name == word)
        .copied()
}

/// What to say to somebody whose word is no rule and none of `others`: the name that was meant, or those with a word like
/// it.
pub fn meant_by(word: &str, others: &[&str]) -> String {
    let names = all().iter().map(|rule| rule.name);
    let known = names.clone().chain(all().iter().map(|rule| rule.code));
    if let Some(near) = text::suggest(word, known.chain(others.iter().copied())) {
        return format!("did you mean `{near}`?");
    }
    let word = word.to_lowercase();
    let begins = |name: &str| word.len() > 2 && (name.starts_with(&word) || name.contains(&format!("-{word}")));
    let mut like: Vec<&str> = names.clone().filter(|name| begins(name)).collect();
    if like.is_empty()
        && let Some(part) = text::suggest(&word, names.clone().flat_map(|name| name.split('-')))
    {
        like = names.filter(|name| name.split('-').any(|p| p == part)).collect();
    }
    match like.as_slice() {
        [one] => format!("did you mean `{one}`?"),
        [_, _, ..] if like.len() <= 6 => format!("the names with such a word are {}", text::list(&like)),
        _ => "`flanc rule` lists the rules".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_name_is_enough_to_be_understood() {
        assert_eq!(meant_by("glued-feild", &[]), "did you mean `glued-field`?");
        for word in ["glued", "Glued", "gleud"] {
            assert!(meant_by(word, &[]).contains("`glued-field`"), "{}", meant_by(word, &[]));
        }
        assert_eq!(meant_by("defualt", &["default"]), "did you mean `default`?");
        assert_eq!(meant_by("xyzzy", &[]), "`flanc rule` lists the rules");
    }
}
