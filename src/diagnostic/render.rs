//! Diagnostics as a person reads them, with the source line and a caret, and as JSON.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::json;

use super::{Diagnostic, Severity, Sources};

/// The full form: message, place, source lines, label, help.
pub fn to_text(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    diagnostics
        .iter()
        .map(|diagnostic| one(diagnostic, sources, &renderer) + "\n\n")
        .collect()
}

fn one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let annotation_of = |span: super::Span, kind: AnnotationKind, label: &str| {
        // A span that ends within a character is a slip of ours, and no reason to say nothing.
        let text = sources.text(span.file);
        let annotation = kind.span(text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end));
        if label.is_empty() {
            annotation
        } else {
            annotation.label(label.to_string())
        }
    };
    let snippet_of = |span: super::Span, kind: AnnotationKind, label: &str| {
        Snippet::source(sources.text(span.file).to_string())
            .path(sources.name(span.file).to_string())
            .annotation(annotation_of(span, kind, label))
    };
    let mut primary = snippet_of(diagnostic.span, AnnotationKind::Primary, &diagnostic.label);
    let (near, far): (Vec<_>, Vec<_>) = diagnostic
        .related
        .iter()
        .partition(|(span, _)| span.file == diagnostic.span.file);
    for (span, label) in near {
        primary = primary.annotation(annotation_of(*span, AnnotationKind::Context, label));
    }
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element(primary);
    for (span, label) in far {
        group = group.element(snippet_of(*span, AnnotationKind::Context, label));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// One object a diagnostic: code, severity, message, file, line, column, end, label, help.
pub fn to_json(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let one = |d: &Diagnostic| {
        let (line, column) = sources.position(d.span);
        json!({
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            "file": sources.name(d.span.file),
            "line": line,
            "column": column,
            "start": d.span.start,
            "end": d.span.end,
            "label": d.label,
            "help": d.help,
        })
    };
    serde_json::Value::Array(diagnostics.iter().map(one).collect())
}
