"""Leases of files and shares, and what they keep others from."""

from claims import check, equal, holds
from refusals import refused

ID = "11111111-2222-4333-8444-555555555555"


@check
def a_leased_file_is_written_by_its_holder_alone(court):
    client = court.file(b"abc")
    lease = client.acquire_lease()
    refused(412, "LeaseIdMissing", client.upload_range, b"x", 0, 1)
    refused(412, "LeaseIdMismatchWithFileOperation", client.upload_range, b"x", 0, 1, lease=ID)
    client.upload_range(b"x", 0, 1, lease=lease)
    lease.release()
    equal(client.download_file().readall(), b"xbc")


@check
def a_leased_file_is_deleted_by_its_holder_alone(court):
    client = court.file()
    lease = client.acquire_lease()
    refused(412, "LeaseIdMissing", client.delete_file)
    client.delete_file(lease=lease)


@check
def a_second_lease_is_refused(court):
    client = court.file()
    client.acquire_lease()
    refused(409, "LeaseAlreadyPresent", client.acquire_lease)


@check
def the_lease_of_a_file_is_changed_and_told(court):
    client = court.file()
    lease = client.acquire_lease()
    lease.change(ID)
    equal(lease.id, ID)
    told = client.get_file_properties().lease
    equal((told.state, told.status, told.duration), ("leased", "locked", "infinite"))


@check
def the_lease_of_a_file_is_broken_at_once(court):
    client = court.file()
    lease = client.acquire_lease()
    equal(lease.break_lease(), 0)
    equal(client.get_file_properties().lease.state, "broken")
    client.upload_range(b"x", 0, 1)


@check
def a_leased_share_is_deleted_by_its_holder_alone(court):
    share = court.share()
    lease = share.acquire_lease(lease_duration=-1)
    refused(412, "LeaseIdMissing", share.delete_share)
    share.delete_share(lease=lease)


@check
def the_lease_of_a_share_runs_out_and_is_renewed(court):
    share = court.share()
    lease = share.acquire_lease(lease_duration=15)
    court.let_pass(16)
    equal(share.get_share_properties().lease.state, "expired")
    lease.renew()
    equal(share.get_share_properties().lease.state, "leased")


@check
def the_lease_of_a_share_is_broken_after_its_period(court):
    share = court.share()
    lease = share.acquire_lease(lease_duration=60)
    left = lease.break_lease(lease_break_period=10)
    holds(0 < left <= 10, f"at most ten seconds, not {left}")
    equal(share.get_share_properties().lease.state, "breaking")
    court.let_pass(11)
    equal(share.get_share_properties().lease.state, "broken")


@check
def a_lease_of_a_time_that_is_not_allowed_is_refused(court):
    refused(400, "InvalidHeaderValue", court.share().acquire_lease, lease_duration=5)
