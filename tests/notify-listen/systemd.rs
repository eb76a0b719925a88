//! systemd's side of the notification protocol.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;

use notify_test::listener::PATIENCE;

use crate::bench;

struct Systemd(UnixDatagram);

impl Systemd {
    fn at(address: &SocketAddr) -> Systemd {
        let socket = UnixDatagram::bind_addr(address).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Systemd(socket)
    }

    fn hears(&self) -> String {
        let mut datagram = [0; 256];
        let length = self.0.recv(&mut datagram).expect("it says something");
        String::from_utf8_lossy(&datagram[..length]).into_owned()
    }

    /// All that comes until this.
    fn hears_at_last(&self, last: &str) -> Vec<String> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|state| state != last) {
            heard.push(self.hears());
        }
        heard
    }
}

#[test]
fn it_is_ready_when_it_listens_and_says_when_it_stops() {
    let (bench, _core) = bench();
    let path = bench.folder().join("notify");
    let systemd = Systemd::at(&SocketAddr::from_pathname(&path).unwrap());
    let mut command = bench.command(&[]);
    command.env("NOTIFY_SOCKET", &path);
    let listener = bench.start_as(command);
    assert_eq!(systemd.hears(), "READY=1");
    listener.get("/healthz").status(200);
    listener.stop();
    assert_eq!(systemd.hears(), "STOPPING=1");
}

#[test]
fn a_watchdog_hears_of_it_from_an_abstract_socket_too() {
    let (bench, _core) = bench();
    let name = format!("monitoring-notify-{}", bench.folder().display());
    let systemd = Systemd::at(&SocketAddr::from_abstract_name(&name).unwrap());
    let mut command = bench.command(&[]);
    command.env("NOTIFY_SOCKET", format!("@{name}"));
    command.env("WATCHDOG_USEC", "200000");
    let listener = bench.start_as(command);
    assert_eq!(systemd.hears(), "READY=1");
    for _ in 0..5 {
        assert_eq!(systemd.hears(), "WATCHDOG=1");
    }
    listener.stop();
    let heard = systemd.hears_at_last("STOPPING=1");
    assert!(
        heard
            .iter()
            .rev()
            .skip(1)
            .all(|state| state == "WATCHDOG=1")
    );
}

#[test]
fn a_watchdog_of_another_process_is_not_ours() {
    let (bench, _core) = bench();
    let path = bench.folder().join("notify");
    let systemd = Systemd::at(&SocketAddr::from_pathname(&path).unwrap());
    let mut command = bench.command(&[]);
    command.env("NOTIFY_SOCKET", &path);
    command
        .env("WATCHDOG_USEC", "200000")
        .env("WATCHDOG_PID", "1");
    bench.start_as(command).stop();
    assert_eq!(
        systemd.hears_at_last("STOPPING=1"),
        ["READY=1", "STOPPING=1"]
    );
}

#[test]
fn a_socket_that_nobody_reads_stops_nothing() {
    let (bench, _core) = bench();
    let path = bench.folder().join("notify");
    for name in [
        path.display().to_string(),
        "@nobody".to_owned(),
        String::new(),
    ] {
        let mut command: Command = bench.command(&[]);
        command.env("NOTIFY_SOCKET", name);
        let listener = bench.start_as(command);
        listener.get("/healthz").status(200);
        listener.stop();
    }
}
