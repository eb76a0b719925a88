//! As much of HTTP/1.1 as a client of these vendors needs: requests in, answers out.

use std::io::{self, Read, Write};

use serde_json::Value;

/// Far above what any of the vendors takes, so that their own limits are met first.
const LARGEST_BODY: usize = 4 * 1024 * 1024;
const LARGEST_HEAD: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Answer {
        Answer::typed(status, "application/json", body.to_string())
    }

    pub fn text(status: u16, body: &str) -> Answer {
        Answer::typed(status, "text/plain; charset=utf-8", body.to_string())
    }

    pub fn html(status: u16, body: &str) -> Answer {
        Answer::typed(status, "text/html; charset=utf-8", body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    pub(crate) fn empty(status: u16) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn head(&self, content_length: usize, after: After) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {content_length}\r\n"));
        if after == After::Close {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn typed(status: u16, content_type: &str, body: String) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type".to_string(), content_type.to_string())],
            body: body.into_bytes(),
        }
    }
}

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    KeepOpen,
    Close,
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) after: After,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The media type alone, in lower case.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let media_type = value.split(';').next().unwrap_or_default();
        media_type.trim().to_ascii_lowercase()
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
            .filter(|token| !token.is_empty())
    }
}

pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client left, between requests or in the middle of one.
    Gone,
    Malformed(&'static str),
    TooLarge,
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        ReadError::Gone
    }
}

/// Takes one request after the other from a connection.
#[derive(Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    pub(crate) fn next(&mut self, wire: &mut (impl Read + Write)) -> Result<Request, ReadError> {
        let head_end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if self.buffer.len() > LARGEST_HEAD {
                return Err(ReadError::Malformed("the head is too large"));
            }
            self.fill(wire)?;
        };
        let mut request = parse_head(&self.buffer[..head_end])?;
        self.buffer.drain(..head_end);
        let expects = request
            .header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        if expects && self.buffer.is_empty() {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            wire.flush()?;
        }
        request.body = match request.header("transfer-encoding") {
            Some(coding) if coding.eq_ignore_ascii_case("chunked") => self.chunked(wire)?,
            Some(_) => return Err(ReadError::Malformed("unknown transfer coding")),
            None => match request.header("content-length") {
                Some(length) => {
                    let length = length
                        .parse()
                        .map_err(|_| ReadError::Malformed("bad Content-Length"))?;
                    self.take(wire, length)?
                }
                None => Vec::new(),
            },
        };
        Ok(request)
    }

    fn chunked(&mut self, wire: &mut impl Read) -> Result<Vec<u8>, ReadError> {
        let mut body = Vec::new();
        loop {
            let line = self.line(wire)?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16)
                .map_err(|_| ReadError::Malformed("bad chunk length"))?;
            if length == 0 {
                while !self.line(wire)?.is_empty() {}
                return Ok(body);
            }
            if length.saturating_add(body.len()) > LARGEST_BODY {
                return Err(ReadError::TooLarge);
            }
            body.extend(self.take(wire, length)?);
            if !self.line(wire)?.is_empty() {
                return Err(ReadError::Malformed("bad end of a chunk"));
            }
        }
    }

    fn line(&mut self, wire: &mut impl Read) -> Result<String, ReadError> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                self.buffer.drain(..end + 2);
                return Ok(line);
            }
            if self.buffer.len() > LARGEST_HEAD {
                return Err(ReadError::Malformed("a line is too long"));
            }
            self.fill(wire)?;
        }
    }

    fn take(&mut self, wire: &mut impl Read, length: usize) -> Result<Vec<u8>, ReadError> {
        if length > LARGEST_BODY {
            return Err(ReadError::TooLarge);
        }
        while self.buffer.len() < length {
            self.fill(wire)?;
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn fill(&mut self, wire: &mut impl Read) -> Result<(), ReadError> {
        let filled = self.buffer.len();
        self.buffer.resize(filled + 16 * 1024, 0);
        let read = wire.read(&mut self.buffer[filled..]);
        self.buffer
            .truncate(filled + read.as_ref().map_or(0, |count| *count));
        match read? {
            0 => Err(ReadError::Gone),
            _ => Ok(()),
        }
    }
}

fn parse_head(head: &[u8]) -> Result<Request, ReadError> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.trim_start_matches("\r\n").split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(ReadError::Malformed("bad request line"));
    };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(ReadError::Malformed("not HTTP/1"));
    }
    let mut headers = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once(':')
            .ok_or(ReadError::Malformed("bad header"))?;
        headers.push((name.to_string(), value.trim().to_string()));
    }
    let connection = header(&headers, "connection").unwrap_or_default();
    let after = match version {
        "HTTP/1.0" if !connection.eq_ignore_ascii_case("keep-alive") => After::Close,
        _ if connection.eq_ignore_ascii_case("close") => After::Close,
        _ => After::KeepOpen,
    };
    let (path, query) = split_target(target);
    Ok(Request {
        method: method.to_string(),
        target: target.to_string(),
        path,
        query,
        headers,
        body: Vec::new(),
        after,
    })
}

/// A client that talks to a proxy sends `http://host/path`.
fn split_target(target: &str) -> (String, String) {
    let local = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => {
            rest.find('/').map_or("/", |slash| &rest[slash..])
        }
        _ => target,
    };
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    (path.to_string(), query.to_string())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every boundary is met.
    struct Drip(io::Cursor<Vec<u8>>, Vec<u8>);

    impl Read for Drip {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    impl Write for Drip {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drip(bytes: &str) -> Drip {
        Drip(io::Cursor::new(bytes.as_bytes().to_vec()), Vec::new())
    }

    #[test]
    fn two_requests_on_one_connection_are_told_apart() {
        let mut wire = drip(
            "POST http://h:1/a?b=c HTTP/1.1\r\ncontent-LENGTH: 3\r\n\r\nabcGET / HTTP/1.0\r\n\r\n",
        );
        let mut reader = Reader::default();
        let first = reader.next(&mut wire).unwrap();
        assert_eq!((first.path.as_str(), first.query.as_str()), ("/a", "b=c"));
        assert_eq!(first.target, "http://h:1/a?b=c");
        assert_eq!(first.body, b"abc");
        assert_eq!(first.after, After::KeepOpen);
        let second = reader.next(&mut wire).unwrap();
        assert_eq!(second.method, "GET");
        assert_eq!(second.after, After::Close);
        assert!(matches!(reader.next(&mut wire), Err(ReadError::Gone)));
    }

    #[test]
    fn chunks_with_extensions_and_trailers_make_one_body() {
        let mut wire = drip(
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
        );
        let request = Reader::default().next(&mut wire).unwrap();
        assert_eq!(request.body, b"abc0123456789");
    }

    #[test]
    fn a_client_that_waits_is_told_to_continue() {
        let mut wire =
            drip("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
        Reader::default().next(&mut wire).unwrap();
        assert_eq!(wire.1, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    #[test]
    fn a_body_over_the_limit_is_not_read() {
        let mut wire = drip("POST / HTTP/1.1\r\nContent-Length: 4194305\r\n\r\n");
        assert!(matches!(
            Reader::default().next(&mut wire),
            Err(ReadError::TooLarge)
        ));
    }
}
