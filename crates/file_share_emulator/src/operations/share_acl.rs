//! Get and Set Share ACL: up to five stored access policies, replaced all at once.

use std::collections::BTreeSet;

use crate::answer::Answer;
use crate::auth::sas;
use crate::document::Element;
use crate::error::{self, ServiceError};
use crate::model::clock::Ticks;
use crate::model::stored_policy::StoredPolicy;
use crate::operations::leases;
use crate::service::Call;
use crate::xml::Xml;

const ROOT: &str = "SignedIdentifiers";
const MOST_POLICIES: usize = 5;
const LONGEST_ID: usize = 64;
/// Letters that any signature may carry.
const PERMISSIONS: &str = "rcwdl";

pub(crate) fn get(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let named = leases::named(call.request)?;
    let share = call.share()?;
    let share = share.lock();
    share.lease.allows_reading(named.as_ref(), call.now())?;
    let mut xml = Xml::new();
    if share.policies.is_empty() {
        xml.empty(ROOT);
    } else {
        xml.open(ROOT);
        share.policies.iter().for_each(|policy| write(&mut xml, policy));
        xml.close(ROOT);
    }
    Ok(Answer::ok().modified(share.properties.modified).xml(xml))
}

/// Without a body there are no policies left.
pub(crate) fn set(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let body = &call.request.body;
    let policies = if body.is_empty() { Vec::new() } else { read(body)? };
    let named = leases::named(call.request)?;
    let share = call.share()?;
    let mut share = share.lock();
    let now = call.now();
    share.lease.allows_changing(named.as_ref(), now)?;
    share.policies = policies;
    share.properties.modified = now;
    Ok(Answer::ok().modified(now))
}

fn write(xml: &mut Xml, policy: &StoredPolicy) {
    xml.open("SignedIdentifier").element("Id", &policy.id);
    let fields = [
        ("Start", policy.start.map(Ticks::iso)),
        ("Expiry", policy.expiry.map(Ticks::iso)),
        ("Permission", policy.permissions.clone()),
    ];
    if fields.iter().all(|(_, value)| value.is_none()) {
        xml.empty("AccessPolicy");
    } else {
        xml.open("AccessPolicy");
        for (name, value) in fields {
            if let Some(value) = value {
                xml.element(name, &value);
            }
        }
        xml.close("AccessPolicy");
    }
    xml.close("SignedIdentifier");
}

fn read(body: &[u8]) -> Result<Vec<StoredPolicy>, ServiceError> {
    let root = Element::parse(body, ROOT)?;
    root.only_knows(&["SignedIdentifier"])?;
    let policies = root.children.iter().map(read_policy).collect::<Result<Vec<_>, _>>()?;
    let ids: BTreeSet<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
    if policies.len() > MOST_POLICIES || ids.len() < policies.len() {
        return Err(error::INVALID_XML_DOCUMENT.into());
    }
    Ok(policies)
}

fn read_policy(element: &Element) -> Result<StoredPolicy, ServiceError> {
    element.only_knows(&["Id", "AccessPolicy"])?;
    let id = element.required("Id")?;
    if id.text.is_empty() || id.text.chars().count() > LONGEST_ID {
        return Err(id.invalid());
    }
    let nothing = Element::default();
    let policy = element.child("AccessPolicy").unwrap_or(&nothing);
    policy.only_knows(&["Start", "Expiry", "Permission"])?;
    let time = |name| match policy.text_of(name) {
        Some(text) => sas::parse_time(text).map(Some).ok_or_else(|| ServiceError::node(name, text)),
        None => Ok(None),
    };
    let permissions = policy.text_of("Permission");
    if let Some(text) = permissions
        && text.chars().any(|letter| !PERMISSIONS.contains(letter))
    {
        return Err(ServiceError::node("Permission", text));
    }
    Ok(StoredPolicy {
        id: id.text.clone(),
        start: time("Start")?,
        expiry: time("Expiry")?,
        permissions: permissions.map(str::to_owned),
    })
}
