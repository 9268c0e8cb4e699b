//! The fields: columns of `customDimensions`, each a text.

/// Declares the fields, each a constant and a line of [`FIELDS`].
macro_rules! fields {
    ($($constant:ident = $name:literal, $means:literal;)*) => {
        $(pub const $constant: &str = $name;)*
        /// Every field, with what it means.
        pub const FIELDS: &[(&str, &str)] = &[$(($name, $means)),*];
    };
}

fields! {
    ALERT_CODE = "alert.code", "what a person should look at";
    CHANGE = "change", "`copied`, `directories`, `metadata`, `renamed`, `deleted`";
    CHUNK_NUMBER = "chunk.number", "a chunk of the plan, counted from 0";
    CHUNK_PASS = "chunk.pass", "`Lift`, `Write`, `Lower`, `Delete`, `Finish` or `Verify`";
    CYCLE_ID = "cycle.id", "names a cycle; sorts by time";
    CYCLE_STATE = "cycle.state", "where the cycle stands now, in the words of `GET /api/pairs`";
    CYCLE_STATE_BEFORE = "cycle.state_before", "where it stood";
    CYCLE_STATUS = "cycle.status", "`Succeeded`, `CompletedWithErrors`, `Failed`, `Rejected` or `Cancelled`";
    DECISION = "decision", "what a person decided";
    DRILL_STATUS = "drill.status", "how a drill ended, in the words of `cycle.status`; in a heartbeat the pair's last one, absent until one has ended";
    DURATION_MS = "duration_ms", "time in which invocations worked on the cycle";
    ENTRIES_COMPARED = "entries.compared", "entries met on either side, each once";
    ENTRIES_COPIED = "entries.copied", "files whose data was copied, and directories that were created";
    ENTRIES_DELETED = "entries.deleted", "entries deleted in the target";
    ENTRIES_FAILED = "entries.failed", "entries that failed";
    ENTRIES_METADATA = "entries.metadata", "entries of which only metadata changed";
    ENTRIES_RENAMED = "entries.renamed", "entries renamed instead of copied";
    ENTRY_PATH = "entry.path", "the entry's path in the share";
    ERROR_CODE = "error.code", "the service's error code, or one of `docs/operations.md`";
    ERROR_DETAIL = "error.detail", "the same in words";
    FAILURE_ACKNOWLEDGED = "failure.acknowledged", "whether a person accepts this failure";
    FAILURE_REASON = "failure.reason", "why an entry failed";
    HTTP_METHOD = "http.request.method", "of a storage request";
    HTTP_STATUS = "http.response.status_code", "of its answer; absent where none came";
    INVOCATION_ID = "invocation.id", "the host's id of the invocation";
    BYTES_COPIED = "bytes.copied", "bytes of the files that were copied";
    OPERATION = "operation", "the storage operation, as the REST reference spells it";
    PAIR_NAME = "pair.name", "the pair";
    PAIR_STANDING = "pair.standing", "`New`, `Protected`, `Late`, `Failing`, `FailedOver`, `Running` or `Held`";
    PLAN_DELETES = "plan.deletes", "entries of the target that the plan deletes";
    PLAN_DIGEST = "plan.digest", "names the plan";
    PLAN_OVERWRITES = "plan.overwrites", "entries of the target whose data the plan replaces";
    REASON = "reason", "why";
    RECOVERY_POINT_AGE = "recovery_point.age_seconds", "absent while there is none";
    REQUEST_KIND = "request.kind", "`list` or `other`";
    REQUESTS_LIST = "requests.list", "pages of listings asked for";
    REQUESTS_OTHER = "requests.other", "all other requests to the file services";
    REQUESTS_THROTTLED = "requests.throttled", "requests that a service refused for load";
    RPO_SECONDS = "rpo.seconds", "how old the newest recovery point may be";
    SEEDING_STATUS = "seeding.status", "of a pair that is seeded";
    SERVER_ADDRESS = "server.address", "the host name of the storage account";
    SERVICE_INSTANCE = "service.instance.id", "the instance of the app";
    SERVICE_NAME = "service.name", "the app";
    SERVICE_VERSION = "service.version", "the version of the app";
    SHARE_ACCOUNT = "share.account", "the storage account of the share";
    SHARE_NAME = "share.name", "the share";
    SHARE_ROLE = "share.role", "`source`, `target`, `staging`, `safety` of what a restore or failback took before it wrote, `failover` of what tells that people write to the target, `failback` of what a failback reads, or `doctor` of what a preflight made";
    SHARE_SNAPSHOT = "share.snapshot", "the share snapshot's id, its time";
    SHARE_SNAPSHOT_CYCLE = "share.snapshot_cycle", "the cycle that took it";
    SHARE_SNAPSHOTS_LIMIT = "share_snapshots.limit", "how many a share may have";
    SHARE_SNAPSHOTS_SOURCE = "share_snapshots.source", "share snapshots of the source; absent until they were listed";
    SHARE_SNAPSHOTS_TARGET = "share_snapshots.target", "the same of the target";
    SHARE_SNAPSHOTS_USED = "share_snapshots.used", "share snapshots of the share, foreign ones included";
    TARGET_USED_PERCENT = "target.used_percent", "of the target share's quota; absent where it was not asked for";
    VERIFY_BYTES = "verify.bytes", "bytes that were read of each share snapshot and compared";
    VERIFY_FILES = "verify.files", "files that were";
    VERIFY_FOUND = "verify.found", "entries that are not what the source's share snapshot holds, or could not be read";
    VERIFY_MODE = "verify.mode", "`sample` or `full`";
}

/// What lines of the log carry besides.
pub const LOG_FIELDS: &[(&str, &str)] = &[
    ("asked", "what a person asked of seeding"),
    ("differing_entries", "entries that differed when they were verified"),
    ("error", "a failure in words"),
    ("exception.type", "of a failure: its code"),
    ("held_ms", "how long a share is sent nothing"),
    ("lesson", "what an answer says about a share's load"),
    ("pairs", "how many pairs are configured"),
    ("path", "the route that was asked for"),
    ("requests_in_flight", "requests that a share is sent at once"),
    ("requests_per_second", "requests that a share takes in a second"),
    ("retries", "how often the host tried this tick before"),
    ("schedule", "`BACKUP_SCHEDULE`"),
    ("throttled_requests", "requests that a share refused for load"),
    ("timer.due", "the tick that is carried out"),
    ("timer.is_past_due", "whether it comes late"),
    ("timer.start", "`New` or `ResumeOnly`"),
];
