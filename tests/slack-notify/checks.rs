//! What `--check` proves at Slack.

use notify_test::Bench;
use notify_test::by_hand::{plugin_line, unseen};

use crate::PROGRAM;
use crate::answers::{CHANNEL, web_api};

#[test]
fn a_check_says_what_the_vendor_proves() {
    for (token, channel, state, words) in [
        (
            "xoxb-1",
            CHANNEL,
            "OK",
            "the token is monitoring's in Example",
        ),
        ("xoxb-1", CHANNEL, "OK", "#c024be91l exists"),
        (
            "xoxp-1",
            CHANNEL,
            "CRITICAL",
            "oauth_access_token is not valid",
        ),
        ("xoxb-1", "CNOSUCH", "CRITICAL", "channel_not_found"),
        ("xoxb-1", "CARCHIVED", "CRITICAL", "#carchived is archived"),
        (
            "xoxb-1",
            "CNOTIN1",
            "WARNING",
            "the bot is no member: invite it",
        ),
        (
            "xoxb-missingscope",
            CHANNEL,
            "OK",
            "not provable: the channel",
        ),
    ] {
        let bench = Bench::new(PROGRAM);
        bench.config(&web_api(&bench, token, channel));
        let text = plugin_line(PROGRAM, &bench.run(["--check"]), state);
        assert!(text.contains(words), "{token} {channel}: {text}");
        unseen(PROGRAM, &bench.preview);
    }
    for (secret, state, words) in [
        ("XXXXXXXXXXXXXXXXXXXXXXXX", "OK", "the webhook exists"),
        ("nosuchwebhook", "CRITICAL", "404: no_service"),
    ] {
        let bench = Bench::new(PROGRAM);
        let config = bench.smallest_config();
        bench.config(&config.replace("XXXXXXXXXXXXXXXXXXXXXXXX", secret));
        let text = plugin_line(PROGRAM, &bench.run(["--check"]), state);
        assert!(text.contains(words), "{secret}: {text}");
        assert!(!text.contains(secret), "{text}");
        unseen(PROGRAM, &bench.preview);
    }
}
