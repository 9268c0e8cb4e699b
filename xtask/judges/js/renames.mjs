// Renames of files and directories, and what a signature opens below a directory.

import { AnonymousCredential, FileSASPermissions, ShareServiceClient, generateFileSASQueryParameters } from "@azure/storage-file-share";
import { check, equal, refused } from "./court.mjs";

async function shareWith(court, files) {
  const share = await court.share();
  for (const path of files) {
    const [directory, name] = path.includes("/") ? path.split("/") : ["", path];
    if (directory) await share.getDirectoryClient(directory).createIfNotExists();
    await share.getDirectoryClient(directory).getFileClient(name).uploadData(Buffer.from(path));
  }
  return share;
}

const file = (share, name) => share.rootDirectoryClient.getFileClient(name);
const text = async (client) => (await client.downloadToBuffer()).toString();

check("a renamed file keeps its bytes, metadata and id", async (court) => {
  const share = await shareWith(court, ["one"]);
  await file(share, "one").setMetadata({ a: "1" });
  const { fileId } = await file(share, "one").getProperties();
  const { destinationFileClient } = await file(share, "one").rename("two words");
  const properties = await destinationFileClient.getProperties();
  equal([properties.fileId, properties.metadata], [fileId, { a: "1" }]);
  equal(await text(destinationFileClient), "one");
  equal(await file(share, "one").exists(), false);
});

check("a file moves into a directory", async (court) => {
  const share = await shareWith(court, ["one", "d/two"]);
  await file(share, "one").rename("d/one");
  equal(await text(share.getDirectoryClient("d").getFileClient("one")), "one");
});

check("a rename replaces only where it is told", async (court) => {
  const share = await shareWith(court, ["one", "two"]);
  await refused(409, "ResourceAlreadyExists", file(share, "one").rename("two"));
  await file(share, "one").rename("two", { replaceIfExists: true });
  equal(await text(file(share, "two")), "one");
});

check("a file for reading only is replaced where that is ignored", async (court) => {
  const share = await shareWith(court, ["one", "two"]);
  await file(share, "two").setProperties({ fileAttributes: "ReadOnly" });
  await refused(409, "ReadOnlyAttribute", file(share, "one").rename("two", { replaceIfExists: true }));
  await file(share, "one").rename("two", { replaceIfExists: true, ignoreReadOnly: true });
  equal(await text(file(share, "two")), "one");
});

check("what is renamed must be there, and where it goes to as well", async (court) => {
  const share = await shareWith(court, ["one"]);
  await refused(404, "ResourceNotFound", file(share, "no").rename("two"));
  await refused(404, "ParentNotFound", file(share, "one").rename("no/one"));
});

check("a leased file is renamed by its holder alone", async (court) => {
  const share = await shareWith(court, ["one"]);
  const lease = file(share, "one").getShareLeaseClient();
  await lease.acquireLease();
  await refused(412, "LeaseIdMissing", file(share, "one").rename("two"));
  await file(share, "one").rename("two", { sourceLeaseAccessConditions: { leaseId: lease.leaseId } });
});

check("a renamed directory takes its content along", async (court) => {
  const share = await shareWith(court, ["d/one"]);
  await share.getDirectoryClient("d").createSubdirectory("deep");
  await share.getDirectoryClient("d").rename("moved");
  equal(await text(share.getDirectoryClient("moved").getFileClient("one")), "d/one");
  equal(await share.getDirectoryClient("moved/deep").exists(), true);
  equal(await share.getDirectoryClient("d").exists(), false);
});

check("a directory is not renamed to one that is there", async (court) => {
  const share = await shareWith(court, ["d/one", "e/two"]);
  await refused(409, "ResourceAlreadyExists", share.getDirectoryClient("d").rename("e"));
});

/** A share for whoever has a signature for one path, or for all of it. */
function signed(court, share, permissions, filePath) {
  const query = generateFileSASQueryParameters(
    { shareName: share.name, filePath, permissions, expiresOn: new Date(Date.now() + 3600e3) },
    court.key(),
  );
  const url = `${court.account().endpoint}?${query}`;
  return new ShareServiceClient(url, new AnonymousCredential(), { retryOptions: { maxTries: 1 } }).getShareClient(share.name);
}

check("a SAS of a file in a directory opens that file and not its neighbour", async (court) => {
  const share = await shareWith(court, ["d/one", "d/two"]);
  const directory = signed(court, share, FileSASPermissions.parse("r"), "d/one").getDirectoryClient("d");
  equal(await text(directory.getFileClient("one")), "d/one");
  await refused(403, "AuthenticationFailed", directory.getFileClient("two").download());
});

check("a SAS of a directory's path opens nothing below it", async (court) => {
  const share = await shareWith(court, ["d/one"]);
  const directory = signed(court, share, FileSASPermissions.parse("rcwd"), "d").getDirectoryClient("d");
  await refused(403, "AuthenticationFailed", directory.getFileClient("one").download());
  await refused(403, "AuthenticationFailed", directory.createSubdirectory("new"));
});

check("a SAS of a share lists, makes and renames in its directories", async (court) => {
  const share = await shareWith(court, ["d/one"]);
  const query = share.generateSasUrl({ permissions: "rcwdl", expiresOn: new Date(Date.now() + 3600e3) });
  const client = new ShareServiceClient(`${court.account().endpoint}?${query.split("?")[1]}`, new AnonymousCredential());
  const directory = client.getShareClient(share.name).getDirectoryClient("d");
  await directory.createSubdirectory("deep");
  await directory.getFileClient("one").rename("d/two");
  const names = [];
  for await (const { name } of directory.listFilesAndDirectories()) names.push(name);
  equal(names.sort(), ["deep", "two"]);
});
