"""Files: written whole or in one stroke through a file object, read whole and in parts."""

import random

from opendal.exceptions import NotFound, Unexpected

from claims import check, equal, holds
from refusals import refused

LARGEST_WRITE = 4 << 20


def noise(size):
    return random.Random(size).randbytes(size)


@check
def a_file_reads_as_it_was_written(court):
    share, operator = court.new()
    for size in (1, 511, 512, 513, 100_000):
        operator.write(f"file {size}", noise(size))
        equal(operator.read(f"file {size}"), noise(size))
        equal(share.read(f"file {size}"), noise(size), "what another client reads")


@check
def a_file_of_four_mib_is_one_range(court):
    share, operator = court.new()
    operator.write("large", noise(LARGEST_WRITE))
    equal(share.read("large"), noise(LARGEST_WRITE))


@check
def a_range_above_four_mib_is_refused(court):
    _, operator = court.new()
    refused(Unexpected, "RequestBodyTooLarge", operator.write, "too large", noise(LARGEST_WRITE + 1))


@check
def an_empty_range_is_refused(court):
    _, operator = court.new()
    refused(Unexpected, "InvalidHeaderValue", operator.write, "empty", b"")
    equal(operator.read("empty"), b"", "the file made before the range")


@check
def another_write_replaces_all_that_was_there(court):
    share, operator = court.new()
    operator.write("file", noise(3000))
    operator.write("file", b"short")
    equal(operator.read("file"), b"short")
    equal(share.properties("file")["Content-Length"], "5")


@check
def parts_of_a_file_are_read_by_offset_and_size(court):
    _, operator = court.new()
    text = noise(10_000)
    operator.write("file", text)
    for offset, size in ((0, 1), (1, 510), (511, 2), (4096, 5904), (9999, 1)):
        came = operator.read("file", offset=offset, size=size)
        equal(came, text[offset : offset + size], f"{size} bytes from {offset}")


@check
def the_rest_of_a_file_is_read_from_an_offset(court):
    _, operator = court.new()
    operator.write("file", b"0123456789")
    equal(operator.read("file", offset=7), b"789")


@check
def parts_fetched_beside_each_other_make_the_whole(court):
    _, operator = court.new()
    operator.write("file", noise(1 << 20))
    equal(operator.read("file", chunk=100_000, concurrent=8), noise(1 << 20))


@check
def a_reader_seeks_and_goes_on_from_there(court):
    _, operator = court.new()
    operator.write("file", b"0123456789")
    with operator.open("file", "rb") as file:
        file.seek(4)
        equal(file.read(3), b"456")
        equal(file.read(), b"789")
        file.seek(-2, 2)
        equal(file.read(), b"89")


@check
def a_writer_gathers_what_it_is_given(court):
    share, operator = court.new()
    with operator.open("file", "wb") as file:
        file.write(b"abc")
        file.write(b"defg")
    equal(share.read("file"), b"abcdefg")


@check
def reading_what_is_not_there_is_not_found(court):
    _, operator = court.new()
    refused(NotFound, "ResourceNotFound", operator.read, "nothing")
    refused(NotFound, "ParentNotFound", operator.read, "no directory/nothing")


@check
def metadata_is_kept_with_a_file(court):
    share, operator = court.new()
    operator.write("file", b"text", user_metadata={"color": "green", "size": "12"})
    equal(operator.stat("file").user_metadata, {"color": "green", "size": "12"})
    equal(share.properties("file")["x-ms-meta-color"], "green")


@check
def stat_tells_length_type_etag_and_time(court):
    share, operator = court.new()
    operator.write("file", b"text")
    found, properties = operator.stat("file"), share.properties("file")
    equal((found.is_file, found.content_length), (True, 4))
    equal(found.content_type, properties["Content-Type"])
    equal(found.etag, properties["ETag"])
    equal(found.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT"), properties["Last-Modified"])


@check
def the_etag_moves_with_every_write(court):
    _, operator = court.new()
    etags = set()
    for text in (b"one", b"two", b"two"):
        operator.write("file", text)
        etags.add(operator.stat("file").etag)
    holds(len(etags) == 3, f"three ETags, came {etags}")
