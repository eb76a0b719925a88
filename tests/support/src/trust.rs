//! TLS: whom the programs believe, and who believes them.

use notify_preview::{Options, Tls};

use crate::certificates::Authority;
use crate::{Bench, Program};

#[macro_export]
macro_rules! trust {
    ($program:expr) => {
        $crate::promises!(trust, $program;
            a_ca_file_is_trusted,
            a_self_signed_certificate_is_trusted_where_it_is_the_ca_file,
            ssl_cert_file_is_the_machines_trust_store,
            a_certificate_that_proves_nothing_is_refused_with_advice,
            insecure_delivers_with_a_warning,
            a_client_certificate_is_shown_to_a_vendor_who_wants_one,
            a_vendor_who_misses_a_client_certificate_says_so,
            a_certificate_file_that_cannot_be_used_is_exit_78,
            the_key_of_another_certificate_is_exit_78,
            half_of_a_client_certificate_is_exit_78,
            keys_of_the_connection_are_known_beside_another_mistake,
        );
    };
}

fn bench(program: Program, tls: Tls) -> Bench {
    let options = Options {
        tls: Some(tls),
        ..Options::default()
    };
    let mut bench = Bench::with(program, options);
    // Whatever this machine trusts, it is not the test's own authority.
    let stranger = bench.file("stranger.pem", &Authority::new().certificate());
    bench.set("SSL_CERT_FILE", &stranger.display().to_string());
    bench
}

fn with_keys(bench: &Bench, keys: &str) {
    bench.config(&format!("{}{keys}", bench.smallest_config()));
}

pub fn a_ca_file_is_trusted(program: Program) {
    let authority = Authority::new();
    let bench = bench(program, authority.server("localhost"));
    let file = bench.file("ca.pem", &authority.certificate());
    for ca_file in ["ca.pem", &file.display().to_string()] {
        with_keys(&bench, &format!("ca_file = {ca_file:?}\n"));
        bench.send(&[]).code(0).quiet().one_line(program);
    }
    assert_eq!(bench.preview.received().len(), 2);
}

pub fn a_self_signed_certificate_is_trusted_where_it_is_the_ca_file(program: Program) {
    let identity = Authority::self_signed("localhost");
    let certificate = identity.certificate.clone();
    let bench = bench(program, identity.tls());
    with_keys(&bench, "");
    bench
        .send(&[])
        .code(69)
        .one_line(program)
        .says("localhost is signed by nobody this machine trusts");
    bench.file("server.pem", &certificate);
    with_keys(&bench, "ca_file = \"server.pem\"\n");
    bench.send(&[]).code(0).quiet().one_line(program);
}

pub fn ssl_cert_file_is_the_machines_trust_store(program: Program) {
    let authority = Authority::new();
    let mut bench = bench(program, authority.server("localhost"));
    let file = bench.file("store.pem", &authority.certificate());
    bench.set("SSL_CERT_FILE", &file.display().to_string());
    bench.send(&[]).code(0).quiet().one_line(program);
    // A ca_file adds to it and replaces nothing.
    with_keys(&bench, "ca_file = \"stranger.pem\"\n");
    bench.send(&[]).code(0).quiet().one_line(program);
}

pub fn a_certificate_that_proves_nothing_is_refused_with_advice(program: Program) {
    let authority = Authority::new();
    let trusted = "ca_file = \"ca.pem\"\n";
    let cases = [
        (
            authority.server("localhost"),
            "",
            "the certificate of localhost is signed by nobody this machine trusts: set ca_file",
        ),
        (
            authority.server("elsewhere.example"),
            trusted,
            "the certificate is not for localhost",
        ),
        (
            authority.expired("localhost"),
            trusted,
            "the certificate of localhost has expired",
        ),
    ];
    for (tls, keys, words) in cases {
        let bench = bench(program, tls);
        bench.file("ca.pem", &authority.certificate());
        with_keys(&bench, keys);
        let run = bench.send(&[]);
        run.code(69).quiet().one_line(program).says(words);
        assert_eq!(bench.preview.received().len(), 0, "{words}");
    }
}

pub fn insecure_delivers_with_a_warning(program: Program) {
    for name in ["localhost", "elsewhere.example"] {
        let bench = bench(program, Authority::new().server(name));
        with_keys(&bench, "insecure = true\n");
        let run = bench.send(&[]);
        run.code(0)
            .quiet()
            .says("delivered")
            .says("insecure = true");
        assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
        assert!(bench.only().shown.is_some());
    }
}

