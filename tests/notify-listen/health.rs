//! What the listener tells of itself on loopback.

use std::collections::BTreeMap;
use std::fs;

use crate::bench;

#[test]
fn a_healthy_one_says_so() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let reply = listener.get("/healthz");
    reply.status(200);
    assert!(
        reply.head.contains("content-type: application/json"),
        "{reply:#?}"
    );
    let health = reply.json();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["core"]["ok"], true);
    assert_eq!(health["state_folder"]["ok"], true);
    assert_eq!(health["pending"]["answers"], 0);
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_disk_that_takes_nothing_is_a_failure() {
    let (bench, _core) = bench();
    let listener = bench.start();
    // No mode keeps root from writing; a file in a folder's place does.
    let _ = fs::remove_dir_all(bench.state().join("tmp"));
    fs::write(bench.state().join("tmp"), "").unwrap();
    let health = listener.get("/healthz").status(503).json();
    assert_eq!(health["status"], "failing");
    assert_eq!(health["core"]["ok"], true);
    assert_eq!(health["state_folder"]["ok"], false);
    let metrics = listener.get("/metrics").body;
    assert!(
        metrics.contains("\nnotify_listen_state_folder_writable 0\n"),
        "{metrics}"
    );
}

#[test]
fn a_core_that_nobody_reaches_is_a_failure() {
    let (bench, mut core) = bench();
    core.sleep();
    let listener = bench.start();
    let health = listener.get("/healthz").status(503).json();
    assert_eq!(health["core"]["ok"], false);
    assert_ne!(health["core"]["says"], "");
    let metrics = listener.get("/metrics").body;
    assert!(metrics.contains("\nnotify_listen_core_up 0\n"), "{metrics}");
}

#[test]
fn the_metrics_are_as_prometheus_reads_them() {
    let (bench, _core) = bench();
    let listener = bench.start();
    listener.get("/nothing").status(404);
    listener.send(b"nonsense\r\n\r\n").status(400);
    let reply = listener.get("/metrics");
    let kind = "content-type: text/plain; version=0.0.4";
    assert!(reply.head.contains(kind), "{reply:#?}");
    let (mut helped, mut typed) = (Vec::new(), BTreeMap::new());
    let mut samples = 0;
    for line in reply.body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help");
            assert!(!help.is_empty() && !helped.contains(&name), "{line}");
            helped.push(name);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(typed.insert(name, kind).is_none(), "{line}");
        } else {
            samples += 1;
            let (name, value) = line.rsplit_once(' ').expect("a value");
            let name = name.split('{').next().unwrap();
            assert!(helped.last() == Some(&name), "{line} has no help before it");
            let expected = match name.ends_with("_total") {
                true => "counter",
                false => "gauge",
            };
            assert_eq!(typed.get(name), Some(&expected), "{line}");
            value.parse::<f64>().expect("a number");
        }
    }
    assert!(samples > 9, "{reply:#?}");
    for line in [
        "notify_listen_requests_total{source=\"unknown\",status=\"4xx\"} 2",
        "notify_listen_core_up 1",
        "notify_listen_pending_answers 0",
        "notify_listen_connections_limit 512",
    ] {
        assert!(
            reply.body.contains(&format!("\n{line}\n")),
            "{line} is not in {}",
            reply.body
        );
    }
    let version = format!(
        "build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    );
    assert!(reply.body.contains(&version), "{}", reply.body);
}
