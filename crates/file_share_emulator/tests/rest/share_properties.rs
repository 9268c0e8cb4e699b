//! What a share is made with and what is told of it, to each version what it knows.

use std::time::Duration;

use file_share_emulator::{Billing, Config};

use crate::client::{Answer, Client, World, world, world_with};

const PATH: &str = "/data?restype=share";
const SET: &str = "/data?restype=share&comp=properties";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn billed(billing: Billing) -> World {
    world_with(Config { billing, ..Config::default() }).await
}

async fn send(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = client.put(path);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

/// The elements of the share's properties in a listing, in order.
async fn listed(client: &Client, version: &str) -> Vec<String> {
    let request = client.get("/?comp=list&prefix=data").header("x-ms-version", version);
    let text = request.send().await.expect(200).text();
    let (_, properties) = text.split_once("<Properties>").expect("properties");
    let (properties, _) = properties.split_once("</Properties>").expect("an end");
    let closed = properties.split("</").skip(1);
    closed.map(|rest| rest.split('>').next().unwrap_or_default().to_owned()).collect()
}

async fn told(client: &Client, version: &str) -> Vec<String> {
    let answer = client.get(PATH).header("x-ms-version", version).send().await.expect(200);
    let names = answer.headers.keys().map(|name| name.as_str());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("x-ms-")).map(str::to_owned).collect();
    names.retain(|name| !["x-ms-request-id", "x-ms-version"].contains(&name.as_str()));
    names.sort();
    names
}

#[tokio::test]
async fn each_version_is_told_what_was_recorded_for_it() {
    let world = world().await;
    send(&world.one, PATH, &[]).await.expect(201);
    let base = ["x-ms-has-immutability-policy", "x-ms-has-legal-hold"];
    assert_eq!(told(&world.one, "2018-11-09").await, [base[0], base[1], "x-ms-share-quota"]);
    assert_eq!(listed(&world.one, "2018-11-09").await, ["Last-Modified", "Etag", "Quota"]);
    for version in ["2020-02-10", "2021-06-08", "2025-05-05", "2026-06-06"] {
        let names = [
            "x-ms-access-tier",
            "x-ms-access-tier-change-time",
            base[0],
            base[1],
            "x-ms-lease-state",
            "x-ms-lease-status",
            "x-ms-share-quota",
        ];
        assert_eq!(told(&world.one, version).await, names, "{version}");
        let elements = [
            "Last-Modified",
            "Etag",
            "LeaseStatus",
            "LeaseState",
            "Quota",
            "AccessTier",
            "AccessTierChangeTime",
            "DefaultEncryptionScope",
            "DenyEncryptionScopeOverride",
        ];
        assert_eq!(listed(&world.one, version).await, elements, "{version}");
    }
}

#[tokio::test]
async fn a_tier_is_set_and_its_change_is_told() {
    let world = world().await;
    let one = &world.one;
    send(one, PATH, &[("x-ms-access-tier", "Cool")]).await.expect(201);
    let cool = one.get(PATH).send().await.expect(200);
    assert_eq!(cool.header("x-ms-access-tier"), "Cool");
    world.emulator.advance_clock(DAY);
    send(one, SET, &[("x-ms-access-tier", "hot")]).await.expect(200);
    let hot = one.get(PATH).send().await.expect(200);
    assert_eq!(hot.header("x-ms-access-tier"), "Hot");
    let changed = "x-ms-access-tier-change-time";
    assert_ne!(hot.header(changed), cool.header(changed));
    world.emulator.advance_clock(DAY);
    send(one, SET, &[("x-ms-share-quota", "7")]).await.expect(200);
    assert_eq!(one.get(PATH).send().await.expect(200).header(changed), hot.header(changed));
    for tier in ["Premium", "Lukewarm"] {
        let refused = send(one, SET, &[("x-ms-access-tier", tier)]).await.refused(400, "InvalidHeaderValue");
        assert_eq!(refused.elements("HeaderName"), ["x-ms-access-tier"]);
    }
    send(one, SET, &[("x-ms-access-tier", "Cool"), ("x-ms-version", "2018-11-09")]).await.expect(200);
    assert_eq!(one.get(PATH).send().await.expect(200).header("x-ms-access-tier"), "Hot");
}

#[tokio::test]
async fn a_share_snapshot_has_the_properties_of_its_moment_and_no_tier() {
    let world = world().await;
    let one = &world.one;
    send(one, PATH, &[("x-ms-share-quota", "5")]).await.expect(201);
    let snapshot = send(one, "/data?restype=share&comp=snapshot", &[]).await.expect(201);
    send(one, SET, &[("x-ms-share-quota", "6")]).await.expect(200);
    let id = snapshot.header("x-ms-snapshot");
    let read = one.get(&format!("{PATH}&sharesnapshot={id}")).send().await.expect(200);
    assert_eq!((read.header("x-ms-share-quota"), read.header("x-ms-access-tier")), ("5", ""));
    let list = one.get("/?comp=list&prefix=data&include=snapshots").send().await.expect(200);
    assert_eq!(
        (list.elements("Quota"), list.elements("AccessTier").len()),
        (vec!["5".into(), "6".into()], 1)
    );
}

