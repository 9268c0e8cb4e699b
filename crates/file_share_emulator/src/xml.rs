//! XML as the service writes it: a byte order mark, no white space between elements, `<Name />` when empty.

use std::fmt::Display;
use std::fmt::Write;

#[derive(Debug)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::with_capacity(512)
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        text.push_str("\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        Self(text)
    }

    pub(crate) fn open(&mut self, name: &str) -> &mut Self {
        self.raw("<").raw(name).raw(">")
    }

    pub(crate) fn close(&mut self, name: &str) -> &mut Self {
        self.raw("</").raw(name).raw(">")
    }

    pub(crate) fn empty(&mut self, name: &str) -> &mut Self {
        self.raw("<").raw(name).raw(" />")
    }

    pub(crate) fn element(&mut self, name: &str, text: &str) -> &mut Self {
        if text.is_empty() {
            return self.empty(name);
        }
        self.open(name).text(text).close(name)
    }

    /// An element whose content needs no escaping.
    pub(crate) fn number(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.open(name);
        write!(self.0, "{value}").expect("writing to a string cannot fail");
        self.close(name)
    }

    /// An element written straight into the buffer, for what is written thousands of times a page.
    pub(crate) fn written(&mut self, name: &str, write: impl FnOnce(&mut String)) -> &mut Self {
        self.open(name);
        write(&mut self.0);
        self.close(name)
    }

    /// Text, or the value of an attribute.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        if !text.contains(['&', '<', '>', '"', '\r']) {
            return self.raw(text);
        }
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\r' => self.0.push_str("&#xD;"),
                other => self.0.push(other),
            }
        }
        self
    }

    pub(crate) fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// The characters of XML 1.0.
pub(crate) fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
