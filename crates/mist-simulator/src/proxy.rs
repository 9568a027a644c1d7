//! An HTTP proxy on loopback that forwards connections or fails like a real one.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The reaction of a proxy to a CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyKind {
    /// Forwards to the requested host.
    Forward,
    /// Forwards to this address, whatever the requested host: the proxy resolves names that no DNS server has.
    ForwardTo(SocketAddr),
    /// Sends this text in place of its response, then closes the connection.
    Respond(String),
    /// Answers 200 with endless headers, one byte at a time.
    SlowHeaders {
        /// The time between two bytes.
        milliseconds: u64,
    },
    /// Reads the CONNECT and sends nothing.
    Silent,
}

/// A proxy on this machine. Dropping it closes its port. Forwarded connections stay until one of their ends closes.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy.
    ///
    /// # Errors
    /// The system has no free port.
    pub fn start(kind: ProxyKind) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let proxy = Self { address: listener.local_addr()?, requests: Arc::default(), stopped: Arc::default() };
        let (requests, stopped) = (Arc::clone(&proxy.requests), Arc::clone(&proxy.stopped));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (kind, requests, stopped) = (kind.clone(), Arc::clone(&requests), Arc::clone(&stopped));
                // A connection ends when either end closes it.
                thread::spawn(move || drop(serve(client, &kind, &requests, &stopped)));
            }
        });
        Ok(proxy)
    }

    /// The URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL with credentials.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@{}", self.address)
    }

    /// The head of each request that it received.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // One more connection wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut client: TcpStream,
    kind: &ProxyKind,
    requests: &Mutex<Vec<String>>,
    stopped: &AtomicBool,
) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    match kind {
        ProxyKind::Forward => forward(client, TcpStream::connect(target)?),
        ProxyKind::ForwardTo(address) => forward(client, TcpStream::connect(address)?),
        ProxyKind::Respond(answer) => client.write_all(answer.as_bytes()),
        ProxyKind::Silent => client.read_to_end(&mut Vec::new()).map(drop),
        ProxyKind::SlowHeaders { milliseconds } => {
            let endless = b"HTTP/1.1 200 Connection established\r\n".iter().chain(b"X-More: 1\r\n".iter().cycle());
            for byte in endless {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                client.write_all(&[*byte])?;
                thread::sleep(Duration::from_millis(*milliseconds));
            }
            Ok(())
        }
    }
}

fn forward(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let copied = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
        copied
    });
    io::copy(&mut client, &mut server)?;
    server.shutdown(Shutdown::Both)?;
    let _ = back.join();
    Ok(())
}
