//! The XML body of a request as a tree of elements, read with the service's codes for what is wrong with it.
//! Attributes and name spaces have no meaning in any body of the service and are passed over.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::error::{self, ServiceError};

/// The deepest body that the service defines has five levels. A limit keeps a hostile one from the stack.
const DEEPEST: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// The text directly in the element, trimmed.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// The root of a body, which must have this name.
    pub(crate) fn parse(body: &[u8], root: &str) -> Result<Self, ServiceError> {
        let found = read(body).ok_or(error::INVALID_XML_DOCUMENT)?;
        match found.name == root {
            true => Ok(found),
            false => Err(ServiceError::unsupported_node(&found.name)),
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&Self, ServiceError> {
        self.child(name).ok_or_else(|| ServiceError::missing_node(name))
    }

    /// Nothing for an element that is absent or empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    pub(crate) fn only_knows(&self, names: &[&str]) -> Result<(), ServiceError> {
        match self.children.iter().find(|child| !names.contains(&child.name.as_str())) {
            Some(unknown) => Err(ServiceError::unsupported_node(&unknown.name)),
            None => Ok(()),
        }
    }

    pub(crate) fn bool(&self) -> Result<bool, ServiceError> {
        match self.text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.invalid()),
        }
    }

    pub(crate) fn number(&self) -> Result<u64, ServiceError> {
        self.text.parse().map_err(|_| self.invalid())
    }

    pub(crate) fn invalid(&self) -> ServiceError {
        ServiceError::node(&self.name, &self.text)
    }
}

/// Nothing when the body is no XML document.
fn read(body: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text));
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if root.is_some() || open.len() == DEEPEST {
                    return None;
                }
                open.push(named(start.local_name().as_ref())?);
            }
            Event::Empty(start) => {
                if root.is_some() {
                    return None;
                }
                let element = named(start.local_name().as_ref())?;
                close(element, &mut open, &mut root);
            }
            Event::End(_) => {
                let mut element = open.pop()?;
                element.text = element.text.trim().to_owned();
                close(element, &mut open, &mut root);
            }
            Event::Text(text) => {
                let text = text.decode().ok()?;
                match open.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => return None,
                }
            }
            Event::CData(data) => open.last_mut()?.text.push_str(&data.decode().ok()?),
            Event::GeneralRef(reference) => {
                let letter = match reference.resolve_char_ref().ok()? {
                    Some(letter) => letter,
                    None => entity(&reference.decode().ok()?)?,
                };
                open.last_mut()?.text.push(letter);
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::DocType(_) => return None,
            Event::Eof => break,
        }
    }
    if open.is_empty() { root } else { None }
}

fn named(name: &[u8]) -> Option<Element> {
    Some(Element { name: std::str::from_utf8(name).ok()?.to_owned(), ..Element::default() })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_with_its_entities_and_without_its_white_space() {
        let body = "\u{FEFF}<?xml version='1.0'?>\n<a>\n <b> x &amp; &#65;<![CDATA[<]]> </b><c /></a>\n";
        let root = Element::parse(body.as_bytes(), "a").expect("a document");
        assert_eq!((root.text_of("b"), root.text_of("c"), root.text_of("d")), (Some("x & A<"), None, None));
        assert!(root.child("c").is_some());
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(100_000);
        for body in ["", "a", "<a>", "<a></b>", "<a/><a/>", "<a>&b;</a>", "<!DOCTYPE a><a/>", "<a/>x", &deep]
        {
            let refused = Element::parse(body.as_bytes(), "a").expect_err(body);
            assert_eq!(refused.code(), "InvalidXmlDocument", "{body:.20}");
        }
        assert_eq!(Element::parse(b"<b/>", "a").expect_err("b").code(), "UnsupportedXmlNode");
    }
}
