"""Shares: what they are made with, what they answer, what changes them, and how they go."""

from datetime import datetime, timedelta, timezone

from azure.storage.fileshare import AccessPolicy, Metrics, RetentionPolicy, ShareSasPermissions

from claims import check, equal, holds
from refusals import refused


@check
def service_properties_are_kept(court):
    metrics = Metrics(enabled=True, include_apis=True, retention_policy=RetentionPolicy(enabled=True, days=3))
    court.service("second").set_service_properties(hour_metrics=metrics, minute_metrics=metrics)
    kept = court.service("second").get_service_properties()["hour_metrics"]
    equal((kept.enabled, kept.retention_policy.days), (True, 3))


@check
def a_new_share_answers_its_etag_and_last_modified(court):
    answer = court.service().get_share_client(court.name()).create_share()
    equal(sorted(answer.keys() & {"etag", "last_modified"}), ["etag", "last_modified"])


@check
def a_share_that_exists_cannot_be_created(court):
    refused(409, "ShareAlreadyExists", court.share().create_share)


@check
def a_share_that_does_not_exist_is_not_found(court):
    share = court.service().get_share_client(court.name())
    refused(404, "ShareNotFound", share.get_share_properties)


@check
def names_that_are_no_share_names_are_refused(court):
    for name in ["Upper", "ends-", "two--hyphens", "a_b"]:
        refused(400, "InvalidResourceName", court.service().get_share_client(name).create_share)


@check
def a_share_keeps_quota_tier_and_metadata(court):
    properties = court.share(quota=7, access_tier="Cool", metadata={"a": "1"}).get_share_properties()
    equal((properties.quota, properties.access_tier, properties.metadata), (7, "Cool", {"a": "1"}))


@check
def quota_and_tier_of_a_share_are_changed(court):
    share = court.share(quota=7)
    share.set_share_quota(9)
    share.set_share_properties(access_tier="Hot")
    properties = share.get_share_properties()
    equal((properties.quota, properties.access_tier), (9, "Hot"))


@check
def metadata_of_a_share_is_replaced_whole(court):
    share = court.share(metadata={"a": "1", "b": "2"})
    share.set_share_metadata({"c": "3"})
    equal(share.get_share_properties().metadata, {"c": "3"})


@check
def statistics_count_the_bytes_of_files(court):
    share = court.share()
    share.get_file_client("file").upload_file(bytes(range(250)) * 20)
    equal(share.get_share_stats(), 5000)


@check
def stored_policies_are_kept_to_the_second(court):
    share = court.share()
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    policy = AccessPolicy(ShareSasPermissions(read=True, list=True), start + timedelta(days=1), start)
    share.set_share_access_policy({"one": policy})
    [kept] = share.get_share_access_policy()["signed_identifiers"]
    equal((kept.id, kept.access_policy.permission), ("one", "rl"))
    holds(kept.access_policy.start.startswith("2026-01-02T03:04:05"), f"the start, not {kept.access_policy.start}")


@check
def an_nfs_share_is_told_with_its_squash(court):
    share = court.share("premium", "https", protocols="NFS", root_squash="RootSquash", quota=100)
    properties = share.get_share_properties()
    equal((properties.protocols, properties.root_squash), (["NFS"], "RootSquash"))
    share.delete_share()


@check
def shares_are_listed_by_prefix_with_their_metadata(court):
    share = court.share(metadata={"a": "1"})
    listed = court.service().list_shares(name_starts_with=share.share_name, include_metadata=True)
    equal([it.metadata for it in listed if it.name == share.share_name], [{"a": "1"}])


@check
def shares_are_listed_page_by_page(court):
    begin = court.name("paged")
    names = [f"{begin}-{letter}" for letter in "abcde"]
    for name in names:
        court.service().create_share(name)
    pages = court.service().list_shares(name_starts_with=f"{begin}-", results_per_page=2).by_page()
    equal([[it.name for it in page] for page in pages], [names[:2], names[2:4], names[4:]])


@check
def a_deleted_share_comes_back_with_its_content(court):
    share = court.share()
    share.create_directory("kept")
    share.delete_share()
    refused(404, "ShareNotFound", share.get_share_properties)
    listed = court.service().list_shares(name_starts_with=share.share_name, include_deleted=True)
    [gone] = [it for it in listed if it.name == share.share_name and it.deleted]
    court.service().undelete_share(gone.name, gone.version)
    equal(share.get_directory_client("kept").exists(), True)
