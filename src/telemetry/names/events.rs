//! The events: every change of state of a cycle, every destructive act, and the heartbeat.

use super::Event;
use super::fields::*;

pub const CYCLE_STARTED: Event = Event {
    name: "cycle.started",
    when: "a cycle of a pair begins",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID],
};
pub const CYCLE_STATE_CHANGED: Event = Event {
    name: "cycle.state_changed",
    when: "a cycle is in another state, and that is stored",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, CYCLE_STATE, CYCLE_STATE_BEFORE],
};
pub const CYCLE_HELD: Event = Event {
    name: "cycle.held",
    when: "the guard stopped a plan, which waits for a person",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, REASON, PLAN_DELETES, PLAN_OVERWRITES, PLAN_DIGEST],
};
pub const CYCLE_FINISHED: Event = Event {
    name: "cycle.finished",
    when: "a cycle has ended, however that was",
    fields: &[
        INVOCATION_ID,
        PAIR_NAME,
        CYCLE_ID,
        CYCLE_STATUS,
        ERROR_CODE,
        ERROR_DETAIL,
        DURATION_MS,
        ENTRIES_COMPARED,
        ENTRIES_COPIED,
        ENTRIES_METADATA,
        ENTRIES_RENAMED,
        ENTRIES_DELETED,
        ENTRIES_FAILED,
        BYTES_COPIED,
        REQUESTS_LIST,
        REQUESTS_OTHER,
        REQUESTS_THROTTLED,
        TARGET_USED_PERCENT,
    ],
};
pub const DRILL_FINISHED: Event = Event {
    name: "drill.finished",
    when: "a drill of a pair has ended, however that was",
    fields: &[
        INVOCATION_ID,
        PAIR_NAME,
        CYCLE_ID,
        DRILL_STATUS,
        ERROR_CODE,
        ERROR_DETAIL,
        DURATION_MS,
        ENTRIES_COPIED,
        ENTRIES_FAILED,
        BYTES_COPIED,
    ],
};
pub const SHARE_SNAPSHOT_TAKEN: Event = Event {
    name: "share_snapshot.taken",
    when: "a share snapshot was taken for a cycle, for a failover, for seeding, or by the doctor",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, SHARE_ROLE, SHARE_ACCOUNT, SHARE_NAME, SHARE_SNAPSHOT],
};
pub const SHARE_SNAPSHOT_DELETED: Event = Event {
    name: "share_snapshot.deleted",
    when: "a share snapshot of ours was deleted",
    fields: &[
        INVOCATION_ID,
        PAIR_NAME,
        CYCLE_ID,
        SHARE_ROLE,
        SHARE_ACCOUNT,
        SHARE_NAME,
        SHARE_SNAPSHOT,
        SHARE_SNAPSHOT_CYCLE,
        REASON,
    ],
};
pub const PRUNE_BLOCKED: Event = Event {
    name: "prune.blocked",
    when: "a share comes near its limit of share snapshots, and what should go may not be deleted",
    fields: &[
        INVOCATION_ID,
        PAIR_NAME,
        CYCLE_ID,
        SHARE_ROLE,
        SHARE_ACCOUNT,
        SHARE_NAME,
        SHARE_SNAPSHOTS_USED,
        SHARE_SNAPSHOTS_LIMIT,
        ERROR_CODE,
        ERROR_DETAIL,
    ],
};
pub const RECOVERY_POINT_VERIFIED: Event = Event {
    name: "recovery_point.verified",
    when: "a recovery point was read on both sides, as far as `verify` asks for; `reason` tells why that ended",
    fields: &[
        INVOCATION_ID,
        PAIR_NAME,
        CYCLE_ID,
        SHARE_SNAPSHOT,
        VERIFY_MODE,
        VERIFY_FILES,
        VERIFY_BYTES,
        VERIFY_FOUND,
        REASON,
    ],
};
pub const ENTRIES_WERE_DELETED: Event = Event {
    name: "entries.deleted",
    when: "entries of the target were deleted, as a chunk of the plan has it; and that is stored",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, CHUNK_NUMBER, ENTRIES_DELETED],
};
pub const DECISION_MADE: Event = Event {
    name: "decision.made",
    when: "a person decided something about a pair, and it was carried out",
    fields: &[INVOCATION_ID, PAIR_NAME, CYCLE_ID, DECISION],
};
pub const SEEDING_CHANGED: Event = Event {
    name: "seeding.changed",
    when: "the seeding of a pair has another status",
    fields: &[INVOCATION_ID, PAIR_NAME, SEEDING_STATUS],
};
pub const PAIR_HEARTBEAT: Event = Event {
    name: "pair.heartbeat",
    when: "a timer fired: one for every pair, whatever became of it; with an `error.code` where something of the pair cannot be read",
    fields: &[
        INVOCATION_ID,
        PAIR_NAME,
        CYCLE_STATE,
        PAIR_STANDING,
        ERROR_CODE,
        ERROR_DETAIL,
        DRILL_STATUS,
        RECOVERY_POINT_AGE,
        RPO_SECONDS,
        SHARE_SNAPSHOTS_SOURCE,
        SHARE_SNAPSHOTS_TARGET,
    ],
};

pub const EVENTS: &[&Event] = &[
    &CYCLE_STARTED,
    &CYCLE_STATE_CHANGED,
    &CYCLE_HELD,
    &CYCLE_FINISHED,
    &DRILL_FINISHED,
    &SHARE_SNAPSHOT_TAKEN,
    &SHARE_SNAPSHOT_DELETED,
    &PRUNE_BLOCKED,
    &RECOVERY_POINT_VERIFIED,
    &ENTRIES_WERE_DELETED,
    &DECISION_MADE,
    &SEEDING_CHANGED,
    &PAIR_HEARTBEAT,
];
