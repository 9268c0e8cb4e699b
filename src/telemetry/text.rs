//! Text, cut to what Application Insights takes. The exporter cuts at a byte, and one in the middle of a character is the
//! end of its thread: so everything is cut here first.

use opentelemetry::KeyValue;

/// Of a property, in bytes; so below.
const VALUE: usize = 8 * 1024;
/// Of a line, and of an exception.
const MESSAGE: usize = 32 * 1024;
/// Of the app's name and the instance's, and of other tags that are shorter than a property.
const TAG: usize = 128;

pub(super) fn value(text: &str) -> &str {
    cut(text, VALUE)
}

pub(super) fn message(text: &str) -> &str {
    cut(text, MESSAGE)
}

pub(super) fn tag(text: &str) -> &str {
    cut(text, TAG)
}

/// All that is sent are texts there.
pub(super) fn attribute(name: &'static str, text: &impl ToString) -> KeyValue {
    KeyValue::new(name, value(&text.to_string()).to_owned())
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        let text = "a🗄b";
        let cuts = [0, 1, 2, 3, 4, 5, 6, 7].map(|bytes| cut(text, bytes));
        assert_eq!(cuts, ["", "a", "a", "a", "a", "a🗄", "a🗄b", "a🗄b"]);
    }
}
