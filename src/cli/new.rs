//! `flanc new dataset FILE`: a first card for a data file, to be finished by a person.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};

use super::args::{Common, New, NewWhat};
use super::output;
use crate::catalog::RESERVED;
use crate::diagnostic::Sources;
use crate::files;
use crate::project;
use crate::source::sniff::{self, Sniffed};
use crate::syntax;

pub fn run(common: &Common, command: &New) -> anyhow::Result<ExitCode> {
    let NewWhat::Dataset { file, id, cluster } = &command.what;
    let sniffed = sniff::sniff(file)?;
    let stem = file
        .file_name()
        .and_then(|n| n.to_str())
        .and_then(|n| n.split('.').next())
        .unwrap_or("dataset");
    let id = id.clone().unwrap_or_else(|| identifier(stem));
    ensure!(
        identifier(cluster) == *cluster,
        "`{cluster}` is no name of a cluster: use letters, digits and `_`, and begin with a letter"
    );
    ensure!(
        identifier(&id) == id,
        "`{id}` is no id: use letters, digits and `_`, and begin with a letter"
    );
    let card = common.project.join("datasets").join(cluster).join(format!("{id}.flan"));
    let templates = common
        .project
        .join("templates")
        .join(cluster)
        .join(format!("{id}.flan"));
    for path in [&card, &templates] {
        if path.exists() {
            bail!("{} is there already; name another id with --id", path.display());
        }
    }
    let declared =
        project::is_project(&common.project)? && project::load(&common.project)?.catalog.clusters.contains_key(cluster);
    let first = if declared {
        String::new()
    } else {
        format!("cluster {cluster} {{\n  title \"{cluster}\"\n}}\n\n")
    };
    write(&card, &laid_out(first + &dataset_text(&id, cluster, file, &sniffed)))?;
    write(&templates, &laid_out(templates_text(&id, &sniffed)))?;
    output::print(&format!("{}\n{}\n", card.display(), templates.display()));
    if let Some(note) = one_column(&sniffed) {
        output::note(&note);
    }
    output::note(&next(file, &id));
    Ok(ExitCode::SUCCESS)
}

/// What to say of a header that was read as one column, and seems to be several.
fn one_column(sniffed: &Sniffed) -> Option<String> {
    let [column] = sniffed.columns.as_slice() else {
        return None;
    };
    let sign = [';', '|', '\t', ',']
        .into_iter()
        .find(|sign| column.name.contains(*sign))?;
    let written = if sign == '\t' {
        "\\t".to_string()
    } else {
        sign.to_string()
    };
    let delimited = matches!(sniffed.format, "csv" | "tsv");
    delimited.then(|| {
        format!(
            "note: the header is one column, `{}`; if `{written}` stands between columns, write `delimiter \"{written}\"` behind \
             the card's `rows {} \"..\"`, and a field for each",
            crate::text::excerpt(&column.name, 60),
            sniffed.format
        )
    })
}

/// What is left to do, and how: the card names a file below the data directory, which need not be where the file is.
fn next(file: &Path, id: &str) -> String {
    let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let folder = file.parent().filter(|folder| folder.ends_with(id));
    let data = folder.and_then(Path::parent).map(|data| match data.to_str() {
        None | Some("") => ".".to_string(),
        Some(data) => data.to_string(),
    });
    let file = match &data {
        Some(_) => String::new(),
        None => format!("  put the file where the card's source `original` looks for it: DIR/{id}/{name}\n"),
    };
    let data = data.unwrap_or_else(|| "DIR".to_string());
    format!(
        "next:\n  fill in title, license and the answer, and write the templates\n{file}  \
         read it with `flanc build --source original --data {data}`, which takes a mixture: `mixture flan {{}}` is one\n\
         `flanc check` finds mistakes, `flanc list` what has no templates and no license, and `flanc lint`, once there is a \
         template, what else is left"
    )
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    files::replace(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// As `fmt` would lay it out. What cannot be read is left as it is: `check` says why.
fn laid_out(text: String) -> String {
    syntax::format(Sources::default().add("the card", &text), &text).unwrap_or(text)
}

fn identifier(name: &str) -> String {
    let mut id: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "d_");
    }
    id
}

/// The names of the fields: those of the columns as far as they can be, each but once, and none that templates use.
fn field_names(sniffed: &Sniffed) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in &sniffed.columns {
        let plain = identifier(&column.name);
        let plain = if RESERVED.contains(&plain.as_str()) {
            format!("{plain}_column")
        } else {
            plain
        };
        let numbered = (2..).map(|n| format!("{plain}_{n}"));
        let name = std::iter::once(plain.clone())
            .chain(numbered)
            .find(|name| !names.contains(name));
        names.extend(name);
    }
    names
}

fn dataset_text(id: &str, cluster: &str, file: &Path, sniffed: &Sniffed) -> String {
    let mut out = format!("dataset {id} in {cluster} {{\n  title \"{id}\"\n  // license \"..\" from \"..\"\n\n");
    let names = field_names(sniffed);
    for (column, field) in sniffed.columns.iter().zip(&names) {
        let from = if *field == column.name {
            String::new()
        } else {
            format!(" from {}", sniff::quoted(&column.name))
        };
        out.push_str(&format!(
            "  field {field}: {}{}{from}\n",
            column.kind,
            if column.nullable { "?" } else { "" }
        ));
    }
    let closed = sniffed.columns.iter().rposition(|c| c.kind.starts_with("choice"));
    if let Some(answer) = closed.or(sniffed.columns.len().checked_sub(1)) {
        let any = if sniffed.columns[answer].kind == "list" {
            "any of "
        } else {
            ""
        };
        out.push_str(&format!(
            "  answer {any}{}  // the last closed field, or the last of all: is it?\n",
            names[answer]
        ));
    }
    let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    out.push_str(&format!(
        "\n  source original {{\n    train {{ rows {} {} }}\n  }}\n}}\n",
        sniffed.format,
        sniff::quoted(&format!("{id}/{name}"))
    ));
    out
}

fn templates_text(id: &str, sniffed: &Sniffed) -> String {
    let fields = field_names(sniffed);
    let mut out = format!(
        "// Ten templates for {id}: at most three may be `turned`. Fields: {}\ntemplates {id} for {id} {{\n",
        fields.join(", ")
    );
    for at in 1..=10 {
        out.push_str(&format!("  // template name_{at} {{\n  //   input \"\"\"\n  //     \n  //     \"\"\"\n  //   target \"{{{{ answer }}}}\"\n  // }}\n"));
    }
    out + "}\n"
}
