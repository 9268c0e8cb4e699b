// Azurite's table service in memory, on a free port of this machine, until standard input ends.
//
// Azurite's own command prints the port it was asked for, not the one it got, and closes idle
// connections after five seconds, which would make tests depend on time. So its classes are used
// here, without its telemetry. The first argument is the folder of its modules; with a certificate and
// its key, two files, it speaks https and takes tokens. The answer is one line, the address.

const [modules, certificate, key] = process.argv.slice(2);
const { default: Configuration } = require(`${modules}/table/TableConfiguration.js`);
const { default: Server } = require(`${modules}/table/TableServer.js`);

const options = { enableDebugLog: false, enableAccessLog: false, loose: false, skipApiVersionCheck: true };
const IDLE_SECONDS = 3600;
const configuration = new Configuration(
  "127.0.0.1",
  0,
  IDLE_SECONDS,
  "unused",
  options.enableDebugLog,
  options.enableAccessLog,
  undefined,
  undefined,
  options.loose,
  options.skipApiVersionCheck,
  certificate,
  key,
  undefined,
  certificate && "basic",
);
configuration.isMemoryPersistence = true;

// Standard input is a pipe that only the test holds: it ends with the test, however the test ends.
process.stdin.resume().on("end", () => process.exit());

const server = new Server(configuration);
server.start().then(
  () => console.log(server.getHttpServerAddress()),
  (error) => {
    console.error(`Azurite did not start: ${error.message}`);
    process.exit(1);
  },
);
