// Judges the emulator with @azure/storage-file-share; the argument is the document that says where it is.

import { readFileSync } from "node:fs";
import { Court, run } from "./court.mjs";
import "./callers.mjs";
import "./files.mjs";
import "./renames.mjs";
import "./shares.mjs";

const manifest = new URL("node_modules/@azure/storage-file-share/package.json", import.meta.url);
const { name, version } = JSON.parse(readFileSync(manifest, "utf8"));
console.log(JSON.stringify({ version: `${name} ${version}` }));
await run(new Court(process.argv[2]));