#[tokio::test]
async fn nfs_settings_are_kept_on_nfs_shares_and_refused_on_others() {
    let world = billed(Billing::ProvisionedV1).await;
    let one = &world.one;
    let squash = ("x-ms-root-squash", "AllSquash");
    let directory = ("x-ms-enable-snapshot-virtual-directory-access", "true");
    send(one, PATH, &[("x-ms-enabled-protocols", "NFS"), directory]).await.expect(201);
    assert_eq!(one.get(PATH).send().await.expect(200).header(squash.0), "NoRootSquash");
    send(one, SET, &[squash]).await.expect(200);
    let read = one.get(PATH).send().await.expect(200);
    assert_eq!((read.header(squash.0), read.header(directory.0)), (squash.1, directory.1));
    let lease = ("x-ms-enable-smb-directory-lease", "true");
    send(one, SET, &[lease]).await.refused(400, "InvalidHeaderValue");
    let smb = "/share?restype=share&comp=properties";
    send(one, smb, &[(squash.0, "NoRootSquash")]).await.expect(200);
    for header in [squash, directory] {
        send(one, smb, &[header]).await.refused(400, "InvalidHeaderValue");
    }
    send(one, smb, &[lease]).await.expect(200);
    let read = one.get("/share?restype=share").send().await.expect(200);
    assert_eq!((read.header(lease.0), read.header("x-ms-enabled-protocols")), ("true", "SMB"));
}

#[tokio::test]
async fn a_provisioned_share_has_what_its_size_brings_and_grows_at_once_but_shrinks_a_day_later() {
    let world = billed(Billing::ProvisionedV1).await;
    let one = &world.one;
    let created = send(one, PATH, &[("x-ms-share-quota", "1000")]).await.expect(201);
    assert_eq!(created.header("x-ms-share-provisioned-iops"), "4000");
    let read = one.get(PATH).send().await.expect(200);
    for (name, value) in [
        ("x-ms-share-quota", "1000"),
        ("x-ms-share-provisioned-ingress-mbps", "80"),
        ("x-ms-share-provisioned-egress-mbps", "120"),
        ("x-ms-share-provisioned-bandwidth-mibps", "200"),
        ("x-ms-share-included-burst-iops", "12000"),
        ("x-ms-share-max-burst-credits-for-iops", "28800000"),
        ("x-ms-access-tier", "Premium"),
    ] {
        assert_eq!(read.header(name), value, "{name}");
    }
    let bursting = [
        ("x-ms-share-paid-bursting-enabled", "true"),
        ("x-ms-share-paid-bursting-max-iops", "20000"),
        ("x-ms-share-paid-bursting-max-bandwidth-mibps", "400"),
    ];
    send(one, SET, &bursting).await.expect(200);
    let read = one.get(PATH).send().await.expect(200);
    assert_eq!(bursting.map(|(name, _)| read.header(name)), bursting.map(|(_, value)| value));

    let shrink = [("x-ms-share-quota", "900")];
    send(one, SET, &shrink).await.refused(409, "ContainerQuotaDowngradeNotAllowed");
    world.emulator.advance_clock(DAY);
    send(one, SET, &shrink).await.expect(200);
    send(one, SET, &[("x-ms-share-quota", "99")]).await.refused(400, "InvalidHeaderValue");
    assert_eq!(one.get(PATH).send().await.expect(200).header("x-ms-share-provisioned-iops"), "3900");
}

#[tokio::test]
async fn iops_and_bandwidth_of_the_newer_billing_are_set_by_themselves() {
    let world = billed(Billing::ProvisionedV2).await;
    let one = &world.one;
    let (iops, bandwidth) = ("x-ms-share-provisioned-iops", "x-ms-share-provisioned-bandwidth-mibps");
    send(one, PATH, &[("x-ms-share-quota", "64"), (iops, "5000"), (bandwidth, "300")]).await.expect(201);
    send(one, SET, &[("x-ms-share-quota", "128")]).await.expect(200);
    let read = one.get(PATH).send().await.expect(200);
    assert_eq!((read.header(iops), read.header(bandwidth)), ("5000", "300"));
    assert!(!read.header("x-ms-share-next-allowed-provisioned-iops-downgrade-time").is_empty());
    send(one, SET, &[(iops, "4000")]).await.refused(409, "FileShareProvisionedIopsDowngradeNotAllowed");
    send(one, SET, &[(bandwidth, "200")])
        .await
        .refused(409, "FileShareProvisionedBandwidthDowngradeNotAllowed");
    for (name, value, code) in [
        (iops, "2999", "FileShareProvisionedIopsInvalid"),
        (bandwidth, "124", "FileShareProvisionedBandwidthInvalid"),
        ("x-ms-share-quota", "31", "FileShareProvisionedStorageInvalid"),
    ] {
        send(one, SET, &[(name, value)]).await.refused(400, code);
        let older = [(name, value), ("x-ms-version", "2025-05-05")];
        send(one, SET, &older).await.refused(400, "InvalidHeaderValue");
    }
    world.emulator.advance_clock(DAY);
    send(one, SET, &[(iops, "4000"), (bandwidth, "200")]).await.expect(200);
}

#[tokio::test]
async fn statistics_are_told_in_the_unit_of_the_version() {
    let world = world().await;
    world.one.create_file("/share/file", 3).body(b"abc").send().await.expect(201);
    let get =
        |version| world.one.get("/share?restype=share&comp=stats").header("x-ms-version", version).send();
    let bytes = get("2018-11-09").await.expect(200);
    assert_eq!((bytes.elements("ShareUsageBytes"), bytes.header("etag")), (vec!["3".to_owned()], ""));
    assert_eq!(get("2018-03-28").await.expect(200).elements("ShareUsage"), ["1"]);
}
