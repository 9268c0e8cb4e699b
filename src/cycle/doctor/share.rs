//! One share of a pair: whether it can be reached and opened, and what it is.

use azure_storage::{Error, ServiceClock};
use azure_storage_file_share::{ServiceVersion, ShareClient, ShareProperties, ShareServiceClient};

use time::{Duration, OffsetDateTime};

use super::cause::Cause;
use super::check::{Check, CheckName};
use super::explain::Asked;
use super::notes::Notes;
use super::right::Right;
use crate::config::{CredentialSetting, ShareSettings};
use crate::cycle::pair::Pair;
use crate::cycle::snapshots::Listed;
use crate::state::Side;

/// What is looked at on every share.
const EXPECTED: [CheckName; 13] = [
    CheckName::Network,
    CheckName::Credential,
    CheckName::ServiceVersion,
    CheckName::Clock,
    CheckName::Share,
    CheckName::Protocol,
    CheckName::ReadShares,
    CheckName::WriteShares,
    CheckName::DeleteShares,
    CheckName::LeaseShares,
    CheckName::ReadFiles,
    CheckName::WriteFiles,
    CheckName::SnapshotCount,
];

/// One side of a pair, being looked at.
#[derive(Debug)]
pub struct ShareExam<'a> {
    pub share: ShareClient,
    pub service: ShareServiceClient,
    pub side: Side,
    pub notes: Notes,
    /// As it was found; `None` where it is missing or cannot be seen.
    pub found: Option<ShareProperties>,
    /// Its share snapshots, where they could be listed.
    pub listed: Option<Listed>,
    pub asked: Asked<'a>,
    /// How far the service's clock is ahead of ours.
    pub ahead: Duration,
    /// Some pair has its target in this account.
    pub is_a_target_too: bool,
}

impl<'a> ShareExam<'a> {
    pub fn new(
        pair: &'a Pair,
        side: Side,
        service: ShareServiceClient,
        credential: &'a CredentialSetting,
        is_a_target_too: bool,
    ) -> Self {
        let settings = match side {
            Side::Source => &pair.settings.source,
            Side::Target => &pair.settings.target,
        };
        let ShareSettings { account, share, endpoint } = settings;
        Self {
            share: service.share_client(share),
            service,
            side,
            notes: Notes::new(Some(pair.name()), Some(side), Some(account)),
            found: None,
            listed: None,
            asked: Asked { account, endpoint, side: Some(side), credential },
            ahead: Duration::ZERO,
            is_a_target_too,
        }
    }

    /// All that can be said without writing anything.
    pub async fn look(&mut self, pair: &Pair, clock: &ServiceClock) {
        let answer = self.share.get_properties().await;
        self.tell_clock(clock);
        let mut is_missing = false;
        match answer {
            Ok(found) => {
                self.answered();
                self.notes.ok(CheckName::Share, format!("Share {} is there", self.share.name()));
                self.notes.ok(CheckName::ReadShares, "The share's properties were read");
                self.tell_protocol(&found);
                self.found = Some(found);
                self.list(pair).await;
            }
            Err(error) => match self.fail(CheckName::ReadShares, Right::ReadShares, &error).await {
                Cause::Missing => {
                    is_missing = true;
                    self.answered();
                    self.tell_missing();
                }
                Cause::MissingRight => self.answered(),
                _ => return,
            },
        }
        self.probe(is_missing).await;
    }

    /// By the service's clock, which what lies there was stamped with.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.ahead
    }

    fn tell_missing(&mut self) {
        self.notes.overrule(CheckName::ReadShares, "The service looked for the share");
        if self.side == Side::Target {
            self.notes.not_tried(CheckName::Protocol, "The share is not there yet");
            self.notes.ok(CheckName::SnapshotCount, "The share is not there yet");
        }
    }

    fn answered(&mut self) {
        let host = self.asked.endpoint.host_str().unwrap_or_default();
        self.notes.ok(CheckName::Network, format!("{host} answers"));
        self.notes.ok(CheckName::Credential, "The account knows who asks");
        let version = self.service.version().as_str();
        self.notes.ok(CheckName::ServiceVersion, format!("It serves version {version}"));
    }

    /// Notes a refusal where it belongs, and what it stands before.
    pub async fn fail(&mut self, check: CheckName, right: Right, error: &Error) -> Cause {
        let (cause, explained) = self.asked.explain(error, right).await;
        if cause == Cause::Missing && self.side == Side::Target {
            let detail = "The target share is missing; the first cycle makes it, with the source's quota";
            self.notes.ok(CheckName::Share, detail);
            return cause;
        }
        let mut detail = explained.detail;
        if cause == Cause::Version {
            detail = format!("{detail}. {}", self.floor().await);
        }
        match explained.check.filter(|culprit| *culprit != check) {
            Some(culprit) => {
                self.notes.not_tried(check, format!("{culprit:?} stands before it"));
                self.notes.failed(culprit, detail, explained.remedy);
            }
            None => self.notes.failed(check, detail, explained.remedy),
        }
        cause
    }

    /// Whether it is the version and nothing else.
    async fn floor(&self) -> String {
        let (asked, floor) = (self.service.version().as_str(), ServiceVersion::V2024_11_04);
        let older = self.service.with_version(floor).share_client(self.share.name());
        match older.get_properties().await {
            Err(error) if Cause::of(&error, self.asked.endpoint).await == Cause::Version => {
                format!("It refuses {asked}, and {} too: {error}", floor.as_str())
            }
            _ => format!("It refuses {asked} and serves {}", floor.as_str()),
        }
    }

    pub fn finish(self) -> Vec<Check> {
        let mut expected = EXPECTED.to_vec();
        expected.extend((self.side == Side::Target).then_some(CheckName::SetPermissions));
        self.notes.finish(&expected)
    }
}
