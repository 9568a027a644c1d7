//! The socket: TLS, connections, HTTP by hyper, and faults that take over a connection.

use crate::cloud::http_date;
use crate::config::Certificate;
use crate::control;
use crate::faults::{Fault, FaultKind};
use crate::injection::{self, Outcome};
use crate::message::{Reply, Request};
use crate::objects;
use crate::shared::{RecordedRequest, Reserved, Shared};
use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The largest body of a request, far above any request of a client.
const REQUEST_LIMIT: usize = 64 << 20;

/// Accepts connections until the task is dropped.
pub(crate) async fn listen(listener: TcpListener, tls: Option<Arc<ServerConfig>>, shared: Arc<Shared>) {
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        // The client can close a connection before it is accepted.
        let Ok((stream, source)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let number = shared.accepted();
        tokio::spawn(connect(stream, source.ip(), acceptor.clone(), Arc::clone(&shared), number));
    }
}

async fn connect(
    stream: TcpStream,
    source: IpAddr,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    connection: u64,
) {
    // Small responses must not wait for an acknowledgment. A failure here changes nothing else.
    let _ = stream.set_nodelay(true);
    shared.wait_round_trips(1).await;
    let Some(acceptor) = acceptor else {
        return serve(stream, Peer { shared, source, connection }).await;
    };
    // A client that does not trust the certificate ends the handshake here.
    if let Ok(stream) = acceptor.accept(stream).await {
        let is_older = stream.get_ref().1.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_2);
        shared.wait_round_trips(if is_older { 2 } else { 1 }).await;
        shared.handshake_finished();
        serve(stream, Peer { shared, source, connection }).await;
    }
}

/// The client and the number of a connection.
#[derive(Clone)]
struct Peer {
    shared: Arc<Shared>,
    source: IpAddr,
    connection: u64,
}

/// Serves one connection until it ends or a fault takes it over.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
    let (take_over, mut taken_over) = mpsc::channel::<Wire>(1);
    let service = hyper::service::service_fn(move |request| Box::pin(answer(request, peer.clone(), take_over.clone())));
    let mut connection = hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let wire = tokio::select! {
        _ = &mut connection => None,
        wire = taken_over.recv() => wire,
    };
    if let Some(wire) = wire {
        wire.send(connection.into_parts().io.into_inner()).await;
    }
}

/// Answers one request. A fault that takes over the connection never returns.
async fn answer(
    request: hyper::Request<Incoming>,
    peer: Peer,
    take_over: mpsc::Sender<Wire>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let Peer { shared, source, connection } = peer;
    let Some(request) = whole(request, source).await else {
        return Ok(response(Reply::detail(413, "Request body exceeded settings.")));
    };
    if let Some(reply) = control::answer(&shared, &request) {
        return Ok(response(reply));
    }
    shared.wait_request().await;
    let fault = shared.faults().take(&request);
    let record = RecordedRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request.headers.clone(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
        status: None,
        fault: fault.as_ref().map(|fault| fault.kind.name()),
        connection,
    };
    let number = shared.record(record);
    let outcome = match fault {
        None => Outcome::Answer(carry_out(&shared, &request, number).await),
        Some(fault) => faulty(&shared, request, number, &fault).await,
    };
    let date = {
        let cloud = shared.cloud();
        http_date(cloud.clock.now() + cloud.config.date_offset)
    };
    match outcome {
        Outcome::Answer(reply) => Ok(response(reply.with_header("date", date))),
        Outcome::Wire(wire) => {
            // The receiver exists as long as the connection is polled, and polling runs this code.
            let _ = take_over.send(wire).await;
            std::future::pending().await
        }
    }
}

/// Carries a request out, with a pause where the cloud reads and writes site groups in two steps.
async fn carry_out(shared: &Arc<Shared>, request: &Request, number: u64) -> Reply {
    let members = {
        let cloud = shared.cloud();
        cloud.config.behavior.site_group_race.and_then(|race| Some((race, objects::members_before(&cloud, request)?)))
    };
    let Some((race, members)) = members else {
        return shared.carry_out(request, number);
    };
    shared.gather(race.requests, Duration::from_millis(race.milliseconds)).await;
    let reply = shared.carry_out(request, number);
    objects::write_members(&mut shared.cloud(), request, &reply, &members);
    reply
}

