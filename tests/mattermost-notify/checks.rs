//! What `--check` proves at Mattermost.

use notify_test::by_hand::{plugin_line, unseen};
use notify_test::{Bench, Fault};

use crate::PROGRAM;
use crate::answers::{CHANNEL, TOKEN, error, rest};

#[test]
fn a_check_says_what_the_vendor_proves() {
    for (token, channel, state, words) in [
        (TOKEN, CHANNEL, "OK", "the token is monitoring's"),
        (TOKEN, CHANNEL, "OK", "the channel Alerts exists"),
        ("badtoken", CHANNEL, "CRITICAL", "bot_token is not valid"),
        (
            TOKEN,
            "archivedarchivedarchivedar",
            "CRITICAL",
            "the channel is archived",
        ),
        (
            TOKEN,
            "nosuchnosuchnosuchnosuchno",
            "CRITICAL",
            "no member of the channel",
        ),
        (
            TOKEN,
            "town-square",
            "CRITICAL",
            "channel is not a channel's id",
        ),
    ] {
        let bench = Bench::new(PROGRAM);
        let config = rest(&format!("server_url = {:?}", bench.preview.url()));
        bench.config(&config.replace(TOKEN, token).replace(CHANNEL, channel));
        let text = plugin_line(PROGRAM, &bench.run(["--check"]), state);
        assert!(text.contains(words), "{token} {channel}: {text}");
        unseen(PROGRAM, &bench.preview);
    }
    for (hook, state, words) in [
        ("abcdefghijklmnopqrstuvwxyz", "OK", "the webhook exists"),
        ("lockedhooklockedhooklocked", "OK", "the webhook exists"),
        ("nosuchhooknosuchhooknosuch", "CRITICAL", "does not exist"),
        ("disabledhookdisabledhookdi", "CRITICAL", "switched off"),
    ] {
        let bench = Bench::new(PROGRAM);
        let config = bench.smallest_config();
        bench.config(&config.replace("abcdefghijklmnopqrstuvwxyz", hook));
        let text = plugin_line(PROGRAM, &bench.run(["--check"]), state);
        assert!(text.contains(words), "{hook}: {text}");
        assert!(!text.contains(hook), "{text}");
        unseen(PROGRAM, &bench.preview);
    }
    let bench = Bench::new(PROGRAM);
    let locked = error(403, "web.incoming_webhook.channel_locked.app_error");
    bench.preview.next(Fault::Answer(locked));
    let text = plugin_line(PROGRAM, &bench.run(["--check"]), "OK");
    assert!(text.contains("locked to its channel"), "{text}");
}
