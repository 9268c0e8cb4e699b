//! What should be and what was found, compared in every byte and property.

use std::fmt;
use std::io;

use azure_storage_file_share::{ContentHeaders, Metadata};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::content::Digest;
use crate::tree::{Entry, Kind, Properties, Tree};

/// Files of the expected tree hashed at once.
const CONCURRENCY: usize = 8;

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    pub path: String,
    pub property: &'static str,
    pub expected: String,
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, property, expected, found } = self;
        write!(f, "{path:?}: the {property} should be {expected} and is {found}")
    }
}

/// Properties that the expected tree leaves open are not compared.
pub async fn compare(expected: &Tree, found: &Tree<Digest>) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut both = Vec::new();
    for (path, entry) in expected.iter() {
        match found.get(path) {
            Some(other) => both.push((path, entry, other)),
            None => differences.push(difference(path, "entry", kind(entry), "missing")),
        }
    }
    for (path, entry) in found.iter().filter(|(path, _)| expected.get(path).is_none()) {
        differences.push(difference(path, "entry", "missing", kind(entry)));
    }
    let compared = both.into_iter().map(|(path, entry, other)| compare_entry(path, entry, other));
    let compared: Vec<Vec<Difference>> = stream::iter(compared).buffered(CONCURRENCY).try_collect().await?;
    differences.extend(compared.into_iter().flatten());
    Ok(differences)
}

async fn compare_entry(path: &str, expected: &Entry, found: &Entry<Digest>) -> io::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    match (&expected.kind, &found.kind) {
        (Kind::Directory, Kind::Directory) => {}
        (Kind::File { content, headers }, Kind::File { content: found, headers: found_headers }) => {
            let content = content.clone();
            let digest = tokio::task::spawn_blocking(move || content.digest()).await??;
            if digest != *found {
                differences.push(difference(path, "data", digest, found));
            }
            compare_headers(path, headers, found_headers, &mut differences);
        }
        _ => differences.push(difference(path, "kind", kind(expected), kind(found))),
    }
    compare_properties(path, &expected.properties, &found.properties, &mut differences);
    Ok(differences)
}

fn compare_properties(path: &str, expected: &Properties, found: &Properties, into: &mut Vec<Difference>) {
    let mut one = |property, expected: Option<String>, found: Option<String>| {
        if expected.is_some() && expected != found {
            into.push(difference(path, property, shown(expected), shown(found)));
        }
    };
    let text = |it: Option<&dyn ToString>| it.map(ToString::to_string);
    macro_rules! property {
        ($name:literal, $field:ident) => {
            let expected = expected.$field.as_ref().map(|it| it as &dyn ToString);
            one($name, text(expected), text(found.$field.as_ref().map(|it| it as &dyn ToString)));
        };
    }
    property!("attributes", attributes);
    property!("creation time", creation_time);
    property!("last-write time", last_write_time);
    property!("change time", change_time);
    property!("permission", permission);
    one("metadata", Some(listed(&expected.metadata)), Some(listed(&found.metadata)));
}

fn compare_headers(
    path: &str,
    expected: &ContentHeaders,
    found: &ContentHeaders,
    into: &mut Vec<Difference>,
) {
    let named = |headers: &ContentHeaders| {
        [
            ("content type", headers.content_type.clone()),
            ("content encoding", headers.content_encoding.clone()),
            ("content language", headers.content_language.clone()),
            ("content disposition", headers.content_disposition.clone()),
            ("cache control", headers.cache_control.clone()),
            ("content MD5", headers.content_md5.clone()),
        ]
    };
    for ((property, expected), (_, found)) in named(expected).into_iter().zip(named(found)) {
        if expected != found {
            into.push(difference(path, property, shown(expected), shown(found)));
        }
    }
}

fn difference(
    path: &str,
    property: &'static str,
    expected: impl ToString,
    found: impl ToString,
) -> Difference {
    Difference { path: path.to_owned(), property, expected: expected.to_string(), found: found.to_string() }
}

fn shown(value: Option<String>) -> String {
    value.unwrap_or_else(|| "none".into())
}

fn listed(metadata: &Metadata) -> String {
    let pairs: Vec<String> = metadata.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn kind<C>(entry: &Entry<C>) -> &'static str {
    if entry.is_directory() { "a directory" } else { "a file" }
}
