//! Any bytes for the parser that `NOTIFY_PARSER` names, until one of them breaks it.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use notify_listen::parsers::{PARSERS, Parser};

fuzz_target!(|bytes: &[u8]| {
    static PARSER: OnceLock<Parser> = OnceLock::new();
    let parser = PARSER.get_or_init(|| {
        let wanted = std::env::var("NOTIFY_PARSER").expect("NOTIFY_PARSER names a parser");
        let known = PARSERS.iter().find(|(name, _)| *name == wanted);
        known.expect("NOTIFY_PARSER names a parser").1
    });
    parser(bytes);
});
