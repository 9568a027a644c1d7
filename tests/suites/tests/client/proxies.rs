//! Through a proxy: a small one for CONNECT, and one for SOCKS5, which let through or refuse.

use mist_client::error::{Cause, Error, Reach, Source};
use mist_client::transport::ProxySetting;
use mist_client::{Client, Host};
use mist_simulator::{ProxyKind, Simulator};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use suites::{client_with, cloud, pass_both_ways, says, secret};

/// `geheim%21` in a URL is `geheim!`.
const IN_URL: &str = "user:geheim%21";

/// Base64 of `user:geheim!`.
const BASIC: &str = "Proxy-Authorization: Basic dXNlcjpnZWhlaW0h";

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Connect,
    /// Answers every CONNECT with this.
    Refusing(&'static str),
    Socks,
    /// Requires user and password.
    SocksWithPassword,
}

struct Proxy {
    address: SocketAddr,
    /// The requests: the head of a CONNECT, or user, password and target.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Wherever clients want to go, they get to this cloud.
    fn start(kind: Kind, cloud: &Simulator) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&asked);
        let target: SocketAddr = cloud.url().split_once("://").unwrap().1.parse().unwrap();
        thread::spawn(move || {
            for near in listener.incoming() {
                let mut near = near.unwrap();
                let (asked, passed) = match kind {
                    Kind::Connect => connect(&mut near, "HTTP/1.1 200 OK\r\n\r\n"),
                    Kind::Refusing(answer) => (connect(&mut near, answer).0, false),
                    Kind::Socks => socks(&mut near, false),
                    Kind::SocksWithPassword => socks(&mut near, true),
                };
                shared.lock().unwrap().push(asked);
                if passed {
                    pass_both_ways(near, TcpStream::connect(target).unwrap());
                }
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn connect(near: &mut TcpStream, answer: &str) -> (String, bool) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(byte(near));
    }
    near.write_all(answer.as_bytes()).unwrap();
    (String::from_utf8(head).unwrap(), true)
}

/// RFC 1928 and RFC 1929, as far as a client needs it.
fn socks(near: &mut TcpStream, with_password: bool) -> (String, bool) {
    assert_eq!(byte(near), 5);
    let methods = counted(near);
    let mut who = String::new();
    if with_password {
        if !methods.contains(&2) {
            near.write_all(&[5, 0xff]).unwrap();
            return ("nobody".into(), false);
        }
        near.write_all(&[5, 2]).unwrap();
        assert_eq!(byte(near), 1);
        let (user, password) = (counted(near), counted(near));
        who = format!("{}:{}@", String::from_utf8_lossy(&user), String::from_utf8_lossy(&password));
        let right = user == b"user" && password == b"geheim!";
        near.write_all(&[1, u8::from(!right)]).unwrap();
        if !right {
            return (who, false);
        }
    } else {
        near.write_all(&[5, 0]).unwrap();
    }
    let [_, _, _, kind] = [byte(near), byte(near), byte(near), byte(near)];
    let host = match kind {
        1 => [byte(near), byte(near), byte(near), byte(near)].map(|part| part.to_string()).join("."),
        _ => String::from_utf8(counted(near)).unwrap(),
    };
    let port = u16::from_be_bytes([byte(near), byte(near)]);
    near.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    (format!("{who}{host}:{port}"), true)
}

fn byte(near: &mut TcpStream) -> u8 {
    let mut byte = [0];
    near.read_exact(&mut byte).unwrap();
    byte[0]
}

fn counted(near: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; byte(near).into()];
    near.read_exact(&mut bytes).unwrap();
    bytes
}

fn through(cloud: &Simulator, proxy: &str) -> Client {
    client_with(cloud, |settings| {
        settings.network.proxy = Some(ProxySetting::given(secret(proxy)));
    })
}

#[test]
fn a_run_goes_through_one_tunnel_of_an_http_proxy() {
    let cloud = cloud();
    let proxy = Proxy::start(Kind::Connect, &cloud);
    let client = through(&cloud, &format!("http://{}", proxy.address));
    for _ in 0..3 {
        client.get("/api/v1/self").unwrap();
    }
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].starts_with("CONNECT 127.0.0.1:"), "{asked:?}");
    assert!(!asked[0].contains("Authorization"), "{asked:?}");
    assert_eq!(cloud.tls_handshakes(), 1);
}

