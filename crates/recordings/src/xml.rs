//! XML as a tree of elements, for comparing.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// Nothing for what is no XML.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{FEFF}');
        if !text.starts_with('<') {
            return None;
        }
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => open.push(Self::start(&start)?),
                Event::Empty(start) => {
                    let element = Self::start(&start)?;
                    open.last_mut()?.children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop()?;
                    open.last_mut()?.children.push(element);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.decode().ok()?),
                Event::GeneralRef(reference) => {
                    let name = reference.decode().ok()?;
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&name)?.to_owned(),
                    };
                    open.last_mut()?.text.push_str(&character);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        open.pop()?.children.pop()
    }

    fn start(start: &BytesStart<'_>) -> Option<Self> {
        let name = String::from_utf8(start.name().as_ref().to_vec()).ok()?;
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let key = String::from_utf8(attribute.key.as_ref().to_vec()).ok()?;
            let value =
                quick_xml::escape::unescape(std::str::from_utf8(&attribute.value).ok()?).ok()?.into_owned();
            attributes.push((key, value));
        }
        Some(Self { name, attributes, ..Self::default() })
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
