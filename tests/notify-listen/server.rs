//! Whatever comes over the network: it is limited, refused in words, and stops nobody else.

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use notify_test::listener::{Listener, PATIENCE, Reply, now, slack_signature};

use crate::{PROGRAM, bench, killed};

const HEAD: &str = "POST /slack/interaction HTTP/1.1\r\nHost: listener\r\n";
const MEGABYTE: usize = 1024 * 1024;

fn is_well(listener: &Listener) {
    listener.get("/healthz").status(200);
}

/// One line of text.
fn says(reply: &Reply, status: u16, words: &str) {
    reply.status(status);
    assert_eq!(reply.body, format!("{words}\n"), "{reply:#?}");
    assert!(
        reply.head.contains("content-type: text/plain"),
        "{reply:#?}"
    );
}

#[test]
fn a_body_that_is_announced_too_large_is_refused_before_it_comes() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let mut stream = listener.connect();
    let head = format!("{HEAD}Content-Length: {}\r\n\r\n", MEGABYTE + 1);
    stream.write_all(head.as_bytes()).unwrap();
    says(&Reply::of(&mut stream), 413, "too large");
    listener.until_it_says("slack: a request is refused: too large");
}

#[test]
fn a_body_that_becomes_too_large_is_refused_and_the_answer_arrives() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let mut request = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..3 {
        request.extend(format!("{:x}\r\n", MEGABYTE / 2).into_bytes());
        request.extend(vec![b'x'; MEGABYTE / 2]);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\n\r\n");
    says(&listener.send(&request), 413, "too large");
}

#[test]
fn a_body_of_a_megabyte_passes() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let body = vec![b'x'; MEGABYTE];
    listener.post("/slack/interaction", &[], &body).status(401);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let long = format!("{HEAD}X-Long: {}\r\n\r\n", "x".repeat(40 * 1024));
    listener.send(long.as_bytes()).status(431);
    let many: String = (0..70).map(|number| format!("X-{number}: x\r\n")).collect();
    listener
        .send(format!("{HEAD}{many}\r\n").as_bytes())
        .status(431);
    is_well(&listener);
}

#[test]
fn who_trickles_a_head_or_a_body_is_told_so_and_holds_up_nobody() {
    let (bench, _core) = bench();
    let listener = bench.start();
    // Each further piece would be worth another wait to a careless server.
    let slowly = [
        ("POST /slack/inter".to_owned(), "x"),
        (format!("{HEAD}X-Header: "), "x"),
        (format!("{HEAD}Content-Length: 1000\r\n\r\n"), "x"),
        (
            format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n"),
            "1\r\nx\r\n",
        ),
        (String::new(), ""),
    ];
    let begun = Instant::now();
    thread::scope(|scope| {
        for (beginning, piece) in &slowly {
            let mut stream = listener.connect();
            scope.spawn(move || {
                stream.write_all(beginning.as_bytes()).unwrap();
                let mut trickling = stream.try_clone().unwrap();
                scope.spawn(move || {
                    while trickling.write_all(piece.as_bytes()).is_ok() {
                        match piece.is_empty() {
                            true => return,
                            false => thread::sleep(Duration::from_millis(200)),
                        }
                    }
                });
                says(&Reply::of(&mut stream), 408, "too slow");
                let _ = stream.shutdown(Shutdown::Both);
            });
        }
        while begun.elapsed() < Duration::from_secs(2) {
            is_well(&listener);
        }
    });
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn a_body_that_breaks_off_is_a_bad_request() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let request = format!("{HEAD}Content-Length: 100\r\n\r\nhalf of it");
    says(
        &listener.send(request.as_bytes()),
        400,
        "the body is broken",
    );
    let request = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n");
    says(
        &listener.send(request.as_bytes()),
        400,
        "the body is broken",
    );
}

#[test]
fn the_513th_connection_waits_until_one_of_the_others_leaves() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let mut open: Vec<_> = (0..512).map(|_| listener.connect()).collect();
    let mut waiting = listener.connect();
    waiting.write_all(b"GET /healthz HTTP/1.1\r\n\r\n").unwrap();
    waiting
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let nothing = waiting.read(&mut [0; 1]);
    assert!(nothing.is_err(), "it is answered at once: {nothing:?}");
    // The others go on: one of them says what it came for.
    let mut first = open.remove(0);
    first.write_all(b"GET /healthz HTTP/1.1\r\n\r\n").unwrap();
    Reply::of(&mut first).status(200);
    drop(first);
    waiting.set_read_timeout(Some(PATIENCE)).unwrap();
    Reply::of(&mut waiting).status(200);
}

#[test]
fn one_connection_brings_one_request() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let mut stream = listener.connect();
    let request = b"GET /healthz HTTP/1.1\r\nHost: listener\r\nConnection: keep-alive\r\n\r\n";
    stream.write_all(&request.repeat(3)).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[test]
