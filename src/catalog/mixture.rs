//! Mixtures: their statements over the defaults, and what they extend folded in.

use std::collections::BTreeMap;

use super::check::{Names, known, whole};
use super::model::{
    BudgetUnit, Catalog, Dataset, Mixture, OptionsOrder, Profile, Role, Scheme, Selector, Shots, Size, Style,
};
use super::template::no_template;
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{self, Choose, MixtureStatement as S, SizeUnit, Text, Word};

/// The paper's: at most 30,000 rows of a dataset, and a rate of at most 3,000 (FLAN, section 2.1).
const CAP: u64 = 30_000;
const MAXIMUM_RATE: u64 = 3_000;
const TEST_AT_MOST: u64 = 2_000;
const EXEMPLARS_AT_MOST: u64 = 200;

pub(super) fn check_all(
    trees: &[ast::Mixture],
    names: &Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Mixture> {
    let mut done: BTreeMap<String, Option<Mixture>> = BTreeMap::new();
    for tree in trees {
        resolve(tree, trees, names, &mut Vec::new(), &mut done, diagnostics);
    }
    done.into_iter()
        .filter_map(|(name, mixture)| Some((name, mixture?)))
        .collect()
}

/// Checks a mixture once, after the one it extends.
fn resolve(
    tree: &ast::Mixture,
    trees: &[ast::Mixture],
    names: &Names,
    path: &mut Vec<String>,
    done: &mut BTreeMap<String, Option<Mixture>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Mixture> {
    let name = &tree.name.value;
    if let Some(mixture) = done.get(name) {
        return mixture.clone();
    }
    if path.contains(name) {
        let through: Vec<&String> = path.iter().filter(|other| *other != name).collect();
        let message = match through.as_slice() {
            [] => format!("mixture `{name}` extends itself"),
            others => format!(
                "mixture `{name}` extends itself, by way of {}",
                crate::text::list(others)
            ),
        };
        let place = tree.extends.as_ref().unwrap_or(&tree.name).span;
        diagnostics.push(Diagnostic::error("extends-itself", place, message).help("one of them has to begin anew"));
        return None;
    }
    path.push(name.clone());
    let base = match &tree.extends {
        None => Some(default_mixture(tree.span)),
        Some(word) if known(word, &names.mixtures, "mixture", diagnostics) => trees
            .iter()
            .find(|t| t.name.value == word.value)
            .and_then(|t| resolve(t, trees, names, path, done, diagnostics)),
        Some(_) => None,
    };
    path.pop();
    let before = diagnostics.len();
    check_name(&tree.name, diagnostics);
    let checked = apply(
        tree,
        base.clone().unwrap_or_else(|| default_mixture(tree.span)),
        names,
        diagnostics,
    );
    let sound = base.is_some() && !diagnostics[before..].iter().any(Diagnostic::is_error);
    done.insert(name.clone(), sound.then(|| checked.clone()));
    sound.then_some(checked)
}

/// A mixture is built into a directory of its name.
fn check_name(name: &Word, diagnostics: &mut Vec<Diagnostic>) {
    let text = &name.value;
    let apart = |c: char| c == '/' || c == '\\' || c.is_control();
    if text.is_empty() || text.starts_with('.') || text.contains(apart) {
        diagnostics.push(
            Diagnostic::error("bad-name", name.span, "a mixture cannot have this name")
                .label("no name of a directory")
                .help("it is built into `build/NAME`: its name is not empty, begins with no `.`, and has no `/` and no `\\`"),
        );
    }
}

fn default_mixture(span: Span) -> Mixture {
    Mixture {
        name: String::new(),
        title: String::new(),
        include: vec![Selector::All],
        exclude: Vec::new(),
        hold_out: Vec::new(),
        cap: Some(CAP),
        rates: Scheme::Proportional {
            maximum: Some(MAXIMUM_RATE),
        },
        over_clusters: None,
        size: Size::Epochs(1.0),
        passes: None,
        round_robin: None,
        options: OptionsOrder::InOrder,
        instruct: Style::Template,
        shots: None,
        seed: 0,
        test_at_most: TEST_AT_MOST,
        exemplars_at_most: EXEMPLARS_AT_MOST,
        templates_at_most: None,
        profile: Profile::Fixed,
        span,
    }
}

fn apply(tree: &ast::Mixture, base: Mixture, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Mixture {
    let mut mixture = Mixture {
        name: tree.name.value.clone(),
        title: tree.name.value.clone(),
        span: tree.name.span,
        ..base
    };
    let mut included = false;
    for statement in &tree.statements {
        match statement {
            S::Title(word) => mixture.title = word.value.clone(),
            S::Note(_) => {}
            S::Include(selectors) => {
                // The first `include` of a mixture replaces what it would inherit; more of them add up.
                if !included {
                    mixture.include.clear();
                }
                included = true;
                mixture.include.extend(selectors.iter().filter_map(|s| selector(s, names, diagnostics)));
            }
            S::Exclude(selectors) => mixture.exclude.extend(selectors.iter().filter_map(|s| selector(s, names, diagnostics))),
            S::HoldOut(words) => mixture.hold_out.extend(words.iter().filter_map(|w| held_out(w, names, diagnostics))),
            S::Cap(None) => mixture.cap = None,
            S::Cap(Some(number)) => mixture.cap = whole(number, 1, "the cap", diagnostics).or(mixture.cap),
            S::Rates { inner, over_clusters } => {
                mixture.rates = scheme(inner, &names.datasets, "dataset", diagnostics);
                mixture.over_clusters = over_clusters.as_ref().map(|s| scheme(s, &names.clusters, "cluster", diagnostics));
            }
            S::Size(number, SizeUnit::Examples) => {
                if let Some(examples) = whole(number, 1, "the size in examples", diagnostics) {
                    mixture.size = Size::Examples(examples);
                }
            }
            S::Size(number, SizeUnit::Epochs) => mixture.size = Size::Epochs(positive(number, "the size in epochs", diagnostics)),
            S::WithoutReplacement => mixture.passes = Some(1),
            S::Passes(number) => mixture.passes = whole(number, 1, "the number of passes", diagnostics),
            S::Choose(Choose::Draw) => mixture.round_robin = None,
            S::Choose(Choose::RoundRobin(field)) => mixture.round_robin = Some(field.value.clone()),
            S::Options(order) => mixture.options = *order,
            S::Instruct(style) => mixture.instruct = *style,
            S::Shots(tree) => mixture.shots = shots(tree, diagnostics),
            S::Seed(number) => mixture.seed = whole(number, 0, "the seed", diagnostics).unwrap_or(0),
            S::TestAtMost(number) => mixture.test_at_most = whole(number, 0, "the number of test rows", diagnostics).unwrap_or(0),
            S::ExemplarsAtMost(number) => {
                mixture.exemplars_at_most = whole(number, 0, "the number of exemplar rows", diagnostics).unwrap_or(0);
            }
            S::TemplatesAtMost(number) => {
                mixture.templates_at_most = whole(number, 1, "the number of templates", diagnostics);
            }
            S::Profile(word) => match word.value.as_str() {
                "repo" => mixture.profile = Profile::Repo,
                "fixed" => mixture.profile = Profile::Fixed,
                "paper" => mixture.profile = Profile::Paper,
                other => diagnostics.push(
                    Diagnostic::error("unknown-profile", word.span, format!("no profile is named `{other}`"))
                        .help("`fixed` keeps training apart from tests; `paper` and `repo` have the habits of the FLAN paper and of its released code")
                        .suggest(other, ["fixed", "paper", "repo"]),
                ),
            },
        }
    }
    mixture
}

fn selector(tree: &ast::Selector, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Option<Selector> {
    let word = &tree.name;
    let name = word.value.clone();
    match tree.kind.as_deref() {
        None => Some(Selector::All),
        Some("cluster") => known(word, &names.clusters, "cluster", diagnostics).then_some(Selector::Cluster(name)),
        Some("dataset") => known(word, &names.datasets, "dataset", diagnostics).then_some(Selector::Dataset(name)),
        Some("family") if names.families.contains(&name) => Some(Selector::Family(name)),
        Some("family") => {
            diagnostics.push(
                Diagnostic::error("unknown-family", word.span, format!("no dataset is of family `{name}`"))
                    .suggest(&name, names.families.iter().map(String::as_str)),
            );
            None
        }
        Some("task") if names.tasks.contains(&name) => Some(Selector::Task(name)),
        Some("task") => {
            diagnostics.push(
                Diagnostic::error("unknown-task", word.span, format!("no dataset is of task `{name}`"))
                    .suggest(&name, names.tasks.iter().map(String::as_str)),
            );
            None
        }
        Some("license") => Some(Selector::License(name)),
        Some("language") => Some(Selector::Language(name)),
        Some("role") => match Role::ALL.into_iter().find(|role| role.name() == name) {
            Some(role) => Some(Selector::Role(role)),
            None => {
                diagnostics.push(
                    Diagnostic::error("unknown-role", word.span, format!("no role is named `{name}`"))
                        .help("the roles are `forward`, `reverse` and `turned`")
                        .suggest(&name, Role::ALL.map(Role::name)),
                );
                None
            }
        },
        _ => Some(Selector::Template(name)),
    }
}

/// What a mixture says of datasets by what they have: a license, a language, a template, a field.
pub(super) fn check_against(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for mixture in catalog.mixtures.values() {
        let of_any = |has: &dyn Fn(&Dataset) -> bool| catalog.datasets.values().any(has);
        for selector in mixture.include.iter().chain(&mixture.exclude) {
            let (what, name, found) = match selector {
                Selector::License(name) => (
                    "license",
                    name,
                    of_any(&|d| d.license.as_ref().is_some_and(|l| l.name == *name)),
                ),
                Selector::Language(name) => ("language", name, of_any(&|d| d.languages.contains(name))),
                Selector::Template(name) => (
                    "template",
                    name,
                    of_any(&|d| d.templates.iter().any(|t| t.goes_by(name))),
                ),
                _ => continue,
            };
            if !found {
                let message = format!(
                    "mixture `{}` selects by {what} `{name}`, and no dataset has it",
                    mixture.name
                );
                diagnostics.push(Diagnostic::error("selects-nothing", mixture.span, message));
            }
        }
        if let Some(field) = &mixture.round_robin
            && !of_any(&|d| d.field(field).is_some())
        {
            let message = format!(
                "mixture `{}` goes round by `{field}`, and no dataset has that field",
                mixture.name
            );
            diagnostics.push(Diagnostic::error("unknown-field", mixture.span, message));
        }
    }
}

fn held_out(word: &Word, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let name = &word.value;
    let groups = names.families.contains(name) || names.tasks.contains(name);
    if groups || names.clusters.contains_key(name) || names.datasets.contains_key(name) {
        return Some(name.clone());
    }
    let candidates = names
        .clusters
        .keys()
        .chain(names.datasets.keys())
        .chain(&names.families)
        .chain(&names.tasks)
        .map(String::as_str);
    diagnostics.push(
        Diagnostic::error(
            "unknown-name",
            word.span,
            format!("no cluster, family, task or dataset is named `{name}`"),
        )
        .suggest(name, candidates),
    );
    None
}

fn scheme(
    tree: &ast::Scheme,
    declared: &BTreeMap<String, Span>,
    noun: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Scheme {
    let maximum = |number: &Option<ast::Number>, diagnostics: &mut Vec<Diagnostic>| {
        number
            .as_ref()
            .and_then(|n| whole(n, 1, "the maximum rate", diagnostics))
    };
    match tree {
        ast::Scheme::Equal => Scheme::Equal,
        ast::Scheme::Proportional { maximum: m } => Scheme::Proportional {
            maximum: maximum(m, diagnostics),
        },
        ast::Scheme::Temperature {
            temperature,
            maximum: m,
        } => Scheme::Temperature {
            temperature: positive(temperature, "the temperature", diagnostics),
            maximum: maximum(m, diagnostics),
        },
        ast::Scheme::Fixed(rates) => {
            let mut fixed = BTreeMap::new();
            for (name, rate) in rates {
                if known(name, declared, noun, diagnostics)
                    && fixed.insert(name.value.clone(), rate.value.max(0.0)).is_some()
                {
                    let message = format!("{noun} `{}` has two rates", name.value);
                    diagnostics.push(Diagnostic::error("declared-twice", name.span, message));
                }
                if rate.value < 0.0 {
                    diagnostics.push(Diagnostic::error("bad-number", rate.span, "a rate is not negative"));
                }
            }
            Scheme::Fixed(fixed)
        }
    }
}

fn positive(number: &ast::Number, what: &str, diagnostics: &mut Vec<Diagnostic>) -> f64 {
    if number.value > 0.0 && number.value.is_finite() {
        return number.value;
    }
    diagnostics.push(Diagnostic::error(
        "bad-number",
        number.span,
        format!("{what} is greater than 0"),
    ));
    1.0
}

fn shots(tree: &ast::Shots, diagnostics: &mut Vec<Diagnostic>) -> Option<Shots> {
    let count = whole(&tree.count, 0, "the number of shots", diagnostics)?;
    let mut counted = |budget: &Option<(ast::Number, BudgetUnit)>| {
        let (number, unit) = budget.as_ref()?;
        Some((whole(number, 1, "the budget", diagnostics)?, *unit))
    };
    let (budget, otherwise) = (counted(&tree.budget), counted(&tree.otherwise));
    if let (Some((_, unit)), Some((number, instead))) = (&tree.budget, &tree.otherwise)
        && (*unit != BudgetUnit::Tokens || *instead == BudgetUnit::Tokens)
    {
        diagnostics.push(
            Diagnostic::error("budget-else", number.span, "nothing ever counts by this budget")
                .help("`budget N tokens else N words` has a budget for builds without a tokenizer"),
        );
    }
    let shot = tree.shot.clone().unwrap_or_else(|| Text {
        value: "{{ inputs }}\n{{ targets }}".to_string(),
        span: tree.span,
        map: Vec::new(),
        ends_in_tag: false,
    });
    match crate::jinja::names_in_body(&shot.value) {
        Err(mistake) => diagnostics.push(no_template(&shot, mistake)),
        Ok(uses) => {
            for used in uses.iter().filter(|u| u.name != "inputs" && u.name != "targets") {
                let span = shot.place(used.at.start, used.at.end);
                diagnostics.push(
                    Diagnostic::error("unknown-field", span, format!("a shot has no `{}`", used.name))
                        .help("it may use `inputs` and `targets`, the exemplar as its template renders it"),
                );
            }
        }
    }
    let between = tree
        .between
        .as_ref()
        .map_or_else(|| "\n\n".to_string(), |b| b.value.clone());
    Some(Shots {
        count: usize::try_from(count).ok()?,
        budget,
        otherwise,
        shot,
        between,
    })
}
