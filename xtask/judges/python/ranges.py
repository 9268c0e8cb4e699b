"""Ranges: written, cleared, listed, compared with a share snapshot, and copied from elsewhere."""

from datetime import datetime, timedelta, timezone

from azure.storage.fileshare import ContentSettings, FileSasPermissions, generate_file_sas

from claims import check, equal
from refusals import refused


def sparse(court, size=4096):
    share = court.share()
    client = share.get_file_client("file")
    client.create_file(size)
    return share, client


def pairs(ranges):
    return [(it["start"], it["end"]) for it in ranges]


def readable(court, client):
    """The URL of a file with a signature to read it."""
    account = court.account()
    expiry = datetime.now(timezone.utc) + timedelta(hours=1)
    path = [account["name"], client.share_name, client.file_path, account["key"]]
    sas = generate_file_sas(*path, permission=FileSasPermissions(read=True), expiry=expiry)
    return f"{client.url}?{sas}"


@check
def ranges_are_listed_and_cleared(court):
    _, client = sparse(court)
    client.upload_range(b"1" * 512, 0, 512)
    client.upload_range(b"1" * 512, 2048, 512)
    equal(pairs(client.get_ranges()), [(0, 511), (2048, 2559)])
    client.clear_range(0, 512)
    equal(pairs(client.get_ranges()), [(2048, 2559)])
    equal(client.download_file(0, 512).readall(), bytes(512))


@check
def a_part_of_a_file_is_read(court):
    equal(court.file(b"abcdef").download_file(2, 3).readall(), b"cde")


@check
def a_read_behind_the_end_is_refused(court):
    refused(416, "InvalidRange", court.file(b"abc").download_file, 10, 5)


@check
def a_write_behind_the_end_is_refused(court):
    refused(416, "InvalidRange", court.file(b"abc").upload_range, b"abc", 2, 3)


@check
def content_is_checked_by_its_md5(court):
    client = court.file(bytes(1024))
    client.upload_range(b"x" * 1024, 0, 1024, validate_content="md5")
    equal(client.download_file(validate_content="md5").readall(), b"x" * 1024)


@check
def the_last_write_time_is_kept_when_asked(court):
    _, client = sparse(court)
    moment = datetime(2020, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    client.set_http_headers(ContentSettings(), file_last_write_time=moment)
    client.upload_range(b"x", 0, 1, file_last_write_mode="preserve")
    equal(client.get_file_properties().last_write_time, moment)
    client.upload_range(b"x", 0, 1)
    equal(client.get_file_properties().last_write_time > moment, True)


@check
def what_changed_since_a_share_snapshot_is_told(court):
    share, client = sparse(court)
    client.upload_range(b"1" * 1024, 0, 1024)
    before = share.create_snapshot()["snapshot"]
    client.upload_range(b"2" * 512, 2048, 512)
    client.clear_range(0, 512)
    written, cleared = client.get_ranges_diff(before)
    equal((pairs(written), pairs(cleared)), ([(2048, 2559)], [(0, 511)]))


@check
def what_changed_between_two_share_snapshots_is_told(court):
    share, client = sparse(court)
    before = share.create_snapshot()["snapshot"]
    client.upload_range(b"1" * 512, 512, 512)
    after = share.create_snapshot()["snapshot"]
    client.upload_range(b"1" * 512, 2048, 512)
    old = court.service().get_share_client(share.share_name, snapshot=after).get_file_client("file")
    equal(pairs(old.get_ranges_diff(before)[0]), [(512, 1023)])


@check
def a_share_snapshot_that_is_not_there_has_no_differences(court):
    _, client = sparse(court)
    refused(409, "PreviousSnapshotNotFound", client.get_ranges_diff, "2020-01-01T00:00:00.0000000Z")


@check
def a_renamed_file_is_compared_only_when_renames_are_asked_for(court):
    share, client = sparse(court)
    before = share.create_snapshot()["snapshot"]
    renamed = client.rename_file("renamed")
    renamed.upload_range(b"1" * 512, 0, 512)
    written, _ = renamed.get_ranges_diff(before, include_renames=True)
    equal(pairs(written), [(0, 511)])
    refused(409, "PreviousSnapshotNotFound", renamed.get_ranges_diff, before, include_renames=False)


@check
def a_range_is_copied_from_the_url_of_another_file(court):
    source, target = court.file(b"abcdef", "source"), court.file(b"------", "target")
    target.upload_range_from_url(readable(court, source), 1, 3, 2)
    equal(target.download_file().readall(), b"-cde--")


@check
def a_source_that_cannot_be_read_is_not_copied_from(court):
    source, target = court.file(b"abcdef", "source"), court.file(b"------", "target")
    refused(401, "CannotVerifyCopySource", target.upload_range_from_url, source.url, 0, 3, 0)
    equal(target.download_file().readall(), b"------")


@check
def a_file_is_copied_with_its_metadata(court):
    source = court.file(b"abc")
    source.set_file_metadata({"a": "1"})
    target = court.share().get_file_client("copy")
    equal(target.start_copy_from_url(readable(court, source))["copy_status"], "success")
    properties = target.get_file_properties()
    equal((properties.metadata, properties.copy.status), ({"a": "1"}, "success"))
    equal(target.download_file().readall(), b"abc")


@check
def a_file_is_copied_out_of_a_share_snapshot(court):
    share = court.share()
    file = share.get_file_client("file")
    file.upload_file(b"old")
    taken = share.create_snapshot()["snapshot"]
    file.upload_file(b"newer")
    url = f"{readable(court, file)}&sharesnapshot={taken}"
    target = share.get_file_client("restored")
    target.start_copy_from_url(url)
    equal(target.download_file().readall(), b"old")


@check
def a_copy_keeps_the_times_and_attributes_of_its_source_when_asked(court):
    source = court.file(b"abc")
    moment = datetime(2020, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    times = {"file_creation_time": moment, "file_last_write_time": moment}
    source.set_http_headers(ContentSettings(), file_attributes="Hidden", **times)
    target = court.share().get_file_client("copy")
    keep = {"file_attributes": "source", "file_creation_time": "source", "file_last_write_time": "source"}
    target.start_copy_from_url(readable(court, source), **keep)
    properties = target.get_file_properties()
    equal((properties.file_attributes, properties.creation_time), ("Hidden", moment))
    equal(properties.last_write_time, moment)


@check
def a_copy_that_is_done_cannot_be_aborted(court):
    target = court.share().get_file_client("copy")
    done = target.start_copy_from_url(readable(court, court.file(b"abc")))
    refused(409, "NoPendingCopyOperation", target.abort_copy, done["copy_id"])


@check
def a_source_that_is_not_there_is_not_copied(court):
    source = court.share().get_file_client("no")
    target = court.share().get_file_client("copy")
    refused(404, "ResourceNotFound", target.start_copy_from_url, readable(court, source))
