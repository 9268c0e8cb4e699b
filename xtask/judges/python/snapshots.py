"""Share snapshots: what they keep, who may delete them, and what they refuse."""

from claims import check, equal, holds
from refusals import refused


def snapshot_of(court, share, **options):
    """The new share snapshot's id, and a client for it."""
    taken = share.create_snapshot(**options)["snapshot"]
    return taken, court.service().get_share_client(share.share_name, snapshot=taken)


@check
def a_share_snapshot_keeps_what_the_share_loses(court):
    share = court.share()
    share.get_file_client("file").upload_file(b"kept")
    _, old = snapshot_of(court, share)
    share.get_file_client("file").upload_file(b"another")
    equal(old.get_file_client("file").download_file().readall(), b"kept")
    share.get_file_client("file").delete_file()
    equal([entry["name"] for entry in old.list_directories_and_files()], ["file"])


@check
def a_share_snapshot_has_metadata_of_its_own(court):
    share = court.share(metadata={"a": "1"})
    _, inherits = snapshot_of(court, share)
    _, own = snapshot_of(court, share, metadata={"b": "2"})
    equal(inherits.get_share_properties().metadata, {"a": "1"})
    equal(own.get_share_properties().metadata, {"b": "2"})


@check
def share_snapshots_are_listed_in_order_when_asked_for(court):
    share = court.share()
    taken = [snapshot_of(court, share)[0] for _ in range(3)]
    equal(taken, sorted(set(taken)))
    listed = list(court.service().list_shares(name_starts_with=share.share_name, include_snapshots=True))
    found = [it.snapshot for it in listed if it.name == share.share_name]
    equal([it for it in found if it], taken)
    equal(len(found), 4)


@check
def a_share_snapshot_cannot_be_written(court):
    share = court.share()
    _, old = snapshot_of(court, share)
    refused(400, "InvalidQueryParameterValue", old.get_directory_client("new").create_directory)


@check
def a_share_with_share_snapshots_goes_with_them_or_not_at_all(court):
    share = court.share()
    snapshot_of(court, share)
    refused(409, "ShareHasSnapshots", share.delete_share)
    share.delete_share(delete_snapshots=True)
    refused(404, "ShareNotFound", share.get_share_properties)


@check
def one_share_snapshot_is_deleted_and_the_others_stay(court):
    share = court.share()
    (_, first), (_, second) = snapshot_of(court, share), snapshot_of(court, share)
    first.delete_share()
    refused(404, "ShareSnapshotNotFound", first.get_share_properties)
    holds(second.get_share_properties().etag, "the second one to be there")


@check
def what_came_later_is_not_in_a_share_snapshot(court):
    share = court.share()
    _, old = snapshot_of(court, share)
    share.get_file_client("late").upload_file(b"late")
    refused(404, "ResourceNotFound", old.get_file_client("late").get_file_properties)
