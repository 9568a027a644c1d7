//! What is done to a connection once a fault has taken it away from the HTTP server.

use crate::message::Reply;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes to send, and what then becomes of the connection.
#[derive(Debug, PartialEq)]
pub(crate) struct Wire {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
}

/// How a connection ends.
#[derive(Debug, PartialEq)]
pub(crate) enum Then {
    /// At once, without TLS's close_notify.
    Cut,
    /// As it should.
    Close,
    /// When the client ends it; until then nothing more is said.
    Silence,
    /// When the client ends it; until then this is sent again and again.
    Repeat { bytes: Vec<u8>, pause: Duration },
}

impl Wire {
    pub(crate) fn cut() -> Self {
        Self { bytes: Vec::new(), then: Then::Cut }
    }

    pub(crate) fn silence() -> Self {
        Self { bytes: Vec::new(), then: Then::Silence }
    }

    /// Does it. That the client goes away in the middle is no error: most of these are meant to make it.
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

/// The beginning of an HTTP answer up to and with the empty line; the header that tells the length of the body comes last.
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
