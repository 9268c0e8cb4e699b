//! Get and Set File Service Properties. What a request leaves out stays as it is.

use crate::answer::Answer;
use crate::document::Element;
use crate::error::{self, ServiceError};
use crate::model::service_properties::{CorsRule, Metrics, ProtocolSettings, ServiceProperties};
use crate::service::Call;
use crate::xml::Xml;

const ROOT: &str = "StorageServiceProperties";
const MOST_RULES: usize = 5;
const MOST_ORIGINS: usize = 64;
const LONGEST_ORIGIN: usize = 256;
const MOST_RETENTION_DAYS: u64 = 365;
const LONGEST_AGE_SECONDS: u64 = 2_000_000_000;
const METHODS: [&str; 8] = ["DELETE", "GET", "HEAD", "MERGE", "PATCH", "POST", "OPTIONS", "PUT"];

/// The version from which encryption in transit is told and may be set.
const ENCRYPTION_VERSION: &str = "2026-02-06";

pub(crate) fn get(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let properties = call.account.service_properties().clone();
    let mut xml = Xml::new();
    xml.open(ROOT);
    write_metrics(&mut xml, "HourMetrics", properties.hour_metrics);
    write_metrics(&mut xml, "MinuteMetrics", properties.minute_metrics);
    write_cors(&mut xml, &properties.cors);
    write_protocols(&mut xml, properties.protocols, call.request.is_at_least(ENCRYPTION_VERSION));
    xml.close(ROOT);
    Ok(Answer::ok().xml(xml))
}

pub(crate) fn set(call: &Call<'_>) -> Result<Answer, ServiceError> {
    let body = Element::parse(&call.request.body, ROOT)?;
    body.only_knows(&["Logging", "HourMetrics", "MinuteMetrics", "Cors", "ProtocolSettings"])?;
    let mut properties: ServiceProperties = call.account.service_properties().clone();
    if let Some(metrics) = body.child("HourMetrics") {
        properties.hour_metrics = read_metrics(metrics)?;
    }
    if let Some(metrics) = body.child("MinuteMetrics") {
        properties.minute_metrics = read_metrics(metrics)?;
    }
    if let Some(cors) = body.child("Cors") {
        properties.cors = read_cors(cors)?;
    }
    if let Some(settings) = body.child("ProtocolSettings") {
        read_protocols(settings, &mut properties.protocols)?;
    }
    *call.account.service_properties() = properties;
    Ok(Answer::accepted())
}

fn write_metrics(xml: &mut Xml, name: &str, metrics: Metrics) {
    xml.open(name).element("Version", "1.0").number("Enabled", metrics.is_enabled);
    if metrics.is_enabled {
        xml.number("IncludeAPIs", metrics.includes_apis);
    }
    xml.open("RetentionPolicy").number("Enabled", metrics.retention_days.is_some());
    if let Some(days) = metrics.retention_days {
        xml.number("Days", days);
    }
    xml.close("RetentionPolicy").close(name);
}

fn read_metrics(element: &Element) -> Result<Metrics, ServiceError> {
    element.only_knows(&["Version", "Enabled", "IncludeAPIs", "RetentionPolicy"])?;
    let version = element.required("Version")?;
    if version.text != "1.0" {
        return Err(version.invalid());
    }
    let is_enabled = element.required("Enabled")?.bool()?;
    let includes_apis = match element.child("IncludeAPIs") {
        Some(includes) => includes.bool()?,
        None if is_enabled => return Err(ServiceError::missing_node("IncludeAPIs")),
        None => false,
    };
    let retention = element.required("RetentionPolicy")?;
    let retention_days = match retention.required("Enabled")?.bool()? {
        false => None,
        true => {
            let days = retention.required("Days")?;
            let number = days.number()?;
            if !(1..=MOST_RETENTION_DAYS).contains(&number) {
                return Err(days.invalid());
            }
            Some(number)
        }
    };
    Ok(Metrics { is_enabled, includes_apis, retention_days })
}

fn write_cors(xml: &mut Xml, rules: &[CorsRule]) {
    if rules.is_empty() {
        xml.empty("Cors");
        return;
    }
    xml.open("Cors");
    for rule in rules {
        xml.open("CorsRule")
            .element("AllowedMethods", &rule.methods)
            .element("AllowedOrigins", &rule.origins)
            .element("AllowedHeaders", &rule.allowed_headers)
            .element("ExposedHeaders", &rule.exposed_headers)
            .number("MaxAgeInSeconds", rule.max_age_seconds)
            .close("CorsRule");
    }
    xml.close("Cors");
}

fn read_cors(element: &Element) -> Result<Vec<CorsRule>, ServiceError> {
    element.only_knows(&["CorsRule"])?;
    if element.children.len() > MOST_RULES {
        return Err(error::INVALID_XML_DOCUMENT.into());
    }
    element.children.iter().map(read_rule).collect()
}

fn read_rule(rule: &Element) -> Result<CorsRule, ServiceError> {
    let methods = rule.required("AllowedMethods")?;
    let origins = rule.required("AllowedOrigins")?;
    if listed(&methods.text).any(|method| !METHODS.contains(&method)) {
        return Err(methods.invalid());
    }
    let is_long = listed(&origins.text).any(|origin| origin.len() > LONGEST_ORIGIN || origin.is_empty());
    if is_long || listed(&origins.text).count() > MOST_ORIGINS {
        return Err(origins.invalid());
    }
    let age = rule.required("MaxAgeInSeconds")?;
    let max_age_seconds = age.number()?;
    if max_age_seconds > LONGEST_AGE_SECONDS {
        return Err(age.invalid());
    }
    Ok(CorsRule {
        methods: methods.text.clone(),
        origins: origins.text.clone(),
        allowed_headers: rule.required("AllowedHeaders")?.text.clone(),
        exposed_headers: rule.required("ExposedHeaders")?.text.clone(),
        max_age_seconds,
    })
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

fn write_protocols(xml: &mut Xml, settings: ProtocolSettings, tells_encryption: bool) {
    let encryption = |xml: &mut Xml, required: bool| {
        xml.open("EncryptionInTransit").number("Required", required).close("EncryptionInTransit");
    };
    xml.open("ProtocolSettings").open("SMB");
    xml.open("Multichannel").number("Enabled", settings.has_multichannel).close("Multichannel");
    if tells_encryption {
        encryption(xml, settings.smb_requires_encryption);
    }
    xml.close("SMB");
    if tells_encryption {
        xml.open("NFS");
        encryption(xml, settings.nfs_requires_encryption);
        xml.close("NFS");
    }
    xml.close("ProtocolSettings");
}

fn read_protocols(element: &Element, settings: &mut ProtocolSettings) -> Result<(), ServiceError> {
    element.only_knows(&["SMB", "NFS"])?;
    let required = |element: &Element| match element.child("EncryptionInTransit") {
        Some(encryption) => encryption.required("Required")?.bool().map(Some),
        None => Ok(None),
    };
    if let Some(smb) = element.child("SMB") {
        smb.only_knows(&["Multichannel", "EncryptionInTransit"])?;
        if let Some(multichannel) = smb.child("Multichannel") {
            settings.has_multichannel = multichannel.required("Enabled")?.bool()?;
        }
        settings.smb_requires_encryption = required(smb)?.unwrap_or(settings.smb_requires_encryption);
    }
    if let Some(nfs) = element.child("NFS") {
        nfs.only_knows(&["EncryptionInTransit"])?;
        settings.nfs_requires_encryption = required(nfs)?.unwrap_or(settings.nfs_requires_encryption);
    }
    Ok(())
}
