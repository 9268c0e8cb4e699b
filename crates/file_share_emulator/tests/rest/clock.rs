use std::time::Duration;

use file_share_emulator::Config;

use crate::client::{Client, world, world_with};

const DAY: Duration = Duration::from_secs(86_400);

async fn snapshot(client: &Client) -> String {
    let answer = client.put("/share?restype=share&comp=snapshot").send().await.expect(201);
    answer.header("x-ms-snapshot").to_owned()
}

#[tokio::test]
async fn the_clock_of_all_accounts_is_set_forward_while_signatures_stay_valid() {
    let world = world().await;
    world.two.put("/share?restype=share").send().await.expect(201);
    let before = world.one.get("/share?restype=share").send().await.expect(200);
    world.emulator.advance_clock(400 * DAY);
    for client in [&world.one, &world.two] {
        let made = client.create_file("/share/file", 0).send().await.expect(201);
        let year = |date: &str| date[12..16].parse::<u32>().expect("a year");
        assert!(year(made.header("last-modified")) > year(before.header("last-modified")));
        assert_eq!(year(made.header("date")), year(made.header("last-modified")));
    }
}

#[tokio::test]
async fn a_year_of_daily_snapshots_meets_the_limit_after_two_hundred() {
    let world = world().await;
    let mut ids = Vec::new();
    for day in 0..365 {
        if day == 200 {
            let full = world.one.put("/share?restype=share&comp=snapshot").send().await;
            full.refused(409, "ShareSnapshotCountExceeded");
        }
        if day >= 200 {
            let oldest = format!("/share?restype=share&sharesnapshot={}", ids[day - 200]);
            world.one.delete(&oldest).send().await.expect(202);
        }
        ids.push(snapshot(&world.one).await);
        world.emulator.advance_clock(DAY);
    }
    let dates: Vec<&str> = ids.iter().map(|id| &id[..10]).collect();
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
    let listed = world.one.get("/?comp=list&include=snapshots").send().await.expect(200);
    assert_eq!(listed.elements("Snapshot"), ids[165..]);
}

#[tokio::test]
async fn leased_snapshots_count_towards_the_limit() {
    let world = world_with(Config { snapshot_limit: 2, ..Config::default() }).await;
    for _ in 0..2 {
        let id = snapshot(&world.one).await;
        let lease = world.one.put(&format!("/share?restype=share&comp=lease&sharesnapshot={id}"));
        lease
            .header("x-ms-lease-action", "acquire")
            .header("x-ms-lease-duration", "-1")
            .send()
            .await
            .expect(201);
    }
    let third = world.one.put("/share?restype=share&comp=snapshot").send().await;
    third.refused(409, "ShareSnapshotCountExceeded");
}
