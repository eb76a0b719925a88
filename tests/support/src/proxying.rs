//! The way through a proxy, and past it.

use std::time::{Duration, Instant};

use notify_preview::{Options, Preview};
use rcgen::ExtendedKeyUsagePurpose;

use crate::certificates::Authority;
use crate::proxy::{Manner, Proxy};
use crate::resolver;
use crate::{Bench, Program, Run};

#[macro_export]
macro_rules! proxying {
    ($program:expr) => {
        $crate::promises!(proxying, $program;
            a_proxy_is_asked_to_connect_to_the_vendor,
            credentials_reach_the_proxy_as_they_are_written,
            credentials_that_cannot_be_read_are_exit_78,
            a_proxys_url_that_is_none_is_exit_78,
            a_proxy_may_speak_tls,
            the_proxy_finds_the_vendors_address,
            the_vendors_certificate_counts_behind_a_proxy_as_well,
            no_proxy_and_use_proxy_lead_past_the_proxy,
            a_proxy_in_the_environment_is_not_asked,
            use_proxy_without_a_proxy_is_exit_78,
            a_proxy_that_refuses_is_named,
            a_dead_proxy_is_named,
        );
    };
}

/// `proxy-user:pr0xy-pa55word`
const PLAIN: &str = "Basic cHJveHktdXNlcjpwcjB4eS1wYTU1d29yZA==";
/// `dömain\user:p@ss:w/rd %é#?`
const SPECIAL: &str = "Basic ZMO2bWFpblx1c2VyOnBAc3M6dy9yZCAlw6kjPw==";

fn with_proxy(bench: &Bench, keys: &str) {
    bench.config(&format!("[proxy]\n{keys}\n{}", bench.smallest_config()));
}

fn url(proxy: &Proxy) -> String {
    format!("url = \"http://{}\"", proxy.address())
}

fn secure(program: Program, authority: &Authority) -> Bench {
    let bench = Bench::with(
        program,
        Options {
            tls: Some(authority.server("localhost")),
            ..Options::default()
        },
    );
    bench.file("ca.pem", &authority.certificate());
    bench
}

pub fn a_proxy_is_asked_to_connect_to_the_vendor(program: Program) {
    let authority = Authority::new();
    for bench in [Bench::unqueued(program), secure(program, &authority)] {
        let proxy = Proxy::start(Manner::Connects);
        let ca_file = match bench.preview.url().starts_with("https") {
            true => "ca_file = \"ca.pem\"\n",
            false => "",
        };
        for keys in ["", "use_proxy = true\n"] {
            bench.config(&format!(
                "[proxy]\n{}\n{}{ca_file}{keys}",
                url(&proxy),
                bench.smallest_config()
            ));
            bench.send(&[]).code(0).quiet().one_line(program);
        }
        let requests = proxy.requests();
        assert_eq!(requests.len(), 2, "{requests:#?}");
        let vendor = bench.preview.url();
        let place = vendor.rsplit('/').next().expect("host and port");
        for request in &requests {
            let asked = format!("CONNECT {place} HTTP/1.1\r\n");
            assert!(request.starts_with(&asked), "{request}");
            let request = request.to_ascii_lowercase();
            assert!(!request.contains("authorization"), "{request}");
        }
        assert_eq!(bench.preview.received().len(), 2);
    }
}

pub fn credentials_reach_the_proxy_as_they_are_written(program: Program) {
    let cases = [
        ("url = \"http://proxy-user:pr0xy-pa55word@PLACE\"", PLAIN),
        (
            "url = \"PLACE\"\nusername = \"proxy-user\"\npassword = \"pr0xy-pa55word\"",
            PLAIN,
        ),
        (
            "url = \"http://PLACE/\"\nusername = \"proxy-user\"\npassword_file = \"password\"",
            PLAIN,
        ),
        (
            "url = \"http://PLACE\"\nusername = \"proxy-user\"\npassword_env = \"PROXY_PASSWORD\"",
            PLAIN,
        ),
        ("url_file = \"url\"", PLAIN),
        ("url_env = \"PROXY_URL\"", PLAIN),
        (
            "url = \"http://old:forgotten@PLACE\"\nusername = \"proxy-user\"\npassword_file = \"password\"",
            PLAIN,
        ),
        (
            r#"url = "http://PLACE"
username = 'dömain\user'
password = "p@ss:w/rd %é#?""#,
            SPECIAL,
        ),
        (
            "url = \"http://d%C3%B6main%5Cuser:p%40ss%3Aw%2Frd%20%25%C3%A9%23%3F@PLACE\"",
            SPECIAL,
        ),
    ];
    for (keys, header) in cases {
        let mut bench = Bench::unqueued(program);
        let proxy = Proxy::start(Manner::Connects);
        let place = proxy.address().to_string();
        let whole = format!("http://proxy-user:pr0xy-pa55word@{place}");
        bench.file("password", "pr0xy-pa55word\n");
        bench.file("url", &format!("{whole}\n"));
        bench.set("PROXY_PASSWORD", "pr0xy-pa55word");
        bench.set("PROXY_URL", &whole);
        with_proxy(&bench, &keys.replace("PLACE", &place));
        let run = bench.send(&[]);
        assert_eq!(run.code, 0, "{keys}: {run:#?}");
        let request = proxy.requests().concat();
        let line = format!("Proxy-Authorization: {header}\r\n");
        assert!(request.contains(&line), "{keys}: {request}");
        bench.only();
    }
}

