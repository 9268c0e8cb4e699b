//! What an answer holds back from a caller who names an older version. Operations answer as the newest version
//! does; here the headers go that came later, by what recordings of each version show.

use axum::http::HeaderMap;

/// Below, a version is none that is served; from the last on nothing is held back.
const OLDEST: &str = "2014-02-14";
const NEWEST_CHANGE: &str = "2021-06-08";

/// Headers, by the beginning of their name, and the version that brought them.
const SINCE: [(&str, &str); 7] = [
    ("x-ms-has-", "2018-03-28"),
    ("x-ms-server-encrypted", "2016-10-16"),
    ("x-ms-request-server-encrypted", "2016-10-16"),
    ("x-ms-error-code", "2017-07-29"),
    ("x-ms-file-", "2019-02-02"),
    ("x-ms-lease-s", "2019-02-02"),
    ("x-ms-lease-duration", "2019-02-02"),
];

/// The same for headers that one operation had later than others.
const SINCE_IN: [(&str, &str, &str); 6] = [
    ("Get File", "x-ms-lease-s", "2020-02-10"),
    ("Get File", "x-ms-lease-duration", "2020-02-10"),
    ("Get Share Properties", "x-ms-lease-s", "2020-02-10"),
    ("Get Share Properties", "x-ms-lease-duration", "2020-02-10"),
    ("Put Range", "x-ms-file-last-write-time", "2021-06-08"),
    ("Put Range From URL", "x-ms-file-last-write-time", "2021-06-08"),
];

pub(crate) fn hold_back(headers: &mut HeaderMap, operation: &str, version: &str) {
    if !(OLDEST..NEWEST_CHANGE).contains(&version) {
        return;
    }
    let everywhere = SINCE.into_iter();
    let here = SINCE_IN.into_iter().filter(|(name, ..)| *name == operation);
    let later: Vec<&str> = everywhere
        .chain(here.map(|(_, header, since)| (header, since)))
        .filter(|(_, since)| version < *since)
        .map(|(header, _)| header)
        .collect();
    let gone: Vec<_> = headers
        .keys()
        .filter(|name| later.iter().any(|start| name.as_str().starts_with(start)))
        .cloned()
        .collect();
    for name in gone {
        headers.remove(name);
    }
}
