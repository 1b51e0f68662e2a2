//! The lines of `tests/vectors/record`, as their README describes them.

use super::super::{Layout, Value};
use crate::table;

#[test]
fn vectors_hold() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/record");
    let mut seen = 0;
    for entry in std::fs::read_dir(file).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut layout = None;
        for (index, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), index + 1);
            if let Some(fields) = line.strip_prefix("fields ") {
                layout = Some(Layout::parse(fields).expect(&place));
            } else if !line.is_empty() && !line.starts_with('#') {
                holds(layout.as_ref().expect(&place), line, &place);
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "only {seen} vectors");
}

fn holds(layout: &Layout, line: &str, place: &str) {
    let at = line.find(['=', '<', '!', '?']).expect(place);
    let (left, right) = (hex(&line[..at]), line[at + 1..].trim());
    let value = |bytes: &[u8]| record(&table::Value::decode(bytes).expect(place));
    match &line[at..=at] {
        "=" => {
            let bytes = hex(right);
            assert_eq!(value(&left).encode(layout).expect(place), bytes, "{place}: writing");
            // Compared as bytes, since a NaN does not equal itself, and 1 is a float to a field.
            let read = Value::decode(layout, &bytes).expect(place);
            assert_eq!(read.encode(layout).expect(place), bytes, "{place}: reading");
        }
        "<" => {
            let wanted = value(&left).encode(layout).expect(place);
            let read = Value::decode(layout, &hex(right)).expect(place);
            assert_eq!(read.encode(layout).expect(place), wanted, "{place}: reading");
            assert_ne!(wanted, hex(right), "{place}");
        }
        "!" => {
            let error = value(&left).encode(layout).expect_err(place).to_string();
            assert!(error.contains(right), "{place}: {error}");
        }
        _ => {
            let error = Value::decode(layout, &left).expect_err(place).to_string();
            assert!(error.contains(right), "{place}: {error}");
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// The record that a table stands for.
fn record(table: &table::Value) -> Value {
    match table {
        table::Value::Int(value) => Value::Int(*value),
        table::Value::UInt(value) => Value::UInt(*value),
        table::Value::Float(value) => Value::Float(*value),
        table::Value::Bool(value) => Value::Bool(*value),
        table::Value::Bin(value) => Value::Chars(value.clone()),
        table::Value::Str(value) => Value::Chars(value.clone().into_bytes()),
        table::Value::Array(items) => Value::Array(items.iter().map(record).collect()),
        table::Value::Map(entries) => {
            let entry = |(key, value): &(table::Key, table::Value)| match key {
                table::Key::Str(name) => (name.clone(), record(value)),
                other => panic!("{other:?} is no name"),
            };
            Value::Record(entries.iter().map(entry).collect())
        }
        other => panic!("{other:?} is no part of a record"),
    }
}