pub fn credentials_that_cannot_be_read_are_exit_78(program: Program) {
    for (keys, words) in [
        (
            "username = \"proxy-user\"\npassword_file = \"nosuch\"",
            "nosuch",
        ),
        (
            "username = \"proxy-user\"\npassword_env = \"NO_SUCH\"",
            "NO_SUCH",
        ),
        ("url_file = \"nosuch\"", "nosuch"),
        ("url = \"socks5://127.0.0.1:1080\"", "http:// or https://"),
        ("username = \"proxy-user\"", "[proxy] has no url"),
    ] {
        let bench = Bench::unqueued(program);
        let url = match keys.contains("url") || words.contains("url") {
            true => "",
            false => "url = \"http://127.0.0.1:1\"\n",
        };
        with_proxy(&bench, &format!("{url}{keys}"));
        let run = bench.send(&[]);
        assert_eq!(run.code, 78, "{keys}: {run:#?}");
        run.quiet().one_line(program).says(words).says("proxy");
        assert_eq!(bench.preview.received().len(), 0, "{keys}");
    }
}

pub fn a_proxys_url_that_is_none_is_exit_78(program: Program) {
    for place in [
        "proxy.example:31z28",
        "proxy.example:99999",
        ":3128",
        "pro xy:3128",
    ] {
        let bench = Bench::unqueued(program);
        with_proxy(
            &bench,
            &format!("url = \"http://proxy-user:pr0xy-pa55word@{place}\""),
        );
        let run = bench.send(&[]);
        assert_eq!(run.code, 78, "{place}: {run:#?}");
        run.quiet().one_line(program).says("proxy").says("url");
    }
}

pub fn a_proxy_may_speak_tls(program: Program) {
    let authority = Authority::new();
    for bench in [Bench::unqueued(program), secure(program, &authority)] {
        bench.file("ca.pem", &authority.certificate());
        let identity = authority.issue("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let proxy = Proxy::start_with_tls(Manner::Connects, &identity);
        let port = proxy.address().port();
        bench.config(&format!(
            "[proxy]\nurl = \"https://proxy-user:pr0xy-pa55word@localhost:{port}\"\n{}ca_file = \"ca.pem\"\n",
            bench.smallest_config()
        ));
        bench.send(&[]).code(0).quiet().one_line(program);
        assert!(proxy.requests().concat().contains(PLAIN));
        bench.only();
    }
}

pub fn the_proxy_finds_the_vendors_address(program: Program) {
    let mut bench = Bench::unqueued(program);
    let resolver = resolver::built(resolver::Manner::KnowsNobody, bench.folder());
    bench.set("LD_PRELOAD", &resolver.display().to_string());
    let proxy = Proxy::start(Manner::ConnectsTo(bench.preview.address()));
    let vendor = bench
        .smallest_config()
        .replace(&bench.preview.url(), "http://vendor.example");
    bench.config(&format!("[proxy]\n{}\n{vendor}", url(&proxy)));
    bench.send(&[]).code(0).quiet().one_line(program);
    let request = proxy.requests().concat();
    assert!(
        request.starts_with("CONNECT vendor.example:80 "),
        "{request}"
    );
    bench.only();
}

pub fn the_vendors_certificate_counts_behind_a_proxy_as_well(program: Program) {
    let mut bench = secure(program, &Authority::new());
    let stranger = bench.file("stranger.pem", &Authority::new().certificate());
    bench.set("SSL_CERT_FILE", &stranger.display().to_string());
    let proxy = Proxy::start(Manner::Connects);
    with_proxy(&bench, &url(&proxy));
    bench
        .send(&[])
        .code(69)
        .quiet()
        .one_line(program)
        .says("the certificate of localhost is signed by nobody this machine trusts");
    assert_eq!(proxy.requests().len(), 1);
    assert_eq!(bench.preview.received().len(), 0);
}

pub fn no_proxy_and_use_proxy_lead_past_the_proxy(program: Program) {
    for (no_proxy, own, through) in [
        ("no_proxy = \"127.0.0.1\"", "", 0),
        ("no_proxy = \"127.0.0.0/8\"", "", 0),
        ("no_proxy = \"chat.example.com, 127.0.0.1\"", "", 0),
        ("no_proxy = [\"10.0.0.0/8\", \"127.0.0.0/8\"]", "", 0),
        ("no_proxy = \"*\"", "", 0),
        ("", "use_proxy = false", 0),
        ("no_proxy = \"\"", "", 1),
        ("no_proxy = \"10.0.0.0/8, localhost\"", "", 1),
        ("no_proxy = \"27.0.0.1\"", "use_proxy = true", 1),
    ] {
        let bench = Bench::unqueued(program);
        let proxy = Proxy::start(Manner::Connects);
        let config = bench.smallest_config();
        bench.config(&format!(
            "[proxy]\n{}\n{no_proxy}\n{config}{own}\n",
            url(&proxy)
        ));
        let run = bench.send(&[]);
        let case = format!("{no_proxy} {own}");
        assert_eq!(run.code, 0, "{case}: {run:#?}");
        assert_eq!(proxy.requests().len(), through, "{case}");
        bench.only();
    }
}

pub fn a_proxy_in_the_environment_is_not_asked(program: Program) {
    let mut bench = Bench::unqueued(program);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        bench.set(name, "http://127.0.0.1:1");
        bench.set(&name.to_ascii_lowercase(), "http://127.0.0.1:1");
    }
    bench.send(&[]).code(0).quiet().one_line(program);
    // Nor does its exception count where the config names a proxy.
    bench.set("NO_PROXY", "127.0.0.1").set("no_proxy", "*");
    let proxy = Proxy::start(Manner::Connects);
    with_proxy(&bench, &url(&proxy));
    bench.send(&[]).code(0).quiet().one_line(program);
    assert_eq!(proxy.requests().len(), 1);
}

