//! Tables that are gone, and rows that are not as this version writes them.

use azure_data_tables::{Change, Entity, Value};
use azurite::Azurite;

use crate::state::contract::{World, service, store};
use crate::state::table::keys::{self, Table};
use crate::state::table::row::{Packed, Token};
use crate::state::{Addition, PairRecord, StateError, Version};

#[tokio::test]
async fn dropped_tables_are_told_apart_and_made_again() {
    let azurite = Azurite::start().await.expect("Azurite");
    let service = service(&azurite, &azurite.table_endpoint());
    let world = World::new(store(&azurite, &azurite.table_endpoint()));
    let (record, cycle) = (PairRecord::new(&world.pair, "id"), world.cycle("a"));
    let World { store, pair } = world;
    let some = Version("W/\"datetime'2026-11-21T10%3A15%3A00.0000000Z'\"".to_owned());
    // before they were made, and after they were dropped
    for _ in 0..2 {
        let outcomes = [
            store.pair(&pair).await.err(),
            store.put_pair(&record, None).await.err(),
            store.put_pair(&record, Some(&some)).await.err(),
            store.begin(&cycle).await.err(),
            store.load(&pair, "a").await.err(),
            store.commit(&cycle, &some, Addition::default()).await.err(),
            store.chunk(&pair, "a", 0).await.err(),
            store.failures(&pair, "a").await.err(),
            store.file(&cycle).await.err(),
            store.cycles(&pair, 1).await.err(),
            store.drop_plan(&pair, "a").await.err(),
            store.forget(&pair, 1).await.err(),
        ];
        for (number, outcome) in outcomes.iter().enumerate() {
            assert!(matches!(outcome, Some(StateError::TableGone)), "{number}: {outcome:?}");
        }
        store.open().await.expect("tables");
        store.put_pair(&record, None).await.expect("a new row");
        store.begin(&cycle).await.expect("a new row");
        store.file(&cycle).await.expect("an answer");
        for table in [Table::Pairs, Table::Cycles, Table::History] {
            service.table_client(table.name()).delete().await.expect("the table");
        }
    }
}

/// What is told of the row of a pair that somebody else wrote.
async fn read(change: impl FnOnce(Entity) -> Entity) -> String {
    let azurite = azurite::shared().await;
    let World { store, pair } = World::new(store(azurite, &azurite.table_endpoint()));
    store.open().await.expect("tables");
    let row = Packed::new(&PairRecord::new(&pair, "id")).entity(&keys::pair(&pair), &Token::fresh());
    let table = service(azurite, &azurite.table_endpoint()).table_client("backuppairs");
    table.apply(Change::Insert(change(row))).await.expect("a new row");
    let error = store.pair(&pair).await.expect_err("not what this version writes");
    error.to_string().replace(&pair, "documents")
}

#[tokio::test]
async fn a_row_of_a_newer_version_says_so() {
    assert_eq!(
        read(|row| row.with("Format", Value::I32(2))).await,
        "backuppairs documents/pair has format 2, which this version of the app does not know: a newer version of the \
         app wrote it. Run that version, or have `startOver` decided: it forgets what this row holds, and no recovery \
         point is lost"
    );
}

#[tokio::test]
async fn a_row_that_is_not_ours_or_is_damaged_is_not_taken_for_one() {
    let without = |name: &'static str| {
        move |mut row: Entity| {
            row.properties.remove(name);
            row
        }
    };
    let with = |name: &'static str, value: Value| move |row: Entity| row.with(name, value);
    let damaged = |reason: &str| {
        format!(
            "backuppairs documents/pair cannot be read: {reason}. Restore it, or {}",
            Table::Pairs.instead()
        )
    };
    assert_eq!(read(without("Format")).await, damaged("It has no format"));
    assert_eq!(read(with("Format", Value::Text("1".to_owned()))).await, damaged("Its format is no number"));
    let more = read(with("Data1", Value::Binary("and more".into()))).await;
    assert_eq!(more, damaged("It holds more than a record"));
    for told in [
        read(without("Data0")).await,
        read(with("Data0", Value::Binary("not deflated".into()))).await,
        read(with("Data0", Value::Text("e30=".to_owned()))).await,
    ] {
        assert!(told.starts_with("backuppairs documents/pair cannot be read: "), "{told}");
    }
}
