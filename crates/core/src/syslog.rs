//! The last word on a notification that is lost: stderr may be read by nobody.

use std::os::unix::net::UnixDatagram;

/// Facility daemon, severity critical.
const DAEMON_CRITICAL: u8 = 3 * 8 + 2;

/// A machine without a syslog has no other place to say it.
pub fn critical(program: &str, line: &str) {
    let message = format!(
        "<{DAEMON_CRITICAL}>{program}[{}]: {line}",
        std::process::id()
    );
    if let Ok(socket) = UnixDatagram::unbound() {
        let _ = socket.set_nonblocking(true);
        let _ = socket.send_to(message.as_bytes(), "/dev/log");
    }
}
