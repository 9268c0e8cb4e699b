// Who may do what: keys, signatures and tokens, and the refusals of each.

import { AnonymousCredential, ShareServiceClient, StorageSharedKeyCredential, generateFileSASQueryParameters } from "@azure/storage-file-share";
import { check, equal, refused } from "./court.mjs";

const soon = () => new Date(Date.now() + 3600e3);

/** A client that has nothing but this query. */
function signed(court, share, query) {
  const { endpoint } = court.account();
  return new ShareServiceClient(`${endpoint}?${query}`, new AnonymousCredential(), { retryOptions: { maxTries: 1 } }).getShareClient(share);
}

class Tokens {
  constructor(court, clientId) {
    this.court = court;
    this.clientId = clientId;
  }

  async getToken(scope) {
    const { identityEndpoint, identityHeader } = this.court.document;
    const resource = [scope].flat()[0].replace("/.default", "");
    const query = new URLSearchParams({ "api-version": "2019-08-01", resource });
    if (this.clientId) query.set("client_id", this.clientId);
    const answer = await fetch(`${identityEndpoint}?${query}`, { headers: { "X-IDENTITY-HEADER": identityHeader } });
    const given = await answer.json();
    return { token: given.access_token, expiresOnTimestamp: Number(given.expires_on) * 1000 };
  }
}

const keyless = (court, clientId, options = { fileRequestIntent: "backup" }) =>
  court.service({ which: "keyless", scheme: "https", credential: new Tokens(court, clientId), ...options });

check("a wrong key is refused", async (court) => {
  const { name } = court.account();
  const credential = new StorageSharedKeyCredential(name, Buffer.from("wrong").toString("base64"));
  await refused(403, "AuthenticationFailed", court.service({ credential }).getProperties());
});

check("https takes keys too", async (court) => {
  const share = await court.share({}, { scheme: "https" });
  equal(await share.exists(), true);
});

check("an account SAS opens what it names", async (court) => {
  const share = await court.share();
  const { AccountSASPermissions } = await import("@azure/storage-file-share");
  const url = court.service().generateAccountSasUrl(soon(), AccountSASPermissions.parse("rl"), "sco");
  const client = new ShareServiceClient(url, new AnonymousCredential()).getShareClient(share.name);
  equal((await client.getProperties()).quota > 0, true);
  await refused(403, "AuthorizationPermissionMismatch", client.createDirectory("d"));
});

check("an expired SAS is refused", async (court) => {
  const share = await court.share();
  const url = share.generateSasUrl({ permissions: "rl", expiresOn: new Date(Date.now() - 60e3) });
  await refused(403, "AuthenticationFailed", signed(court, share.name, url.split("?")[1]).rootDirectoryClient.getFileClient("f").download());
});

check("a SAS of another share is refused", async (court) => {
  const [one, other] = [await court.share(), await court.share()];
  const url = one.generateSasUrl({ permissions: "rcwdl", expiresOn: soon() });
  await refused(403, "AuthenticationFailed", signed(court, other.name, url.split("?")[1]).createDirectory("d"));
});

check("a SAS without the letter is refused", async (court) => {
  const share = await court.share();
  const query = share.generateSasUrl({ permissions: "r", expiresOn: soon() }).split("?")[1];
  await refused(403, "AuthorizationPermissionMismatch", signed(court, share.name, query).rootDirectoryClient.getFileClient("f").create(1));
});

check("a SAS of a share makes and reads its files", async (court) => {
  const share = await court.share();
  const query = share.generateSasUrl({ permissions: "rcwdl", expiresOn: soon() }).split("?")[1];
  const file = signed(court, share.name, query).rootDirectoryClient.getFileClient("f");
  await file.uploadData(Buffer.from("abc"));
  equal((await file.downloadToBuffer()).toString(), "abc");
});

check("a SAS by a stored policy ends with the policy", async (court) => {
  const share = await court.share();
  await share.setAccessPolicy([{ id: "p", accessPolicy: { expiresOn: soon(), permissions: "rcwl" } }]);
  const sas = generateFileSASQueryParameters({ shareName: share.name, identifier: "p" }, court.key());
  const client = signed(court, share.name, sas.toString());
  await client.createDirectory("d");
  await share.setAccessPolicy([]);
  await refused(403, "AuthenticationFailed", client.createDirectory("e"));
});

check("a token opens an account without keys", async (court) => {
  const { shareClient } = await keyless(court).createShare(court.name());
  const file = shareClient.rootDirectoryClient.getFileClient("f");
  await file.uploadData(Buffer.from("abc"));
  equal((await file.downloadToBuffer()).toString(), "abc");
});

check("the key of an account without keys is refused", async (court) => {
  await refused(403, "KeyBasedAuthenticationNotPermitted", court.service({ which: "keyless" }).getProperties());
});

check("a token without the intent is refused", async (court) => {
  const share = keyless(court, undefined, {}).getShareClient(court.name());
  await refused(400, "MissingRequiredHeader", share.getDirectoryClient("d").getProperties());
});

check("a reader reads and does not write", async (court) => {
  const { shareClient } = await keyless(court).createShare(court.name());
  const reader = keyless(court, court.document.reader).getShareClient(shareClient.name);
  await reader.rootDirectoryClient.getProperties();
  await refused(403, "AuthorizationPermissionMismatch", reader.createDirectory("d"));
});
