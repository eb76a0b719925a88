//! HTTP, faults and the end of a preview, from a client's side.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use client::{connect, post, read_reply, request, send};
use notify_preview::{Answer, Fault, Options, Preview};
use serde_json::json;

const HOOK: &str = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
const SOON: Duration = Duration::from_secs(10);

fn preview() -> Preview {
    Preview::start(Options::default()).unwrap()
}

fn message() -> Vec<u8> {
    let json = [("Content-Type", "application/json")];
    request("POST", HOOK, &json, b"{\"text\":\"x\"}")
}

#[test]
fn one_connection_serves_many_requests() {
    let preview = preview();
    let mut stream = connect(&preview);
    for _ in 0..20 {
        stream.write_all(&message()).unwrap();
        assert_eq!(read_reply(&mut stream).unwrap().text(), "ok");
    }
    post(&preview, HOOK, &json!({"text": "x"}));
    let connections: Vec<u64> = preview
        .received()
        .iter()
        .map(|one| one.connection)
        .collect();
    assert_eq!(connections[..20], [1; 20]);
    assert_eq!(connections[20], 2);
}

#[test]
fn a_chunked_body_is_put_together() {
    let preview = preview();
    let mut stream = connect(&preview);
    let head = format!(
        "POST http://127.0.0.1{HOOK} HTTP/1.1\r\ncontent-type: application/json\r\n\
         TRANSFER-ENCODING: chunked\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"7\r\n{\"text\"\r\n").unwrap();
    stream.write_all(b"5\r\n:\"x\"}\r\n0\r\n\r\n").unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().text(), "ok");
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(preview.received()[0].path, HOOK);
    assert_eq!(
        preview.received()[0].target,
        format!("http://127.0.0.1{HOOK}")
    );
}

#[test]
fn a_client_that_expects_to_continue_is_told_to() {
    let preview = preview();
    let mut stream = connect(&preview);
    let head =
        format!("POST {HOOK} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{\"text\":\"x\"}").unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().text(), "ok");
}

#[test]
fn what_is_no_http_gets_400_and_what_is_too_large_413() {
    let preview = preview();
    let mut stream = connect(&preview);
    stream.write_all(b"nonsense\r\n\r\n").unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().status, 400);
    let mut stream = connect(&preview);
    stream
        .write_all(b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nabc")
        .unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().status, 413);
}

#[test]
fn queued_faults_come_in_order_and_then_all_is_well() {
    let preview = preview();
    preview.next(Fault::too_many(30));
    preview.next(Fault::status(503));
    preview.next(Fault::redirect("https://elsewhere/"));
    preview.next(Fault::html(200));
    assert_eq!(preview.unused_faults(), 4);
    let replies: Vec<_> = (0..5)
        .map(|_| post(&preview, HOOK, &json!({"text": "x"})))
        .collect();
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [429, 503, 302, 200, 200]);
    assert_eq!(replies[0].header("Retry-After"), Some("30"));
    assert_eq!(replies[2].header("Location"), Some("https://elsewhere/"));
    assert!(replies[3].text().contains("<html>"));
    assert_eq!(replies[4].text(), "ok");
    assert_eq!(preview.unused_faults(), 0);
    let verdicts: Vec<String> = preview
        .received()
        .into_iter()
        .map(|one| one.verdict)
        .collect();
    assert_eq!(
        verdicts,
        [
            "fault: 429",
            "fault: 503",
            "fault: 302",
            "fault: 200",
            "accepted"
        ]
    );
}

#[test]
fn a_lasting_fault_lasts_until_it_is_taken_back() {
    let preview = preview();
    preview.always(Some(Fault::status(500)));
    assert_eq!(post(&preview, HOOK, &json!({"text": "x"})).status, 500);
    assert_eq!(post(&preview, HOOK, &json!({"text": "x"})).status, 500);
    preview.always(None);
    assert_eq!(post(&preview, HOOK, &json!({"text": "x"})).status, 200);
}

