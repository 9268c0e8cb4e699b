//! List Shares: by name, the share snapshots of a share oldest first, then the share itself.

use crate::answer::Answer;
use crate::error::{self, ServiceError};
use crate::model::clock::Ticks;
use crate::model::lease::Lease;
use crate::model::share::ShareProperties;
use crate::service::Call;
use crate::xml::Xml;

struct Item {
    name: String,
    snapshot: Option<String>,
    properties: ShareProperties,
    lease: Lease,
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
    let mut items = items(call, prefix, includes("snapshots"));
    if let Some(marker) = marker {
        let start = items.iter().position(|item| item.marker(&call.account.name) == marker);
        items.drain(..start.ok_or(error::INVALID_CONTINUATION_TOKEN)?);
    }
    let next = items.get(page_size).map(|item| item.marker(&call.account.name));
    items.truncate(page_size);

    let now = call.now();
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
            write_share(&mut xml, item, includes("metadata"), now);
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
            }));
        }
        items.push(Item {
            name: name.clone(),
            snapshot: None,
            properties: share.properties.clone(),
            lease: share.lease.clone(),
        });
    }
    items
}

fn write_share(xml: &mut Xml, item: &Item, with_metadata: bool, now: Ticks) {
    let properties = &item.properties;
    let state = item.lease.state(now);
    xml.open("Share").element("Name", &item.name);
    if let Some(snapshot) = &item.snapshot {
        xml.element("Snapshot", snapshot);
    }
    xml.open("Properties")
        .element("Last-Modified", &properties.modified.rfc1123())
        .written("Etag", |text| text.push_str(&properties.modified.etag()))
        .element("LeaseStatus", state.status())
        .element("LeaseState", state.name());
    if let Some(duration) = item.lease.duration_name(now) {
        xml.element("LeaseDuration", duration);
    }
    xml.number("Quota", properties.quota_gib);
    if item.snapshot.is_none() {
        xml.element("AccessTier", properties.tier.name())
            .element("AccessTierChangeTime", &properties.tier_changed.rfc1123());
    }
    if properties.names_protocol {
        xml.element("EnabledProtocols", properties.protocol.name());
    }
    xml.element("DefaultEncryptionScope", "$account-encryption-key")
        .element("DenyEncryptionScopeOverride", "false")
        .close("Properties");
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
        match &self.snapshot {
            None => format!("/{account}/{}", self.name),
            Some(id) => format!("/{account}/{}/{id}", self.name),
        }
    }
}
