//! List Shares: by name, the share snapshots of a share oldest first, then the share itself, then deleted shares
//! of the name.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::model::clock::Ticks;
use crate::model::deleted_share::DeletedShare;
use crate::model::lease::Lease;
use crate::model::share::Share;
use crate::model::share_properties::ShareProperties;
use crate::operations::share_told::Subject;
use crate::service::Call;
use crate::xml::Xml;

/// Tells the encryption scope of a share; no definition lists it.
const ENCRYPTION_SCOPES: &str = "2019-12-12";

struct Item {
    name: String,
    snapshot: Option<String>,
    properties: ShareProperties,
    lease: Lease,
    deleted: Option<Deletion>,
}

struct Deletion {
    version: String,
    time: Ticks,
    remaining_days: u64,
}

pub(crate) fn list_shares(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let query = &call.request.query;
    let prefix = query.get("prefix").unwrap_or_default();
    let marker = query.get("marker");
    let page_size = call.request.page_size(call.state.config.page_size)?;
    let include = query.get("include").unwrap_or_default().to_lowercase();
    let includes = |what| include.split(',').any(|part| part.trim() == what);
    if let Some(unknown) =
        include.split(',').find(|part| !["", "snapshots", "metadata", "deleted"].contains(&part.trim()))
    {
        return Err(ServiceError::query("include", unknown));
    }
    let now = call.now();
    let mut items = items(call, prefix, includes("snapshots"));
    if includes("deleted") {
        items.extend(deleted_items(call, prefix, now));
        items.sort_by(|left, right| left.name.cmp(&right.name));
    }
    if let Some(marker) = marker {
        let start = start(&items, &call.account.name, marker).ok_or(error::INVALID_CONTINUATION_TOKEN)?;
        items.drain(..start);
    }
    let next = items.get(page_size).map(|item| item.marker(&call.account.name));
    items.truncate(page_size);

    let mut xml = Xml::new();
    xml.raw("<EnumerationResults ServiceEndpoint=\"").text(&call.service_endpoint()).raw("\">");
    for (name, parameter) in [("Prefix", "prefix"), ("Marker", "marker"), ("MaxResults", "maxresults")] {
        if let Some(value) = query.get(parameter) {
            xml.element(name, value);
        }
    }
    if items.is_empty() {
        xml.empty("Shares");
    } else {
        xml.open("Shares");
        for item in &items {
            write_share(&mut xml, call, item, includes("metadata"), now);
        }
        xml.close("Shares");
    }
    xml.element("NextMarker", next.as_deref().unwrap_or_default()).close("EnumerationResults");
    Ok(Answer::ok().xml(xml))
}

fn items(call: &Call<'_>, prefix: &str, with_snapshots: bool) -> Vec<Item> {
    let shares = call.account.shares();
    let mut items = Vec::new();
    for (name, share) in shares.iter().filter(|(name, _)| name.starts_with(prefix)) {
        let share = share.lock();
        if with_snapshots {
            items.extend(share.snapshots.iter().map(|(id, snapshot)| Item {
                name: name.clone(),
                snapshot: Some(id.clone()),
                properties: snapshot.properties.clone(),
                lease: snapshot.lease.clone(),
                deleted: None,
            }));
        }
        items.push(Item {
            name: name.clone(),
            snapshot: None,
            properties: share.properties.clone(),
            lease: share.lease.clone(),
            deleted: None,
        });
    }
    items
}

fn deleted_items(call: &Call<'_>, prefix: &str, now: Ticks) -> Vec<Item> {
    let retained = call.account.deleted.retained(now).into_iter();
    let named = retained.filter(|(deleted, _)| deleted.name.starts_with(prefix));
    let item = |(deleted, share): (DeletedShare, Arc<Share>)| Item {
        properties: share.lock().properties.clone(),
        lease: Lease::default(),
        snapshot: None,
        deleted: Some(Deletion {
            remaining_days: deleted.remaining_days(now),
            version: deleted.version,
            time: deleted.deleted,
        }),
        name: deleted.name,
    };
    named.map(item).collect()
}

/// Where a page goes on; behind what is gone since the last one. Nothing where the marker is none of the account's.
fn start(items: &[Item], account: &str, marker: &str) -> Option<usize> {
    let place = marker.strip_prefix('/')?.strip_prefix(account)?.strip_prefix('/')?;
    let (name, snapshot) = place.split_once('/').map_or((place, None), |(name, id)| (name, Some(id)));
    let is_behind = |item: &Item| match item.name.as_str().cmp(name) {
        Ordering::Equal => {
            snapshot.is_some_and(|gone| item.snapshot.as_deref().is_none_or(|snapshot| snapshot > gone))
        }
        order => order == Ordering::Greater,
    };
    let exactly = items.iter().position(|item| item.marker(account) == marker);
    exactly.or_else(|| Some(items.iter().position(is_behind).unwrap_or(items.len())))
}

fn write_share(xml: &mut Xml, call: &Call<'_>, item: &Item, with_metadata: bool, now: Ticks) {
    let Item { properties, lease, .. } = item;
    xml.open("Share").element("Name", &item.name);
    if let Some(snapshot) = &item.snapshot {
        xml.element("Snapshot", snapshot);
    }
    if let Some(deleted) = &item.deleted {
        xml.element("Deleted", "true").element("Version", &deleted.version);
    }
    xml.open("Properties")
        .element("Last-Modified", &properties.modified.rfc1123())
        .written("Etag", |text| text.push_str(&properties.modified.etag()));
    let subject = Subject { properties, lease, is_snapshot: item.snapshot.is_some(), now };
    for told in subject.told(call.request) {
        xml.element(told.element, &told.value);
    }
    if let Some(deleted) = &item.deleted {
        xml.element("DeletedTime", &deleted.time.rfc1123())
            .number("RemainingRetentionDays", deleted.remaining_days);
    }
    if call.request.is_at_least(ENCRYPTION_SCOPES) {
        xml.element("DefaultEncryptionScope", "$account-encryption-key")
            .element("DenyEncryptionScopeOverride", "false");
    }
    xml.close("Properties");
    match properties.metadata.is_empty() {
        _ if !with_metadata => {}
        true => {
            xml.empty("Metadata");
        }
        false => {
            xml.open("Metadata");
            for (name, value) in properties.metadata.iter() {
                xml.element(name, value);
            }
            xml.close("Metadata");
        }
    }
    xml.close("Share");
}

impl Item {
    /// Where a page begins: `/account/share`, as recorded, with the share snapshot when there is one.
    fn marker(&self, account: &str) -> String {
        match (&self.snapshot, &self.deleted) {
            (None, None) => format!("/{account}/{}", self.name),
            (None, Some(deleted)) => format!("/{account}/{}/{}", self.name, deleted.version),
            (Some(id), _) => format!("/{account}/{}/{id}", self.name),
        }
    }
}
