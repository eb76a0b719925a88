//! Slack's own SDK: what it signs is taken, and what we show it takes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use notify_test::listener::now;
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::slack_stage::{ALLOW, MAX, SIGNING_SECRET, Stage, Way};

const SIGN: &str = "
import json, sys
from slack_sdk.signature import SignatureVerifier
asked = json.load(sys.stdin)
verifier = SignatureVerifier(asked['secret'])
signature = verifier.generate_signature(timestamp=asked['timestamp'], body=asked['body'])
print(json.dumps(signature))
";

/// Its models raise where a limit is exceeded, and leave out what they do not know.
const BLOCKS: &str = "
import json, sys
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
asked = json.load(sys.stdin)
blocks = [block.to_dict() for block in Block.parse_all(asked['blocks'])]
view = View(**asked['view']).to_dict()
print(json.dumps([blocks, view]))
";

/// Where scripts/fetch-slack-sdk puts it. `None`: it did not.
fn sdk() -> Option<PathBuf> {
    let folder = Path::new(PROGRAM.path).ancestors().nth(2);
    let folder = folder.expect("the target folder").join("slack-sdk");
    if folder.join("slack_sdk").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "scripts/fetch-slack-sdk makes {}",
        folder.display()
    );
    println!("not run: scripts/fetch-slack-sdk brings Slack's SDK");
    None
}

fn python(folder: &Path, script: &str, asked: &Value) -> Value {
    let mut child = Command::new("python3")
        .args(["-c", script])
        .env("PYTHONPATH", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin
        .write_all(asked.to_string().as_bytes())
        .expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn what_slacks_sdk_signs_is_taken() {
    let Some(sdk) = sdk() else {
        return;
    };
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let (timestamp, body) = (now().to_string(), stage.form("acknowledge", MAX));
    let asked = json!({"secret": SIGNING_SECRET, "timestamp": timestamp, "body": body});
    let signature = python(&sdk, SIGN, &asked);
    let headers = [
        (
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        ),
        ("x-slack-request-timestamp", &*timestamp),
        (
            "x-slack-signature",
            signature.as_str().expect("a signature"),
        ),
    ];
    listener
        .post("/slack/interaction", &headers, body.as_bytes())
        .status(200);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}

#[test]
fn slacks_sdk_knows_every_part_of_the_message_and_of_the_dialogue() {
    let Some(sdk) = sdk() else {
        return;
    };
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let blocks = stage.message().body["attachments"][0]["blocks"].clone();
    stage.press(&listener, "more", MAX).status(200);
    let view = stage.until("the dialogue", |stage| stage.preview.slack_views().pop());
    let mut view = view.view;
    let known = python(&sdk, BLOCKS, &json!({"blocks": blocks, "view": view}));
    assert_eq!(known[0], blocks);
    // What is so by itself it does not write down.
    let mut shown = known[1].clone();
    for view in [&mut view, &mut shown] {
        for block in view["blocks"].as_array_mut().expect("blocks") {
            let fields = block.as_object_mut().expect("a block");
            fields.retain(|_, value| *value != false);
        }
    }
    assert_eq!(shown, view);
}
