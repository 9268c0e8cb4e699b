//! Names of metadata keep their case, on connections that speak as clients do which keep it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, Request, world};

/// The request as it is sent, with one header name spelled otherwise.
fn spelled(request: Request, name: &str, body: &str) -> String {
    let request = request.body(body.as_bytes()).signed();
    let mut text = format!(
        "{} {}?{} HTTP/1.1\r\n",
        request.method,
        request.url.path(),
        request.url.query().unwrap_or("")
    );
    text += &format!("host: 127.0.0.1\r\ncontent-length: {}\r\n", body.len());
    for (known, value) in &request.headers {
        let known = if known.as_str() == name.to_lowercase() { name } else { known.as_str() };
        text += &format!("{known}: {}\r\n", value.to_str().expect("ASCII"));
    }
    text + "\r\n" + body
}

/// All that is answered on one connection, which the last request ends.
async fn answers(client: &Client, requests: &[String]) -> String {
    let address = client.account.endpoint.socket_addrs(|| None).expect("an address")[0];
    let mut connection = TcpStream::connect(address).await.expect("the emulator listens");
    let last = requests.len() - 1;
    for (number, request) in requests.iter().enumerate() {
        let request = match number == last {
            true => request.replacen("host:", "connection: close\r\nhost:", 1),
            false => request.clone(),
        };
        connection.write_all(request.as_bytes()).await.expect("it is read");
    }
    let mut answers = Vec::new();
    connection.read_to_end(&mut answers).await.expect("answers and the end");
    String::from_utf8_lossy(&answers).into_owned()
}

#[tokio::test]
async fn names_of_metadata_come_back_as_they_were_sent() {
    let world = world().await;
    let one = &world.one;
    let body = "\r\n\r\nx-ms-meta-Body: 1\r\n\r\n";
    let create = one.create_file("/share/file", 64).header("x-ms-meta-capital", "letter");
    let set = one.put("/share?restype=share&comp=metadata").header("x-ms-meta-upper", "CASE");
    let plain = one.put("/share/file?comp=metadata").header("x-ms-meta-capital", "plain");
    let requests = [
        spelled(create, "X-MS-Meta-Capital", body),
        spelled(one.head("/share/file"), "", ""),
        spelled(set, "x-ms-meta-UPPER", ""),
        spelled(one.get("/?comp=list&include=metadata"), "", ""),
        spelled(plain, "", ""),
        spelled(one.get("/share/file"), "", ""),
    ];
    let answers = answers(one, &requests).await;
    assert_eq!(answers.matches("HTTP/1.1 20").count(), 6, "{answers}");
    assert_eq!(answers.matches("\r\nx-ms-meta-Capital: letter\r\n").count(), 1, "{answers}");
    assert_eq!(answers.matches("<Metadata><UPPER>CASE</UPPER></Metadata>").count(), 1, "{answers}");
    assert_eq!(answers.matches("\r\nx-ms-meta-capital: plain\r\n").count(), 1, "{answers}");
    let head = one.head("/share?restype=share").send().await.expect(200);
    assert_eq!(head.header("x-ms-meta-upper"), "CASE", "names are found in any case");
}

#[tokio::test]
async fn names_that_differ_in_case_alone_are_one_name_twice() {
    let world = world().await;
    let request = world.one.put("/share?restype=share&comp=metadata").header("x-ms-meta-a", "1");
    let twice =
        spelled(request, "", "").replacen("x-ms-meta-a: 1\r\n", "x-ms-meta-a: 1\r\nX-Ms-Meta-A: 1\r\n", 1);
    let answer = answers(&world.one, &[twice]).await;
    assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
}