#[test]
fn the_proxy_gets_its_credentials_and_never_the_token() {
    let cloud = cloud();
    let proxy = Proxy::start(Kind::Connect, &cloud);
    through(&cloud, &format!("http://{IN_URL}@{}", proxy.address)).get("/api/v1/self").unwrap();
    let asked = proxy.asked();
    assert!(asked[0].contains(BASIC), "{asked:?}");
    assert!(!asked[0].contains(cloud.api_token()), "{asked:?}");
    assert!(cloud.requests()[0].header("proxy-authorization").is_none(), "the cloud does not get the proxy's");
}

#[test]
fn a_host_that_only_the_proxy_knows_is_left_to_it() {
    let cloud = cloud();
    for (kind, scheme) in [(Kind::Connect, "http"), (Kind::Socks, "socks5h")] {
        let proxy = Proxy::start(kind, &cloud);
        let client = client_with(&cloud, |settings| {
            settings.host = Host::parse("api.mist.invalid").unwrap();
            settings.network.validate_certs = false;
            settings.network.proxy = Some(ProxySetting::given(secret(&format!("{scheme}://{}", proxy.address))));
        });
        client.get("/api/v1/self").unwrap();
        assert!(proxy.asked()[0].contains("api.mist.invalid:443"), "{:?}", proxy.asked());
    }
}

#[test]
fn a_socks5_proxy_with_and_without_credentials_lets_through() {
    let cloud = cloud();
    for (kind, credentials, who) in
        [(Kind::Socks, "", ""), (Kind::SocksWithPassword, "user:geheim%21@", "user:geheim!@")]
    {
        let proxy = Proxy::start(kind, &cloud);
        let client = through(&cloud, &format!("socks5://{credentials}{}", proxy.address));
        client.get("/api/v1/self").unwrap();
        client.get("/api/v1/self").unwrap();
        let asked = proxy.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].starts_with(&format!("{who}127.0.0.1:")), "{asked:?}");
    }
}

#[test]
fn a_proxy_that_refuses_is_told_at_once_and_without_its_password() {
    let cloud = cloud();
    for (kind, proxy_url, words) in [
        (
            Kind::Refusing("HTTP/1.1 407 geheim!\r\nContent-Length: 7\r\n\r\ngeheim!"),
            "http://user:geheim%21@",
            "the proxy refused the connection: proxy server responded 407",
        ),
        (Kind::Refusing("HTTP/1.1 403 Forbidden\r\n\r\n"), "http://user:geheim%21@", "403"),
        (Kind::SocksWithPassword, "socks5://user:wrong-geheim@", "proxy"),
        (Kind::SocksWithPassword, "socks5://", "proxy"),
    ] {
        let proxy = Proxy::start(kind, &cloud);
        let client = through(&cloud, &format!("{proxy_url}{}", proxy.address));
        let error = client.get("/api/v1/self").unwrap_err();
        assert!(matches!(error, Error::Connection { reach: Reach::Unreachable, .. }), "{error:?}");
        says(&error, &[words]);
        assert!(!error.to_string().contains("geheim"), "{error}");
        assert!(!format!("{error:?} {client:?}").contains("geheim"));
        assert_eq!(client.api_calls(), 1, "{error}");
    }
    assert_eq!(cloud.connections(), 0);
}

