//! One process of Azurite: found, started, ready, ended.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, ensure};
use tempfile::NamedTempFile;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use url::Url;

/// The account that Azurite always has, with the key that its documentation publishes.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A table service of its own, empty at first. Dropping it ends it; so does any end of this process.
#[derive(Debug)]
pub struct Azurite {
    child: Child,
    /// Held open, because whoever prints into a closed pipe dies of it.
    _output: BufReader<ChildStdout>,
    address: Url,
}

impl Azurite {
    /// Starts the service and waits until it listens.
    pub async fn start() -> anyhow::Result<Azurite> {
        spawn_blocking(|| Azurite::start_from(&installed(), &[])).await.context("Starting Azurite")?
    }

    /// The same over https, with a certificate and its key in PEM. Then tokens open it too: of a token it checks
    /// audience, issuer and life time, not the signature.
    pub async fn start_secure(certificate: String, key: String) -> anyhow::Result<Azurite> {
        let start = move || Azurite::start_from(&installed(), &[written(&certificate)?, written(&key)?]);
        spawn_blocking(start).await.context("Starting Azurite")?
    }

    /// Whether it can be started here.
    pub fn is_installed() -> bool {
        server(&installed()).is_file()
    }

    /// The files are read before it listens.
    pub(crate) fn start_from(modules: &Path, certificate: &[NamedTempFile]) -> anyhow::Result<Azurite> {
        ensure!(
            server(modules).is_file(),
            "Azurite is not installed in {}: run `cargo xtask test` once",
            modules.display()
        );
        let mut child = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tables.cjs"))
            .arg(modules)
            .args(certificate.iter().map(NamedTempFile::path))
            // They could give the account another key, and node other modules.
            .env_remove("AZURITE_ACCOUNTS")
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("Starting node, which Azurite needs")?;
        let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        output.read_line(&mut line).context("Waiting for Azurite")?;
        let address = Url::parse(line.trim()).with_context(|| format!("Azurite did not start: {line:?}"));
        match address {
            Ok(address) => Ok(Azurite { child, _output: output, address }),
            Err(error) => {
                end(&mut child);
                Err(error)
            }
        }
    }

    /// Where the account's tables are, to be handed to a client.
    pub fn table_endpoint(&self) -> Url {
        self.address.join(ACCOUNT).expect("the account is a legal path")
    }

    pub fn account(&self) -> &str {
        ACCOUNT
    }

    /// In base64, as clients want it.
    pub fn key(&self) -> &str {
        KEY
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process that cannot be killed has ended by itself.
fn end(child: &mut Child) {
    let _gone = child.kill().and_then(|()| child.wait());
}

/// The one service that the tests of this process share: they keep apart by the names of their tables.
pub async fn shared() -> &'static Azurite {
    static SHARED: OnceCell<Azurite> = OnceCell::const_new();
    let shared = SHARED.get_or_try_init(Azurite::start).await;
    shared.unwrap_or_else(|error| panic!("{error:#}"))
}

fn server(modules: &Path) -> PathBuf {
    modules.join("table/TableServer.js")
}

fn written(pem: &str) -> anyhow::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(pem.as_bytes())?;
    Ok(file)
}

fn installed() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    workspace.join(".tools/npm/node_modules/azurite/dist/src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_is_not_installed_the_remedy_is_named() {
        let error = Azurite::start_from(Path::new("no/such/folder"), &[]).expect_err("nothing is there");
        assert!(error.to_string().contains("run `cargo xtask test` once"), "{error}");
    }
}
