//! A data directory as its user sees it: the emulator is started, stopped or killed, and started again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use file_share_emulator::{Account, AccountConfig, Config, Emulator};
use rand::RngExt;

use crate::client::{Client, KEY};

const LEASE: &str = "11111111-2222-3333-4444-555555555555";
const SDDL: &str = "O:SYG:SYD:AI(A;;FA;;;SY)";

async fn start(data: &Path) -> (Emulator, Client) {
    let config = Config {
        accounts: vec![AccountConfig::new("one", KEY)],
        data: Some(data.to_owned()),
        ..Config::default()
    };
    let emulator = Emulator::start(config).await.expect("the emulator starts");
    let client = Client::new(emulator.account("one").clone());
    (emulator, client)
}

/// What all reads say of the account, one line each.
async fn shown(client: &Client) -> Vec<String> {
    let get = async |path: &str| {
        let answer = client.get(path).send().await;
        let headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| !["date", "x-ms-request-id"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        if answer.status != 200 {
            return format!("{path} {}", answer.status);
        }
        let own = client.account.endpoint.to_string();
        format!("{path} {} {headers:?} {}", answer.status, answer.text().replace(&own, "OWN"))
    };
    let mut lines = vec![get("/?comp=list&include=snapshots,metadata,deleted").await];
    let listed = client.get("/?comp=list&include=snapshots").send().await.expect(200);
    let snapshots = listed.elements("Snapshot").into_iter().map(|id| format!("&sharesnapshot={id}"));
    for tree in snapshots.chain([String::new()]) {
        let everything = "include=timestamps,Etag,Attributes,PermissionKey";
        for path in [
            format!("/share?restype=share{tree}"),
            format!("/share?restype=directory&comp=list&{everything}{tree}"),
            format!("/share/dir?restype=directory&comp=list&{everything}{tree}"),
            format!("/share/dir/file?{}", tree.trim_start_matches('&')),
            format!("/share/dir/file?comp=rangelist{tree}"),
            format!("/share/dir/moved?{}", tree.trim_start_matches('&')),
        ] {
            lines.push(get(&path).await);
        }
    }
    lines.push(get("/?restype=service&comp=properties").await);
    lines.push(get("/share?restype=share&comp=acl").await);
    lines
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (emulator, client) = start(folder.path()).await;
    let put = |path: &str| client.put(path);
    put("/share?restype=share").header("x-ms-meta-a", "b").send().await.expect(201);
    put("/share/dir?restype=directory").send().await.expect(201);
    let file = client.create_file("/share/dir/file", 3000).header("x-ms-file-permission", SDDL);
    file.header("x-ms-meta-c", "d").header("x-ms-content-type", "text/plain").send().await.expect(201);
    client.put_range("/share/dir/file", 512, &[7; 512]).send().await.expect(201);
    put("/share?restype=share&comp=snapshot").header("x-ms-meta-role", "source").send().await.expect(201);
    client.put_range("/share/dir/file", 1024, &[8; 512]).send().await.expect(201);
    client.create_file("/share/dir/other", 1).send().await.expect(201);
    let source = client.url("/share/dir/other");
    put("/share/dir/moved?comp=rename").header("x-ms-file-rename-source", &source).send().await.expect(200);
    let lease = put("/share?restype=share&comp=lease").header("x-ms-lease-action", "acquire");
    let lease = lease.header("x-ms-lease-duration", "-1").header("x-ms-proposed-lease-id", LEASE);
    lease.send().await.expect(201);
    put("/other?restype=share").send().await.expect(201);
    client.delete("/other?restype=share").send().await.expect(202);
    let before = shown(&client).await;
    assert!(
        before.iter().any(|line| line.contains("moved")) && before[0].contains("<Snapshot>"),
        "{before:?}"
    );
    // The first time with a log as it grew, then with one that was written anew.
    emulator.stop().await;
    for _ in 0..2 {
        let (emulator, client) = start(folder.path()).await;
        let after = shown(&client).await;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(after, before);
        }
        emulator.stop().await;
    }
    let (_emulator, client) = start(folder.path()).await;
    client.delete("/share?restype=share").send().await.refused(412, "LeaseIdMissing");
    let key =
        client.head("/share/dir/file").send().await.expect(200).header("x-ms-file-permission-key").to_owned();
    let permission = client.get("/share?restype=share&comp=filepermission");
    let permission = permission.header("x-ms-file-permission-key", &key).send().await.expect(200);
    assert!(permission.text().contains(SDDL), "{}", permission.text());
    let diff = client.get(&format!(
        "/share/dir/file?comp=rangelist&prevsharesnapshot={}",
        client.get("/?comp=list&include=snapshots").send().await.elements("Snapshot")[0]
    ));
    let diff = diff.send().await.expect(200);
    assert_eq!(
        (diff.elements("Start"), diff.elements("End")),
        (vec!["1024".to_owned()], vec!["1535".to_owned()])
    );
}

/// The emulator as a program.
struct Process {
    child: Child,
    client: Client,
    _output: BufReader<ChildStdout>,
}

impl Process {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_file_share_emulator"))
            .args(["--account", &format!("one:{KEY}"), "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("an endpoint");
        let endpoint: reqwest::Url = line.trim().parse().expect("an endpoint");
        let account = Account {
            name: "one".to_owned(),
            key: KEY.to_owned(),
            https_endpoint: endpoint.clone(),
            endpoint,
        };
        Self { child, client: Client::new(account), _output: output }
    }

    fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it ended");
    }
}

#[tokio::test]
async fn a_killed_emulator_has_lost_nothing_that_it_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::start(folder.path());
    process.client.put("/share?restype=share").send().await.expect(201);
    process.kill();
    let mut answered = 0;
    for _ in 0..8 {
        let process = Process::start(folder.path());
        for number in 0..answered {
            let path = format!("/share/file{number}");
            let read = process.client.get(&path).send().await.expect(200);
            assert_eq!(read.body, number.to_string().repeat(1000).as_bytes(), "{path}");
        }
        let pause = Duration::from_millis(rand::rng().random_range(5..150));
        let (killed, is_over) = tokio::sync::oneshot::channel();
        let Process { mut child, client, _output } = process;
        let killer = std::thread::spawn(move || {
            std::thread::sleep(pause);
            child.kill().expect("it was running");
            child.wait().expect("it ended");
            // The test may be over by then, having failed.
            let _unheard = killed.send(());
        });
        loop {
            let body = answered.to_string().repeat(1000);
            let create = client.create_file(&format!("/share/file{answered}"), body.len() as u64);
            match create.body(body.as_bytes()).try_send().await {
                Ok(answer) => assert_eq!(answer.status, 201),
                Err(_) => break,
            }
            answered += 1;
        }
        is_over.await.expect("it was killed");
        killer.join().expect("it did not panic");
    }
    assert!(answered > 0);
    let second = Command::new(env!("CARGO_BIN_EXE_file_share_emulator"))
        .args(["--account", "two:a2V5", "--data"])
        .arg(folder.path())
        .output()
        .expect("it ends");
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("account one"));
}
