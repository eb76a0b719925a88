//! The documents' shell commands.

use crate::arrival::finished;
use crate::fences::blocks_in;
use crate::stage::Stage;

#[test]
fn every_shell_command_in_the_documents_ends_well() {
    let blocks = blocks_in("sh");
    assert!(blocks.len() > 5, "the documents' commands are found");
    for block in blocks {
        let stage = Stage::new();
        let run = finished(stage.command("/bin/sh").args(["-e", "-c", &block.text]));
        assert!(run.code == 0, "{}:\n{}{run:#?}", block.place, block.text);
    }
}
