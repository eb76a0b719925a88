//! The app manifest in docs/slack.md: what it names is there.

use serde_json::Value;

use crate::slack_stage::{ALLOW, SIGNING_SECRET, Stage, Way};

const DOCUMENT: &str = include_str!("../../docs/slack.md");

#[test]
fn the_manifests_urls_are_the_listeners_and_its_scopes_are_those_that_are_used() {
    let (_, block) = DOCUMENT.split_once("```json\n").expect("a manifest");
    let (block, _) = block.split_once("```").expect("its end");
    let manifest: Value = serde_json::from_str(block).expect("JSON");
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    let command = &manifest["features"]["slash_commands"][0];
    let interactivity = &manifest["settings"]["interactivity"];
    assert_eq!(interactivity["is_enabled"], true);
    for (url, body) in [
        (&command["url"], "ssl_check=1"),
        (
            &interactivity["request_url"],
            "payload={\"type\":\"view_closed\"}",
        ),
    ] {
        let url = url.as_str().expect("a URL");
        let path = url.strip_prefix("https://mon.example.com");
        let path = path.expect("the documents' host");
        listener
            .post_as_slack(path, SIGNING_SECRET, body)
            .status(200);
        // And the listener names it.
        assert!(
            listener
                .log()
                .contains(&format!("https://answers.example{path}"))
        );
    }
    let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array();
    let scopes: Vec<&str> = scopes
        .expect("scopes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // channels:read and groups:read are --check's.
    assert_eq!(
        scopes,
        [
            "chat:write",
            "channels:read",
            "commands",
            "groups:read",
            "incoming-webhook",
            "users:read"
        ]
    );
}
