//! What a share holds, by the service's own reckoning.

use crate::call::Call;
use crate::xml::{self, Malformed, Step, missing};
use crate::{Operation, Result, ShareClient};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareStatistics {
    /// Approximate. Whether share snapshots count is not documented.
    pub usage_bytes: u64,
}

impl ShareClient {
    /// Of the live share only: a client of a share snapshot is refused.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-share-stats>
    pub async fn get_statistics(&self) -> Result<ShareStatistics> {
        let call = Call::get(&self.at, Operation::GetShareStatistics).query("restype", "share");
        let reply = call.query("comp", "stats").send().await?;
        parse(&reply.answer.body).map_err(|cause| reply.protocol(cause))
    }
}

fn parse(document: &[u8]) -> std::result::Result<ShareStatistics, Malformed> {
    const USAGE: &str = "ShareStats/ShareUsageBytes";
    let mut usage_bytes = None;
    xml::walk(document, |step| {
        if let Step::Close(USAGE, text) = step {
            usage_bytes = Some(xml::parse(USAGE, text)?);
        }
        Ok(())
    })?;
    Ok(ShareStatistics { usage_bytes: usage_bytes.ok_or_else(|| missing(USAGE))? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::fake::{FakeHttp, Reply};

    async fn answered(body: &'static str) -> Result<ShareStatistics> {
        let http = FakeHttp::answering(Reply { status: 200, body: body.into(), ..Default::default() });
        let statistics = http.share().get_statistics().await;
        assert_eq!(http.last().method, "GET");
        assert_eq!(http.last().url, "https://account.file.core.windows.net/share?restype=share&comp=stats");
        statistics
    }

    #[tokio::test]
    async fn usage_is_read_in_bytes() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><ShareStats><ShareUsageBytes>12884901888\
                    </ShareUsageBytes><Else>7</Else></ShareStats>";
        let statistics = answered(body).await.expect("statistics");
        assert_eq!(statistics, ShareStatistics { usage_bytes: 12 << 30 });
    }

    /// Versions before ours answer in GiB.
    #[tokio::test]
    async fn another_unit_is_not_taken_for_bytes() {
        for body in [
            "<ShareStats><ShareUsage>1</ShareUsage></ShareStats>",
            "<ShareStats><ShareUsageBytes>-1</ShareUsageBytes></ShareStats>",
            "<ShareStats><ShareUsageBytes>1</ShareUsageBytes>",
            "",
        ] {
            assert_eq!(answered(body).await.expect_err(body).kind, ErrorKind::Protocol, "{body}");
        }
    }

    #[tokio::test]
    async fn a_share_snapshot_has_no_statistics() {
        let http = FakeHttp::answering(Reply::default());
        let error = http.share().with_snapshot(&"then".into()).get_statistics().await.expect_err("refused");
        assert_eq!((error.kind, http.sent().len()), (ErrorKind::Invalid, 0));
    }
}
