//! systemd's notification protocol: datagrams to the socket that it names.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tokio::time::sleep;

/// Whoever started us otherwise waits for nothing.
pub fn tell(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    // A systemd that does not hear it says so itself.
    if let (Ok(address), Ok(socket)) = (address, UnixDatagram::unbound()) {
        let _ = socket.set_nonblocking(true);
        let _ = socket.send_to_addr(state.as_bytes(), &address);
    }
}

/// Where systemd wants to hear now and then that we are alive, it does: from within the runtime, so that one that stands
/// still is restarted.
pub fn keep_alive() {
    let variable = |name| std::env::var_os(name);
    let Some(every) = interval(variable("WATCHDOG_USEC"), variable("WATCHDOG_PID")) else {
        return;
    };
    tokio::spawn(async move {
        loop {
            tell("WATCHDOG=1");
            sleep(every).await;
        }
    });
}

/// Half of what systemd waits for, where it means this process.
fn interval(
    wait: Option<impl AsRef<OsStr>>,
    process: Option<impl AsRef<OsStr>>,
) -> Option<Duration> {
    let number = |text: &OsStr| text.to_str()?.parse::<u64>().ok();
    let ours = |process: &OsStr| number(process) == Some(u64::from(std::process::id()));
    let wait = number(wait?.as_ref()).filter(|wait| *wait > 1)?;
    let meant = process.is_none_or(|process| ours(process.as_ref()));
    meant.then(|| Duration::from_micros(wait / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_time_and_for_this_process_alone() {
        let own = std::process::id().to_string();
        let none: Option<&str> = None;
        let second = Some(Duration::from_secs(1));
        assert_eq!(interval(Some("2000000"), none), second);
        assert_eq!(interval(Some("2000000"), Some(own.as_str())), second);
        assert_eq!(interval(Some("2000000"), Some("1")), None);
        for nonsense in ["", "0", "-1", "soon"] {
            assert_eq!(interval(Some(nonsense), none), None);
        }
        assert_eq!(interval(none, none), None);
    }
}
