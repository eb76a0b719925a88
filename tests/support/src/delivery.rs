//! The way to the vendor: the deadline, and several destinations at once.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use notify_preview::{Fault, Options, Preview};

use crate::resolver::{self, Manner};
use crate::{Bench, HOST_DOWN, Program};

#[macro_export]
macro_rules! delivery {
    ($program:expr) => {
        $crate::promises!(delivery, $program;
            a_delivery_says_so_in_one_line,
            every_request_names_the_software,
            several_destinations_get_the_message_each,
            a_dead_destination_does_not_delay_the_others,
            the_worst_code_of_several_destinations_wins,
            a_resolver_that_never_answers_is_left_at_the_deadline,
            a_handshake_without_an_answer_is_left_at_the_connect_timeout,
        );
    };
}

pub fn a_delivery_says_so_in_one_line(program: Program) {
    let bench = Bench::new(program);
    let run = bench.send(&[]);
    let place = format!("{}:default: delivered", program.provider());
    run.code(0).quiet().one_line(program).says(&place);
    assert!(bench.only().shown.is_some());
}

pub fn every_request_names_the_software(program: Program) {
    let bench = Bench::new(program);
    for line in [&[][..], &["--check"], &["--test"]] {
        bench.send(line).code(0);
    }
    for request in bench.preview.received() {
        let agent = request.header("user-agent").unwrap_or_default();
        let version = agent.strip_prefix("monitoring-notify/");
        let is_version = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
        assert!(version.is_some_and(is_version), "{request:#?}");
    }
}

/// A config in which each of these stand-ins is a destination: `a`, `b`, `c`, …
fn destinations(program: Program, places: &[String]) -> String {
    let provider = program.provider();
    let sections: Vec<String> = ('a'..)
        .zip(places)
        .map(|(name, place)| format!("[{provider}.destinations.{name}]\n{place}"))
        .collect();
    sections.concat()
}

fn stand_in(fault: Option<Fault>) -> Preview {
    let preview = Preview::start(Options::default()).expect("the stand-in starts");
    preview.always(fault);
    preview
}

pub fn several_destinations_get_the_message_each(program: Program) {
    let provider = program.provider();
    for names in [&["a", "b"][..], &["a", "b", "c"], &["c", "a"]] {
        let full: Vec<String> = names
            .iter()
            .map(|name| format!("{provider}:{name}"))
            .collect();
        let separate: Vec<&str> = names.iter().flat_map(|name| ["--to", name]).collect();
        for line in [separate, vec!["--to", &full.join(",")]] {
            let bench = Bench::new(program);
            let previews = [stand_in(None), stand_in(None), stand_in(None)];
            let places = previews.each_ref().map(|preview| program.place(preview));
            bench.config(&destinations(program, &places));
            let run = bench.send(&line);
            run.code(0).quiet();
            assert_eq!(run.stderr.lines().count(), names.len(), "{run:#?}");
            for (name, preview) in ["a", "b", "c"].iter().zip(&previews) {
                let wanted = names.contains(name);
                let said = format!("{}: {provider}:{name}: delivered", program.name);
                assert_eq!(run.stderr.contains(&said), wanted, "{line:?}: {run:#?}");
                let received = preview.received();
                assert_eq!(received.len(), usize::from(wanted), "{line:?} {name}");
            }
        }
    }
}

pub fn a_dead_destination_does_not_delay_the_others(program: Program) {
    const DEADLINE: Duration = Duration::from_secs(2);
    let bench = Bench::unqueued(program);
    let hanging = stand_in(Some(Fault::Hang));
    let alive = [stand_in(None), stand_in(None)];
    let places = [&hanging, &alive[0], &alive[1]].map(|preview| program.place(preview));
    let config = destinations(program, &places);
    bench.config(&format!("timeout = \"2s\"\n{config}"));
    let began = Instant::now();
    let run = bench.send(&["--to", "a,b,c"]);
    let took = began.elapsed();
    run.code(75).quiet();
    run.says(":a: not delivered: 127.0.0.1 did not answer in time")
        .says(":b: delivered")
        .says(":c: delivered");
    assert_eq!(run.stderr.lines().count(), 3, "{run:#?}");
    assert!(
        took > DEADLINE.mul_f64(0.9) && took < 2 * DEADLINE,
        "{took:?}"
    );
    for preview in &alive {
        let after = preview.received()[0].at.duration_since(began);
        assert!(after < DEADLINE / 2, "arrived after {after:?}");
    }
}

