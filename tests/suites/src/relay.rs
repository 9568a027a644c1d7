//! A relay between a client and a cloud that a test can cut or write to.

use mist_client::Host;
use mist_simulator::Simulator;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Relays connections to a cloud.
pub struct Relay {
    pub address: SocketAddr,
    open: Arc<Mutex<Vec<(TcpStream, TcpStream)>>>,
}

impl Relay {
    pub fn to(cloud: &Simulator) -> Self {
        Self::new(cloud, false)
    }

    /// Another address of the cloud: closes a connection when the cloud does.
    pub fn address_of(cloud: &Simulator) -> Self {
        Self::new(cloud, true)
    }

    fn new(cloud: &Simulator, closes: bool) -> Self {
        let target: SocketAddr = cloud.url().split_once("://").unwrap().1.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&open);
        thread::spawn(move || {
            for near in listener.incoming() {
                let near = near.unwrap();
                let far = TcpStream::connect(target).unwrap();
                let pair = (near.try_clone().unwrap(), far.try_clone().unwrap());
                shared.lock().unwrap().push(pair);
                pass_each_way(near, far, closes);
            }
        });
        Self { address, open }
    }

    pub fn host(&self) -> Host {
        Host::parse(&format!("https://{}", self.address)).unwrap()
    }

    /// Closes every connection, as a server does with an idle one.
    pub fn cut(&self) {
        for (near, far) in self.open.lock().unwrap().drain(..) {
            let _ = near.shutdown(Shutdown::Both);
            let _ = far.shutdown(Shutdown::Both);
        }
    }

    /// Drops all further responses of the cloud.
    pub fn swallow_answers(&self) {
        for (_, far) in self.open.lock().unwrap().iter() {
            let _ = far.shutdown(Shutdown::Read);
        }
    }

    /// Writes these bytes to the client on every connection, without TLS.
    pub fn write(&self, bytes: &[u8]) {
        for (near, _) in self.open.lock().unwrap().iter_mut() {
            let _ = near.write_all(bytes);
        }
    }
}

/// Copies between two connections until either ends.
pub fn pass_both_ways(near: TcpStream, far: TcpStream) {
    pass_each_way(near, far, false);
}

fn pass_each_way(near: TcpStream, far: TcpStream, closes: bool) {
    let back = (far.try_clone().unwrap(), near.try_clone().unwrap());
    thread::spawn(move || pass(near, far, true));
    thread::spawn(move || pass(back.0, back.1, closes));
}

fn pass(mut from: TcpStream, mut to: TcpStream, closes: bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if closes {
        let _ = to.shutdown(Shutdown::Both);
    }
}
