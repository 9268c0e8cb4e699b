// The service and its shares: what they are made with, what they answer, who may have them, and how they go.

import { check, equal, holds, refused } from "./court.mjs";

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

check("service properties are kept", async (court) => {
  const service = court.service();
  const metrics = { enabled: true, version: "1.0", includeAPIs: true, retentionPolicy: { enabled: true, days: 3 } };
  await service.setProperties({ hourMetrics: metrics, minuteMetrics: metrics });
  const { hourMetrics } = await service.getProperties();
  equal([hourMetrics.enabled, hourMetrics.retentionPolicy.days], [true, 3]);
});

check("a new share answers its ETag and last-modified", async (court) => {
  const answer = await court.service().getShareClient(court.name()).create();
  holds(answer.etag && answer.lastModified instanceof Date, "both");
});

check("a share that exists cannot be created", async (court) => {
  const share = await court.share();
  await refused(409, "ShareAlreadyExists", share.create());
});

check("createIfNotExists leaves a share that exists", async (court) => {
  const share = await court.share({ metadata: { a: "1" } });
  equal((await share.createIfNotExists()).succeeded, false);
  equal((await share.getProperties()).metadata, { a: "1" });
});

check("a share that does not exist is told by exists()", async (court) => {
  equal(await court.service().getShareClient(court.name()).exists(), false);
});

check("a share that does not exist is not found", async (court) => {
  await refused(404, "ShareNotFound", court.service().getShareClient(court.name()).getProperties());
});

check("a name in upper case is no share's name", async (court) => {
  await refused(400, "InvalidResourceName", court.service().getShareClient("UPPER").create());
});

check("quota and tier are kept", async (court) => {
  const share = await court.share({ quota: 7, accessTier: "Cool" });
  const { quota, accessTier } = await share.getProperties();
  equal([quota, accessTier], [7, "Cool"]);
});

check("quota and tier can be changed", async (court) => {
  const share = await court.share({ quota: 7 });
  await share.setProperties({ quotaInGB: 9, accessTier: "Hot" });
  const { quota, accessTier } = await share.getProperties();
  equal([quota, accessTier], [9, "Hot"]);
});

check("metadata of a share is replaced whole", async (court) => {
  const share = await court.share({ metadata: { a: "1", b: "2" } });
  await share.setMetadata({ c: "3" });
  equal((await share.getProperties()).metadata, { c: "3" });
});

check("statistics count bytes", async (court) => {
  const share = await court.share();
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.uploadData(Buffer.alloc(5000, 1));
  equal((await share.getStatistics()).shareUsageBytes, 5000);
});

check("access policies are kept", async (court) => {
  const share = await court.share();
  const policy = { startsOn: new Date("2026-01-01T00:00:00Z"), expiresOn: new Date("2099-01-01T00:00:00Z"), permissions: "rl" };
  await share.setAccessPolicy([{ id: "one", accessPolicy: policy }]);
  const { signedIdentifiers } = await share.getAccessPolicy();
  equal(signedIdentifiers[0].id, "one");
  equal(signedIdentifiers[0].accessPolicy.permissions, "rl");
});

check("a permission has a key, and the key has the permission", async (court) => {
  const share = await court.share();
  const sddl = "O:BAG:BAD:(A;;FA;;;BA)";
  const { filePermissionKey } = await share.createPermission(sddl);
  equal((await share.getPermission(filePermissionKey)).permission, `${sddl}S:NO_ACCESS_CONTROL`);
});

check("a permission can be had in binary", async (court) => {
  const share = await court.share();
  const { filePermissionKey } = await share.createPermission("O:BAG:BAD:(A;;FA;;;BA)");
  const { permission } = await share.getPermission(filePermissionKey, { filePermissionFormat: "Binary" });
  equal(Buffer.from(permission, "base64")[0], 1);
  const again = await share.createPermission({ permission, format: "Binary" });
  equal(again.filePermissionKey, filePermissionKey);
});

check("a share snapshot keeps what the share loses", async (court) => {
  const share = await court.share();
  await share.rootDirectoryClient.getFileClient("f").uploadData(Buffer.from("kept"));
  const { snapshot } = await share.createSnapshot();
  await share.deleteFile("f");
  const old = share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("f");
  equal((await old.downloadToBuffer()).toString(), "kept");
});

check("a share snapshot cannot be written", async (court) => {
  const share = await court.share();
  const { snapshot } = await share.createSnapshot();
  await refused(400, "InvalidQueryParameterValue", share.withSnapshot(snapshot).setMetadata({ a: "1" }).then(() => share.withSnapshot(snapshot).createDirectory("d")));
});

check("a share with share snapshots is deleted with them or not at all", async (court) => {
  const share = await court.share();
  await share.createSnapshot();
  await refused(409, "ShareHasSnapshots", share.delete());
  await share.delete({ deleteSnapshots: "include" });
  equal(await share.exists(), false);
});

check("share snapshots are listed where they are asked for", async (court) => {
  const share = await court.share();
  const { snapshot } = await share.createSnapshot();
  const listed = await all(court.service().listShares({ prefix: share.name, includeSnapshots: true }));
  equal(listed.filter(({ name }) => name === share.name).map((it) => it.snapshot ?? null).sort(), [null, snapshot].sort());
});

check("shares are listed by prefix with their metadata", async (court) => {
  const share = await court.share({ metadata: { a: "1" } });
  const listed = await all(court.service().listShares({ prefix: share.name, includeMetadata: true }));
  equal(listed.find(({ name }) => name === share.name).metadata, { a: "1" });
});

check("shares are listed page by page", async (court) => {
  const begin = court.name();
  for (const end of ["a", "b", "c", "d", "e"]) await court.service().createShare(`${begin}-${end}`);
  const pages = [];
  for await (const page of court.service().listShares({ prefix: `${begin}-` }).byPage({ maxPageSize: 2 })) {
    pages.push(page.shareItems.length);
  }
  equal(pages, [2, 2, 1]);
});

check("a deleted share comes back", async (court) => {
  const share = await court.share();
  await share.createDirectory("d");
  await share.delete();
  const listed = await all(court.service().listShares({ prefix: share.name, includeDeleted: true }));
  const gone = listed.find((it) => it.deleted && it.name === share.name);
  await court.service().undeleteShare(gone.name, gone.version);
  equal(await share.getDirectoryClient("d").exists(), true);
});

check("a leased share is deleted by its holder alone", async (court) => {
  const share = await court.share();
  const lease = share.getShareLeaseClient();
  await lease.acquireLease(-1);
  await refused(412, "LeaseIdMissing", share.delete());
  await share.delete({ leaseAccessConditions: { leaseId: lease.leaseId } });
});

check("a lease can be changed, broken and released", async (court) => {
  const share = await court.share();
  const lease = share.getShareLeaseClient();
  await lease.acquireLease(20);
  await lease.changeLease("11111111-2222-4333-8444-555555555555");
  equal((await share.getProperties()).leaseState, "leased");
  await lease.breakLease({ breakPeriod: 0 });
  equal((await share.getProperties()).leaseState, "broken");
  await lease.releaseLease();
  equal((await share.getProperties()).leaseState, "available");
});