/// A stand-in that wants a client certificate, whose authority is in `ca.pem`.
fn guarded(program: Program, authority: &Authority) -> Bench {
    let tls = Tls {
        client_ca_pem: Some(authority.certificate().into_bytes()),
        ..authority.server("localhost")
    };
    let bench = bench(program, tls);
    bench.file("ca.pem", &authority.certificate());
    bench
}

const CLIENT: &str = "\
ca_file = \"ca.pem\"
client_cert_file = \"client.pem\"
client_key_file = \"client.key\"
";

pub fn a_client_certificate_is_shown_to_a_vendor_who_wants_one(program: Program) {
    let authority = Authority::new();
    let bench = guarded(program, &authority);
    let client = authority.client();
    bench.file("client.pem", &client.certificate);
    bench.file("client.key", &client.key);
    with_keys(&bench, CLIENT);
    bench.send(&[]).code(0).quiet().one_line(program);
    assert!(bench.only().shown.is_some());
}

pub fn a_vendor_who_misses_a_client_certificate_says_so(program: Program) {
    let authority = Authority::new();
    let bench = guarded(program, &authority);
    let stranger = Authority::new().client();
    bench.file("client.pem", &stranger.certificate);
    bench.file("client.key", &stranger.key);
    for keys in ["ca_file = \"ca.pem\"\n", CLIENT] {
        with_keys(&bench, keys);
        let run = bench.send(&[]);
        run.quiet().one_line(program).says("localhost");
        // The refusal comes after the request is on its way, and may get lost where the connection closes.
        match run.stderr.contains("closed the connection") {
            true => run.code(75),
            false => run.code(69).says("client_cert_file"),
        };
        assert_eq!(bench.preview.received().len(), 0, "{keys}");
    }
}

pub fn a_certificate_file_that_cannot_be_used_is_exit_78(program: Program) {
    let authority = Authority::new();
    let bench = guarded(program, &authority);
    let client = authority.client();
    bench.file("client.pem", &client.certificate);
    bench.file("client.key", &client.key);
    bench.file("nonsense.pem", "no certificate\n");
    bench.file("empty.pem", "");
    for (from, to, words) in [
        ("ca.pem", "nosuch.pem", "nosuch.pem"),
        (
            "ca.pem",
            "nonsense.pem",
            "nonsense.pem holds no certificate",
        ),
        ("ca.pem", "empty.pem", "empty.pem holds no certificate"),
        ("ca.pem", "client.key", "client.key holds no certificate"),
        ("client.pem", "nosuch.pem", "nosuch.pem"),
        (
            "client.pem",
            "nonsense.pem",
            "nonsense.pem holds no certificate",
        ),
        ("client.key", "nosuch.key", "nosuch.key"),
        (
            "client.key",
            "nonsense.pem",
            "nonsense.pem holds no private key",
        ),
        (
            "client.key",
            "client.pem",
            "client.pem holds no private key",
        ),
    ] {
        with_keys(&bench, &CLIENT.replace(from, to));
        let run = bench.send(&[]);
        assert_eq!(run.code, 78, "{from} is {to:?}: {run:#?}");
        run.quiet().one_line(program).says(words);
        assert_eq!(bench.preview.received().len(), 0, "{from} is {to:?}");
    }
}

pub fn the_key_of_another_certificate_is_exit_78(program: Program) {
    let authority = Authority::new();
    let bench = guarded(program, &authority);
    bench.file("client.pem", &authority.client().certificate);
    bench.file("client.key", &authority.client().key);
    with_keys(&bench, CLIENT);
    let run = bench.send(&[]);
    run.code(78).quiet().one_line(program).says("client.key");
    assert_eq!(bench.preview.received().len(), 0);
}

pub fn half_of_a_client_certificate_is_exit_78(program: Program) {
    let bench = guarded(program, &Authority::new());
    for half in ["client_cert_file", "client_key_file"] {
        with_keys(
            &bench,
            &format!("ca_file = \"ca.pem\"\n{half} = \"client.pem\"\n"),
        );
        let run = bench.send(&[]);
        run.code(78)
            .quiet()
            .one_line(program)
            .says("client_cert_file and client_key_file go together");
    }
}

pub fn keys_of_the_connection_are_known_beside_another_mistake(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    bench.config(&format!(
        "[{provider}]\nca_file = \"ca.pem\"\nuse_proxy = false\ninsecure = false\n"
    ));
    for mode in [&[][..], &["--check"]] {
        let run = bench.send(mode);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(said.lines().count(), 1, "{run:#?}");
        assert!(!said.contains("unknown key"), "{run:#?}");
    }
}