#[test]
fn a_path_can_be_given_an_answer_of_its_own() {
    let preview = preview();
    preview.answer_path(
        "/v1/hosts",
        Answer::json(200, json!({"hosts": []})).header("X-A", "b"),
    );
    preview.next(Fault::status(500));
    let reply = send(&preview, "GET", "/v1/hosts?x=y", &[], b"").unwrap();
    assert_eq!((reply.status, reply.header("x-a")), (200, Some("b")));
    assert_eq!(preview.unused_faults(), 1);
    assert_eq!(preview.received()[0].target, "/v1/hosts?x=y");
    assert_eq!(preview.received()[0].path, "/v1/hosts");
}

#[test]
fn a_reset_is_a_reset_and_a_close_is_a_close() {
    let preview = preview();
    preview.next(Fault::Reset);
    let mut stream = connect(&preview);
    stream.write_all(&message()).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    preview.next(Fault::Close);
    let mut stream = connect(&preview);
    stream.write_all(&message()).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    let received = preview.received();
    assert_eq!(received[0].verdict, "fault: reset");
    assert_eq!(received[1].verdict, "fault: close");
    assert!(
        received
            .iter()
            .all(|one| one.status.is_none() && one.shown.is_none())
    );
    assert!(
        received
            .iter()
            .all(|one| one.json() == json!({"text": "x"}))
    );
}

#[test]
fn half_an_answer_breaks_off_in_its_body() {
    let preview = preview();
    preview.next(Fault::HalfBody);
    let error = send(&preview, "POST", HOOK, &[], b"{\"text\":\"x\"}").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(preview.received()[0].verdict, "accepted");
}

#[test]
fn a_delayed_answer_is_right_and_late() {
    let preview = preview();
    preview.next(Fault::Delay(Duration::from_millis(200)));
    let start = Instant::now();
    assert_eq!(post(&preview, HOOK, &json!({"text": "x"})).text(), "ok");
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn dropping_the_preview_ends_whatever_hangs_and_frees_the_port() {
    let preview = preview();
    let address = preview.address();
    let mut streams = Vec::new();
    for fault in [
        Fault::Hang,
        Fault::Trickle,
        Fault::Delay(Duration::from_secs(600)),
    ] {
        preview.next(fault);
        let mut stream = connect(&preview);
        stream.write_all(&message()).unwrap();
        streams.push(stream);
        preview.wait_for(streams.len(), SOON);
    }
    // Idle, and in the middle of a request.
    streams.push(connect(&preview));
    streams.push(connect(&preview));
    streams[4].write_all(b"POST / HT").unwrap();
    let start = Instant::now();
    drop(preview);
    for mut stream in streams {
        let mut rest = Vec::new();
        // The end may come as a reset.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < 200);
    }
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    TcpListener::bind(address).unwrap();
}

#[test]
fn a_trickle_is_the_right_answer_byte_by_byte() {
    let preview = preview();
    preview.next(Fault::Trickle);
    let mut stream = connect(&preview);
    stream.write_all(&message()).unwrap();
    let mut bytes = [0; 10];
    assert_eq!(stream.read(&mut bytes).unwrap(), 1);
    assert_eq!(stream.read(&mut bytes[1..]).unwrap(), 1);
    assert_eq!(&bytes[..2], b"HT");
}

#[test]
fn waiting_ends_with_the_count_or_with_the_time() {
    let preview = preview();
    assert!(preview.wait_for(1, Duration::from_millis(20)).is_empty());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| preview.wait_for(2, SOON).len());
        post(&preview, HOOK, &json!({"text": "x"}));
        post(&preview, HOOK, &json!({"text": "y"}));
        assert_eq!(waiting.join().unwrap(), 2);
    });
}

#[test]
fn only_loopback_is_listened_on() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let options = Options {
            address: Some(address.parse().unwrap()),
            ..Options::default()
        };
        let error = Preview::start(options).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
