//! Templates that run as programs, held to minijinja: the same texts, places and failures over every template of the
//! library, its sample rows and odd ones.

use std::path::Path;

use flanc::catalog::{Catalog, Dataset, FieldKind};
use flanc::project;
use flanc::render::{Example, Failure, Renderer, Variant};
use flanc::source::{self, Budget, Row, Typed};

use crate::support::say;

fn library() -> Catalog {
    let project = project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the library");
    project.catalog
}

/// The rows of a dataset's training sample.
fn sample(dataset: &Dataset) -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/samples");
    let Some(split) = dataset
        .sources
        .get("sample")
        .and_then(|source| source.splits.get("train"))
    else {
        return Vec::new();
    };
    let (rows, _) = source::read_split(dataset, "train", split, &data, &Budget::unlimited()).expect("a sample is read");
    let bytes = |row: usize| {
        let mut scratch = Vec::new();
        packed(&values(rows.row(row, &mut scratch).expect("a row in memory")))
    };
    (0..rows.len()).map(bytes).collect()
}

fn packed(values: &[Typed]) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.iter().for_each(|value| source::pack(&mut bytes, value));
    bytes
}

fn values(row: Row<'_>) -> Vec<Typed> {
    let owned = |cell| match cell {
        source::Cell::Null => Typed::Null,
        source::Cell::Text(text) => Typed::Text(text.to_string()),
        source::Cell::List(items) => Typed::List(items.map(str::to_string).collect()),
    };
    row.cells().map(owned).collect()
}

/// Texts that a field may hold and hardly ever does.
fn odd_texts() -> Vec<String> {
    let planes = (0..=0x10).flat_map(|plane| {
        let at = plane << 16;
        [at, at + 1, at + 0xA0, at + 0x3A3, at + 0x1E9E, at + 0xFEFF, at + 0xFFFD]
            .into_iter()
            .filter_map(char::from_u32)
    });
    vec![
        String::new(),
        " ".to_string(),
        "\n".to_string(),
        "\r\n \t\u{a0}\u{2003}".to_string(),
        "_".to_string(),
        "?".to_string(),
        "{{ answer }}{% if label %}{{ options }}{# no #}{% endraw %}".to_string(),
        "{% raw %}{{".to_string(),
        "<b>&amp;\"'".to_string(),
        "options".to_string(),
        "ΣΑΣ ǆ ß ﬁ İ ŉ i\u{307} \u{1f468}\u{200d}\u{1f469} e\u{301} \u{202e}abc".to_string(),
        planes.collect(),
        "long ".repeat(40_000),
    ]
}

/// Values that a field of a kind may hold, by hook or by crook.
fn odd(kind: &FieldKind) -> Vec<Typed> {
    let text = |text: &str| Typed::Text(text.to_string());
    let mut odd = vec![Typed::Null];
    match kind {
        FieldKind::Text => odd.extend(odd_texts().into_iter().map(Typed::Text)),
        FieldKind::Bool => odd.extend(["true", "false"].map(text)),
        FieldKind::Number => odd.extend(
            [
                "0",
                "-1",
                "7",
                "0.5",
                "-12.25",
                "0.1",
                "9223372036854775807",
                "-9223372036854775809",
                "123456789012345678901234567890.1",
                "0.12345678901234567890123",
                "1000000000000000000000",
            ]
            .map(text),
        ),
        FieldKind::Index { .. } => odd.extend(["0", "1", "3", "99"].map(text)),
        FieldKind::Choice(labels) => odd.extend(labels.iter().map(|label| text(&label.name))),
        FieldKind::List => {
            odd.push(Typed::List(Vec::new()));
            odd.push(Typed::List(vec![String::new()]));
            odd.push(Typed::List(vec!["one".to_string()]));
            odd.push(Typed::List(odd_texts()));
            odd.push(Typed::List((0..3_000).map(|i| i.to_string()).collect()));
        }
    }
    odd
}

