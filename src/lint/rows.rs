//! Some rows of each dataset, and what its templates make of them.

use super::view::{DatasetView, ProjectView, TemplateView};
use crate::render::{Example, Failure, Renderer, Variant};
use crate::source::{self, Budget, Place, Rows, SourceError};

/// Where rows come from, and how many of each split are looked at.
pub struct Data<'a> {
    pub source: &'a str,
    pub place: &'a Place,
    pub rows: usize,
}

/// Rows of one dataset, all splits of its source.
pub struct RowsView<'a> {
    pub view: &'a DatasetView<'a>,
    pub rows: Vec<RowView>,
    /// For each template, in the order of the dataset's: what became of each row it admits.
    pub rendered: Vec<Vec<Seen>>,
}

/// A row's values.
pub struct RowView {
    pub split: String,
    /// `FILE, row N`.
    pub place: String,
    /// A text is one value, a null none, a list its items; in the order of the fields.
    pub values: Vec<Vec<String>>,
}

/// A row through a template.
pub struct Seen {
    /// The row, by its place in [`RowsView::rows`].
    pub row: usize,
    pub example: Result<Example, Failure>,
}

/// What could be read.
pub struct Read<'a> {
    pub views: Vec<RowsView<'a>>,
    /// Datasets whose rows could not be had, each with the reason.
    pub missing: Vec<(String, String)>,
}

impl<'a> RowsView<'a> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each template with what became of its rows.
    pub fn templates(&self) -> impl Iterator<Item = (&TemplateView<'a>, &[Seen])> {
        self.view.templates.iter().zip(self.rendered.iter().map(Vec::as_slice))
    }

    /// The examples of each template.
    pub fn examples(&self) -> impl Iterator<Item = (&TemplateView<'a>, Vec<(&RowView, &Example)>)> {
        self.templates().map(|(template, seen)| {
            let made = seen
                .iter()
                .filter_map(|seen| Some((&self.rows[seen.row], seen.example.as_ref().ok()?)));
            (template, made.collect())
        })
    }

    /// The texts of a field, lists by their items.
    pub fn texts(&self, field: usize) -> impl Iterator<Item = (&RowView, &str)> {
        self.rows
            .iter()
            .flat_map(move |row| row.values[field].iter().map(move |value| (row, value.as_str())))
    }
}

/// Reads what every dataset of a view has.
pub fn read<'a>(view: &'a ProjectView<'a>, data: &Data) -> Read<'a> {
    let mut read = Read {
        views: Vec::new(),
        missing: Vec::new(),
    };
    for dataset in &view.datasets {
        // Fields are what rows are read into.
        if dataset.dataset.fields.is_empty() {
            continue;
        }
        match of_dataset(dataset, data) {
            Ok((rows, absent)) if rows.rows.is_empty() => {
                let reason = absent.unwrap_or_else(|| "no rows".to_string());
                read.missing.push((dataset.dataset.id.clone(), reason));
            }
            Ok((rows, _)) => read.views.push(rows),
            Err(reason) => read.missing.push((dataset.dataset.id.clone(), reason)),
        }
    }
    read
}

/// The rows of a dataset, and why a split of it is not there.
fn of_dataset<'a>(view: &'a DatasetView<'a>, data: &Data) -> Result<(RowsView<'a>, Option<String>), String> {
    let dataset = view.dataset;
    let Some(declared) = dataset.sources.get(data.source) else {
        return Err(format!("no source is named `{}`", data.source));
    };
    let renderer = Renderer::new(dataset);
    let mut found = RowsView {
        view,
        rows: Vec::new(),
        rendered: dataset.templates.iter().map(|_| Vec::new()).collect(),
    };
    let mut absent = None;
    for (name, split) in &declared.splits {
        let rows = match source::read_split(dataset, name, split, data.place, &Budget::unlimited()) {
            Ok((rows, _)) => rows,
            // A test split that is kept from the public is no reason to look at nothing.
            Err(error @ SourceError::Absent { .. }) => {
                absent = absent.or(Some(error.to_string()));
                continue;
            }
            Err(error) => return Err(error.to_string()),
        };
        for row in some(&rows, data.rows) {
            add(&mut found, &renderer, &rows, row, name).map_err(|error| error.to_string())?;
        }
    }
    Ok((found, absent))
}

/// So many rows, by digest, so that the choice does not hang on the order of a file.
fn some(rows: &Rows, most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    if rows.len() > most {
        order.sort_by_key(|row| rows.whole(*row));
        order.truncate(most);
        order.sort_unstable();
    }
    order
}

fn add(found: &mut RowsView, renderer: &Renderer, rows: &Rows, row: usize, split: &str) -> std::io::Result<()> {
    let (file, record) = rows.origin(row);
    let mut scratch = Vec::new();
    let values = rows.row(row, &mut scratch)?;
    let at = found.rows.len();
    found.rows.push(RowView {
        split: split.to_string(),
        place: format!("{file}, row {record}"),
        values: values
            .cells()
            .map(|cell| cell.items().map(str::to_string).collect())
            .collect(),
    });
    for (template, seen) in found.rendered.iter_mut().enumerate() {
        let example = match renderer.admits(template, values) {
            Ok(true) => renderer.example(template, values, &Variant::default()),
            Ok(false) => continue,
            Err(failure) => Err(failure),
        };
        seen.push(Seen { row: at, example });
    }
    Ok(())
}
