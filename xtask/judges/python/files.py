"""Directories and files: properties, content and names."""

from datetime import datetime, timezone
from urllib.parse import unquote

from azure.storage.fileshare import ContentSettings, NTFSAttributes

from claims import check, equal
from refusals import refused

MOMENT = datetime(2020, 2, 3, 4, 5, 6, 789012, tzinfo=timezone.utc)
ODD_NAMES = [
    *["\u00fc", "u\u0308", "\u65e5\u672c", "\U0001f600", "a b", "a+b", "100%", "#1", "a%20b", "a&b=c", "'", "~", "[x]"],
    # A directory with one character more is made too.
    "x" * 254,
]


@check
def a_directory_keeps_what_it_was_made_with(court):
    directory = court.share().get_directory_client("d")
    directory.create_directory(metadata={"a": "1"}, file_creation_time=MOMENT, file_last_write_time=MOMENT)
    properties = directory.get_directory_properties()
    equal((properties.metadata, properties.creation_time, properties.last_write_time), ({"a": "1"}, MOMENT, MOMENT))


@check
def a_directory_needs_its_parent_and_must_be_empty_to_go(court):
    share = court.share()
    refused(404, "ParentNotFound", share.create_directory, "no/d")
    share.create_directory("d")
    share.create_directory("d/e")
    refused(409, "DirectoryNotEmpty", share.delete_directory, "d")
    share.delete_directory("d/e")
    share.delete_directory("d")


@check
def a_file_keeps_what_it_was_made_with(court):
    client = court.share().get_file_client("file")
    settings = ContentSettings("text/x", "gzip", "de", "inline", "no-store")
    attributes = NTFSAttributes(hidden=True, archive=True)
    times = {"file_creation_time": MOMENT, "file_last_write_time": MOMENT, "file_change_time": MOMENT}
    client.create_file(3, attributes, content_settings=settings, metadata={"a": "1"}, **times)
    properties = client.get_file_properties()
    kept = properties.content_settings
    equal((kept.content_type, kept.content_encoding, kept.content_language), ("text/x", "gzip", "de"))
    equal((kept.content_disposition, kept.cache_control), ("inline", "no-store"))
    equal((properties.size, properties.metadata), (3, {"a": "1"}))
    equal(sorted(properties.file_attributes.replace(" ", "").split("|")), ["Archive", "Hidden"])
    equal({properties.creation_time, properties.last_write_time, properties.change_time}, {MOMENT})


@check
def properties_of_a_file_are_set_and_its_bytes_stay(court):
    client = court.file(b"bytes")
    client.set_http_headers(ContentSettings("text/y"), file_attributes="ReadOnly", file_last_write_time=MOMENT)
    properties = client.get_file_properties()
    equal((properties.content_settings.content_type, properties.file_attributes), ("text/y", "ReadOnly"))
    equal(properties.last_write_time, MOMENT)
    equal(client.download_file().readall(), b"bytes")


@check
def a_file_for_reading_only_cannot_be_deleted(court):
    client = court.file()
    client.set_http_headers(ContentSettings(), file_attributes="ReadOnly")
    refused(409, "CannotDeleteFileOrDirectory", client.delete_file)


@check
def a_large_file_comes_back_as_it_was(court):
    content = b"".join(number.to_bytes(4, "big") for number in range(2_500_000))
    client = court.file(content)
    equal(client.get_file_properties().size, len(content))
    equal(client.download_file(max_concurrency=4).readall() == content, True)


@check
def an_empty_file_is_a_file(court):
    client = court.file(b"")
    equal((client.get_file_properties().size, client.download_file().readall()), (0, b""))


@check
def a_file_is_made_longer_with_zeros_and_shorter(court):
    client = court.file(b"abc")
    client.resize_file(5)
    equal(client.download_file().readall(), b"abc\0\0")
    client.resize_file(2)
    equal(client.download_file().readall(), b"ab")


def odd_name(name):
    def with_an_odd_name(court):
        service = court.service(allow_trailing_dot=True, allow_source_trailing_dot=True)
        share = service.create_share(court.name())
        share.create_directory(f"{name}d")
        client = share.get_file_client(f"{name}d/{name}")
        client.upload_file(name.encode())
        equal(client.download_file().readall(), name.encode())
        equal([entry["name"] for entry in share.list_directories_and_files(f"{name}d")], [name])
        client.delete_file()
        equal(client.exists(), False)

    with_an_odd_name.__name__ = f"a file named {name[:20]} is made, listed, read and deleted"
    return with_an_odd_name


for odd in ODD_NAMES:
    check(odd_name(odd))


@check
def a_dot_at_the_end_is_kept_only_where_it_is_asked_for(court):
    kept = court.service(allow_trailing_dot=True).create_share(court.name())
    kept.get_file_client("file.").upload_file(b"text")
    equal([entry["name"] for entry in kept.list_directories_and_files()], ["file."])
    cut = court.share()
    cut.get_file_client("file.").upload_file(b"text")
    equal([entry["name"] for entry in cut.list_directories_and_files()], ["file"])


@check
def names_differ_by_more_than_case(court):
    share = court.share()
    share.create_directory("Dir")
    refused(409, "ResourceAlreadyExists", share.create_directory, "dIR")
    equal([entry["name"] for entry in share.list_directories_and_files()], ["Dir"])


@check
def no_handle_is_open(court):
    client = court.file()
    equal(list(client.list_handles()), [])
    equal(client.close_all_handles(), {"closed_handles_count": 0, "failed_handles_count": 0})


@check
def owners_modes_and_links_of_an_nfs_share_are_told(court):
    share = court.share("premium", "https", protocols="NFS", quota=100)
    file = share.get_file_client("file")
    file.create_file(3, owner="7", group="8", file_mode="0640")
    properties = file.get_file_properties()
    equal((properties.owner, properties.group, properties.file_mode), ("7", "8", "0640"))
    link = share.get_file_client("link")
    link.create_symlink("d/target")
    equal(unquote(link.get_symlink()["link_text"]), "d/target")
    share.delete_share()