/// A row and the rows made of it, each with one value put into one field, and with one into all.
fn variations(dataset: &Dataset, row: &[u8]) -> Vec<Vec<u8>> {
    let values = values(Row::new(row));
    let mut rows = Vec::new();
    for (at, field) in dataset.fields.iter().enumerate() {
        for odd in odd(&field.kind) {
            let mut values = values.clone();
            values[at] = odd;
            rows.push(packed(&values));
        }
    }
    for pick in 0..6 {
        let of = |kind| {
            let odd = odd(kind);
            odd[pick % odd.len()].clone()
        };
        rows.push(packed(&dataset.fields.iter().map(|f| of(&f.kind)).collect::<Vec<_>>()));
    }
    rows
}

/// Both ways to run a dataset's templates.
struct Pair<'a> {
    dataset: &'a Dataset,
    lowered: Renderer<'a>,
    minijinja: Renderer<'a>,
}

impl<'a> Pair<'a> {
    fn new(dataset: &'a Dataset) -> Self {
        Self {
            dataset,
            lowered: Renderer::new(dataset),
            minijinja: Renderer::on_minijinja(dataset),
        }
    }

    /// Renders a row through every template both ways, and returns how often.
    fn compare(&self, row: &[u8]) -> usize {
        let row = Row::new(row);
        let mut compared = 0;
        let variants = [
            Variant::default(),
            Variant {
                reference: 1,
                order: Some(vec![1, 0]),
            },
        ];
        for (at, template) in self.dataset.templates.iter().enumerate() {
            let admitted = self.lowered.admits(at, row);
            assert_eq!(admitted, self.minijinja.admits(at, row), "{}", template.name);
            for variant in &variants {
                let lowered: Result<Example, Failure> = self.lowered.example(at, row, variant);
                let minijinja = self.minijinja.example(at, row, variant);
                assert!(
                    lowered == minijinja,
                    "{}/{} over {row:?}:\n{lowered:?}\n{minijinja:?}",
                    self.dataset.id,
                    template.name
                );
                compared += 1;
            }
        }
        compared
    }
}

#[test]
fn program_renders_samples_as_minijinja_does() {
    let (mut compared, mut undecided) = (0, 0);
    for dataset in library().datasets.values() {
        let pair = Pair::new(dataset);
        compared += sample(dataset).iter().map(|row| pair.compare(row)).sum::<usize>();
        undecided += pair.lowered.undecided();
    }
    say(&format!(
        "program: {compared} examples of the samples are the same both ways, {undecided} bodies undecided"
    ));
    assert!(compared > 10_000);
    assert!((undecided as usize) < compared / 100);
}

#[test]
fn program_renders_odd_rows_as_minijinja_does() {
    let mut compared = 0;
    for dataset in library().datasets.values() {
        let pair = Pair::new(dataset);
        for row in sample(dataset).iter().take(1) {
            compared += variations(dataset, row)
                .iter()
                .map(|row| pair.compare(row))
                .sum::<usize>();
        }
    }
    say(&format!(
        "program: {compared} examples of odd rows are the same both ways"
    ));
    assert!(compared > 10_000);
}

#[test]
fn program_is_what_nearly_all_templates_of_the_library_run_as() {
    let (mut all, mut lowered, mut rest) = (0, 0, Vec::new());
    for dataset in library().datasets.values() {
        let renderer = Renderer::new(dataset);
        for (at, template) in dataset.templates.iter().enumerate() {
            all += 1;
            match renderer.lowered(at) {
                Ok(()) => lowered += 1,
                Err(reason) => rest.push(format!("{}/{}: {reason}", dataset.id, template.name)),
            }
        }
    }
    say(&format!(
        "program: {lowered} of {all} templates are lowered\n{}",
        rest.join("\n")
    ));
    assert!(lowered * 100 >= all * 95);
}
