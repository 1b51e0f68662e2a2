//! Notation: reads the lines of `tests/vectors/table`, as their README describes them.

use crate::table::{Key, Value};

/// One line: the bytes, the sign, and what follows it.
#[derive(Debug)]
pub(super) struct Vector {
    pub(super) place: String,
    pub(super) bytes: Vec<u8>,
    pub(super) sign: char,
    pub(super) text: String,
}

/// All vectors of all files.
pub(super) fn vectors() -> Vec<Vector> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/table");
    let mut vectors = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().enumerate();
            let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
            vectors
                .extend(lines.map(|(index, line)| vector(format!("{name}:{}", index + 1), line)));
        }
    }
    vectors
}

fn vector(place: String, line: &str) -> Vector {
    let at = line.find(['=', '>', '!']).expect("a sign");
    let bytes = line[..at].split_whitespace().flat_map(group).collect();
    let sign = line[at..].chars().next().unwrap();
    Vector { place, bytes, sign, text: line[at + 1..].trim().to_owned() }
}

fn group(group: &str) -> Vec<u8> {
    let (digits, times) = group.split_once('*').unwrap_or((group, "1"));
    hex(digits).repeat(times.parse().unwrap())
}

fn hex(digits: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// The value that a text stands for.
pub(super) fn value(text: &str) -> Value {
    let mut parser = Parser { rest: text };
    let value = parser.value();
    assert_eq!(parser.rest, "", "left over");
    value
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self) -> Value {
        if self.skip("[") {
            let items = self.list("]", Self::value);
            let times = self.times();
            return Value::Array(std::iter::repeat_n(items, times).flatten().collect());
        }
        if self.skip("{") {
            return Value::Map(self.list("}", Self::entry));
        }
        if self.skip("h\"") {
            let bytes = hex(self.until('"'));
            self.skip("\"");
            return Value::Bin(bytes.repeat(self.times()));
        }
        if self.skip("\"") {
            let text = String::from_utf8(self.string()).unwrap();
            return Value::Str(text.repeat(self.times()));
        }
        if self.skip("@") {
            let secs = self.until('+').parse().unwrap();
            self.skip("+");
            return Value::Timestamp { secs, nanos: self.word().parse().unwrap() };
        }
        word(self.word())
    }

    fn entry(&mut self) -> (Key, Value) {
        let key = match self.value() {
            Value::Int(key) => Key::Int(key),
            Value::UInt(key) => Key::UInt(key),
            Value::Str(key) => Key::Str(key),
            other => panic!("no key: {other:?}"),
        };
        assert!(self.skip(":"));
        (key, self.value())
    }

    fn list<T>(&mut self, end: &str, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while !self.skip(end) {
            items.push(item(self));
            self.skip(",");
        }
        items
    }

    /// The bytes up to and without the closing quote, which is taken too.
    fn string(&mut self) -> Vec<u8> {
        let (mut bytes, mut at) = (Vec::new(), 0);
        let rest = self.rest.as_bytes();
        while rest[at] != b'"' {
            match (rest[at], rest[at + 1]) {
                (b'\\', b'x') => {
                    bytes.extend(hex(&self.rest[at + 2..at + 4]));
                    at += 4;
                }
                (b'\\', escaped) => {
                    bytes.push(escaped);
                    at += 2;
                }
                (plain, _) => {
                    bytes.push(plain);
                    at += 1;
                }
            }
        }
        self.rest = &self.rest[at + 1..];
        bytes
    }

    fn times(&mut self) -> usize {
        if self.rest.starts_with('*') {
            self.rest = &self.rest[1..];
            return self.word().parse().unwrap();
        }
        1
    }

    fn word(&mut self) -> &str {
        let end = self.rest.find([',', ':', ']', '}', ' ']).unwrap_or(self.rest.len());
        self.split(end)
    }

    fn until(&mut self, stop: char) -> &str {
        let end = self.rest.find(stop).unwrap();
        self.split(end)
    }

    fn split(&mut self, at: usize) -> &str {
        let (head, tail) = self.rest.split_at(at);
        self.rest = tail;
        head
    }

    fn skip(&mut self, mark: &str) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(mark) else { return false };
        self.rest = rest;
        true
    }
}

fn word(word: &str) -> Value {
    match word {
        "null" => Value::Nil,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "nan" | "inf" | "-inf" => Value::Float(word.parse().unwrap()),
        _ if word.contains(['.', 'e']) => Value::Float(word.parse().unwrap()),
        _ => word.parse().map_or_else(|_| Value::UInt(word.parse().unwrap()), Value::Int),
    }
}