pub fn the_worst_code_of_several_destinations_wins(program: Program) {
    let provider = program.provider();
    for (codes, worst) in [
        (&[0, 0][..], 0),
        (&[0, 75], 75),
        (&[75, 0], 75),
        (&[75, 69], 69),
        (&[69, 0, 75], 69),
        (&[78, 69], 78),
        (&[0, 75, 69, 78], 78),
    ] {
        let bench = Bench::unqueued(program);
        let previews: Vec<Preview> = codes
            .iter()
            .map(|code| match code {
                75 => stand_in(Some(Fault::status(503))),
                69 => stand_in(Some(Fault::status(403))),
                _ => stand_in(None),
            })
            .collect();
        let places: Vec<String> = codes
            .iter()
            .zip(&previews)
            .map(|(code, preview)| match (code, provider) {
                (78, "pagerduty") => "integration_key_file = \"nosuch.key\"\n".to_owned(),
                (78, _) => "webhook_url_file = \"nosuch.url\"\n".to_owned(),
                _ => program.place(preview),
            })
            .collect();
        bench.config(&destinations(program, &places));
        let names: Vec<String> = ('a'..).take(codes.len()).map(String::from).collect();
        let run = bench.send(&["--to", &names.join(",")]);
        assert_eq!(run.code, worst, "{codes:?}: {run:#?}");
        run.quiet();
        for (code, name) in codes.iter().zip(&names) {
            let said = match code {
                0 => "delivered",
                75 => "not delivered: the vendor answered 503",
                69 => "destination refused: 403",
                _ => "not delivered, config: ",
            };
            run.says(&format!("{}: {provider}:{name}: {said}", program.name));
        }
        assert_eq!(run.stderr.lines().count(), codes.len(), "{run:#?}");
    }
}

pub fn a_resolver_that_never_answers_is_left_at_the_deadline(program: Program) {
    let mut bench = Bench::unqueued(program);
    let resolver = resolver::built(Manner::NeverAnswers, bench.folder());
    bench.set("LD_PRELOAD", &resolver.display().to_string());
    let url = bench.preview.url();
    let config = bench.smallest_config();
    for (config, words) in [
        (
            config.replace(&url, "https://vendor.example"),
            "the name of vendor.example was not resolved in time",
        ),
        (
            format!("{config}[proxy]\nurl = \"http://proxy.example:3128\"\n"),
            "the proxy proxy.example:3128 could not be reached in time",
        ),
    ] {
        bench.config(&format!(
            "timeout = \"1s\"\nconnect_timeout = \"500ms\"\n{config}"
        ));
        let began = Instant::now();
        let run = bench.send(&[]);
        let took = began.elapsed();
        run.code(75).quiet().one_line(program).says(words);
        assert!(took > Duration::from_millis(450), "{took:?}");
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
}

pub fn a_handshake_without_an_answer_is_left_at_the_connect_timeout(program: Program) {
    let bench = Bench::unqueued(program);
    let authority = crate::certificates::Authority::new();
    bench.file("ca.pem", &authority.certificate());
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = silent.local_addr().expect("its address");
    let url = bench.preview.url();
    let config = bench
        .smallest_config()
        .replace(&url, &format!("https://{address}"));
    bench.config(&format!(
        "connect_timeout = \"500ms\"\n{config}ca_file = \"ca.pem\"\n"
    ));
    let began = Instant::now();
    let run = bench.run(HOST_DOWN);
    let took = began.elapsed();
    run.code(75)
        .quiet()
        .one_line(program)
        .says("127.0.0.1 could not be reached in time");
    assert!(took > Duration::from_millis(450), "{took:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}
