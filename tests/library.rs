//! What the library promises of itself: how many, how different from each other, and from the tables it grew out of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flanc::catalog::{Catalog, Dataset, Role, Template};
use flanc::project::load;

use crate::support::{Project, say};

fn library() -> Catalog {
    catalog(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn catalog(root: &Path) -> Catalog {
    load(root).expect("a project").catalog
}

#[test]
fn its_counts_are_those_of_the_paper_and_of_the_released_code() {
    let library = library();
    let datasets: Vec<&Dataset> = library.datasets.values().collect();
    let distinct = |of: &dyn Fn(&Dataset) -> String| datasets.iter().map(|d| of(d)).collect::<BTreeSet<_>>();
    assert_eq!(datasets.len(), 69);
    let families = distinct(&|d| d.family.clone());
    assert_eq!(families.len(), 64);
    let extra: Vec<&str> = ["true_case", "word_segment"].into();
    assert!(extra.iter().all(|name| families.contains(*name)), "62 and these two");
    assert_eq!(distinct(&|d| d.clusters[0].clone()).len(), 12);
    assert_eq!(distinct(&|d| d.task.clone()).len(), 17);
    for dataset in datasets {
        let turned = dataset.templates.iter().filter(|t| t.role == Role::Turned).count();
        assert!(dataset.templates.len() >= 10, "{} has too few templates", dataset.id);
        assert!(turned <= 3, "{} has {turned} templates turned around", dataset.id);
    }
}

/// The words of a template that are its own: fields, options and statements taken out, in lower case, without marks.
fn words(template: &Template) -> Vec<String> {
    let body = format!("{} {}", template.input.value, template.target.value);
    plain(&without_holes(&body))
}

fn plain(text: &str) -> Vec<String> {
    let letters = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let text: String = text.to_lowercase().chars().map(letters).collect();
    text.split_whitespace().map(str::to_string).collect()
}

fn without_holes(body: &str) -> String {
    let mut rest = body;
    let mut own = String::new();
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        own.push_str(&rest[..start]);
        own.push(' ');
        let close = if rest[start..].starts_with("{{") { "}}" } else { "%}" };
        rest = rest[start..].find(close).map_or("", |end| &rest[start + end + 2..]);
    }
    own + rest
}

/// Shared trigrams of words over all of them.
fn jaccard(one: &BTreeSet<Vec<String>>, other: &BTreeSet<Vec<String>>) -> f64 {
    let all = one.union(other).count();
    if all == 0 {
        0.0
    } else {
        one.intersection(other).count() as f64 / all as f64
    }
}

#[test]
fn no_two_templates_of_a_dataset_are_the_same_sentence() {
    let library = library();
    let mut most = (0.0, String::new());
    for dataset in library.datasets.values() {
        let grams: Vec<(&str, BTreeSet<Vec<String>>)> = dataset
            .templates
            .iter()
            .map(|template| {
                (
                    template.name.as_str(),
                    words(template).windows(3).map(<[String]>::to_vec).collect(),
                )
            })
            .collect();
        for (at, (name, one)) in grams.iter().enumerate() {
            for (other_name, other) in &grams[at + 1..] {
                let alike = jaccard(one, other);
                if alike > most.0 {
                    most = (alike, format!("{}: {name} and {other_name}", dataset.id));
                }
            }
        }
    }
    say(&format!("the most alike, {:.3} of their trigrams: {}", most.0, most.1));
    assert!(most.0 < 0.5, "{} share {:.2} of their trigrams", most.1, most.0);
}

/// Where a template says what to do.
fn structure(template: &Template) -> &'static str {
    let body = &template.input.value;
    let options = |text: &str| text.replace("{{ options }}", " ");
    let own = options(body);
    let (Some(first), Some(last)) = (own.find("{{"), own.rfind("}}")) else {
        return "no field";
    };
    let (before, after) = (&own[..first], &own[last + 2..]);
    let asks = |text: &str| text.contains('?');
    let says = |text: &str| plain(&without_holes(text)).len();
    match (says(before), says(after)) {
        (b, a) if b == 0 && a == 0 => "fields alone",
        (b, a) if b >= a && asks(before) => "question first",
        (b, a) if b >= a => "instruction first",
        _ if asks(after) => "question last",
        _ => "instruction last",
    }
}