#[test]
fn a_proxy_that_is_not_there_is_told_without_its_password() {
    let cloud = cloud();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["http", "socks5"] {
        let client = client_with(&cloud, |settings| {
            settings.network.proxy = Some(ProxySetting::given(secret(&format!("{scheme}://{IN_URL}@{nobody}"))));
            settings.max_wait = std::time::Duration::ZERO;
        });
        let error = client.get("/api/v1/self").unwrap_err();
        assert!(matches!(error, Error::Connection { reach: Reach::Unreached, .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    }
}

/// Waits for the result of a thread, at most half a minute: far more than any limit here.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(std::time::Duration::from_secs(30)).expect("it is held for ever")
}

#[test]
fn a_proxy_that_drips_or_is_silent_holds_nobody_and_is_named() {
    for kind in [ProxyKind::SlowHeaders { milliseconds: 50 }, ProxyKind::Silent] {
        let cloud = cloud();
        let proxy = mist_simulator::Proxy::start(kind.clone()).unwrap();
        let client = client_with(&cloud, |settings| {
            let source = Source::Variable("HTTPS_PROXY".into());
            settings.network.proxy = Some(ProxySetting { url: secret(&proxy.url_with("user", "geheim")), source });
            settings.max_wait = std::time::Duration::ZERO;
        });
        let error = in_time(move || client.get("/api/v1/self").unwrap_err());
        let Error::Connection { reach: Reach::Unreached, cause, .. } = &error else { panic!("{error:?}") };
        assert!(matches!(**cause, Cause::ProxySilent), "{kind:?} {cause:?}");
        says(&error, &["in time", &proxy.url(), "HTTPS_PROXY"]);
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
        assert_eq!(cloud.connections(), 0);
    }
}

#[test]
fn a_proxy_that_refuses_breaks_off_or_talks_nonsense_is_named_with_where_it_was_set() {
    for (answer, status, words) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", Some(407), "407"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", Some(403), "403"),
        ("SSH-2.0-OpenSSH\r\n\r\n", None, "is not HTTP"),
    ] {
        let cloud = cloud();
        let proxy = mist_simulator::Proxy::start(ProxyKind::Respond(answer.into())).unwrap();
        let error = through(&cloud, &proxy.url()).get("/api/v1/self").unwrap_err();
        let Error::Connection { cause, proxy: Some(named), .. } = &error else { panic!("{error:?}") };
        let Cause::ProxyRefused(told) = &**cause else { panic!("{cause:?}") };
        assert_eq!((told.status, named.url.as_str(), &named.source), (status, proxy.url().as_str(), &Source::Given));
        says(&error, &["the proxy refused", words, &proxy.url()]);
    }
    let cloud = cloud();
    let proxy = mist_simulator::Proxy::start(ProxyKind::Respond(String::new())).unwrap();
    let client = client_with(&cloud, |settings| {
        settings.network.proxy = Some(ProxySetting::given(secret(&proxy.url())));
        settings.max_wait = std::time::Duration::ZERO;
    });
    says(&client.get("/api/v1/self").unwrap_err(), &["the proxy", &proxy.url()]);
}

#[test]
fn plain_http_goes_to_loopback_by_itself_and_never_through_a_proxy() {
    let cloud =
        Simulator::start(mist_simulator::Config { plain_http: true, ..mist_simulator::Config::default() }).unwrap();
    for scheme in ["http", "socks5", "socks5h"] {
        let proxy = Proxy::start(Kind::Connect, &cloud);
        let client = through(&cloud, &format!("{scheme}://{}", proxy.address));
        client.get("/api/v1/self").unwrap();
        assert!(proxy.asked().is_empty(), "{scheme}: {:?}", proxy.asked());
    }
}

#[test]
fn what_a_proxy_answers_inside_the_tunnel_is_told_with_its_name() {
    let cloud = cloud();
    let proxy = Proxy::start(Kind::Connect, &cloud);
    cloud.fault(mist_simulator::Fault::new(mist_simulator::FaultKind::Html { status: 403 }));
    let url = format!("http://{}", proxy.address);
    says(&through(&cloud, &url).get("/api/v1/self").unwrap_err(), &["instead of the cloud", &url]);
}

#[test]
fn an_https_proxy_whose_certificate_is_not_trusted_is_told_apart_from_the_cloud() {
    let (cloud, other) = (cloud(), cloud_as_proxy());
    let error = through(&cloud, &other.url()).get("/api/v1/self").unwrap_err();
    let Error::Connection { reach: Reach::Unreachable, cause, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(**cause, Cause::ProxyCertificate(_)), "{cause:?}");
    says(&error, &["the proxy's certificate is not trusted", &other.url()]);
}

/// Speaks TLS, with a certificate of an authority of its own.
fn cloud_as_proxy() -> Simulator {
    cloud()
}
