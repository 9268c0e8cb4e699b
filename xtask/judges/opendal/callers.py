"""Who may do what: the key of an account, signatures made with it, and what is wrong with others."""

from datetime import timedelta

from opendal.exceptions import NotFound, PermissionDenied

import plain
from claims import check, equal
from refusals import refused


@check
def an_account_sas_does_what_its_key_does(court):
    share = court.share()
    operator = court.operator(share, sas_token=plain.account_sas(court.document["first"]))
    operator.write("a/file", b"text")
    operator.rename("a/file", "a/other")
    equal(operator.read("a/other"), b"text")
    equal([entry.path for entry in operator.list("a/")], ["a/", "a/other"])
    operator.remove_all("a/")


@check
def a_sas_for_reading_does_not_write(court):
    share, owner = court.new()
    owner.write("file", b"text")
    reader = court.operator(share, sas_token=plain.account_sas(court.document["first"], "rl"))
    equal(reader.read("file"), b"text")
    refused(PermissionDenied, "AuthorizationPermissionMismatch", reader.write, "file", b"other")
    equal(owner.read("file"), b"text")


@check
def a_sas_that_has_expired_is_refused(court):
    share, owner = court.new()
    owner.write("file", b"text")
    late = plain.account_sas(court.document["first"], life=timedelta(minutes=-1))
    refused(PermissionDenied, "AuthenticationFailed", court.operator(share, sas_token=late).read, "file")


@check
def the_sas_of_another_account_is_refused(court):
    share, owner = court.new()
    owner.write("file", b"text")
    foreign = court.operator(share, sas_token=plain.account_sas(court.document["second"]))
    refused(PermissionDenied, "AuthenticationFailed", foreign.read, "file")


@check
def a_wrong_key_is_refused(court):
    share, owner = court.new()
    owner.write("file", b"text")
    foreign = court.operator(share, account_key=court.document["second"]["key"])
    refused(PermissionDenied, "AuthenticationFailed", foreign.read, "file")


@check
def a_key_does_not_open_an_account_that_takes_none(court):
    operator = court.operator("any-share", "keyless")
    refused(PermissionDenied, "KeyBasedAuthenticationNotPermitted", operator.read, "file")


@check
def a_share_that_is_not_there_is_not_found(court):
    operator = court.operator("no-such-share")
    refused(NotFound, "ShareNotFound", operator.read, "file")
    refused(NotFound, "ShareNotFound", operator.write, "file", b"text")


@check
def an_operator_with_a_root_sees_only_what_is_below(court):
    share, owner = court.new()
    owner.write("above", b"text")
    operator = court.operator(share, root="/inner root/")
    operator.write("file", b"text")
    equal(sorted(entry.path for entry in operator.list("/")), ["/", "file"])
    equal(owner.read("inner root/file"), b"text")
