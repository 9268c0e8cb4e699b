//! One day: its invocation, and what must hold in its evening.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, NotRun, Side, Status};
use azure_files_backup::cycle::{Start, Trigger};
use azure_storage_file_share::ShareSnapshotId;
use tokio::time::sleep;

use super::listing::Listing;
use super::oracle::{Full, HEADROOM, LIMIT, Oracle, SOURCE, TARGET};
use super::source::files;
use super::trouble::{Striking, Trouble};
use super::{PAIR, Year};
use crate::support::app;

/// What a cycle says when there is no place for a share snapshot.
const LACKS: [&str; 3] = ["SnapshotLimit", "ShareSnapshotCountExceeded", "FileSnapshotCountExceeded"];

impl Year {
    pub async fn day(&mut self, day: u32) {
        let trouble = Trouble::of_day(&mut self.random);
        self.count(trouble.name());
        if trouble == Trouble::Skipped {
            return;
        }
        let morning = self.listings().await;
        let striking = Arc::new(Striking::default());
        self.emulator().set_faults(Some(Arc::new(striking.plan(trouble))));
        let report = tokio::select! {
            report = self.invoke() => Some(report),
            () = striking.killed.notified() => None,
        };
        let is_troubled = striking.has_struck.load(Ordering::SeqCst);
        // what was under way has its effect before the evening
        self.settle().await;
        self.emulator().set_faults(None);
        if matches!(trouble, Trouble::Killed { forgets: true, .. }) {
            self.backup = app(&self.variables);
        }
        let evening = self.listings().await;
        let told = format!("day {day}, {trouble:?}: {report:#?}");
        self.judge(&morning, &evening, report.as_ref(), &told);
        let Some(report) = report else { return };
        self.tell_of(&report);
        if report.status == Some(Status::Succeeded) {
            self.assert_equal(&report, &told).await;
        }
        if !is_troubled {
            self.compare(morning, &evening, &report, &told);
        }
    }

    async fn listings(&self) -> [Listing; 2] {
        let [source, target] = &self.others;
        [Listing::of(&source.share).await, Listing::of(&target.share).await]
    }

    async fn invoke(&self) -> CycleReport {
        loop {
            let deadline = self.backup.deadline(Trigger::Timer);
            match self.backup.run(PAIR, Start::New, deadline).await {
                Ok(report) => return report,
                // an invocation that was abandoned gives the pair back a little later
                Err(NotRun::CycleInProgress { .. }) => sleep(Duration::from_millis(5)).await,
                Err(reason) => panic!("{reason}"),
            }
        }
    }

