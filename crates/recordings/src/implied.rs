//! What must have been there before an exchange, to judge by its answer.

use crate::describe::entry_name;
use crate::exchange::Exchange;
use crate::leases::Hold;
use crate::target::{Place, Target};
use crate::xml::Element;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Share(Place),
    Directory(Place),
    File(Place),
    /// Gone, if it was there before a gap.
    Absent(Target),
    /// Something behind the last name of a page, in a directory or among the shares.
    Beyond(Place),
    /// A directory with something in it.
    NotEmpty(Place),
    ReadOnly(Place),
    Key {
        share: Place,
        key: String,
    },
    Lease {
        on: Target,
        hold: Hold,
    },
    NoLease(Target),
    Policies {
        share: Place,
        body: String,
    },
    ServiceProperties(String),
    Snapshot {
        share: Place,
        id: String,
    },
}

/// In the order in which they have to be met.
pub(crate) fn needs(exchange: &Exchange) -> Vec<Need> {
    let target = &exchange.request.target;
    let place = target.place();
    let code = exchange.error_code();
    let succeeded = exchange.succeeded();
    let mut needs = Vec::new();
    let shows = exchange.request.method == "GET" && succeeded;
    if place.share.is_empty() {
        if shows && target.is("comp", "properties") {
            needs.push(Need::ServiceProperties(exchange.response.text().to_owned()));
        }
        shares_of_listing(exchange, &mut needs);
        return needs;
    }
    if matches!(
        code,
        "ShareNotFound" | "InvalidResourceName" | "InvalidUri" | "AuthenticationFailed" | "ShareBeingDeleted"
    ) || (!succeeded && code.is_empty())
    {
        return needs;
    }
    let makes = exchange.request.method == "PUT" && target.parameter("comp").is_none();
    if target.is("restype", "share") {
        if !(makes && succeeded) {
            needs.push(Need::Share(place.clone()));
        }
    } else {
        needs.push(Need::Share(place.root()));
        of_entry(exchange, &place, makes, &mut needs);
    }
    if shows && target.is("comp", "acl") && exchange.response.text().contains("<SignedIdentifier>") {
        needs.push(Need::Policies { share: place.root(), body: exchange.response.text().to_owned() });
    }
    if let Some(list) = listing(exchange) {
        entries_of_listing(&place, &list, &mut needs);
    }
    if let Some(key) = exchange.header("x-ms-file-permission-key").filter(|_| succeeded) {
        needs.push(Need::Key { share: place.root(), key: key.to_owned() });
    }
    snapshots(exchange, &place, &mut needs);
    leases(exchange, &mut needs);
    needs
}

fn of_entry(exchange: &Exchange, place: &Place, makes: bool, needs: &mut Vec<Need>) {
    let (succeeded, code) = (exchange.succeeded(), exchange.error_code());
    let target = &exchange.request.target;
    let is_directory = target.is("restype", "directory");
    let handles = target.parameter("comp").is_some_and(|comp| comp.to_lowercase().contains("handles"));
    let renames = target.is("comp", "rename");
    if code == "ParentNotFound" {
        return;
    }
    if let Some(parent) = place.parent().filter(|parent| !parent.path.is_empty()) {
        needs.push(Need::Directory(parent));
    }
    let source = source_of(exchange);
    // A source that is too short is there; one that is refused for another reason may not be.
    let missing =
        code == "ResourceNotFound" || code == "CannotVerifyCopySource" && exchange.response.status != 409;
    if let Some(source) = source.as_ref().filter(|_| !missing) {
        let source = source.place();
        needs.push(Need::Share(source.root()));
        needs.push(if is_directory { Need::Directory(source) } else { Need::File(source) });
    }
    if code == "ResourceNotFound" && source.is_none() && target.parameter("sharesnapshot").is_none() {
        needs.push(Need::Absent(target.clone()));
    }
    let was_there = match code {
        "" => succeeded && !makes && !renames,
        "ResourceNotFound"
        | "InvalidHeaderValue"
        | "FileInvalidPermission"
        | "InvalidQueryParameterValue" => false,
        "CannotVerifyCopySource" => !makes,
        _ => !(makes && matches!(code, "Md5Mismatch")),
    };
    if !was_there || place.path.is_empty() {
        return;
    }
    // Of what a directory may be renamed to, only a file can be leased.
    let is_file = renames && code.starts_with("Lease");
    needs.push(if (is_directory || handles) && !is_file {
        Need::Directory(place.clone())
    } else {
        Need::File(place.clone())
    });
    match code {
        "ReadOnlyAttribute" => needs.push(Need::ReadOnly(place.clone())),
        "DirectoryNotEmpty" => needs.push(Need::NotEmpty(place.clone())),
        _ => {}
    }
}

fn snapshots(exchange: &Exchange, place: &Place, needs: &mut Vec<Need>) {
    let target = &exchange.request.target;
    let code = exchange.error_code();
    let of_source = exchange.header("x-ms-copy-source").and_then(Target::of_url);
    let named = [("sharesnapshot", target.clone()), ("prevsharesnapshot", target.clone())];
    for (name, target) in named.into_iter().chain(of_source.map(|source| ("sharesnapshot", source))) {
        if let Some(id) = target.parameter(name).filter(|_| !code.contains("SnapshotNotFound")) {
            needs.push(Need::Snapshot { share: target.place().root(), id: id.to_owned() });
        }
    }
    if code == "ShareHasSnapshots" {
        needs.push(Need::Snapshot { share: place.root(), id: String::new() });
    }
}

