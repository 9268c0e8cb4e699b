"""Directories: made, listed, stated, and what is in them moved and deleted."""

from opendal.exceptions import Conflict, NotFound

from claims import check, equal, holds
from refusals import refused

# None begins or ends with a space: opendal trims its paths.
ODD_NAMES = [
    "with space.txt",
    "50% off.pdf",
    "100%25",
    "issue #42",
    "a+b=c & d",
    "a;b,c@$!'()~[]{}^`",
    "it’s “quoted”; @home~1.doc",
    "café",
    "cafe\u0301",
    "Ωμέγα straße 日本語",
    "\U0001f980\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "UPPER and lower",
    "x" * 255,
]


def paths(entries):
    return sorted(entry.path for entry in entries)


@check
def directories_above_a_file_are_made_for_it(court):
    share, operator = court.new()
    operator.write("a/b/c/file", b"text")
    equal(share.read("a/b/c/file"), b"text")
    equal(paths(operator.list("a/b/")), ["a/b/", "a/b/c/"])


@check
def a_directory_is_made_with_all_above_it_and_again_without_harm(court):
    _, operator = court.new()
    for _ in range(2):
        operator.create_dir("a/b/c/")
        holds(operator.stat("a/b/c/").is_dir, "a directory")


@check
def stat_of_a_directory_tells_etag_and_time(court):
    share, operator = court.new()
    operator.create_dir("directory/")
    found = operator.stat("directory/")
    _, headers, _ = share.request("GET", "directory", "restype=directory")
    equal(found.etag, headers["ETag"])
    equal(found.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT"), headers["Last-Modified"])


@check
def a_directory_is_no_file_and_a_file_no_directory(court):
    _, operator = court.new()
    operator.create_dir("directory/")
    operator.write("file", b"text")
    refused(NotFound, "ResourceNotFound", operator.stat, "directory")
    refused(NotFound, "ResourceNotFound", operator.stat, "file/")


@check
def what_is_not_there_does_not_exist(court):
    _, operator = court.new()
    operator.write("file", b"text")
    equal((operator.exists("file"), operator.exists("nothing"), operator.exists("nothing/")), (True, False, False))


@check
def a_listing_names_the_entries_of_one_directory(court):
    _, operator = court.new()
    for path in ("b", "a/inside", "c", "d/e/inside"):
        operator.write(path, b"text")
    equal(paths(operator.list("/")), ["/", "a/", "b", "c", "d/"])
    equal(paths(operator.list("d/")), ["d/", "d/e/"])


@check
def a_listing_tells_sizes_etags_and_times(court):
    _, operator = court.new()
    for size in (1, 600):
        operator.write(f"file {size}", b"x" * size)
    for entry in operator.list("/"):
        if entry.path != "/":
            listed, found = entry.metadata, operator.stat(entry.path)
            came = (listed.is_file, listed.content_length, listed.etag, listed.last_modified)
            expected = (found.is_file, found.content_length, found.etag, found.last_modified)
            equal(came, expected, entry.path)


@check
def a_recursive_listing_names_everything(court):
    _, operator = court.new()
    files = ["a/b/c/one", "a/b/two", "a/three", "four"]
    for path in files:
        operator.write(path, b"text")
    expected = sorted([*files, "/", "a/", "a/b/", "a/b/c/"])
    equal(paths(operator.list("/", recursive=True)), expected)


@check
def a_listing_goes_on_page_after_page(court):
    _, operator = court.new()
    names = [f"directory/file {number:03}" for number in range(120)]
    for name in names:
        operator.write(name, b"x")
    equal(paths(operator.list("directory/", limit=7)), ["directory/", *names])


@check
def a_directory_that_is_not_there_lists_nothing(court):
    _, operator = court.new()
    equal(paths(operator.list("nothing/")), [])


@check
def odd_names_of_files_survive(court):
    share, operator = court.new()
    for name in ODD_NAMES:
        operator.write(name, name.encode())
        equal(operator.read(name), name.encode(), name)
        equal(share.read(name), name.encode(), f"{name} for another client")
    equal(paths(operator.list("/")), sorted(["/", *ODD_NAMES]))


@check
def odd_names_of_directories_survive(court):
    _, operator = court.new()
    for name in ODD_NAMES:
        operator.write(f"{name}/{name}", name.encode())
        equal(paths(operator.list(f"{name}/")), [f"{name}/", f"{name}/{name}"])


@check
def names_are_found_in_any_case_and_kept_as_they_were_given(court):
    _, operator = court.new()
    operator.write("Directory/File", b"text")
    equal(operator.read("dIRECTORY/fILE"), b"text")
    operator.write("directory/FILE", b"again")
    equal(paths(operator.list("directory/", recursive=True)), ["directory/", "directory/File"])


@check
def a_client_that_does_not_ask_for_trailing_dots_loses_them(court):
    _, operator = court.new()
    operator.write("directory./file..", b"text")
    equal(operator.read("directory/file"), b"text")
    equal(paths(operator.list("/", recursive=True)), ["/", "directory/", "directory/file"])


@check
def a_file_is_renamed_into_another_directory(court):
    _, operator = court.new()
    operator.write("old/file", b"text", user_metadata={"color": "green"})
    operator.rename("old/file", "new/deep/other")
    equal(operator.read("new/deep/other"), b"text")
    equal(operator.stat("new/deep/other").user_metadata, {"color": "green"})
    holds(not operator.exists("old/file"), "the old path to be gone")


@check
def a_rename_takes_the_place_of_another_file(court):
    _, operator = court.new()
    operator.write("one", b"one")
    operator.write("two", b"two")
    operator.rename("one", "two")
    equal(operator.read("two"), b"one")
    equal(paths(operator.list("/")), ["/", "two"])


@check
def odd_names_are_renamed(court):
    _, operator = court.new()
    operator.write("plain", b"text")
    before = "plain"
    for name in ODD_NAMES:
        operator.rename(before, f"moved/{name}")
        before = f"moved/{name}"
    equal(paths(operator.list("moved/")), ["moved/", before])


@check
def renaming_what_is_not_there_is_not_found(court):
    _, operator = court.new()
    refused(NotFound, "ResourceNotFound", operator.rename, "nothing", "something")


@check
def deleting_what_is_not_there_does_nothing(court):
    _, operator = court.new()
    for path in ("nothing", "nothing/", "no directory/nothing"):
        operator.delete(path)


@check
def a_directory_with_entries_cannot_be_deleted(court):
    _, operator = court.new()
    operator.write("directory/file", b"text")
    refused(Conflict, "DirectoryNotEmpty", operator.delete, "directory/")
    operator.delete("directory/file")
    operator.delete("directory/")
    holds(not operator.exists("directory/"), "the directory to be gone")


@check
def a_tree_is_deleted_from_below(court):
    _, operator = court.new()
    for path in ("tree/a/b/one", "tree/a/two", "tree/three", "beside"):
        operator.write(path, b"text")
    operator.remove_all("tree/")
    equal(paths(operator.list("/", recursive=True)), ["/", "beside"])
