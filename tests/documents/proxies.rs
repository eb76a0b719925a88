//! The snippets for the proxies before the listener: where nginx or Apache is installed, it runs with them.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use notify_test::listener::PATIENCE;

use crate::fences::{Block, blocks_in};
use crate::listening::Listening;

const BEHIND: &str = "127.0.0.1:8085";
const SOURCES: [&str; 3] = ["slack", "mattermost", "pagerduty"];

fn only(language: &str) -> Block {
    let mut blocks = blocks_in(language);
    assert_eq!(blocks.len(), 1, "docs/answers.md has one");
    blocks.remove(0)
}

#[test]
fn the_snippets_pass_on_what_vendors_call_and_nothing_else() {
    for language in ["nginx", "apache"] {
        let Block { place, text, .. } = only(language);
        for source in SOURCES {
            assert!(text.contains(source), "{place}: {source}");
        }
        assert!(text.contains(BEHIND), "{place}: the listener's own address");
        for inner in ["healthz", "metrics"] {
            assert!(!text.contains(inner), "{place}: {inner}");
        }
        for line in text.lines().map(str::trim) {
            let opens = line.matches('{').count();
            let is_block = opens > 0 || line == "}" || line.starts_with('<');
            let ends = line.is_empty() || is_block || language == "apache" || line.ends_with(';');
            assert!(ends, "{place}: {line}");
        }
    }
}

#[test]
fn nginx_passes_on_what_the_snippet_says() {
    let Some(nginx) = installed(&["nginx"]) else {
        return;
    };
    let listening = Listening::new();
    let port = free_port();
    let folder = listening.bench.folder().to_owned();
    let site = plain(&only("nginx").text, &listening, |line| match line {
        "listen 443 ssl;" => Some(format!("listen 127.0.0.1:{port};")),
        "listen [::]:443 ssl;" => None,
        line if line.starts_with("ssl_") => None,
        line => Some(line.to_owned()),
    });
    let here = folder.display();
    let mut config = format!(
        "daemon off;\nmaster_process off;\npid {here}/nginx.pid;\nerror_log {here}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        let _ = writeln!(config, "{kind}_temp_path {here}/{kind};");
    }
    let file = write(&folder, "nginx.conf", &format!("{config}{site}}}\n"));
    let mut command = Command::new(nginx);
    command.arg("-p").arg(&folder).arg("-c").arg(file);
    command.arg("-e").arg(folder.join("error.log"));
    lets_in_what_it_should(&mut command, port);
}

#[test]
fn apache_passes_on_what_the_snippet_says() {
    let Some(apache) = installed(&["apache2", "httpd"]) else {
        return;
    };
    let modules = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"];
    let Some(modules) = modules.iter().map(Path::new).find(|path| path.is_dir()) else {
        return;
    };
    let listening = Listening::new();
    let port = free_port();
    let folder = listening.bench.folder().to_owned();
    let site = plain(&only("apache").text, &listening, |line| match line {
        "<VirtualHost *:443>" => Some(format!("<VirtualHost 127.0.0.1:{port}>")),
        line if line.starts_with("SSL") => None,
        line => Some(line.to_owned()),
    });
    let here = folder.display();
    let mut config = format!(
        "ServerRoot {here}\nServerName localhost\nPidFile {here}/pid\nErrorLog {here}/error.log\nMutex file:{here}\nListen 127.0.0.1:{port}\n"
    );
    for name in [
        "mpm_event",
        "authz_core",
        "reqtimeout",
        "proxy",
        "proxy_http",
    ] {
        let _ = writeln!(
            config,
            "LoadModule {name}_module {}/mod_{name}.so",
            modules.display()
        );
    }
    let file = write(&folder, "apache.conf", &format!("{config}{site}"));
    let mut command = Command::new(apache);
    // One process, which leaves no children behind.
    command.arg("-X").arg("-f").arg(file);
    lets_in_what_it_should(&mut command, port);
}

/// Without TLS, which the snippets have from somebody's own files, and with this listener behind it.
fn plain(snippet: &str, listening: &Listening, line: impl Fn(&str) -> Option<String>) -> String {
    let behind = listening.listener.address().to_string();
    let lines = snippet.lines().filter_map(|text| line(text.trim()));
    lines
        .map(|line| line.replace(BEHIND, &behind) + "\n")
        .collect()
}

fn lets_in_what_it_should(proxy: &mut Command, port: u16) {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let started = proxy.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn();
    let _proxy = Stopped(started.expect("the proxy starts"));
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "{proxy:?} does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    // Nobody signed it: the listener itself says so.
    assert_eq!(status(address, "POST", "/slack/interaction", "x"), 401);
    assert_eq!(status(address, "GET", "/slack/interaction", ""), 405);
    assert_eq!(
        status(
            address,
            "POST",
            "/slack/interaction",
            &"x".repeat(1_100_000)
        ),
        413
    );
    for path in [
        "/healthz",
        "/metrics",
        "/",
        "/slack",
        "/slackk/x",
        "/slack/../metrics",
        "/slack/..%2fmetrics",
        "/slack/%2e%2e/healthz",
        "//healthz",
        "/slack/;/../../metrics",
        "/healthz/../slack/x",
        "/%68ealthz",
    ] {
        let status = status(address, "GET", path, "");
        assert!([400, 403, 404].contains(&status), "{path}: {status}");
    }
}

fn status(address: SocketAddr, method: &str, path: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).expect("the proxy listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: mon.example.com\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("{method} {path}: no answer: {answer}"))
}

fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/sbin"));
    let mut files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.find(|file| file.is_file())
}

/// Proxies cannot be told to take any that is free.
fn free_port() -> u16 {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    taken.local_addr().expect("its address").port()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("a config");
    file
}

struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
