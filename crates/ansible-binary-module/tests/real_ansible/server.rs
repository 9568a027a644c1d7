//! A server of objects on the loopback interface.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The objects by path.
pub(crate) type Objects = Arc<Mutex<HashMap<String, String>>>;

/// Serves requests, one after another, until the test ends.
pub(crate) fn start(objects: Objects) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &mut objects.lock().unwrap());
        }
    });
    address
}

/// An object with the word `refused` is refused.
fn answer(mut stream: TcpStream, objects: &mut HashMap<String, String>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let lines = reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let head: Vec<String> = lines.collect();
    let length = head.iter().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body).unwrap();
    let mut words = head[0].split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (status, response) = match method.as_str() {
        "PUT" if body.contains("refused") => ("400 Bad Request", "no".to_owned()),
        "PUT" => ("200 OK", {
            objects.insert(path, body.clone());
            body
        }),
        "DELETE" => ("204 No Content", {
            objects.remove(&path);
            String::new()
        }),
        _ => objects.get(&path).map_or(("404 Not Found", String::new()), |object| ("200 OK", object.clone())),
    };
    write!(stream, "HTTP/1.0 {status}\r\nContent-Length: {}\r\n\r\n{response}", response.len()).unwrap();
}
