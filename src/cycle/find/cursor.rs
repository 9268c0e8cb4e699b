//! Where a search through a share snapshot stopped. A share snapshot never changes, so its lists come in the same order
//! again, and the place in each directory on the way is enough.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::{Deserialize, Serialize};

/// The place in one directory: the page, and how many of its entries are done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub directory: String,
    pub marker: Option<String>,
    pub done: usize,
}

/// From the directory where the search began down to the one where it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub Vec<Place>);

impl Cursor {
    pub fn from(directory: &str) -> Self {
        Self(vec![Place { directory: directory.to_owned(), ..Place::default() }])
    }

    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    pub fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("texts and numbers"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let place = Place { directory: "a/ä".to_owned(), marker: Some("m&=".to_owned()), done: 7 };
        let cursor = Cursor(vec![Place::default(), place]);
        assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
        assert_eq!(Cursor::parse("no cursor"), None);
    }
}
