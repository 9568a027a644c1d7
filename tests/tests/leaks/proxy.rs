//! A proxy with authentication.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// A proxy on this machine. Ends on drop.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
}

impl Proxy {
    /// A proxy that works, or one that refuses and quotes the credentials in its refusal.
    pub fn start(leads_on: bool) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                thread::spawn(move || serve(client, leads_on));
            }
        });
        Ok(Self { port })
    }

    /// The URL with credentials.
    pub fn url(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@127.0.0.1:{}", self.port)
    }
}

fn serve(mut client: TcpStream, leads_on: bool) -> io::Result<()> {
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
    if !leads_on || !head.to_ascii_lowercase().contains("proxy-authorization: basic") {
        let quoted: String = head.chars().filter(|character| !character.is_control()).collect();
        let refusal = format!("HTTP/1.1 407 You sent {quoted}\r\nContent-Length: {}\r\n\r\n{quoted}", quoted.len());
        return client.write_all(refusal.as_bytes());
    }
    let mut server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let copied = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
        copied
    });
    let _ = io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Both);
    let _ = back.join();
    Ok(())
}
