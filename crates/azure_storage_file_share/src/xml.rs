//! Pull parsing of the service's XML: elements by their path, so that an unknown one is skipped with all it holds.

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::fmt::Display;

/// Why a document was not understood; never a piece of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub(crate) String);

pub(crate) type Result<T> = std::result::Result<T, Malformed>;

pub(crate) enum Step<'a> {
    Open(&'a str),
    /// With the text that stood directly in the element.
    Close(&'a str, &'a str),
}

/// Calls `visit` for each element with its path, as in `Ranges/Range/Start`. A document that ends early is an
/// error, whatever was visited by then.
pub(crate) fn walk(document: &[u8], mut visit: impl FnMut(Step<'_>) -> Result<()>) -> Result<()> {
    let mut reader = Reader::from_reader(document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document));
    reader.config_mut().expand_empty_elements = true;
    let mut path = String::new();
    let mut text = String::new();
    let mut encoded = false;
    let mut seen_root = false;
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(element) => {
                seen_root = true;
                open(&mut path, &element)?;
                encoded = is_encoded(&element)?;
                text.clear();
                visit(Step::Open(&path))?;
            }
            Event::Text(piece) => text.push_str(&piece.decode().map_err(malformed)?),
            Event::CData(piece) => text.push_str(&piece.decode().map_err(malformed)?),
            Event::GeneralRef(reference) => text.push(character(&reference)?),
            Event::End(_) => {
                if encoded {
                    text = decode(&text)?;
                }
                visit(Step::Close(&path, &text))?;
                path.truncate(path.rfind('/').unwrap_or(0));
                encoded = false;
                text.clear();
            }
            Event::Eof if path.is_empty() && seen_root => return Ok(()),
            Event::Eof => return Err(malformed("The document ends early")),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Empty(_) => {}
        }
    }
}

fn open(path: &mut String, element: &BytesStart<'_>) -> Result<()> {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(std::str::from_utf8(element.name().as_ref()).map_err(malformed)?);
    Ok(())
}

/// A name that XML cannot carry comes percent-encoded and says so; any other `%` is itself.
fn is_encoded(element: &BytesStart<'_>) -> Result<bool> {
    let attribute = element.try_get_attribute("Encoded").map_err(malformed)?;
    Ok(attribute.is_some_and(|attribute| attribute.value.eq_ignore_ascii_case(b"true")))
}

fn decode(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| malformed("An encoded name is not UTF-8"))?.into_owned())
}

fn character(reference: &BytesRef<'_>) -> Result<char> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(character);
    }
    match reference.as_ref() {
        b"amp" => Ok('&'),
        b"lt" => Ok('<'),
        b"gt" => Ok('>'),
        b"quot" => Ok('"'),
        b"apos" => Ok('\''),
        _ => Err(malformed("An unknown entity")),
    }
}

pub(crate) fn malformed(cause: impl Display) -> Malformed {
    Malformed(cause.to_string())
}

pub(crate) fn missing(element: &'static str) -> Malformed {
    Malformed(format!("{element} is missing"))
}

/// Of an element that holds a number, a time and the like.
pub(crate) fn parse<T: std::str::FromStr>(path: &str, text: &str) -> Result<T>
where
    T::Err: Display,
{
    text.trim().parse().map_err(|cause| Malformed(format!("{path}: {cause}")))
}

#[cfg(test)]
mod tests;
