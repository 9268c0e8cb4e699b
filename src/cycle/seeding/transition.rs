//! What becomes of seeding. One pure function; nothing here does anything.

use azure_storage_file_share::ShareSnapshotId;

use super::refusal::SeedingCode;
use crate::state::{EndedBy, Seeding, SeedingStatus};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedingEvent {
    /// A cycle made a recovery point: everything in the source was visited, and nothing failed.
    Completed { at: String },
    /// A person wants no more of it.
    Disabled { confirms_abort: bool },
    /// Nothing is copied from the staging share any more.
    Drained,
    /// A person wants it.
    Enabled,
    /// Somebody names a staging share.
    Named { share: String },
    /// Our share snapshot of the staging share is deleted.
    Released,
}

/// The seeding of a pair that is met for the first time.
pub fn created(staging: Option<(String, ShareSnapshotId)>) -> Seeding {
    let Some((share, snapshot)) = staging else { return Seeding::default() };
    Seeding {
        status: SeedingStatus::InProgress,
        ever_enabled: true,
        staging_share: Some(share),
        staging_snapshot: Some(snapshot),
        ..Seeding::default()
    }
}

/// The seeding after `event`, or why nothing changes. Once ended it never begins again. An invocation or a cycle that
/// ends with work left, or without its staging share, changes nothing: the next one goes on.
pub fn after(seeding: &Seeding, event: SeedingEvent) -> Result<Seeding, SeedingCode> {
    use SeedingEvent::{Completed, Disabled, Drained, Enabled, Named, Released};
    use SeedingStatus::{Complete, InProgress, NotRunning, Stopping};
    let mut next = seeding.clone();
    match (seeding.status, event) {
        (InProgress, Completed { at }) => {
            (next.status, next.completed_at) = (Complete, Some(at));
        }
        (InProgress, Disabled { confirms_abort: false }) => return Err(SeedingCode::ConfirmAbortRequired),
        (InProgress, Disabled { .. }) => next.status = Stopping,
        (Stopping, Drained) => (next.status, next.ended_by) = (NotRunning, Some(EndedBy::Aborted)),
        (Complete, Disabled { .. }) => {
            (next.status, next.ended_by) = (NotRunning, Some(EndedBy::Completed));
        }
        (NotRunning, Enabled) if !seeding.ever_enabled => return Err(SeedingCode::OfflineOnlyAtCreation),
        (NotRunning | Stopping | Complete, Enabled) => return Err(SeedingCode::OfflineCannotBeReenabled),
        (_, Named { share }) if seeding.ever_enabled && seeding.staging_share.as_ref() != Some(&share) => {
            return Err(SeedingCode::StagingShareImmutable);
        }
        (NotRunning, Released) => next.staging_snapshot = None,
        (InProgress, Enabled | Drained | Released)
        | (Stopping, Completed { .. } | Disabled { .. } | Released)
        | (NotRunning, Completed { .. } | Disabled { .. } | Drained)
        | (Complete, Completed { .. } | Drained | Released)
        | (_, Named { .. }) => {}
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_progress() -> Seeding {
        created(Some(("staging".to_owned(), "2026-11-21T10:15:00.0000000Z".into())))
    }

    fn reached(events: impl IntoIterator<Item = SeedingEvent>) -> Seeding {
        events.into_iter().fold(in_progress(), |seeding, event| after(&seeding, event).expect("allowed"))
    }

    const ABORTED: [SeedingEvent; 2] =
        [SeedingEvent::Disabled { confirms_abort: true }, SeedingEvent::Drained];

    fn completed() -> SeedingEvent {
        SeedingEvent::Completed { at: "2026-11-21T12:00:00Z".to_owned() }
    }

    #[test]
    fn created_without_it_staging_is_never_consulted() {
        let seeding = created(None);
        assert_eq!((seeding.status, seeding.ever_enabled), (SeedingStatus::NotRunning, false));
        assert_eq!(after(&seeding, SeedingEvent::Enabled), Err(SeedingCode::OfflineOnlyAtCreation));
        assert_eq!(after(&seeding, completed()), Ok(seeding));
    }

    #[test]
    fn created_with_it_it_is_in_progress_until_a_recovery_point_stands() {
        assert_eq!(in_progress().status, SeedingStatus::InProgress);
        let complete = reached([completed()]);
        assert_eq!((complete.status, complete.ended_by), (SeedingStatus::Complete, None));
        assert_eq!(complete.completed_at.as_deref(), Some("2026-11-21T12:00:00Z"));
        assert!(complete.staging_snapshot.is_some());
        assert_eq!(after(&complete, completed()), Ok(complete), "once");
    }

    #[test]
    fn ended_in_progress_it_stops_and_drains_first() {
        let disable = |confirms_abort| after(&in_progress(), SeedingEvent::Disabled { confirms_abort });
        assert_eq!(disable(false), Err(SeedingCode::ConfirmAbortRequired));
        assert_eq!(disable(true).map(|seeding| seeding.status), Ok(SeedingStatus::Stopping));
        let aborted = reached(ABORTED);
        assert_eq!((aborted.status, aborted.ended_by), (SeedingStatus::NotRunning, Some(EndedBy::Aborted)));
        assert!(aborted.staging_snapshot.is_some(), "until it is deleted");
        assert_eq!(reached(ABORTED.into_iter().chain([SeedingEvent::Released])).staging_snapshot, None);
    }

    #[test]
    fn a_recovery_point_does_not_take_back_what_a_person_ended() {
        let [disabled, drained] = ABORTED;
        let aborted = reached([disabled, completed(), drained, completed()]);
        assert_eq!((aborted.status, aborted.ended_by), (SeedingStatus::NotRunning, Some(EndedBy::Aborted)));
    }

    #[test]
    fn ended_when_it_is_complete_it_is_not_running_any_more() {
        let ended = reached([completed(), SeedingEvent::Disabled { confirms_abort: false }]);
        assert_eq!((ended.status, ended.ended_by), (SeedingStatus::NotRunning, Some(EndedBy::Completed)));
    }

    #[test]
    fn it_never_begins_again() {
        let [disabled, drained] = ABORTED;
        let disabled = [disabled];
        for events in [vec![completed()], disabled.to_vec(), vec![disabled[0].clone(), drained]] {
            let seeding = reached(events);
            assert_eq!(after(&seeding, SeedingEvent::Enabled), Err(SeedingCode::OfflineCannotBeReenabled));
        }
        assert_eq!(after(&in_progress(), SeedingEvent::Enabled), Ok(in_progress()));
    }

    #[test]
    fn its_share_stays_the_same() {
        let named = |share: &str| SeedingEvent::Named { share: share.to_owned() };
        for seeding in [in_progress(), reached([completed()]), reached(ABORTED)] {
            assert_eq!(after(&seeding, named("another")), Err(SeedingCode::StagingShareImmutable));
            assert_eq!(after(&seeding, named("staging")), Ok(seeding));
        }
    }
}
