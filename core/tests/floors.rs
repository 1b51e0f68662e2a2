//! The floors: fails when a module of core imports one that it must not know, when a pure module
//! reaches for the clock or the system, when a binding passes the facade by, and when a file does
//! not open with its purpose. Test code may import what it likes.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Which modules each module may import; `ARCHITECTURE.md` says why.
const FLOORS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("interest", &[]),
    ("lock", &[]),
    ("pool", &[]),
    ("option", &["error"]),
    ("message", &["error", "pool"]),
    ("table", &["error"]),
    ("record", &["error"]),
    // Strangers to each other: bytes on one side, pipes on the other.
    ("wire", &["message", "option", "error", "pool"]),
    ("pattern", &["message", "option", "error", "interest", "lock"]),
    ("transport", &["option", "error", "interest"]),
    ("reactor", &["error", "interest", "lock", "pool"]),
    (
        "session",
        &[
            "wire",
            "pattern",
            "transport",
            "reactor",
            "message",
            "table",
            "option",
            "error",
            "interest",
            "lock",
        ],
    ),
    ("socketcore", &["transport", "reactor", "wire", "message", "option", "error", "interest"]),
    (
        "socket",
        &[
            "session",
            "wire",
            "pattern",
            "transport",
            "reactor",
            "message",
            "table",
            "option",
            "error",
            "interest",
        ],
    ),
    (
        "facade",
        &["socket", "socketcore", "message", "table", "record", "option", "error", "interest"],
    ),
];

/// Modules without a clock and without a system: both are handed to them.
const PURE: &[&str] =
    &["error", "interest", "option", "message", "table", "record", "wire", "pattern"];

/// What a pure module must not name.
const IMPURE: &[[&str; 2]] =
    &[["Instant", "now"], ["SystemTime", "now"], ["mio", ""], ["socket2", ""]];

