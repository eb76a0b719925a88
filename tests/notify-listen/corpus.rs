//! What has broken a parser once, or could, breaks none today.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use notify_listen::parsers::PARSERS;

#[test]
fn no_parser_breaks_over_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus");
    let folders = fs::read_dir(&corpus).unwrap();
    let known: BTreeSet<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    let parsers: BTreeSet<String> = PARSERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known, parsers, "scripts/fuzz runs what has a corpus");
    for (name, parse) in PARSERS {
        let files: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().collect();
        assert!(files.len() > 1, "{name}");
        for file in files {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            parse(&bytes);
            // And broken off anywhere.
            for end in 0..bytes.len().min(2_000) {
                parse(&bytes[..end]);
            }
        }
    }
}
