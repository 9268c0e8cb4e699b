//! Get User Delegation Key: a key for the identity that asks, to sign with instead of the account's key.

use crate::answer::Answer;
use crate::auth::sas::{DelegationKey, parse_time};
use crate::document::Element;
use crate::error::{self, ServiceError};
use crate::identity::TENANT;
use crate::model::clock::Ticks;
use crate::service::Call;
use crate::xml::Xml;

const MOST_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Lets a key be bound to a user of another tenant.
const DELEGATED_TENANTS: &str = "2026-04-06";

pub(crate) fn get(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let identity = call.caller.ok_or(error::AUTHENTICATION_FAILED)?;
    let body = Element::parse(&call.request.body, "KeyInfo")?;
    let knows_tenants = call.request.is_at_least(DELEGATED_TENANTS);
    body.only_knows(match knows_tenants {
        true => &["Start", "Expiry", "DelegatedUserTid"],
        false => &["Start", "Expiry"],
    })?;
    let (start, expiry) = life(&body, Ticks::wall_clock())?;
    let key = DelegationKey {
        object: identity.object_id(),
        tenant: TENANT.to_owned(),
        start: to_seconds(start),
        expiry: to_seconds(expiry),
        service: "f".to_owned(),
        version: call.request.version.clone(),
        delegated_tenant: body.text_of("DelegatedUserTid").unwrap_or_default().to_owned(),
    };
    let mut xml = Xml::new();
    xml.open("UserDelegationKey")
        .element("SignedOid", &key.object)
        .element("SignedTid", &key.tenant)
        .element("SignedStart", &key.start)
        .element("SignedExpiry", &key.expiry)
        .element("SignedService", &key.service)
        .element("SignedVersion", &key.version);
    if !key.delegated_tenant.is_empty() {
        xml.element("SignedDelegatedUserTid", &key.delegated_tenant);
    }
    xml.element("Value", &key.encoded_value(call.account)).close("UserDelegationKey");
    Ok(Answer::ok().xml(xml))
}

/// From now on where no start is named, and for seven days at most.
fn life(body: &Element, now: Ticks) -> Result<(Ticks, Ticks), ServiceError> {
    let time = |element: &Element| parse_time(&element.text).ok_or_else(|| element.invalid());
    let expires = body.required("Expiry")?;
    let expiry = time(expires)?;
    let start =
        body.child("Start").filter(|start| !start.text.is_empty()).map(time).transpose()?.unwrap_or(now);
    let latest = now.plus_seconds(MOST_SECONDS);
    match expiry <= start || expiry <= now || expiry > latest {
        true => Err(expires.invalid()),
        false => Ok((start, expiry)),
    }
}

/// Times of keys have no fraction.
fn to_seconds(time: Ticks) -> String {
    format!("{}Z", &time.iso()[..19])
}
