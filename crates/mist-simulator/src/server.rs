//! The socket: connections, HTTP by hyper, and the moment when a fault takes the connection away from it.

use crate::faults::{Fault, FaultKind};
use crate::injection::{self, Outcome};
use crate::message::{Reply, Request};
use crate::records::RecordedRequest;
use crate::shared::{Reserved, Shared};
use crate::wire::Wire;
use crate::{clock, control};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The largest body of a request. A client of this API never comes near it.
const REQUEST_LIMIT: usize = 64 << 20;

/// Accepts connections until the task is dropped.
pub(crate) async fn listen(listener: TcpListener, tls: Option<Arc<ServerConfig>>, shared: Arc<Shared>) {
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        // A connection that is gone before it was accepted is the client's affair.
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
    // Small answers must not wait for the client's acknowledgement. That it cannot be set changes nothing else.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        return serve(stream, Visitor { shared, source, connection }).await;
    };
    // A client that does not trust the certificate ends the handshake here.
    if let Ok(stream) = acceptor.accept(stream).await {
        shared.shook_hands();
        serve(stream, Visitor { shared, source, connection }).await;
    }
}

/// Who is on a connection.
#[derive(Clone)]
struct Visitor {
    shared: Arc<Shared>,
    source: IpAddr,
    connection: u64,
}

/// Serves one connection until it ends or a fault takes it over.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, visitor: Visitor) {
    let (take_over, mut taken_over) = mpsc::channel::<Wire>(1);
    let service =
        hyper::service::service_fn(move |request| Box::pin(answer(request, visitor.clone(), take_over.clone())));
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

/// Answers one request, or hands the connection over to a fault and never returns.
async fn answer(
    request: hyper::Request<Incoming>,
    visitor: Visitor,
    take_over: mpsc::Sender<Wire>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let Visitor { shared, source, connection } = visitor;
    let Some(request) = whole(request, source).await else {
        return Ok(response(Reply::detail(413, "Request body exceeded settings.")));
    };
    if let Some(reply) = control::answer(&shared, &request) {
        return Ok(response(reply));
    }
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
        None => Outcome::Answer(shared.carry_out(&request, number)),
        Some(fault) => faulty(&shared, request, number, &fault).await,
    };
    let date = {
        let cloud = shared.cloud();
        clock::http_date(cloud.clock.now() + cloud.config.date_offset)
    };
    match outcome {
        Outcome::Answer(reply) => Ok(response(reply.with_header("date", date))),
        Outcome::Wire(wire) => {
            // The receiver is there as long as the connection is polled, which is what runs this.
            let _ = take_over.send(wire).await;
            std::future::pending().await
        }
    }
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
            // A task of its own, so that the count is right even when the client closes the connection.
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
                shared.records().decide(number, reply.status);
            }
            if let Some(milliseconds) = fault.effect_after {
                drop(hold(shared, request, number, Some(milliseconds), reserved));
            }
            outcome
        }
    }
}

/// The answer of a request that was held.
async fn answer_of(held: JoinHandle<Reply>) -> Outcome {
    match held.await {
        Ok(reply) => Outcome::Answer(reply),
        Err(_) => Outcome::Wire(Wire::cut()),
    }
}

/// Carries the request out after this time, or at the release, in a task of its own: closing the connection does not stop it.
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
            // Elapsed or released: both end the wait.
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
    // A fault may ask for a status or a header that HTTP does not have; it then gets the nearest thing.
    *response.status_mut() =
        hyper::StatusCode::from_u16(reply.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
