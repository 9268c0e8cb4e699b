"""Listings of directories: pages, prefixes, and what they include."""

from datetime import datetime

from claims import check, equal
from refusals import refused

TIMES = ["last_write_time", "creation_time", "change_time"]


def moment(text):
    """The client reads seven digits of a second where it reads properties, and leaves them to us where it lists."""
    return datetime.fromisoformat(text)


def full(court, directories, files):
    share = court.share()
    for name in directories:
        share.create_directory(name)
    for name in files:
        share.get_file_client(name).create_file(1)
    return share


@check
def a_listing_comes_page_by_page_without_a_gap(court):
    share = full(court, [f"d{number}" for number in range(4)], [f"f{number}" for number in range(3)])
    pages = [[it["name"] for it in page] for page in share.list_directories_and_files(results_per_page=3).by_page()]
    equal([len(page) for page in pages], [3, 3, 1])
    equal(sorted(sum(pages, [])), ["d0", "d1", "d2", "d3", "f0", "f1", "f2"])


@check
def a_listing_goes_on_from_a_marker(court):
    share = full(court, [f"d{number}" for number in range(5)], [])
    pages = share.list_directories_and_files(results_per_page=2).by_page()
    equal(len(list(next(pages))), 2)
    rest = share.list_directories_and_files(results_per_page=2).by_page(pages.continuation_token)
    equal([it["name"] for page in rest for it in page], ["d2", "d3", "d4"])


@check
def a_listing_tells_the_prefix_that_it_was_asked_for(court):
    share = full(court, ["ab", "b"], ["ac"])
    equal(sorted(it["name"] for it in share.list_directories_and_files(name_starts_with="a")), ["ab", "ac"])


@check
def a_listing_tells_directories_from_files_and_sizes(court):
    listed = full(court, ["d"], ["f"]).list_directories_and_files()
    told = sorted((it["name"], it["is_directory"], it.get("size")) for it in listed)
    equal(told, [("d", True, None), ("f", False, 1)])


@check
def a_listing_includes_what_properties_tell(court):
    share = full(court, [], ["f"])
    include = ["timestamps", "Etag", "Attributes", "PermissionKey"]
    [entry] = share.list_directories_and_files(include=include, include_extended_info=True)
    properties = share.get_file_client("f").get_file_properties()
    equal((entry["etag"], entry["file_id"]), (properties.etag, properties.file_id))
    equal([moment(entry[name]) for name in TIMES], [properties[name] for name in TIMES])
    equal((entry["file_attributes"], entry["permission_key"]), ("Archive", properties.permission_key))


@check
def what_is_not_there_cannot_be_listed(court):
    refused(404, "ResourceNotFound", court.share().list_directories_and_files, "no")
