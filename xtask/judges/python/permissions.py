"""Permissions: in words and in bytes, by key and with a file or directory."""

import base64

from azure.storage.fileshare import ContentSettings

from claims import check, equal, holds
from refusals import refused

SDDL = "O:S-1-5-21-1-2-3-500G:S-1-5-21-1-2-3-513D:(A;;FA;;;SY)(A;;0x1200a9;;;S-1-5-21-1-2-3-1001)"


@check
def a_permission_comes_back_by_its_key(court):
    share = court.share()
    key = share.create_permission_for_share(SDDL)
    holds(share.get_permission_for_share(key).startswith(SDDL), "the permission that was stored")
    equal(share.create_permission_for_share(SDDL), key)


@check
def a_permission_is_the_same_in_words_and_in_bytes(court):
    share = court.share()
    key = share.create_permission_for_share(SDDL)
    binary = share.get_permission_for_share(key, file_permission_format="binary")
    equal(base64.b64decode(binary)[0], 1, "the revision")
    client = share.get_file_client("file")
    client.create_file(1, file_permission=binary, file_permission_format="binary")
    again = client.get_file_properties().permission_key
    equal(share.get_permission_for_share(again), share.get_permission_for_share(key))


@check
def a_permission_that_is_none_is_refused(court):
    refused(400, "FileInvalidPermission", court.share().create_permission_for_share, "no permission")


@check
def a_file_has_the_permission_that_it_was_made_with(court):
    share = court.share()
    client = share.get_file_client("file")
    client.create_file(1, file_permission=SDDL)
    equal(client.get_file_properties().permission_key, share.create_permission_for_share(SDDL))


@check
def a_file_and_a_directory_take_a_permission_by_its_key(court):
    share = court.share()
    key = share.create_permission_for_share(SDDL)
    file, directory = share.get_file_client("file"), share.get_directory_client("directory")
    file.create_file(1, permission_key=key)
    directory.create_directory(file_permission_key=key)
    equal(file.get_file_properties().permission_key, key)
    equal(directory.get_directory_properties().permission_key, key)


@check
def a_permission_is_set_and_preserved(court):
    share = court.share()
    client = share.get_file_client("file")
    client.create_file(1)
    client.set_http_headers(ContentSettings(), file_permission=SDDL)
    key = client.get_file_properties().permission_key
    client.set_http_headers(ContentSettings(), file_attributes="Hidden", file_permission="preserve")
    equal(client.get_file_properties().permission_key, key)
    holds(share.get_permission_for_share(key).startswith(SDDL), "the permission that was set")


@check
def a_key_of_nothing_is_refused(court):
    client = court.share().get_file_client("file")
    refused(400, "FileInvalidPermissionKey", client.create_file, 1, permission_key="1*2")


@check
def a_listing_shows_the_key(court):
    share = court.share()
    client = share.get_file_client("file")
    client.create_file(1, file_permission=SDDL)
    [entry] = share.list_directories_and_files(include=["PermissionKey"])
    equal(entry["permission_key"], client.get_file_properties().permission_key)
