//! What no listing shows of a file beside its data, and each read tells: content headers and user metadata. The mirror copies
//! them, so they have to be equal. The file's MD5 is left out: it follows from the data, and a service may compute it.

use azure_storage_file_share::{ContentHeaders, FileProperties};

/// What differs, in words.
pub(super) fn beside(source: &FileProperties, target: &FileProperties) -> Option<String> {
    let headers = |found: &ContentHeaders| {
        let ContentHeaders {
            content_type,
            content_encoding,
            content_language,
            content_disposition,
            cache_control,
            content_md5: _,
        } = found.clone();
        [content_type, content_encoding, content_language, content_disposition, cache_control]
    };
    const NAMES: [&str; 5] =
        ["Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition", "Cache-Control"];
    let pairs = headers(&source.content).into_iter().zip(headers(&target.content));
    let mut differing: Vec<&str> =
        NAMES.into_iter().zip(pairs).filter(|(_, (a, b))| a != b).map(|(name, _)| name).collect();
    if source.metadata != target.metadata {
        differing.push("user metadata");
    }
    let told = || format!("The share snapshots hold it with different {}", differing.join(", "));
    (!differing.is_empty()).then(told)
}