#[test]
fn its_templates_are_of_many_shapes() {
    let library = library();
    let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
    let templates: Vec<&Template> = library.datasets.values().flat_map(|d| &d.templates).collect();
    for template in &templates {
        *shares.entry(structure(template)).or_default() += 1;
    }
    say(&format!("{} templates: {shares:?}", templates.len()));
    let share = |of: &[&str]| {
        let sum: usize = of
            .iter()
            .map(|shape| shares.get(shape).copied().unwrap_or_default())
            .sum();
        sum as f64 / templates.len() as f64
    };
    for (what, of) in [
        ("say what to do first", &["question first", "instruction first"]),
        ("say what to do last", &["question last", "instruction last"]),
        ("are a question", &["question first", "question last"]),
        ("are an instruction", &["instruction first", "instruction last"]),
    ] {
        let share = share(of);
        assert!(
            (0.2..=0.8).contains(&share),
            "{:.0} % of all templates {what}",
            share * 100.0
        );
    }
    assert!(share(&["fields alone", "no field"]) < 0.1);
}

/// FLANC_UPSTREAM has clones of FLAN and promptsource, from which nothing was taken.
#[test]
fn upstream_no_template_is_one_of_the_published_collections() {
    let Some(upstream) = std::env::var_os("FLANC_UPSTREAM") else {
        say("skipped: FLANC_UPSTREAM is not set");
        return;
    };
    let mut theirs = BTreeMap::new();
    for (kind, folder) in [("flan", "FLAN"), ("promptsource", "promptsource")] {
        let path = Path::new(&upstream).join(folder);
        let project = Project::new();
        let out = project.path(kind);
        let run = project.run(&["import", kind, &path.to_string_lossy(), "--out", &out.to_string_lossy()]);
        assert!(run.code < 2, "{}", run.stderr);
        for dataset in catalog(&out).datasets.values() {
            for template in &dataset.templates {
                theirs.insert(words(template), format!("{folder}: {}/{}", dataset.id, template.name));
            }
        }
    }
    assert!(theirs.len() > 1_000, "too few templates were read: {}", theirs.len());
    say(&format!("compared with {} published templates", theirs.len()));
    for dataset in library().datasets.values() {
        for template in &dataset.templates {
            let own = words(template);
            if own.len() >= 3
                && let Some(other) = theirs.get(&own)
            {
                panic!("{}/{} is {other}", dataset.id, template.name);
            }
        }
    }
}

/// docs/second-reader.md: `## CLUSTER/FILE`, then a row for each template of `templates/CLUSTER/FILE.flan`.
#[test]
fn a_second_reader_has_read_every_template() {
    let page = include_str!("../docs/second-reader.md");
    let mut read = BTreeMap::new();
    let mut file = String::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            file = name.to_string();
        } else if let [_, name, taken_for, rating, _] = line.split('|').collect::<Vec<_>>()[..]
            && let Ok(rating) = rating.trim().parse::<u8>()
            && !file.is_empty()
        {
            assert!((4..=5).contains(&rating), "{file}: {name} is rated {rating}");
            assert!(!taken_for.trim().is_empty(), "{file}: what was {name} taken for?");
            read.insert((file.clone(), name.trim().to_string()), rating);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut unread = Vec::new();
    for template in library().datasets.values().flat_map(|d| &d.templates) {
        let listed = read
            .keys()
            .any(|(file, name)| *name == template.name && declares(&root, file, &template.set));
        if !listed {
            unread.push(format!("{}/{}", template.set, template.name));
        }
    }
    assert!(unread.is_empty(), "nobody has read these yet: {unread:?}");
}

/// Whether the file of templates has this set.
fn declares(root: &Path, file: &str, set: &str) -> bool {
    let text = std::fs::read_to_string(root.join(format!("{file}.flan")))
        .unwrap_or_else(|error| panic!("docs/second-reader.md lists {file}: {error}"));
    text.lines().any(|line| {
        line.strip_prefix("templates ")
            .is_some_and(|rest| rest.split([' ', ',']).next() == Some(set))
    })
}
