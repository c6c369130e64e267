//! An XML document as a tree of elements, entities and CDATA resolved.

use quick_xml::XmlVersion;
use quick_xml::escape::{EscapeError, resolve_xml_entity};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::source::read::error::ReadError;

/// How deep elements may nest: a tree is walked and dropped by recursion.
const DEPTH: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub content: Vec<Content>,
}

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    Element(Element),
}

impl Element {
    pub(super) fn children(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(element) => Some(element),
            Content::Text(_) => None,
        })
    }

    /// The element at this place of the content.
    pub(super) fn child(&self, place: usize) -> Option<&Element> {
        match self.content.get(place) {
            Some(Content::Element(element)) => Some(element),
            _ => None,
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All text inside, that of descendants too.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }

    fn write_text(&self, out: &mut String) {
        for content in &self.content {
            match content {
                Content::Text(text) => out.push_str(text),
                Content::Element(element) => element.write_text(out),
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        match self.content.last_mut() {
            Some(Content::Text(so_far)) => so_far.push_str(text),
            _ => self.content.push(Content::Text(text.to_string())),
        }
    }
}

/// The root element of a document.
pub(super) fn parse(text: &str) -> Result<Element, ReadError> {
    let mut reader = Reader::from_str(text);
    // The root of the tree is the document; the elements that are still open lie above it.
    let mut open = vec![Element::default()];
    let mut declared = String::new();
    loop {
        let position = reader.buffer_position();
        let line = |at: u64| {
            let before = text.get(..usize::try_from(at).unwrap_or(usize::MAX)).unwrap_or(text);
            before.matches('\n').count() + 1
        };
        let fail = |message: String, at: u64| {
            ReadError::new(format!("this is not well-formed XML at line {}: {message}", line(at)))
        };
        let unknown = |name: &str| match declares(&declared, name) {
            true => ReadError::new(format!(
                "line {}: entities that a document declares itself are not read, as `&{name};` is",
                line(position)
            ))
            .help("write the text of the entity in its place"),
            false => fail(format!("entity `&{name};` is unknown"), position),
        };
        let in_tag = |error: quick_xml::Error| match error {
            quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => unknown(&name),
            quick_xml::Error::InvalidAttr(error) => fail(error.to_string(), position),
            error => fail(error.to_string(), position),
        };
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(fail(error.to_string(), reader.error_position())),
        };
        match event {
            Event::Start(start) => {
                let element = element(&start).map_err(in_tag)?;
                if open.len() > DEPTH {
                    return Err(fail(format!("elements nest deeper than {DEPTH}"), position));
                }
                open.push(element);
            }
            Event::Empty(start) => {
                let element = element(&start).map_err(in_tag)?;
                close(element, &mut open);
            }
            Event::End(_) => match open.pop() {
                Some(element) if !open.is_empty() => close(element, &mut open),
                _ => return Err(fail("a tag closes what is not open".to_string(), position)),
            },
            Event::Text(part) => push(&part.xml10_content(), &mut open),
            Event::CData(part) => push(&part.xml10_content(), &mut open),
            Event::GeneralRef(reference) => {
                let character = reference
                    .resolve_char_ref()
                    .map_err(|error| fail(error.to_string(), position))?;
                match (character, resolve_xml_entity(&reference)) {
                    (Some(character), _) => push(character.encode_utf8(&mut [0; 4]), &mut open),
                    (None, Some(text)) => push(text, &mut open),
                    (None, None) => return Err(unknown(&reference)),
                }
            }
            Event::Eof => break,
            Event::DocType(doctype) => declared = doctype.to_string(),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if let [_, .., unclosed] = open.as_slice() {
        return Err(ReadError::new(format!(
            "this is not well-formed XML: `<{}>` is never closed",
            unclosed.name
        )));
    }
    let document = open.pop().unwrap_or_default();
    let mut elements = document.content.into_iter().filter_map(|content| match content {
        Content::Element(element) => Some(Ok(element)),
        Content::Text(text) if text.trim().is_empty() => None,
        Content::Text(_) => Some(Err(ReadError::new(
            "this is not well-formed XML: there is text outside of all elements",
        ))),
    });
    match (elements.next().transpose()?, elements.next().transpose()?) {
        (Some(root), None) => Ok(root),
        (None, _) => Err(ReadError::new("this is not XML: it has no element")),
        (Some(_), Some(_)) => Err(ReadError::new("this is not well-formed XML: it has two roots")),
    }
}

fn push(text: &str, open: &mut [Element]) {
    if let Some(element) = open.last_mut() {
        element.push_text(text);
    }
}

fn close(element: Element, open: &mut [Element]) {
    if let Some(parent) = open.last_mut() {
        parent.content.push(Content::Element(element));
    }
}

/// Whether a document type declares an entity of this name.
fn declares(doctype: &str, name: &str) -> bool {
    doctype.split("<!ENTITY").skip(1).any(|declaration| {
        let rest = declaration.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(char::is_whitespace))
    })
}

fn element(start: &BytesStart) -> Result<Element, quick_xml::Error> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        attributes.push((attribute.key.as_ref().to_string(), value.into_owned()));
    }
    Ok(Element {
        name: start.name().as_ref().to_string(),
        attributes,
        content: Vec::new(),
    })
}
