//! The one place that speaks HTTP. What fails is said in words without the URL, which may be a secret.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use ureq::http::{Request, Uri};
use ureq::{Agent, AsSendBody, Body};

use crate::config::Config;
use crate::connection::Connection;
use crate::now::Deadline;
use crate::tls;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
}

/// A request as it goes over the wire, credentials included: it has no `Debug` on purpose.
pub struct Wire {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// Where a redirect points; none is ever followed.
    pub location: Option<String>,
    pub body: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It was not asked: the way to it is cut, which may pass by itself.
    Unreachable(String),
    /// It was asked and did not answer as it should, which may pass by itself.
    Broken(String),
    /// Will not pass until somebody mends something.
    Lasting(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::Unreachable(reason)
            | NoAnswer::Broken(reason)
            | NoAnswer::Lasting(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for NoAnswer {}

/// One connection to one place, kept for as many requests as there are.
pub struct Client {
    agent: Agent,
    host: String,
    /// Named in errors: who configures a proxy has to know that it is the one that failed.
    proxy: Option<String>,
}

/// No vendor's answer is longer: Slack repeats the message in its own, a digest of 116,000 characters with six bytes for
/// each. The rest of a stray page is not read.
pub const LONGEST_ANSWER: u64 = 1024 * 1024;

/// ureq's own 128 KiB are cleared at every start: a fifth of a notifier's whole work.
const BUFFER: usize = 16 * 1024;

const USER_AGENT: &str = concat!("monitoring-notify/", env!("CARGO_PKG_VERSION"));

impl Client {
    pub fn new(
        connection: &Connection,
        url: &str,
        connect_timeout: Duration,
        config: &Config,
    ) -> anyhow::Result<Client> {
        let Some(uri) = url.parse().ok().filter(is_whole) else {
            anyhow::bail!("its URL is malformed");
        };
        let host = uri.host().unwrap_or_default().to_owned();
        let proxy = match connection.proxy_for(&host) {
            Some(settings) => Some(tls::proxy(settings)?),
            None => None,
        };
        let speaks_tls = uri.scheme_str() == Some("https")
            || proxy
                .as_ref()
                .is_some_and(|proxy| proxy.protocol() == ureq::ProxyProtocol::Https);
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(connect_timeout))
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .user_agent(USER_AGENT)
            .proxy(proxy.clone());
        if speaks_tls {
            agent = agent.tls_config(tls::config(connection, config)?);
        }
        Ok(Client {
            agent: agent.build().into(),
            host,
            proxy: proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())),
        })
    }

