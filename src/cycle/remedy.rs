//! What a person can do about a cycle that cannot go on, by its code. `docs/operations.md` tells more of each.

use crate::state::CycleError;

/// The codes, of errors and of alerts, that have a remedy of their own.
pub const REMEDIES: [(&str, &str); 25] = [
    (
        "AuthenticationFailed",
        "Check the key or the identity of the account that the request names, and the clock",
    ),
    ("AuthorizationFailure", NETWORK),
    ("AuthorizationPermissionMismatch", ROLES),
    (
        "DrillNotPossible",
        "Nothing: the timer ends this drill, and the next one begins with the settings as they are",
    ),
    ("NotSent", "Check the endpoint, the name of the account, DNS and the network between app and account"),
    (
        "PairFailedOver",
        "Fail back, or give up what was written to the target: POST …/failover with {\"action\": \"undo\"}. Find out who deleted the tables",
    ),
    ("ProtocolNotSupported", "Name SMB shares; NFS shares are not backed up"),
    ("PruneBlocked", "Keep less, set retention.allowPolicyOverride, or let others keep less there"),
    ("PruneFailed", "Check the app's right to delete share snapshots there, and leases on them"),
    ("RestoreNotPossible", "Put the settings back as they were, or cancel the restore"),
    ("ShareNotFound", "Name a share that is there, or undelete it"),
    ("SnapshotLimit", "Delete share snapshots of that share, or lower what retention keeps"),
    ("SourceWasWritten", "Stop whoever writes to the pair's source, and fail back again"),
    ("StagingUnavailable", "Restore the staging share or the rights on it, or end seeding"),
    (
        CycleError::STATE_UNAVAILABLE,
        "Check the account of BACKUP_STATE: its network rules, and the app's role on it",
    ),
    (CycleError::UNREADABLE, "Run the newer version of the app again, or give it up as the message says"),
    ("StagingNotCounted", "Nothing, unless you want to know what only the staging share holds"),
    ("TargetInUse", "End the other deployment or pair that writes there, or name another target share"),
    ("TargetNotEmpty", "Name an empty target share, or set adoptTarget"),
    ("TargetReplaced", "Nothing: the next cycle starts anew. Find out who made the target share anew"),
    ("TargetTooSmall", "Raise the quota of the target share"),
    ("TargetWasWritten", "Stop whoever writes to the pair's target, and fail back again"),
    ("TooManyFailures", "Mend what failed first; failures beyond the first 10,000 are counted only"),
    ("Unauthorized", ROLES),
    (
        "VerifyFailed",
        "Restore nothing from that recovery point without a look. The next cycle copies again what differs; find out what wrote to the target share",
    ),
];

const NETWORK: &str = "Let the app through the account's network rules, and check the app's roles";
const ROLES: &str = "Give the app its roles on the account that the request names";

pub fn remedy_of(code: &str) -> String {
    match REMEDIES.iter().find(|(known, _)| *known == code) {
        Some((_, remedy)) => (*remedy).to_owned(),
        None => {
            "The next cycle tries again. If it fails too, see docs/operations.md for this code".to_owned()
        }
    }
}
