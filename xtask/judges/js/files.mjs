// Directories and files: properties, content, ranges, listings, copies, renames and leases.

import { randomBytes } from "node:crypto";
import { check, equal, holds, refused } from "./court.mjs";

const MIB = 1024 * 1024;

async function names(directory, options) {
  const found = [];
  for await (const { kind, name } of directory.listFilesAndDirectories(options)) found.push(`${kind} ${name}`);
  return found.sort();
}

async function file(court, content = "content", name = "file") {
  const share = await court.share();
  const client = share.rootDirectoryClient.getFileClient(name);
  await client.uploadData(Buffer.from(content));
  return client;
}

check("a directory has the properties that it was made with", async (court) => {
  const directory = (await court.share()).getDirectoryClient("d");
  const moment = new Date("2020-02-03T04:05:06.789Z");
  await directory.create({ metadata: { a: "1" }, creationTime: moment, lastWriteTime: moment, fileAttributes: undefined });
  const properties = await directory.getProperties();
  equal(properties.metadata, { a: "1" });
  equal([properties.fileCreatedOn, properties.fileLastWriteOn], [moment, moment]);
  equal(properties.fileAttributes, "Directory");
});

check("a directory that exists cannot be created", async (court) => {
  const share = await court.share();
  await share.createDirectory("d");
  await refused(409, "ResourceAlreadyExists", share.createDirectory("d"));
});

check("a directory without its parent cannot be created", async (court) => {
  await refused(404, "ParentNotFound", (await court.share()).createDirectory("no/d"));
});

check("a directory that is not empty cannot be deleted", async (court) => {
  const share = await court.share();
  await share.createDirectory("d");
  await share.createDirectory("d/e");
  await refused(409, "DirectoryNotEmpty", share.deleteDirectory("d"));
});

check("metadata of a directory is replaced whole", async (court) => {
  const { directoryClient } = await (await court.share()).createDirectory("d", { metadata: { a: "1" } });
  await directoryClient.setMetadata({ b: "2" });
  equal((await directoryClient.getProperties()).metadata, { b: "2" });
});

check("a file has every property that it was made with", async (court) => {
  const client = (await court.share()).rootDirectoryClient.getFileClient("f");
  const moment = new Date("2020-02-03T04:05:06.789Z");
  const fileHttpHeaders = { fileContentType: "text/x", fileContentLanguage: "de", fileCacheControl: "no-store", fileContentDisposition: "inline", fileContentEncoding: "gzip" };
  await client.create(3, { fileHttpHeaders, metadata: { a: "1" }, creationTime: moment, lastWriteTime: moment, changeTime: moment });
  const properties = await client.getProperties();
  equal([properties.contentType, properties.contentLanguage, properties.cacheControl], ["text/x", "de", "no-store"]);
  equal([properties.contentDisposition, properties.contentEncoding, properties.contentLength], ["inline", "gzip", 3]);
  equal([properties.fileCreatedOn, properties.fileLastWriteOn, properties.fileChangeOn], [moment, moment, moment]);
  equal(properties.metadata, { a: "1" });
});

check("content headers are replaced", async (court) => {
  const client = await file(court);
  await client.setHttpHeaders({ fileContentType: "text/y" });
  const { contentType, cacheControl } = await client.getProperties();
  equal([contentType, cacheControl], ["text/y", undefined]);
});

check("a file can be made longer, with zeros, and shorter", async (court) => {
  const client = await file(court, "abc");
  await client.resize(5);
  equal((await client.downloadToBuffer()).toString("hex"), "6162630000");
  await client.resize(2);
  equal((await client.downloadToBuffer()).toString(), "ab");
});

check("a small file comes back as it was", async (court) => {
  equal((await (await file(court, "schön")).downloadToBuffer()).toString(), "schön");
});

check("an empty file is a file", async (court) => {
  const client = await file(court, "");
  equal((await client.getProperties()).contentLength, 0);
});

check("a file of many ranges comes back as it was", async (court) => {
  const bytes = randomBytes(9 * MIB + 7);
  const client = await file(court, bytes);
  holds(bytes.equals(await client.downloadToBuffer(undefined, undefined, { rangeSize: MIB, concurrency: 4 })), "the same bytes");
});

check("a part of a file can be read", async (court) => {
  equal((await (await file(court, "abcdef")).downloadToBuffer(2, 3)).toString(), "cde");
});

check("a read behind the end is refused", async (court) => {
  await refused(416, "InvalidRange", (await file(court, "abc")).download(10, 5));
});

check("a file that does not exist is not found", async (court) => {
  await refused(404, "ResourceNotFound", (await court.share()).rootDirectoryClient.getFileClient("no").download());
});

check("ranges are listed, cleared and listed again", async (court) => {
  const client = (await court.share()).rootDirectoryClient.getFileClient("f");
  await client.create(4096);
  await client.uploadRange(Buffer.alloc(512, 1), 0, 512);
  await client.uploadRange(Buffer.alloc(512, 1), 2048, 512);
  await client.clearRange(0, 512);
  equal((await client.getRangeList()).rangeList, [{ start: 2048, end: 2559 }]);
});

check("a wrong MD5 is refused", async (court) => {
  const client = await file(court, "abc");
  await refused(400, "Md5Mismatch", client.uploadRange(Buffer.from("x"), 0, 1, { contentMD5: Buffer.alloc(16, 1) }));
});