    pub fn send(&self, wire: &Wire, deadline: Deadline) -> Result<Response, NoAnswer> {
        let left = deadline.left();
        if left.is_zero() {
            return Err(NoAnswer::Unreachable("no time was left to ask".to_owned()));
        }
        let mut request = Request::builder().uri(&wire.url).method(match wire.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        });
        for (name, value) in &wire.headers {
            request = request.header(*name, value);
        }
        let sent = match &wire.body {
            Some(body) => self.run(request.body(body.as_slice()), left),
            None => self.run(request.body(()), left),
        };
        let mut answer = sent.map_err(|error| self.in_words(&error))?;
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let mut response = Response {
            status: answer.status().as_u16(),
            retry_after: header("retry-after")
                // So PagerDuty's REST API says it.
                .or_else(|| header("ratelimit-reset").filter(|_| answer.status() == 429))
                .and_then(|value| value.trim().parse().ok())
                .map(Duration::from_secs),
            location: header("location").map(str::to_owned),
            body: String::new(),
        };
        let mut body = Vec::new();
        answer
            .body_mut()
            .as_reader()
            .take(LONGEST_ANSWER)
            .read_to_end(&mut body)
            .map_err(|error| match ureq::Error::from(error) {
                timeout @ ureq::Error::Timeout(_) => self.in_words(&timeout),
                _ => NoAnswer::Broken(format!("{} broke off its answer", self.host)),
            })?;
        response.body = String::from_utf8_lossy(&body).into_owned();
        Ok(response)
    }

    fn run(
        &self,
        request: Result<Request<impl AsSendBody>, ureq::http::Error>,
        left: Duration,
    ) -> Result<ureq::http::Response<Body>, ureq::Error> {
        let request = self.agent.configure_request(request?);
        let request = request
            .timeout_global(Some(left))
            // A little earlier, or a silent name service would look like a silent vendor.
            .timeout_resolve(Some(left.saturating_sub(Duration::from_millis(20))))
            .build();
        self.agent.run(request)
    }

    /// Never the error's own words: some of them print the URL.
    fn in_words(&self, error: &ureq::Error) -> NoAnswer {
        let host = &self.host;
        let there = match &self.proxy {
            Some(proxy) => format!("the proxy {proxy}"),
            None => host.clone(),
        };
        match error {
            ureq::Error::Timeout(ureq::Timeout::Resolve) => {
                NoAnswer::Unreachable(format!("the name of {there} was not resolved in time"))
            }
            ureq::Error::Timeout(ureq::Timeout::Connect) => {
                NoAnswer::Unreachable(format!("{there} could not be reached in time"))
            }
            ureq::Error::Timeout(_) => NoAnswer::Broken(format!("{host} did not answer in time")),
            ureq::Error::HostNotFound => {
                NoAnswer::Unreachable(format!("the name of {there} cannot be resolved"))
            }
            ureq::Error::ConnectionFailed => {
                NoAnswer::Unreachable(format!("{there} cannot be reached"))
            }
            ureq::Error::Io(error) => self.io_in_words(error, &there),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                NoAnswer::Broken(format!("{host} does not answer in HTTP"))
            }
            ureq::Error::ConnectProxyFailed(answer) => proxy_in_words(answer, &there),
            ureq::Error::Rustls(error) => tls_in_words(error, host),
            ureq::Error::Tls(_) | ureq::Error::Pem(_) => {
                NoAnswer::Lasting(format!("TLS with {host} failed"))
            }
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                NoAnswer::Lasting("the URL or a header is malformed".to_owned())
            }
            _ => NoAnswer::Broken(format!("the request to {host} failed")),
        }
    }

    fn io_in_words(&self, error: &std::io::Error, there: &str) -> NoAnswer {
        use std::io::ErrorKind;
        if let Some(error) = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return tls_in_words(error, &self.host);
        }
        let unreachable = |words: String| NoAnswer::Unreachable(words);
        match error.kind() {
            ErrorKind::ConnectionRefused => unreachable(format!("{there} refused the connection")),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                unreachable(format!("there is no route to {there}"))
            }
            // std gives a failed getaddrinfo no kind of its own.
            _ if error.to_string().starts_with("failed to lookup address") => {
                unreachable(format!("the name of {there} cannot be resolved"))
            }
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                NoAnswer::Broken(format!("{there} closed the connection"))
            }
            ErrorKind::UnexpectedEof => NoAnswer::Broken(format!(
                "{} closed the connection without an answer",
                self.host
            )),
            ErrorKind::TimedOut => NoAnswer::Broken(format!("{there} did not answer in time")),
            kind => NoAnswer::Broken(format!("the request to {there} failed ({kind})")),
        }
    }
}

/// `http` takes any text for a port, and ureq then the scheme's own port.
pub fn is_whole(uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else {
        return false;
    };
    let place = authority.as_str().rsplit('@').next().unwrap_or_default();
    let says_a_port = place.len() > authority.host().len();
    !authority.host().is_empty() && (!says_a_port || authority.port_u16().is_some())
}

fn proxy_in_words(answer: &str, proxy: &str) -> NoAnswer {
    let status = answer
        .split(|character: char| !character.is_ascii_digit())
        .find_map(|digits| digits.parse::<u16>().ok());
    match status {
        Some(407) => NoAnswer::Lasting(format!(
            "{proxy} wants credentials (407): set username and password in [proxy]"
        )),
        Some(status @ 400..=499) => NoAnswer::Lasting(format!(
            "{proxy} does not let the request through ({status})"
        )),
        Some(status) => NoAnswer::Unreachable(format!("{proxy} answered {status}")),
        None => NoAnswer::Unreachable(format!("{proxy} did not answer")),
    }
}

fn tls_in_words(error: &rustls::Error, host: &str) -> NoAnswer {
    use rustls::AlertDescription as Alert;
    use rustls::CertificateError as Certificate;
    if let rustls::Error::AlertReceived(
        alert @ (Alert::CertificateRequired
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied),
    ) = error
    {
        return NoAnswer::Lasting(format!(
            "{host} wants another client certificate ({alert:?}): check client_cert_file"
        ));
    }
    if let rustls::Error::InvalidMessage(_) = error {
        return NoAnswer::Unreachable(format!("{host} does not speak TLS: is it http://?"));
    }
    let rustls::Error::InvalidCertificate(problem) = error else {
        return NoAnswer::Unreachable(format!("TLS with {host} failed: {error}"));
    };
    NoAnswer::Lasting(match problem {
        Certificate::UnknownIssuer => format!(
            "the certificate of {host} is signed by nobody this machine trusts: set ca_file"
        ),
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            format!("the certificate of {host} has expired")
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            format!("the certificate is not for {host}")
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => format!(
            "{host} shows a CA's certificate as its own: make one with CA:FALSE, or sign it by that CA"
        ),
        other => format!("the certificate of {host} is not valid: {other}"),
    })
}
