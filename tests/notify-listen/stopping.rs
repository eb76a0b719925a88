//! SIGTERM: what was accepted is finished, and nobody can put it off.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use notify_test::listener::{Listener, PATIENCE, Reply};

use crate::bench;

/// Nobody else is let in any more.
fn until_it_refuses(listener: &Listener) {
    let begun = Instant::now();
    while std::net::TcpStream::connect(listener.address()).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "it still takes connections");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_request_that_is_on_its_way_is_finished() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let mut stream = listener.connect();
    let head = "POST /slack/interaction HTTP/1.1\r\nContent-Length: 4\r\n\r\nab";
    stream.write_all(head.as_bytes()).unwrap();
    // It is accepted as soon as a later one is answered.
    listener.get("/healthz").status(200);
    listener.terminate();
    until_it_refuses(&listener);
    stream.write_all(b"cd").unwrap();
    Reply::of(&mut stream).status(401);
    assert!(listener.stop().contains("stopped"));
}

#[test]
fn idle_and_trickling_connections_do_not_keep_it() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let _idle = listener.connect();
    let mut head = listener.connect();
    head.write_all(b"POST /slack/inter").unwrap();
    let mut body = listener.connect();
    body.write_all(b"POST /slack/interaction HTTP/1.1\r\nContent-Length: 100\r\n\r\nx")
        .unwrap();
    listener.get("/healthz").status(200);
    let begun = Instant::now();
    listener.stop();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(8), "it took {took:?}");
}

#[test]
fn it_can_be_started_again_at_once() {
    let (bench, _core) = bench();
    for _ in 0..3 {
        let listener = bench.start();
        listener.get("/healthz").status(200);
        listener.stop();
    }
}
