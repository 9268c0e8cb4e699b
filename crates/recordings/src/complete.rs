//! Requests whose headers a recorder dropped or blotted out, completed by what the answers tell. What no answer
//! tells stays open, and the exchange is left out by its rule.

use crate::exchange::Exchange;
use crate::make::source_of_copy;
use crate::stage::Stage;
use crate::target::{Place, Target};

/// The exchange with what could be found out, and how many headers that is.
pub(crate) fn complete(stage: &Stage<'_>, index: usize, exchange: &Exchange) -> (Exchange, usize) {
    let mut whole = exchange.clone();
    let before = exchange.request.headers.clone();
    if exchange.request.headers_lost {
        add_lost(stage, index, &mut whole);
    }
    if whole.header("x-ms-file-rename-source").is_none_or(|source| source == "Sanitized")
        && whole.request.target.is("comp", "rename")
        && let Some(source) = source_of_rename(stage, &whole)
    {
        let url = format!("https://account.file.core.windows.net{}", Target::new(&source, &[]));
        whole.request.headers.insert("x-ms-file-rename-source".to_owned(), url);
    }
    if whole.request.method == "PUT"
        && whole.request.target.parameter("comp").is_none()
        && (whole.header("x-ms-copy-source") == Some("Sanitized")
            || whole.header("x-ms-copy-source").is_none() && whole.response.header("x-ms-copy-id").is_some())
    {
        let source = source_of_copy(&whole.request.target.place());
        let url = format!("https://account.file.core.windows.net{}", Target::new(&source, &[]));
        whole.request.headers.insert("x-ms-copy-source".to_owned(), url);
    }
    let added = whole.request.headers.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let added = added.count();
    (whole, added)
}

/// The entry that bore the file id of the answer.
fn source_of_rename(stage: &Stage<'_>, exchange: &Exchange) -> Option<Place> {
    stage.ids.get(exchange.response.header("x-ms-file-id")?).cloned()
}

fn add_lost(stage: &Stage<'_>, index: usize, exchange: &mut Exchange) {
    let target = exchange.request.target.clone();
    let place = target.place();
    let comp = target.parameter("comp").unwrap_or_default().to_lowercase();
    let restype = target.parameter("restype").unwrap_or_default().to_lowercase();
    let status = exchange.response.status;
    let attributes = exchange.response.header("x-ms-file-attributes").map(str::to_owned);
    let lease = exchange.response.header("x-ms-lease-id").map(str::to_owned);
    let description = stage.description(&place, None, index);
    let mut add = |name: &str, value: String| {
        exchange.request.headers.entry(name.to_owned()).or_insert(value);
    };
    let metadata = description.headers.iter().filter(|(name, _)| name.starts_with("x-ms-meta-"));
    match (exchange.request.method.as_str(), restype.as_str(), comp.as_str()) {
        ("PUT", "", "") => {
            add("x-ms-type", "file".to_owned());
            add("x-ms-content-length", stage.size_of(&place, &description, index).to_string());
            metadata.for_each(|(name, value)| add(name, value.clone()));
            attributes.into_iter().for_each(|attributes| add("x-ms-file-attributes", attributes));
        }
        ("PUT", "directory", "") => {
            metadata.for_each(|(name, value)| add(name, value.clone()));
            attributes.into_iter().for_each(|attributes| add("x-ms-file-attributes", attributes));
        }
        ("PUT", "share", "") | ("PUT", _, "metadata") => {
            metadata.for_each(|(name, value)| add(name, value.clone()));
        }
        ("PUT", "directory" | "", "properties") => {
            attributes.into_iter().for_each(|attributes| add("x-ms-file-attributes", attributes));
        }
        ("PUT", _, "forceclosehandles") => add("x-ms-handle-id", "*".to_owned()),
        ("PUT", _, "lease") if status == 201 => {
            let fixed = description.headers.get("x-ms-lease-duration").is_some_and(|kind| kind == "fixed");
            add("x-ms-lease-action", "acquire".to_owned());
            add("x-ms-lease-duration", if fixed { "60" } else { "-1" }.to_owned());
            // The lease that another recording of the test holds is the same one.
            let held = stage.lease_of(&target);
            let proposed = lease.map(|id| held.filter(|_| !stage.names.knows(&id)).unwrap_or(id));
            proposed.into_iter().for_each(|id| add("x-ms-proposed-lease-id", id));
        }
        ("PUT", _, "lease") if status == 202 => add("x-ms-lease-action", "break".to_owned()),
        ("PUT", _, "lease") if status == 200 => {
            let held = stage.lease_of(&target).or_else(|| Some(stage.id_of_later(&target, index)));
            match lease {
                None => add("x-ms-lease-action", "release".to_owned()),
                Some(id) if held.as_ref() == Some(&id) => add("x-ms-lease-action", "renew".to_owned()),
                Some(id) => {
                    add("x-ms-lease-action", "change".to_owned());
                    add("x-ms-proposed-lease-id", id);
                }
            }
            held.into_iter().for_each(|id| add("x-ms-lease-id", id));
        }
        ("GET", "", "") if status == 416 => {
            let size = stage.size_of(&place, &description, index);
            add("x-ms-range", format!("bytes={size}-"));
        }
        ("GET", "", "") if status == 206 => {
            let range = exchange
                .response
                .header("content-range")
                .and_then(|range| Some(range.strip_prefix("bytes ")?.split_once('/')?.0.to_owned()));
            range.into_iter().for_each(|range| add("x-ms-range", format!("bytes={range}")));
        }
        _ => {}
    }
}
