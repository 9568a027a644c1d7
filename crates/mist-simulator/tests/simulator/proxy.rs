//! The proxy: forwarding, refusals, slow headers.

use crate::client::{Client, start};
use mist_simulator::{Proxy, ProxyKind};
use std::io::{Read, Write};
use std::net::TcpStream;

/// The response of the proxy to a CONNECT, up to this many bytes.
fn connect(proxy: &Proxy, bytes: usize) -> String {
    let mut stream = TcpStream::connect(proxy.url().trim_start_matches("http://")).unwrap();
    stream.write_all(b"CONNECT api.mist.com:443 HTTP/1.1\r\nHost: api.mist.com:443\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.take(bytes as u64).read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn it_forwards_and_records_requests() {
    let simulator = start();
    let port = simulator.url().rsplit(':').next().unwrap().parse().unwrap();
    for kind in [ProxyKind::Forward, ProxyKind::ForwardTo(([127, 0, 0, 1], port).into())] {
        let proxy = Proxy::start(kind).unwrap();
        let client = Client::through(&simulator, &proxy.url_with("user", "pw"))
            .header("Authorization", &format!("Token {}", simulator.api_token()));
        assert_eq!(client.get("self").status, 200);
        let asked = proxy.requests().remove(0);
        assert!(
            asked.starts_with("CONNECT 127.0.0.1:") && asked.to_lowercase().contains("proxy-authorization: basic"),
            "{asked}"
        );
        assert!(!asked.contains("Token"), "{asked}");
    }
}

#[test]
fn it_refuses_or_sends_endless_headers() {
    let refusal = "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(connect(&Proxy::start(ProxyKind::Respond(refusal.to_owned())).unwrap(), 1000), refusal);
    let dripping = Proxy::start(ProxyKind::SlowHeaders { milliseconds: 0 }).unwrap();
    let answer = connect(&dripping, 500);
    assert!(answer.starts_with("HTTP/1.1 200 ") && !answer.contains("\r\n\r\n") && answer.len() == 500, "{answer}");
}
