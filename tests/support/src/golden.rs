//! Expected requests, kept as JSON files and compared as JSON. `UPDATE_GOLDEN=1` writes them anew.

use std::path::PathBuf;

use serde_json::Value;

/// `case` is a path below `tests/golden`, without its ending.
pub fn assert_golden(case: &str, actual: &Value) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../golden")
        .join(format!("{case}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("the golden folder");
        std::fs::write(&file, format!("{actual:#}\n")).expect("a golden file");
        return;
    }
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_GOLDEN=1 writes it", file.display()));
    let expected: Value = serde_json::from_str(&text).expect("a golden file is JSON");
    assert_eq!(*actual, expected, "{case}: {actual:#}");
}