check("a write behind the end is refused", async (court) => {
  await refused(416, "InvalidRange", (await file(court, "abc")).uploadRange(Buffer.from("abc"), 2, 3));
});

check("the ranges that changed since a share snapshot are told", async (court) => {
  const share = await court.share();
  const client = share.rootDirectoryClient.getFileClient("f");
  await client.create(4096);
  await client.uploadRange(Buffer.alloc(1024, 1), 0, 1024);
  const { snapshot } = await share.createSnapshot();
  await client.uploadRange(Buffer.alloc(512, 2), 2048, 512);
  await client.clearRange(0, 512);
  const diff = await client.getRangeListDiff(snapshot);
  equal(diff.ranges, [{ start: 2048, end: 2559 }]);
  equal(diff.clearRanges, [{ start: 0, end: 511 }]);
});

check("a range is copied from the URL of another file", async (court) => {
  const source = await file(court, "abcdef", "source");
  const target = await file(court, "------", "target");
  const url = await source.generateSasUrl({ permissions: "r", expiresOn: new Date(Date.now() + 3600e3) });
  await target.uploadRangeFromURL(url, 1, 2, 3);
  equal((await target.downloadToBuffer()).toString(), "--bcd-");
});

check("a file is copied with its metadata", async (court) => {
  const source = await file(court, "abc");
  await source.setMetadata({ a: "1" });
  const target = (await court.share()).rootDirectoryClient.getFileClient("copy");
  const url = await source.generateSasUrl({ permissions: "r", expiresOn: new Date(Date.now() + 3600e3) });
  equal((await target.startCopyFromURL(url)).copyStatus, "success");
  equal((await target.getProperties()).metadata, { a: "1" });
  equal((await target.downloadToBuffer()).toString(), "abc");
});

check("a copy that is done cannot be aborted", async (court) => {
  const source = await file(court, "abc");
  const target = (await court.share()).rootDirectoryClient.getFileClient("copy");
  const url = await source.generateSasUrl({ permissions: "r", expiresOn: new Date(Date.now() + 3600e3) });
  const { copyId } = await target.startCopyFromURL(url);
  await refused(409, "NoPendingCopyOperation", target.abortCopyFromURL(copyId));
});

for (const name of ["ü", "日本", "a b", "a+b", "100%", "#1", "a%20b", "a&b=c", "'", "dot.", "~", "[x]"]) {
  check(`a file named ${name} is made, listed and read`, async (court) => {
    const share = (await court.service({ allowTrailingDot: true }).createShare(court.name())).shareClient;
    const client = share.rootDirectoryClient.getFileClient(name);
    await client.uploadData(Buffer.from(name));
    equal((await client.downloadToBuffer()).toString(), name);
    equal(await names(share.rootDirectoryClient), [`file ${name}`]);
  });
}

check("names differ by more than case", async (court) => {
  const share = await court.share();
  await share.createDirectory("Dir");
  await refused(409, "ResourceAlreadyExists", share.createDirectory("dIR"));
  equal(await names(share.rootDirectoryClient), ["directory Dir"]);
});

check("listings come page by page, without a doubt or a gap", async (court) => {
  const share = await court.share();
  for (let number = 0; number < 7; number += 1) await share.createDirectory(`d${number}`);
  const sizes = [];
  for await (const page of share.rootDirectoryClient.listFilesAndDirectories().byPage({ maxPageSize: 3 })) {
    sizes.push(page.segment.directoryItems.length);
  }
  equal(sizes, [3, 3, 1]);
});

check("a listing tells the prefix that it was asked for", async (court) => {
  const share = await court.share();
  for (const name of ["ab", "ac", "b"]) await share.createDirectory(name);
  equal(await names(share.rootDirectoryClient, { prefix: "a" }), ["directory ab", "directory ac"]);
});

check("a listing includes times, ETag, attributes and permission key", async (court) => {
  const client = await file(court);
  const told = [];
  const options = { includeTimestamps: true, includeEtag: true, includeAttributes: true, includePermissionKey: true };
  const directory = court.service().getShareClient(client.shareName).rootDirectoryClient;
  for await (const item of directory.listFilesAndDirectories(options)) told.push(item);
  const properties = await client.getProperties();
  equal(told[0].properties.etag, properties.etag, "the ETag");
  equal(told[0].attributes, "Archive");
  equal(told[0].permissionKey, properties.filePermissionKey);
  equal(told[0].fileId, properties.fileId);
});

check("a leased file is written by its holder alone", async (court) => {
  const client = await file(court, "abc");
  const lease = client.getShareLeaseClient();
  await lease.acquireLease();
  await refused(412, "LeaseIdMissing", client.uploadRange(Buffer.from("x"), 0, 1));
  await client.uploadRange(Buffer.from("x"), 0, 1, { leaseAccessConditions: { leaseId: lease.leaseId } });
  await lease.releaseLease();
  equal((await client.downloadToBuffer()).toString(), "xbc");
});

check("no handle is open", async (court) => {
  const client = await file(court);
  const handles = [];
  for await (const handle of client.listHandles()) handles.push(handle);
  equal(handles, []);
  equal((await client.forceCloseAllHandles()).closedHandlesCount, 0);
});
