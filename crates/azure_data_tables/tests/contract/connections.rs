//! Answers that do not come. Azurite closes connections that were idle for 5 seconds, and any service may close one
//! just when it is used again.

use crate::world::*;
use azure_data_tables::*;
use azurite::Proxy;
use faults::{Fault, nth};
use std::sync::Arc;

/// A table behind a proxy, and a connection that was used before.
async fn proxied() -> (Proxy, TableClient) {
    let azurite = azurite::shared().await;
    let proxy = Proxy::start(azurite).await.expect("a proxy");
    let table = client(azurite, &proxy.endpoint(), azurite.key()).table_client(table().await.name());
    inserted(&table, row("p", "before", 0)).await;
    (proxy, table)
}

async fn rows(table: &TableClient) -> usize {
    all(table, Query::default()).await.len()
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_is_repeated() {
    let (proxy, table) = proxied().await;
    for fault in [drop_before, drop_after, cut] as [fn() -> Fault; 3] {
        proxy.set_faults(Some(Arc::new(nth(1, fault))));
        assert_eq!(number(&table, "p", "before").await, 0);
        assert_eq!(proxy.count(), 2);
        proxy.set_faults(Some(Arc::new(nth(1, fault))));
        assert_eq!(rows(&table).await, 1);
        assert_eq!(proxy.count(), 2);
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_not_repeated_and_says_that_it_may_have_happened() {
    let (proxy, table) = proxied().await;
    for (fault, key, happened) in
        [(drop_before as fn() -> Fault, "a", false), (drop_after, "b", true), (cut, "c", true)]
    {
        proxy.set_faults(Some(Arc::new(nth(1, fault))));
        let error = table.apply(Change::Insert(row("p", key, 1))).await.expect_err("no answer");
        assert!(error.may_have_happened(), "{error}");
        assert_eq!(proxy.count(), 1);
        assert_eq!(stored(&table, "p", key).await.is_some(), happened, "{key}");
    }
}

#[tokio::test]
async fn a_transaction_whose_answer_is_lost_is_not_repeated_and_says_that_it_may_have_happened() {
    let (proxy, table) = proxied().await;
    for (fault, key, happened) in
        [(drop_before as fn() -> Fault, "a", false), (drop_after, "b", true), (cut, "c", true)]
    {
        proxy.set_faults(Some(Arc::new(nth(1, fault))));
        let error = table.transaction(vec![Change::Insert(row("p", key, 1))]).await.expect_err("no answer");
        assert!(error.may_have_happened(), "{error}");
        assert_eq!((proxy.count(), FailedChange::of(&error)), (1, None));
        assert_eq!(stored(&table, "p", key).await.is_some(), happened, "{key}");
    }
}

#[tokio::test]
async fn what_was_refused_for_load_is_repeated_even_if_it_writes() {
    let (proxy, table) = proxied().await;
    let busy = || Fault::Refuse { status: 503, code: "ServerBusy", retry_after_seconds: None };
    proxy.set_faults(Some(Arc::new(nth(1, busy))));
    inserted(&table, row("p", "a", 1)).await;
    proxy.set_faults(Some(Arc::new(nth(1, busy))));
    table.transaction(vec![Change::Insert(row("p", "b", 1))]).await.expect("the second attempt");
    assert_eq!(rows(&table).await, 3);
}

#[tokio::test]
async fn a_failure_of_the_service_is_not_repeated_for_a_write() {
    let (proxy, table) = proxied().await;
    let timed_out = || Fault::Refuse { status: 503, code: "OperationTimedOut", retry_after_seconds: None };
    proxy.set_faults(Some(Arc::new(nth(1, timed_out))));
    let error = table.transaction(vec![Change::Insert(row("p", "a", 1))]).await.expect_err("timed out");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Server, Some("OperationTimedOut")));
    assert!(error.may_have_happened());
    assert_eq!(proxy.count(), 1);
}

fn drop_before() -> Fault {
    Fault::DropBefore
}

fn drop_after() -> Fault {
    Fault::DropAfter
}

fn cut() -> Fault {
    Fault::Cut
}