#[test]
fn imports_only_go_down() {
    let mut wrong = Vec::new();
    for file in core_files().iter().filter(|file| !file.is_test()) {
        let Some(module) = file.module.first() else { continue };
        let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| name == module) else {
            wrong.push(format!("{}: the floors have no module {module}", file.name()));
            continue;
        };
        for import in imports(&tokens(&file.text), file.module.len()) {
            if import != *module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: {module} must not import {import}", file.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_modules_are_handed_the_time_and_never_ask_the_system() {
    let mut wrong = Vec::new();
    for file in core_files().iter().filter(|file| !file.is_test()) {
        let pure = file.module.first().is_some_and(|module| PURE.contains(&module.as_str()));
        let tokens = if pure { without_tests(&tokens(&file.text)) } else { Vec::new() };
        for [head, next] in paths(&tokens) {
            if IMPURE.iter().any(|path| path[0] == head && ["", next].contains(&path[1])) {
                wrong.push(format!("{}: {head}::{next}", file.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bindings_import_the_facade_only() {
    let mut wrong = Vec::new();
    for folder in ["bindings-python", "bindings-lua", "bindings-node"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src");
        // A published crate comes without the bindings.
        for file in if folder.is_dir() { files(&folder) } else { Vec::new() } {
            for name in heads_after("sockery", &tokens(&file.text)) {
                if name != "facade" {
                    wrong.push(format!("{}: sockery::{name}", file.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_its_purpose() {
    let silent: Vec<_> =
        core_files().iter().filter(|file| !file.text.starts_with("//! ")).map(File::name).collect();
    assert!(silent.is_empty(), "no //! at the top:\n{}", silent.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_what_the_compiler_sees() {
    let table = [
        ("use crate::wire::Engine;", "wire"),
        ("use crate::{error::{Error, ErrorCode}, message::Message};", "error message"),
        ("use crate :: {\n    option,\n    wire::{self, sp},\n};", "option wire"),
        ("fn f(_: &crate::session::Dialer) {}", "session"),
        ("use super::super::pattern::Lane; use super::near::Thing;", "pattern"),
        ("use super::super::{wire, Near};", "wire"),
        ("use crate::*;", "*"),
        ("use crate::{self as root, error};", "self error"),
        ("// crate::wire\n/* crate::pattern /* deeper */ */ //! [`crate::socket`]", ""),
        (r##"const A: &str = "crate::wire \" "; const B: &str = r#"crate::"wire"#;"##, ""),
        ("fn f<'a>(_: &'a u8) -> char { '\"' } use crate::wire; const C: char = '\\'';", "wire"),
        ("#[cfg(test)]\nmod tests { use crate::wire; fn f() { {} } }\nuse crate::error;", "error"),
        ("#[cfg(test)]\nfn f(_: [u8; 3]) { crate::wire::g() }\nuse crate::error;", "error"),
        ("#[cfg(test)]\nuse crate::wire;\npub(crate) fn f() {}", ""),
        ("#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\nuse crate::error;", "error"),
    ];
    for (text, expected) in table {
        assert_eq!(imports(&tokens(text), 2).join(" "), expected, "{text}");
    }
}

/// A source file of core.
struct File {
    path: PathBuf,
    /// The path of its module, from the root of the crate.
    module: Vec<String>,
    text: String,
}

impl File {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn is_test(&self) -> bool {
        self.module.iter().any(|part| ["tests", "testing"].contains(&part.as_str()))
    }
}

fn core_files() -> Vec<File> {
    let found = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(found.len() > FLOORS.len(), "the sources are not where they were");
    found
}

fn files(root: &Path) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a readable file");
                found.push(File { module: module_of(&path, root), path, text });
            }
        }
    }
    found
}

fn module_of(path: &Path, root: &Path) -> Vec<String> {
    let inner = path.strip_prefix(root).expect("inside").with_extension("");
    let mut parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.pop_if(|last| ["mod", "lib"].contains(&last.as_str()));
    parts
}

/// The top modules that a file of this depth names, outside its tests.
fn imports(tokens: &[String], depth: usize) -> Vec<String> {
    let tokens = without_tests(tokens);
    let mut found = heads_after("crate", &tokens);
    // As many `super`s as the module is deep lead to the root too, but where a nested module
    // makes the depth a guess, only names of floors are taken for floors.
    let above = format!("super{}", " super".repeat(depth.saturating_sub(1)));
    let is_floor = |name: &String| FLOORS.iter().any(|(floor, _)| floor == name);
    found.extend(heads_after(&above, &tokens).into_iter().filter(is_floor));
    found
}

/// What follows `prefix::`, a name or a group of them. The prefix's parts stand apart by spaces.
fn heads_after(prefix: &str, tokens: &[String]) -> Vec<String> {
    let path: Vec<&str> = prefix.split(' ').flat_map(|part| [part, "::"]).collect();
    let mut found = Vec::new();
    for start in 0..tokens.len().saturating_sub(path.len()) {
        let rest = &tokens[start..];
        if rest.iter().zip(&path).all(|(token, part)| token == part) {
            found.extend(heads(&rest[path.len()..]));
        }
    }
    found
}

fn heads(tokens: &[String]) -> Vec<String> {
    if tokens[0] != "{" {
        return vec![tokens[0].clone()];
    }
    let mut found = Vec::new();
    let mut open = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => open += 1,
            "}" => open -= 1,
            name if open == 1 && name != "," && ["{", ","].contains(&&*tokens[index - 1]) => {
                found.push(name.to_owned());
            }
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    found
}

/// Every two names with `::` between them.
fn paths(tokens: &[String]) -> Vec<[&str; 2]> {
    let joined = tokens.windows(3).filter(|three| three[1] == "::");
    joined.map(|three| [three[0].as_str(), three[2].as_str()]).collect()
}

/// Leaves out each item marked `#[cfg(test)]`: up to its `;`, or to the end of its block.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        if rest.len() >= MARK.len() && rest.iter().zip(MARK).all(|(token, part)| token == part) {
            rest = after_item(&rest[MARK.len()..]);
        } else {
            kept.push(rest[0].clone());
            rest = &rest[1..];
        }
    }
    kept
}

fn after_item(tokens: &[String]) -> &[String] {
    let mut open = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => open += 1,
            "}" | ")" | "]" => open -= 1,
            _ => {}
        }
        // A group in a `use` closes before its `;`, which then stands alone and harms nobody.
        if open == 0 && [";", "}"].contains(&token.as_str()) {
            return &tokens[index + 1..];
        }
    }
    &[]
}

/// Names and signs, without comments and without what stands in quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if let Some(length) = silent(rest) {
            length
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            found.push(rest[..length].to_owned());
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                found.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
    }
    found
}

/// The length of the comment or literal that the text begins with.
fn silent(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return body.find(&end).map(|at| text.len() - body.len() + at + end.len());
    }
    match text.chars().next()? {
        '"' => Some(quoted(text, '"')),
        // Else it is a lifetime.
        '\'' if text[1..].starts_with('\\') || text.chars().nth(2) == Some('\'') => {
            Some(quoted(text, '\''))
        }
        _ => None,
    }
}

fn block_comment(text: &str) -> usize {
    let (mut at, mut open) = (0, 0);
    while at < text.len() {
        let sign = text.as_bytes().get(at..at + 2);
        open += i32::from(sign == Some(b"/*")) - i32::from(sign == Some(b"*/"));
        at += if matches!(sign, Some(b"/*" | b"*/")) { 2 } else { 1 };
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of a literal in quotes, with its escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
