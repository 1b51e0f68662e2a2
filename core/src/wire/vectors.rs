//! Golden wire bytes for the tests of this folder: `tests/vectors/**.hex`.
//!
//! A file is one run of bytes in hexadecimal, with `#` comments that name the specification.

use std::{fs, path::PathBuf};

fn folder(dialect: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors")).join(dialect)
}

/// The bytes of one file, such as `zmtp/ping`.
pub(super) fn vector(name: &str) -> Vec<u8> {
    let path = folder("").join(format!("{name}.hex"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let digits = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    digits.map(|byte| u8::from_str_radix(byte, 16).expect("two digits")).collect()
}

/// The bytes of several files, one after the other.
pub(super) fn vectors(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| vector(name)).collect()
}

/// The names of all files of a dialect.
pub(super) fn names(dialect: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(dialect)).expect("the vectors' folder");
    let stem = |name: &str| name.strip_suffix(".hex").map(|stem| format!("{dialect}/{stem}"));
    entries.filter_map(|entry| stem(entry.ok()?.file_name().to_str()?)).collect()
}