async fn faulty(shared: &Arc<Shared>, request: Request, number: u64, fault: &Fault) -> Outcome {
    match &fault.kind {
        FaultKind::Delay { milliseconds } => {
            answer_of(hold(shared, request, number, Some(*milliseconds), Reserved::default())).await
        }
        FaultKind::HoldRequest => answer_of(hold(shared, request, number, None, Reserved::default())).await,
        FaultKind::HoldAnswer => {
            // The effect comes before the count, so that a test that sees the count can rely on the effect.
            let reply = shared.carry_out(&request, number);
            let released = shared.hold_one();
            let shared = Arc::clone(shared);
            // In a task of its own, so that the count is right when the client closes the connection.
            let held = tokio::spawn(async move {
                released.await;
                shared.held_is_done();
                reply
            });
            answer_of(held).await
        }
        FaultKind::DelayedEffect { milliseconds } => {
            drop(hold(shared, request, number, Some(*milliseconds), Reserved::default()));
            Outcome::Wire(Wire::silence())
        }
        kind => {
            let request = match kind {
                FaultKind::OtherQuery { query } => Request { query: query.clone(), ..request },
                _ => request,
            };
            let (reply, reserved) = match fault.effect_after {
                Some(_) => {
                    let (reply, reserved) = shared.preview(&request);
                    (Some(reply), reserved)
                }
                None => {
                    let takes_effect = injection::takes_effect(fault);
                    (takes_effect.then(|| shared.carry_out(&request, number)), Reserved::default())
                }
            };
            let now = shared.cloud().clock.now();
            let outcome = injection::inject(kind, reply, now);
            if let Outcome::Answer(reply) = &outcome {
                shared.decide(number, reply.status);
            }
            if let Some(milliseconds) = fault.effect_after {
                drop(hold(shared, request, number, Some(milliseconds), reserved));
            }
            outcome
        }
    }
}

/// The response to a held request.
async fn answer_of(held: JoinHandle<Reply>) -> Outcome {
    match held.await {
        Ok(reply) => Outcome::Answer(reply),
        Err(_) => Outcome::Wire(Wire::cut()),
    }
}

/// Carries the request out after this time or at the release. It is a task of its own, so that closing the connection
/// does not stop it.
fn hold(
    shared: &Arc<Shared>,
    request: Request,
    number: u64,
    milliseconds: Option<u64>,
    reserved: Reserved,
) -> JoinHandle<Reply> {
    let released = shared.hold_one();
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        match milliseconds {
            // The end of the time and the release both end the wait.
            Some(milliseconds) => drop(tokio::time::timeout(Duration::from_millis(milliseconds), released).await),
            None => released.await,
        }
        let reply = shared.carry_out_late(&request, number, reserved);
        shared.held_is_done();
        reply
    })
}

async fn whole(request: hyper::Request<Incoming>, source: IpAddr) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_LIMIT).collect().await.ok()?.to_bytes().to_vec();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Some(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
        source: Some(source),
    })
}

fn response(reply: Reply) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from(reply.body)));
    // A status or a header that HTTP does not allow is replaced or dropped.
    *response.status_mut() =
        hyper::StatusCode::from_u16(reply.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Bytes to send, and the end of the connection.
#[derive(Debug, PartialEq)]
pub(crate) struct Wire {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Then {
    /// At once, without TLS's close_notify.
    Cut,
    /// With close_notify.
    Close,
    /// The client closes it. The server sends nothing more.
    Silence,
    /// The client closes it. The server sends these bytes again and again.
    Repeat { bytes: Vec<u8>, pause: Duration },
}

impl Wire {
    pub(crate) fn cut() -> Self {
        Self { bytes: Vec::new(), then: Then::Cut }
    }

    pub(crate) fn silence() -> Self {
        Self { bytes: Vec::new(), then: Then::Silence }
    }

    /// Sends the bytes. An error is ignored: most faults make the client close the connection.
    pub(crate) async fn send(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let _ = self.try_send(&mut stream).await;
    }

    async fn try_send(self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::io::Result<()> {
        stream.write_all(&self.bytes).await?;
        stream.flush().await?;
        match self.then {
            Then::Cut => Ok(()),
            Then::Close => stream.shutdown().await,
            Then::Silence => {
                let mut ignored = [0; 4096];
                while stream.read(&mut ignored).await? > 0 {}
                Ok(())
            }
            Then::Repeat { bytes, pause } => loop {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            },
        }
    }
}

/// The head of an HTTP response with its empty line. The header for the length is the last one.
pub(crate) fn head(reply: &Reply, length: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("{length}\r\n\r\n"));
    head.into_bytes()
}

fn reason(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

/// The TLS configuration of the server and its authority in PEM. Every call creates new keys.
pub(crate) fn tls_config(certificate: Certificate) -> Result<(Arc<ServerConfig>, String)> {
    let (pem, issuer) = authority()?;
    let (pem, issuer) = match certificate {
        Certificate::OtherAuthority => (authority()?.0, issuer),
        Certificate::Good | Certificate::Expired | Certificate::OtherHost => (pem, issuer),
    };
    let names: &[&str] = match certificate {
        Certificate::OtherHost => &["api.elsewhere.example"],
        Certificate::Good | Certificate::Expired | Certificate::OtherAuthority => &["127.0.0.1", "::1", "localhost"],
    };
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "Mist simulator");
    // Python 3.13 and later refuse a certificate without this extension.
    params.use_authority_key_identifier_extension = true;
    if certificate == Certificate::Expired {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate()?;
    let signed = params.signed_by(&key, &issuer)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .context("certificate: not accepted by rustls")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), pem))
}

fn authority() -> Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Mist simulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}
