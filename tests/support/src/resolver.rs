//! A name service of the test's own. Which one a program asks is the machine's matter, not the environment's, so
//! that another `getaddrinfo` is put before the C library's.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Clone, Copy, Debug)]
pub enum Manner {
    NeverAnswers,
    KnowsNobody,
}

/// Built with the C compiler that links Rust programs; to be set as `LD_PRELOAD`.
pub fn built(manner: Manner, folder: &Path) -> PathBuf {
    let source = match manner {
        Manner::NeverAnswers => {
            "#include <unistd.h>\nint getaddrinfo(void) { for (;;) pause(); }\n"
        }
        Manner::KnowsNobody => "int getaddrinfo(void) { return -2; }\n",
    };
    let library = folder.join("resolver.so");
    let mut compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-x", "c", "-o"])
        .arg(&library)
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .expect("this test needs a C compiler called cc");
    let mut input = compiler.stdin.take().expect("a pipe");
    input.write_all(source.as_bytes()).expect("cc reads");
    drop(input);
    let status = compiler.wait().expect("cc ends");
    assert!(status.success(), "cc: {status}");
    library
}
