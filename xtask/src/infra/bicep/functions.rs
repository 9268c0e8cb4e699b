//! The functions and decorators that Bicep has, and what kind of value they answer where that is plain.

use super::declaration::TypeOf;

const TEXT: &[&str] = &[
    "base64",
    "base64ToString",
    "concat",
    "dataUri",
    "dataUriToString",
    "dateTimeAdd",
    "dateTimeFromEpoch",
    "extensionResourceId",
    "format",
    "guid",
    "loadFileAsBase64",
    "loadTextContent",
    "managementGroupResourceId",
    "newGuid",
    "padLeft",
    "replace",
    "resourceId",
    "string",
    "substring",
    "subscriptionResourceId",
    "tenantResourceId",
    "toLower",
    "toUpper",
    "trim",
    "uniqueString",
    "uri",
    "uriComponent",
    "uriComponentToString",
    "utcNow",
    "join",
    "buildUri",
];
const NUMBER: &[&str] = &["dateTimeToEpoch", "indexOf", "int", "lastIndexOf", "length"];
const BOOL: &[&str] = &["bool", "contains", "empty", "endsWith", "startsWith"];
const OTHER: &[&str] = &[
    "any",
    "array",
    "cidrHost",
    "cidrSubnet",
    "coalesce",
    "createArray",
    "createObject",
    "deployer",
    "deployment",
    "environment",
    "fail",
    "filter",
    "first",
    "flatten",
    "getSecret",
    "groupBy",
    "intersection",
    "items",
    "json",
    "last",
    "loadDirectoryFileInfo",
    "loadJsonContent",
    "loadYamlContent",
    "managementGroup",
    "map",
    "mapValues",
    "max",
    "min",
    "nameof",
    "objectKeys",
    "parseCidr",
    "parseUri",
    "pickZones",
    "providers",
    "range",
    "reduce",
    "reference",
    "resourceGroup",
    "shallowMerge",
    "skip",
    "sort",
    "split",
    "subscription",
    "take",
    "tenant",
    "toLogicalZone",
    "toLogicalZones",
    "toObject",
    "toPhysicalZone",
    "toPhysicalZones",
    "tryGet",
    "tryIndexOf",
    "union",
];
const DECORATORS: &[&str] = &[
    "allowed",
    "batchSize",
    "description",
    "discriminator",
    "export",
    "maxLength",
    "maxValue",
    "metadata",
    "minLength",
    "minValue",
    "onlyIfNotExists",
    "retryOn",
    "sealed",
    "secure",
    "sys",
    "validate",
    "waitUntil",
];

pub(crate) fn is_function(name: &str) -> bool {
    [TEXT, NUMBER, BOOL, OTHER].iter().any(|names| names.contains(&name)) || is_listing(name)
}

pub(crate) fn is_decorator(name: &str) -> bool {
    DECORATORS.contains(&name)
}

/// `listKeys` and its like: they answer what the resource keeps secret.
pub(crate) fn is_listing(name: &str) -> bool {
    name.strip_prefix("list").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// Whether it takes a file into the template.
pub(crate) fn is_loading(name: &str) -> bool {
    matches!(name, "loadTextContent" | "loadJsonContent" | "loadYamlContent" | "loadFileAsBase64")
}

/// `concat` and `join` answer text as well as arrays, so only what is certain is told.
pub(crate) fn answer(name: &str) -> TypeOf {
    match name {
        "concat" => TypeOf::Any,
        name if TEXT.contains(&name) => TypeOf::Text,
        name if NUMBER.contains(&name) => TypeOf::Number,
        name if BOOL.contains(&name) => TypeOf::Bool,
        _ => TypeOf::Any,
    }
}
