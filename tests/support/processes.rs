//! Several handlers over the same tables, and what must hold of all that they did.

use std::collections::BTreeMap;
use std::process::Command;

use azure_files_backup::cycle::report::CycleReport;
use azure_storage_file_share::ShareClient;
use azurite::Azurite;

use super::{Handler, Sent, Told, Variables, Watch};

/// Seconds: a busy machine can keep it, a test can wait for it, and no request is waited for beyond it.
const LEASE: &str = "4";

/// The same settings with their state in tables.
pub fn over(azurite: &Azurite, mut variables: Variables) -> Variables {
    variables.insert("BACKUP_STATE".to_owned(), azurite.table_endpoint().to_string());
    variables.insert(format!("BACKUP_KEY__{}", azurite.account()), azurite.key().to_owned());
    variables.insert("BACKUP_LEASE_SECONDS".to_owned(), LEASE.to_owned());
    variables
}

/// Sends a signal to a process of ours.
pub fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

impl Told {
    /// Of a cycle that ended, or goes on without the request.
    #[track_caller]
    pub fn report(self) -> CycleReport {
        assert!([200, 202].contains(&self.status), "{:#}", self.body);
        serde_json::from_value(self.body).expect("a report")
    }
}

impl Handler {
    /// Asks for a cycle until somebody else's lease has run out.
    pub async fn backup_after_others(&self, pair: &str) -> Told {
        loop {
            let told = self.start_cycle(pair).await;
            if told.status != 409 {
                return told;
            }
            told.problem(409, "CycleInProgress");
        }
    }

    /// Starts a handler whose requests are seen.
    pub async fn watched(variables: &Variables) -> (Self, Watch) {
        let watch = Watch::start().await;
        let handler = Self::start(super::free_port(), &watch.variables(variables)).await;
        (handler, watch)
    }
}

/// No write of one process was under way while another's was.
#[track_caller]
pub fn assert_one_writer_at_a_time(watches: &[&Watch]) {
    let mut writes: Vec<(usize, Sent)> = Vec::new();
    for (process, watch) in watches.iter().enumerate() {
        writes.extend(watch.writes().into_iter().map(|sent| (process, sent)));
    }
    writes.sort_by_key(|(_, sent)| sent.began);
    let mut last: BTreeMap<usize, Sent> = BTreeMap::new();
    for (process, sent) in writes {
        for (other, earlier) in &last {
            let is_over = earlier.ended.is_some_and(|ended| ended <= sent.began);
            assert!(*other == process || is_over, "at once: {earlier:#?} of {other}, {sent:#?} of {process}");
        }
        let is_last = last.get(&process).is_none_or(|earlier| earlier.ended <= sent.ended);
        if is_last {
            last.insert(process, sent);
        }
    }
}

/// How many share snapshots each cycle took.
pub async fn taken_by_cycle(share: &ShareClient) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for item in share.list_snapshots().await.expect("a list") {
        if let Some(cycle) = item.metadata.get("backup_cycle").filter(|_| item.snapshot.is_some()) {
            *taken.entry(cycle.clone()).or_default() += 1;
        }
    }
    taken
}

/// Roles of the share snapshots of a share, sorted.
pub async fn roles(share: &ShareClient) -> Vec<String> {
    let listed = share.list_snapshots().await.expect("a list");
    let mut roles: Vec<String> =
        listed.iter().filter_map(|item| item.metadata.get("backup_role").cloned()).collect();
    roles.sort();
    roles
}

/// No cycle has two share snapshots in one role.
pub async fn assert_taken_once(source: &ShareClient, target: &ShareClient) {
    for share in [source, target] {
        let taken = taken_by_cycle(share).await;
        assert!(taken.values().all(|count| *count == 1), "{}: {taken:?}", share.name());
    }
}
