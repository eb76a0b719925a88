//! A message over which the vendor itself fails, every time: it holds up nobody but its own object, and not for ever.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use notify_test::queue::{self, Queue};
use notify_test::{Bench, NO_FLOOD};
use serde_json::Value;

use crate::stage::{PATIENCE, SLACK, problem, run};

/// Answers as Slack's webhook does, but with 500 to one notification.
struct Vendor {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<u32>>>,
}

impl Vendor {
    /// Fails at whatever has that in it.
    fn start(poison: impl Into<String>) -> Vendor {
        let poison: Arc<str> = poison.into().into();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (noted, poison) = (Arc::clone(&noted), Arc::clone(&poison));
                thread::spawn(move || serve(client, &poison, &noted));
            }
        });
        Vendor { address, asked }
    }

    /// In the order of arrival, answered well or not.
    fn asked(&self) -> Vec<u32> {
        self.asked.lock().expect("no panic").clone()
    }

    fn times(&self, number: u32) -> usize {
        self.asked().iter().filter(|one| **one == number).count()
    }
}

fn serve(client: TcpStream, poison: &str, noted: &Mutex<Vec<u32>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    loop {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 && line != "\r\n" {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body);
        let number = queue::note_in(&body).unwrap_or_default();
        noted.lock().expect("no panic").push(number);
        let (status, text) = match body.contains(poison) {
            true => ("500 Internal Server Error", "fatal_error"),
            false => ("200 OK", "ok"),
        };
        let length = text.len();
        write!(
            client,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{text}"
        )?;
        client.flush()?;
    }
}

fn bench_at(vendor: &Vendor) -> Bench {
    let bench = Bench::new(SLACK);
    let config = bench.smallest_config();
    let here = bench.preview.address().to_string();
    let there = config.replace(&here, &vendor.address.to_string());
    bench.config(&format!(
        "{there}[queue]\nretry_first = \"10ms\"\nretry_longest = \"20ms\"\nattempts = 3\n"
    ));
    bench
}

#[test]
fn a_poisonous_message_is_given_up_after_its_attempts_and_holds_up_nobody_else() {
    const POISON: u32 = 1;
    let vendor = Vendor::start(format!("note-{POISON}-"));
    let bench = bench_at(&vendor);
    let queue = Queue::of(&bench);
    run(&mut problem(&bench, "poisoned", POISON)).says("queued");
    // About the same object: it waits behind.
    run(&mut problem(&bench, "poisoned", 2)).says("queued");
    let begun = Instant::now();
    let mut number = 2;
    while queue.failed().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{:#?}", queue.lines());
        number += 1;
        run(&mut problem(&bench, &format!("web{number}"), number)).code(0);
        run(&mut queue::drainer(&bench));
    }
    queue::drain(&bench);
    for passed in 2..=number {
        assert_eq!(vendor.times(passed), 1, "{passed}: {:?}", vendor.asked());
    }
    // Each time another one passed; what was asked while nobody knew whose fault it was is not counted.
    let times = vendor.times(POISON);
    assert!((3..=6).contains(&times), "{times}: {:?}", vendor.asked());
    let asked = vendor.asked();
    let place = |number| asked.iter().position(|one| *one == number);
    assert!(place(3) < place(2), "others go first: {asked:?}");
    let failed = queue.failed();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0].note(), Some(POISON));
    let receipts = queue.final_receipts();
    let given_up: Vec<_> = receipts
        .iter()
        .filter(|receipt| receipt["became"] == "given_up")
        .collect();
    assert_eq!(given_up.len(), 1, "{receipts:#?}");
    let reason = given_up[0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("3 attempts failed"), "{reason}");
    assert_eq!(queue.counted(), 0);
}

#[test]
fn several_poisonous_objects_hold_up_nobody_else() {
    const POISON: u32 = 4;
    let vendor = Vendor::start(format!("note-{POISON}-"));
    let bench = bench_at(&vendor);
    let queue = Queue::of(&bench);
    let line = queue.hold(&queue::lane(&bench, "default"));
    for host in ["a", "b", "c"] {
        run(&mut problem(&bench, host, POISON)).says("queued");
    }
    for number in 10..40 {
        run(&mut problem(&bench, &format!("web{number}"), number)).says("queued");
    }
    drop(line);
    let begun = Instant::now();
    while !(10..40).all(|number| vendor.times(number) == 1) {
        assert!(begun.elapsed() < PATIENCE, "{:?}", vendor.asked());
        run(&mut queue::drainer(&bench));
    }
    // Few of the requests were for nothing.
    assert!(vendor.times(POISON) <= 6, "{:?}", vendor.asked());
}

#[test]
fn a_digest_that_fails_over_one_of_its_members_is_told_in_parts_until_that_is_found() {
    let vendor = Vendor::start("poisoned");
    let bench = bench_at(&vendor);
    let config = fs::read_to_string(bench.folder().join("config.toml")).expect("a config");
    let flood = "[flood]\ndigest_above = 3\ndigest_collect = 0\ndigest_every = 0\n";
    let config = config.replace(NO_FLOOD, flood);
    assert!(config.contains(flood), "{config}");
    bench.file("config.toml", &config);
    let queue = Queue::of(&bench);
    let line = queue.hold(&queue::lane(&bench, "default"));
    for number in 1..=12 {
        let host = match number {
            7 => "poisoned".to_owned(),
            number => format!("web{number}"),
        };
        run(&mut problem(&bench, &host, number)).says("queued");
    }
    drop(line);
    let begun = Instant::now();
    let mut later = 100;
    while queue.failed().is_empty() || !queue.waiting().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{:#?}", queue.lines());
        run(&mut queue::drainer(&bench));
        // Others pass: so it is this one's own fault.
        if queue.waiting().len() < 2 {
            later += 1;
            run(&mut problem(&bench, &format!("later{later}"), later)).code(0);
        }
    }
    let failed = queue.failed();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0].note(), Some(7));
    let receipts = queue.final_receipts();
    let delivered = |receipt: &&Value| receipt["became"] == "delivered";
    let hosts: BTreeSet<&str> = receipts
        .iter()
        .filter(delivered)
        .filter_map(|receipt| receipt["host"].as_str())
        .filter(|host| host.starts_with("web"))
        .collect();
    assert_eq!(hosts.len(), 11, "{hosts:?}");
}