    /// Waits until nobody owns the pair.
    async fn settle(&self) {
        while self.backup.pair(PAIR).await.expect("a status").is_some_and(|status| status.running) {
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn tell_of(&mut self, report: &CycleReport) {
        match (report.status, &report.error) {
            (Some(Status::Failed) | None, Some(error)) => self.count(error.code.clone()),
            (status, _) => self.count(status.map_or("Paused".to_owned(), |status| format!("{status:?}"))),
        }
        for alert in &report.alerts {
            self.count(alert.code.clone());
        }
        if report.invocations > 1 && report.status.is_some() {
            self.count("went on with the cycle of another day");
        }
    }

    /// What holds whatever happened.
    fn judge(
        &self,
        morning: &[Listing; 2],
        evening: &[Listing; 2],
        report: Option<&CycleReport>,
        told: &str,
    ) {
        for (side, others) in self.others.iter().enumerate() {
            let (before, now) = (&morning[side], &evening[side]);
            assert!(now.0.len() <= LIMIT, "{told}");
            let foreign = now.0.iter().filter(|point| point.cycle.is_none());
            let foreign: Vec<_> = foreign.map(|point| (&point.id, &point.metadata)).collect();
            let known: Vec<_> = others.theirs.iter().map(|(id, (metadata, _))| (id, metadata)).collect();
            assert_eq!(foreign, known, "side {side}, {told}");
            let cycles: BTreeSet<_> = now.ours().map(|(cycle, _)| cycle).collect();
            assert_eq!(cycles.len(), now.ours().count(), "two of one cycle: {told}");
            let ids = now.ids();
            for (cycle, point) in before.ours().filter(|(_, point)| !ids.contains(&point.id)) {
                let told = format!("{point:?} went from side {side}, {told}");
                assert!(!point.is_leased, "{told}");
                let is_lone = side == SOURCE && !evening[TARGET].has(cycle);
                assert!(is_lone || self.may_go(side, cycle, morning, evening), "{told}");
                let is_running = report.is_some_and(|report| report.id == *cycle);
                assert!(!is_running, "{told}");
            }
        }
        if let Some(newest) = evening[TARGET].newest() {
            assert!(evening[SOURCE].has(newest), "the newest recovery point has no source: {told}");
        }
        assert!(evening[TARGET].newest() >= morning[TARGET].newest(), "the newest is lost: {told}");
        let Some(report) = report else { return };
        let is_lacking = report.error.as_ref().is_some_and(|error| LACKS.contains(&error.code.as_str()));
        assert!(!is_lacking || evening.iter().any(|side| side.0.len() == LIMIT), "{told}");
        if report.status == Some(Status::Succeeded) {
            assert_eq!(evening[TARGET].newest(), Some(&report.id), "{told}");
        }
    }

    /// Whether the rules have any reason to give up a recovery point.
    fn may_go(&self, side: usize, cycle: &str, morning: &[Listing; 2], evening: &[Listing; 2]) -> bool {
        let is_base =
            [morning, evening].iter().any(|sides| sides[TARGET].newest().is_some_and(|it| it == cycle));
        let has_newer = evening[TARGET].newest().is_some_and(|newest| newest.as_str() > cycle);
        let Some(keep) = self.keep else {
            return !is_base && morning[side].0.len() + HEADROOM[side] >= LIMIT;
        };
        let mut all = morning[TARGET].clone();
        let known: BTreeSet<ShareSnapshotId> = all.ids().into_iter().cloned().collect();
        all.0.extend(evening[TARGET].0.iter().filter(|point| !known.contains(&point.id)).cloned());
        has_newer && !keep.wanted(&all).contains(cycle)
    }

    /// Both share snapshots of a recovery point hold the same.
    async fn assert_equal(&self, report: &CycleReport, told: &str) {
        let [source, target] = &self.others;
        let of_source = source.share.with_snapshot(report.source_snapshot.as_ref().expect("it succeeded"));
        let of_target = target.share.with_snapshot(report.target_snapshot.as_ref().expect("it succeeded"));
        let held = files(&of_target).await;
        assert_eq!(files(&of_source).await, held, "{told}");
        if report.invocations == 1 {
            assert_eq!(held, self.source.files, "{told}");
        }
    }

    /// A day without trouble leaves exactly what the rules say, and tells it.
    fn compare(&self, morning: [Listing; 2], evening: &[Listing; 2], report: &CycleReport, told: &str) {
        let before: [BTreeSet<ShareSnapshotId>; 2] =
            morning.each_ref().map(|side| side.ids().into_iter().cloned().collect());
        // a cycle of another day tells what it had given up before
        let given_up = report
            .pruned
            .iter()
            .filter(|pruned| pruned.share == Side::Target && !morning[TARGET].has(&pruned.cycle));
        let given_up = given_up.map(|pruned| pruned.cycle.clone()).collect();
        let (keep, cycle) = (self.keep, report.id.as_str());
        let mut oracle = Oracle { keep, cycle, sides: morning, given_up, blocked: 0 };
        let mut result = oracle.begin(report.source_snapshot.as_ref());
        let status = report.status.unwrap_or_else(|| panic!("it does not end: {told}"));
        if result.is_ok() && status != Status::CompletedWithErrors {
            result = oracle.end(report.target_snapshot.as_ref());
        }
        let code = report.error.as_ref().map(|error| error.code.as_str());
        match (status, code) {
            (Status::Failed, Some("SnapshotLimit")) => assert_eq!(result, Err(Full), "{told}"),
            (Status::Succeeded | Status::CompletedWithErrors, _) => assert_eq!(result, Ok(()), "{told}"),
            _ => panic!("without trouble it fails: {told}"),
        }
        for (side, (expected, found)) in oracle.sides.iter().zip(evening).enumerate() {
            assert_eq!(expected.ids(), found.ids(), "side {side}, {told}");
        }
        if report.invocations > 1 {
            return;
        }
        let alerts = report.alerts.iter().filter(|alert| alert.code == "PruneBlocked").count();
        let is_full = status == Status::Failed;
        assert!(alerts == oracle.blocked || is_full, "{alerts} of {}: {told}", oracle.blocked);
        let pruned: BTreeSet<&ShareSnapshotId> =
            report.pruned.iter().map(|pruned| &pruned.snapshot).collect();
        let left = [evening[0].ids(), evening[1].ids()];
        let gone =
            before.iter().zip(&left).flat_map(|(before, left)| before.iter().filter(|id| !left.contains(id)));
        assert_eq!(pruned, gone.collect(), "{told}");
    }
}
