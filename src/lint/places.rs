//! Which template a place of a file is in.

use crate::diagnostic::Span;
use crate::project::Project;

/// The templates of a project by where they begin.
pub struct Places<'a> {
    /// Where each begins, where its set ends, and their names.
    templates: Vec<(Span, usize, &'a str, &'a str)>,
}

impl<'a> Places<'a> {
    pub fn new(project: &'a Project) -> Self {
        let all = project.catalog.datasets.values().flat_map(|dataset| &dataset.templates);
        let mut templates: Vec<_> = all
            .map(|template| {
                let at = template.span;
                let mut around = project.outline.iter().map(|item| item.span);
                let set = around.find(|span| span.file == at.file && span.start <= at.start && at.end <= span.end);
                (
                    at,
                    set.map_or(at.end, |span| span.end),
                    template.set.as_str(),
                    template.name.as_str(),
                )
            })
            .collect();
        templates.sort();
        Self { templates }
    }

    /// Set and name of the template that a place is in.
    pub fn at(&self, place: Span) -> Option<(&'a str, &'a str)> {
        let before = self
            .templates
            .partition_point(|(at, ..)| (at.file, at.start) <= (place.file, place.start));
        let (at, end, set, name) = self.templates.get(before.checked_sub(1)?)?;
        (at.file == place.file && place.start <= *end).then_some((set, name))
    }
}
