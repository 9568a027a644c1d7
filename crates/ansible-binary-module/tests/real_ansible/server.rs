//! A server of one object on the loopback interface.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// Serves requests, one after another, until the test ends.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut object = None;
        for stream in listener.incoming() {
            answer(stream.unwrap(), &mut object);
        }
    });
    address
}

/// An object with the word `refused` is refused.
fn answer(mut stream: TcpStream, object: &mut Option<String>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let lines = reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let head: Vec<String> = lines.collect();
    let length = head.iter().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body).unwrap();
    let (status, response) = match head[0].split(' ').next() {
        Some("PUT") if body.contains("refused") => ("400 Bad Request", "no".to_owned()),
        Some("PUT") => ("200 OK", object.insert(body).clone()),
        Some("DELETE") => ("204 No Content", {
            *object = None;
            String::new()
        }),
        _ => object.clone().map_or(("404 Not Found", String::new()), |object| ("200 OK", object)),
    };
    write!(stream, "HTTP/1.0 {status}\r\nContent-Length: {}\r\n\r\n{response}", response.len()).unwrap();
}