pub fn use_proxy_without_a_proxy_is_exit_78(program: Program) {
    let bench = Bench::unqueued(program);
    bench.config(&format!("{}use_proxy = true\n", bench.smallest_config()));
    let run = bench.send(&[]);
    run.code(78).quiet().one_line(program).says("use_proxy");
    run.says("[proxy]");
    assert_eq!(bench.preview.received().len(), 0);
}

/// Through a proxy with credentials of which nothing may be seen.
fn through(bench: &Bench, place: &str) -> Run {
    bench.config(&format!(
        "timeout = \"2s\"\nconnect_timeout = \"1s\"\n[proxy]\nurl = \"http://proxy-user:pr0xy-pa55word@{place}\"\n{}",
        bench.smallest_config()
    ));
    let began = Instant::now();
    let run = bench.send(&[]);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(!run.stderr.contains("proxy-user"), "{run:#?}");
    assert_eq!(bench.preview.received().len(), 0);
    run
}

pub fn a_proxy_that_refuses_is_named(program: Program) {
    for (answer, code, words) in [
        (
            "407 Proxy Authentication Required",
            69,
            "wants credentials (407): set username and password in [proxy]",
        ),
        (
            "403 Forbidden",
            69,
            "does not let the request through (403)",
        ),
        ("502 Bad Gateway", 75, "answered 502"),
        ("503 Service Unavailable", 75, "answered 503"),
    ] {
        let bench = Bench::unqueued(program);
        let proxy = Proxy::start(Manner::Refuses(answer));
        let place = proxy.address().to_string();
        let run = through(&bench, &place);
        assert_eq!(run.code, code, "{answer}: {run:#?}");
        run.quiet()
            .one_line(program)
            .says(&format!("the proxy {place} {words}"));
    }
}

pub fn a_dead_proxy_is_named(program: Program) {
    let closes = Proxy::start(Manner::Closes).address();
    let hangs = Proxy::start(Manner::Hangs).address();
    // Answers a proxy's question as a web server does.
    let web = Preview::start(Options::default()).expect("the stand-in starts");
    for (place, code, words) in [
        ("127.0.0.1:1".to_owned(), 75, "refused the connection"),
        (closes.to_string(), 75, ""),
        (hangs.to_string(), 75, "in time"),
        (web.address().to_string(), 69, "(404)"),
    ] {
        let bench = Bench::unqueued(program);
        let run = through(&bench, &place);
        assert_eq!(run.code, code, "{words}: {run:#?}");
        run.quiet()
            .one_line(program)
            .says(&format!("the proxy {place}"))
            .says(words);
    }
}
