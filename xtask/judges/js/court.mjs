// Where the emulator is, clients for it, and how a check is written: `check("claim", async (court) => …)`. It fails by an
// exception. Every check makes the shares that it needs, so that one that fails spoils no other.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { ShareServiceClient, StorageSharedKeyCredential } from "@azure/storage-file-share";

const checks = [];

export function check(claim, run) {
  checks.push({ claim, run });
}

export function equal(came, expected, what = "the value") {
  if (!isDeepStrictEqual(came, expected)) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, came ${JSON.stringify(came)}`);
  }
}

export function holds(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

/** The error of a promise that the service refuses with this status and code. */
export async function refused(status, code, promise) {
  let came;
  try {
    came = await promise;
  } catch (error) {
    const given = error.details?.errorCode ?? error.code;
    if (error.statusCode === status && given === code) return error;
    throw new Error(`expected ${status} ${code}, came ${error.statusCode} ${given}: ${error.message}`);
  }
  throw new Error(`expected ${status} ${code}, came ${JSON.stringify(Object.keys(came ?? {}))}`);
}

export class Court {
  #shares = 0;

  constructor(path) {
    this.document = JSON.parse(readFileSync(path, "utf8"));
  }

  account(which = "first") {
    return this.document[which];
  }

  key(which = "first") {
    const { name, key } = this.account(which);
    return new StorageSharedKeyCredential(name, key);
  }

  service({ which = "first", scheme = "http", credential = this.key(which), ...options } = {}) {
    const account = this.account(which);
    const endpoint = scheme === "http" ? account.endpoint : account.httpsEndpoint;
    return new ShareServiceClient(endpoint, credential, { retryOptions: { maxTries: 1 }, ...options });
  }

  /** One that nobody has used. */
  name() {
    this.#shares += 1;
    return `share-${this.#shares}`;
  }

  /** A new share, made with these options. */
  async share(options = {}, of = {}) {
    const client = this.service(of).getShareClient(this.name());
    await client.create(options);
    return client;
  }
}

export async function run(court) {
  for (const { claim, run } of checks) {
    let what;
    try {
      await run(court);
    } catch (error) {
      what = String(error?.message ?? error);
    }
    console.log(JSON.stringify({ check: claim, what }));
  }
}
