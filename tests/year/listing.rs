//! The share snapshots of a share, as anybody sees them.

use std::collections::BTreeSet;

use azure_storage_file_share::{Metadata, ShareClient, ShareSnapshotId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone, Debug)]
pub struct Point {
    pub id: ShareSnapshotId,
    /// Of those that the app took.
    pub cycle: Option<String>,
    pub is_leased: bool,
    pub metadata: Metadata,
}

impl Point {
    pub fn taken(&self) -> OffsetDateTime {
        OffsetDateTime::parse(self.id.as_str(), &Rfc3339).expect("a time")
    }
}

/// Oldest first. A share that is not there has none.
#[derive(Clone, Debug, Default)]
pub struct Listing(pub Vec<Point>);

impl Listing {
    pub async fn of(share: &ShareClient) -> Self {
        let items = share.list_snapshots().await.expect("a list").into_iter();
        let mut points: Vec<Point> = items
            .filter_map(|item| {
                Some(Point {
                    id: item.snapshot?,
                    cycle: item.metadata.get("backup_cycle").cloned(),
                    is_leased: item.lease_state.as_deref() == Some("leased"),
                    metadata: item.metadata,
                })
            })
            .collect();
        points.sort_by_key(Point::taken);
        Self(points)
    }

    pub fn ours(&self) -> impl DoubleEndedIterator<Item = (&String, &Point)> {
        self.0.iter().filter_map(|point| Some((point.cycle.as_ref()?, point)))
    }

    pub fn has(&self, cycle: &str) -> bool {
        self.ours().any(|(other, _)| other == cycle)
    }

    pub fn newest(&self) -> Option<&String> {
        self.ours().next_back().map(|(cycle, _)| cycle)
    }

    pub fn ids(&self) -> BTreeSet<&ShareSnapshotId> {
        self.0.iter().map(|point| &point.id).collect()
    }

    pub fn remove(&mut self, id: &ShareSnapshotId) {
        self.0.retain(|point| point.id != *id);
    }

    pub fn take(&mut self, cycle: &str, id: &ShareSnapshotId) {
        let metadata = Metadata::default();
        self.0.push(Point { id: id.clone(), cycle: Some(cycle.to_owned()), is_leased: false, metadata });
    }
}
