use super::*;
use crate::ErrorKind;
use crate::fake::{FakeHttp, Reply, Sent};

const ID: &str = "b5d200d3-5a1e-45a6-7a37-c4382fd74868";

fn check(sent: &Sent, headers: &[(&str, &str)]) {
    assert_eq!(sent.method, "PUT");
    assert!(sent.url.contains("/share?"), "{}", sent.url);
    assert!(sent.url.contains("restype=share") && sent.url.contains("comp=lease"), "{}", sent.url);
    for (name, value) in headers {
        assert_eq!(sent.header(name), Some(*value), "{name}");
    }
}

#[tokio::test]
async fn a_lease_is_acquired_released_and_broken() {
    let http = FakeHttp::answering(Reply { status: 201, ..Default::default() });
    let share = http.share();
    share.acquire_lease(&ID.into(), LeaseDuration::Infinite).await.expect("a lease");
    let acquire = [("x-ms-lease-action", "acquire"), ("x-ms-proposed-lease-id", ID)];
    check(&http.last(), &acquire);
    check(&http.last(), &[("x-ms-lease-duration", "-1")]);
    share.acquire_lease(&ID.into(), LeaseDuration::Seconds(15)).await.expect("a lease");
    check(&http.last(), &[("x-ms-lease-duration", "15")]);
    share.release_lease(&ID.into()).await.expect("released");
    check(&http.last(), &[("x-ms-lease-action", "release"), ("x-ms-lease-id", ID)]);
    share.break_lease().await.expect("broken");
    check(&http.last(), &[("x-ms-lease-action", "break"), ("x-ms-lease-break-period", "0")]);
}

#[tokio::test]
async fn a_lease_is_the_one_write_on_a_share_snapshot() {
    let http = FakeHttp::answering(Reply { status: 201, ..Default::default() });
    let then = http.share().with_snapshot(&"then".into());
    then.acquire_lease(&ID.into(), LeaseDuration::Infinite).await.expect("a lease");
    check(&http.last(), &[]);
    assert!(http.last().url.contains("sharesnapshot=then"), "{}", http.last().url);
    then.create_permission(&crate::Permission {
        value: String::new(),
        format: crate::PermissionFormat::Sddl,
    })
    .await
    .expect_err("a write");
    let nameless = http.share().with_snapshot(&"".into());
    let error = nameless.acquire_lease(&ID.into(), LeaseDuration::Infinite).await.expect_err("no id");
    assert_eq!((error.kind, http.sent().len()), (ErrorKind::Invalid, 1));
}

#[tokio::test]
async fn a_length_that_no_lease_has_is_not_sent() {
    let http = FakeHttp::answering(Reply { status: 201, ..Default::default() });
    for seconds in [0, 14, 61] {
        let lease = http.share().acquire_lease(&ID.into(), LeaseDuration::Seconds(seconds)).await;
        assert!(lease.expect_err("refused").is_code("InvalidHeaderValue"));
    }
    assert_eq!(http.sent().len(), 0);
}
