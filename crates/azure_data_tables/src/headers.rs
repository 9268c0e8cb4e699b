//! Headers as they stand on the wire, and the values that every request carries.

pub(crate) const ACCEPT: &str = "accept";
pub(crate) const CONTENT_TYPE: &str = "content-type";
pub(crate) const DATA_SERVICE_VERSION: &str = "dataserviceversion";
pub(crate) const DATE: &str = "date";
pub(crate) const ETAG: &str = "etag";
pub(crate) const IF_MATCH: &str = "if-match";
pub(crate) const MAX_DATA_SERVICE_VERSION: &str = "maxdataserviceversion";
pub(crate) const NEXT_PARTITION_KEY: &str = "x-ms-continuation-nextpartitionkey";
pub(crate) const NEXT_ROW_KEY: &str = "x-ms-continuation-nextrowkey";
pub(crate) const PREFER: &str = "prefer";
pub(crate) const VERSION: &str = "x-ms-version";

pub(crate) const SERVICE_VERSION: &str = "2019-02-02";
pub(crate) const ODATA_VERSION: &str = "3.0";
pub(crate) const JSON: &str = "application/json";

/// Without metadata a 64-bit number, an instant and bytes come back as plain text; with the minimum they say what they
/// are, every row brings its ETag, and nothing else is added.
pub(crate) const MINIMAL_METADATA: &str = "application/json;odata=minimalmetadata";

/// The answer to a write need not repeat what was written.
pub(crate) const NO_CONTENT: &str = "return-no-content";
