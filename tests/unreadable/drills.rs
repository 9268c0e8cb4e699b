//! Rows of a drill that cannot be read: nobody can cancel a drill, so the timer gives it up, and the next one begins.

use std::sync::Arc;
use std::time::Duration;

use azure_files_backup::cycle::report::{CycleReport, Status};
use faults::{Fault, Seen};
use reqwest::Method;
use tokio::sync::Notify;

use super::Scene;
use crate::support::*;

impl Scene {
    fn drills(&self) -> String {
        format!("pairs/{}/drills", self.pair)
    }

    /// A drill whose owner was killed when it had failures and more to do. Its id.
    async fn killed_drill(&mut self) -> String {
        put_directory(&self.source, "docs").await;
        put(&self.source, "docs/b", "data").await;
        assert_succeeded(&self.handler.start_cycle(self.pair).await.report());
        let stuck = Arc::new(Notify::new());
        let told = stuck.clone();
        let folder = of_point("List Directories and Files", "/docs");
        self.stage.emulator.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
            if folder(seen) {
                return Fault::Refuse {
                    status: 403,
                    code: "AuthorizationFailure",
                    retry_after_seconds: None,
                };
            }
            if !seen.path.contains("/backup-drill-") || seen.operation != "Create File" {
                return Fault::None;
            }
            told.notify_one();
            Fault::Delay { by: Duration::from_secs(60) }
        })));
        let route = self.drills();
        tokio::select! {
            told = self.handler.tell(Method::POST, &route, "") => panic!("{told:?}"),
            () = stuck.notified() => {}
        }
        let drills: Vec<CycleReport> = self.handler.get(&route).await;
        signal(self.handler.id(), "KILL");
        self.stage.leave();
        let mut variables = over(azurite::shared().await, self.stage.variables());
        variables.insert("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned());
        self.handler = Handler::start(free_port(), &variables).await;
        drills.into_iter().next().expect("it was begun").id
    }

    async fn assert_given_up(&self, id: &str) {
        let mut drills: Vec<CycleReport> = Vec::new();
        for _ in 0..100 {
            self.handler.send("resume-timer").await;
            drills = self.handler.ask(&self.drills()).await.ok();
            if drills.iter().all(|drill| drill.status.is_some()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let [drill] = &drills[..] else { panic!("{drills:#?}") };
        assert_eq!((drill.id.as_str(), drill.status), (id, Some(Status::Failed)), "{drill:#?}");
        assert_eq!(drill.error.as_ref().expect("why").code, "StateUnreadable");
        assert_eq!(leased(&self.target).await, 0, "nothing stays pinned");
        assert_succeeded(&self.handler.tell(Method::POST, &self.drills(), "").await.ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_whose_row_is_damaged_is_given_up_by_the_timer() {
    let mut scene = Scene::of("damaged-drill").await;
    let id = scene.killed_drill().await;
    scene.row("backupcycles", &format!("damaged-drill:drill:{id}"), "cycle").is_damaged().await;
    scene.assert_given_up(&id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_whose_failures_are_damaged_is_given_up_by_the_timer() {
    let mut scene = Scene::of("damaged-findings").await;
    let id = scene.killed_drill().await;
    let row = scene.row("backupcycles", &format!("damaged-findings:drill:{id}"), "failed-00000001");
    row.is_damaged().await;
    scene.assert_given_up(&id).await;
}
