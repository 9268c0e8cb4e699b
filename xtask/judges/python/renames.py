"""Renames of files and directories: what moves, what is replaced, and what is refused."""

from azure.storage.fileshare import ContentSettings

from claims import check, equal
from refusals import refused


@check
def a_renamed_file_keeps_bytes_metadata_and_id(court):
    client = court.file(b"abc")
    client.set_file_metadata({"a": "1"})
    id_before = client.get_file_properties().file_id
    renamed = client.rename_file("other name")
    properties = renamed.get_file_properties()
    equal((properties.file_id, properties.metadata), (id_before, {"a": "1"}))
    equal(renamed.download_file().readall(), b"abc")
    equal(client.exists(), False)


@check
def a_file_moves_to_another_directory(court):
    share = court.share()
    share.create_directory("d")
    file = share.get_file_client("file")
    file.upload_file(b"abc")
    file.rename_file("d/file")
    equal([entry["name"] for entry in share.list_directories_and_files("d")], ["file"])


@check
def a_rename_does_not_replace_unless_it_is_told(court):
    share = court.share()
    for name in ["one", "two"]:
        share.get_file_client(name).upload_file(name.encode())
    refused(409, "ResourceAlreadyExists", share.get_file_client("one").rename_file, "two")
    replaced = share.get_file_client("one").rename_file("two", overwrite=True)
    equal(replaced.download_file().readall(), b"one")


@check
def a_file_for_reading_only_is_replaced_only_when_that_is_ignored(court):
    share = court.share()
    for name in ["one", "two"]:
        share.get_file_client(name).upload_file(name.encode())
    share.get_file_client("two").set_http_headers(ContentSettings(), file_attributes="ReadOnly")
    refused(409, "ReadOnlyAttribute", share.get_file_client("one").rename_file, "two", overwrite=True)
    share.get_file_client("one").rename_file("two", overwrite=True, ignore_read_only=True)
    equal(share.get_file_client("two").download_file().readall(), b"one")


@check
def a_rename_changes_only_the_case_of_a_name(court):
    share = court.share()
    share.get_file_client("Name").upload_file(b"abc")
    share.get_file_client("Name").rename_file("nAME")
    equal([entry["name"] for entry in share.list_directories_and_files()], ["nAME"])


@check
def a_renamed_directory_takes_its_content_along(court):
    share = court.share()
    share.create_directory("d")
    share.create_directory("d/e")
    share.get_file_client("d/e/file").upload_file(b"abc")
    share.get_directory_client("d").rename_directory("moved")
    equal(share.get_file_client("moved/e/file").download_file().readall(), b"abc")
    equal(share.get_directory_client("d").exists(), False)


@check
def what_is_not_there_cannot_be_renamed(court):
    share = court.share()
    refused(404, "ResourceNotFound", share.get_file_client("no").rename_file, "other")
    refused(404, "ResourceNotFound", share.get_directory_client("no").rename_directory, "other")


@check
def a_rename_into_a_directory_that_is_not_there_is_refused(court):
    refused(404, "ParentNotFound", court.file().rename_file, "no/file")


@check
def a_leased_file_is_renamed_by_its_holder_alone(court):
    client = court.file()
    lease = client.acquire_lease()
    refused(412, "LeaseIdMissing", client.rename_file, "other")
    client.rename_file("other", source_lease=lease)