fn what_is_not_http_is_refused_and_counted() {
    let (bench, _core) = bench();
    let listener = bench.start();
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST /healthz HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ] {
        let reply = listener.send(nonsense);
        assert_eq!(
            reply.status,
            400,
            "{:?}: {reply:#?}",
            String::from_utf8_lossy(nonsense)
        );
    }
    // Who says nothing is told nothing.
    listener.send(b"").status(0);
    let metrics = listener.get("/metrics").body;
    let counted = "notify_listen_refused_total{source=\"unknown\",reason=\"bad_http\"} 11";
    assert!(metrics.contains(counted), "{metrics}");
    let told = listener
        .log()
        .matches("unknown: something that is not HTTP/1")
        .count();
    assert_eq!(told, 1, "one line for all of them: {}", listener.log());
}

#[test]
fn unknown_paths_and_methods_are_answered_in_a_line_and_counted() {
    let (bench, _core) = bench();
    let listener = bench.start();
    for path in [
        "/",
        "/nothing",
        "/slack",
        "/slack/../metrics",
        "/slack/%2e%2e/metrics",
        "//metrics",
        "/metrics/",
        "/METRICS",
        "/slack/interaction/..%2f..%2fetc%2fpasswd",
        "/%00",
        "/%ff%fe",
    ] {
        says(&listener.get(path), 404, "nothing is here");
    }
    for path in ["/healthz", "/metrics"] {
        says(&listener.post(path, &[], b""), 405, "not by this method");
        let head = listener.send(format!("HEAD {path} HTTP/1.1\r\n\r\n").as_bytes());
        head.status(200);
        assert_eq!(head.body, "");
    }
    says(
        &listener.get("/slack/interaction"),
        405,
        "not by this method",
    );
    let metrics = listener.get("/metrics").body;
    for counted in [
        "notify_listen_requests_total{source=\"unknown\",status=\"4xx\"} 5",
        "notify_listen_requests_total{source=\"slack\",status=\"4xx\"} 5",
        "notify_listen_requests_total{source=\"metrics\",status=\"4xx\"} 3",
        "notify_listen_requests_total{source=\"healthz\",status=\"2xx\"} 1",
    ] {
        assert!(metrics.contains(counted), "{counted} is not in\n{metrics}");
    }
}

#[test]
fn large_bodies_that_never_end_fill_no_memory_and_shut_nobody_out() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let head = format!("{HEAD}Content-Length: {MEGABYTE}\r\n\r\n");
    let body = vec![b'x'; MEGABYTE - 1];
    let mut open: Vec<_> = (0..48).map(|_| listener.connect()).collect();
    thread::scope(|scope| {
        for stream in &mut open {
            let (head, body) = (&head, &body);
            scope.spawn(move || {
                stream.write_all(head.as_bytes()).unwrap();
                let _ = stream.write_all(body);
            });
        }
    });
    listener.until_it_says("slack: a request is refused: busy");
    is_well(&listener);
    listener
        .post("/slack/interaction", &[], &[b'x'; 60 * 1024])
        .status(401);
    let most = memory(&listener);
    assert!(most < 120, "it needed {most} MB");
}

/// The most that it ever had, in MB.
fn memory(listener: &Listener) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", listener.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() / 1024
}

#[test]
fn who_hangs_up_without_listening_is_carried_all_the_same() {
    let (bench, core) = killed::stage(PROGRAM, 20);
    let listener = bench.start();
    for service in 0..20 {
        let body = killed::pressed(service, 1);
        let sent = now().to_string();
        let signature = slack_signature("slack-signing-secret", &sent, body.as_bytes());
        let length = body.len();
        let request = format!(
            "{HEAD}X-Slack-Request-Timestamp: {sent}\r\nX-Slack-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let mut stream = listener.connect();
        stream.write_all(request.as_bytes()).unwrap();
        // An answer that nobody reads turns this into a reset.
        drop(stream);
    }
    for service in 0..20 {
        core.until_acknowledged("web01", Some(&format!("Ping {service}")));
    }
}

#[test]
fn out_of_descriptors_it_waits_and_goes_on() {
    let (bench, _core) = bench();
    let start = bench.command(&[]);
    let mut limited = Command::new("/bin/sh");
    limited
        .args(["-c", "ulimit -n 40; exec \"$0\""])
        .arg(start.get_program())
        .env_clear()
        .envs(
            start
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let listener = bench.start_as(limited);
    let before = work(&listener);
    let open: Vec<_> = (0..60).map(|_| listener.connect()).collect();
    listener.until_it_says("listener: cannot accept a connection: Too many open files");
    thread::sleep(Duration::from_secs(1));
    let worked = work(&listener) - before;
    assert!(worked < 50, "it worked {worked} of about 100 ticks");
    assert!(listener.log().matches("cannot accept").count() <= 2);
    drop(open);
    is_well(&listener);
}

/// Ticks on a processor, of which there are a hundred in a second.
fn work(listener: &Listener) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", listener.pid())).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = rest.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