fn leases(exchange: &Exchange, needs: &mut Vec<Need>) {
    let target = &exchange.request.target;
    let (code, succeeded, status) = (exchange.error_code(), exchange.succeeded(), exchange.response.status);
    let own = |name| exchange.header(name).filter(|_| succeeded).map(str::to_owned);
    let operates = target.is("comp", "lease");
    let of_snapshot = target.parameter("sharesnapshot").is_some();
    let state = exchange.response.header("x-ms-lease-state").filter(|_| !of_snapshot);
    let refused =
        matches!(code, "LeaseIdMissing" | "LeaseAlreadyPresent") || code.starts_with("LeaseIdMismatch");
    let uses = operates && matches!(status, 200 | 202);
    let (id, on_destination) = (own("x-ms-lease-id"), own("x-ms-destination-lease-id"));
    if let (Some(id), Some(source)) = (own("x-ms-source-lease-id"), source_of(exchange)) {
        needs.push(Need::Lease { on: source, hold: Hold { id: Some(id), duration: None } });
    }
    if on_destination.is_some() {
        needs.push(Need::File(target.place()));
    }
    let is_named = id.is_some() || on_destination.is_some();
    if is_named || refused || uses || state == Some("leased") {
        let duration = exchange.response.header("x-ms-lease-duration").filter(|_| state.is_some());
        let hold = Hold { id: on_destination.or(id), duration: duration.map(str::to_owned) };
        needs.push(Need::Lease { on: target.clone(), hold });
    } else if operates && status == 201 || state.is_some() || succeeded && !operates && is_guarded(exchange) {
        needs.push(Need::NoLease(target.clone()));
    }
}

/// A lease forbids it to those who do not name the lease.
fn is_guarded(exchange: &Exchange) -> bool {
    let (method, target) = (exchange.request.method.as_str(), &exchange.request.target);
    match target.parameter("restype") {
        None => matches!(method, "PUT" | "DELETE") && target.parameter("sharesnapshot").is_none(),
        Some(restype) => method == "DELETE" && restype.eq_ignore_ascii_case("share"),
    }
}

/// What is copied, renamed or linked to.
fn source_of(exchange: &Exchange) -> Option<Target> {
    let url = |name| exchange.header(name).and_then(Target::of_url);
    let linked = || {
        let path = exchange.header("x-ms-file-target-file")?.trim_start_matches('/').to_owned();
        Some(Target::new(&Place { path, ..exchange.request.target.place() }, &[]))
    };
    url("x-ms-file-rename-source").or_else(|| url("x-ms-copy-source")).or_else(linked)
}

pub(crate) fn listing(exchange: &Exchange) -> Option<Element> {
    let lists = exchange.succeeded() && exchange.request.target.is("comp", "list");
    lists.then(|| Element::parse(exchange.response.text())).flatten()
}

fn entries_of_listing(place: &Place, list: &Element, needs: &mut Vec<Need>) {
    if !place.path.is_empty() {
        needs.push(Need::Directory(place.clone()));
    }
    let mut last = None;
    for entry in list.child("Entries").map_or(&[][..], |entries| &entries.children) {
        let child = place.child(&entry_name(entry));
        last = Some(child.clone());
        needs.push(if entry.name == "Directory" { Need::Directory(child) } else { Need::File(child) });
    }
    let more = list.text_of("NextMarker").is_some_and(|marker| !marker.is_empty());
    needs.extend(last.filter(|_| more).map(Need::Beyond));
}

fn shares_of_listing(exchange: &Exchange, needs: &mut Vec<Need>) {
    let Some(list) = listing(exchange) else { return };
    let mut last = None;
    for share in list.child("Shares").map_or(&[][..], |shares| &shares.children) {
        let name = share.text_of("Name").unwrap_or_default().to_owned();
        let place = Place { share: name, path: String::new() };
        needs.push(Need::Share(place.clone()));
        let mut on = Target::new(&place, &[("restype", "share")]);
        if let Some(id) = share.text_of("Snapshot") {
            needs.push(Need::Snapshot { share: place.clone(), id: id.to_owned() });
            on.query.push(("sharesnapshot".to_owned(), id.to_owned()));
        }
        let properties = share.child("Properties");
        let of_lease = |name| properties.and_then(|properties| properties.text_of(name));
        match of_lease("LeaseState") {
            Some("leased") => {
                let duration = of_lease("LeaseDuration").map(str::to_owned);
                needs.push(Need::Lease { on, hold: Hold { id: None, duration } });
            }
            Some(_) => needs.push(Need::NoLease(on)),
            None => {}
        }
        last = Some(place);
    }
    let more = list.text_of("NextMarker").is_some_and(|marker| !marker.is_empty());
    needs.extend(last.filter(|_| more).map(Need::Beyond));
}
