//! What the codec promises: the vectors, round trips, limits, and errors that say where.

mod notation;

use proptest::prelude::*;

use super::{Key, MAX_DEPTH, MAX_ITEMS, Reader, Token, Value, Writer};
use crate::error::ErrorCode;

#[test]
fn vectors_hold() {
    let vectors = notation::vectors();
    assert!(vectors.len() > 150, "only {} vectors", vectors.len());
    for vector in vectors {
        let place = &vector.place;
        let read = Value::decode(&vector.bytes);
        if vector.sign == '!' {
            let error = read.expect_err(place).to_string();
            assert!(error.contains(&vector.text), "{place}: {error}");
            continue;
        }
        // Compared as bytes, since a NaN does not equal itself.
        let wanted = notation::value(&vector.text).encode().expect(place);
        assert_eq!(read.expect(place).encode().unwrap(), wanted, "{place}: reading");
        match vector.sign {
            '=' => assert_eq!(wanted, vector.bytes, "{place}: writing"),
            _ => assert!(wanted.len() <= vector.bytes.len() && wanted != vector.bytes, "{place}"),
        }
    }
}

#[test]
fn what_cannot_be_carried_is_named_by_its_path() {
    let bad_time = Value::Timestamp { secs: 0, nanos: 1_000_000_000 };
    let cases = [
        (bad_time.clone(), "$: "),
        (Value::from([("a", Value::from(vec![Value::Nil, bad_time.clone()]))]), "$.a[1]: "),
        (Value::from([("a b", Value::from([(7, bad_time.clone())]))]), "$[\"a b\"][7]: "),
        (Value::from([("", bad_time.clone())]), "$[\"\"]: "),
        (
            Value::from(vec![
                Value::from([("done", Value::from(vec![]))]),
                Value::from([("x", Value::Nil), ("ключ", bad_time.clone())]),
            ]),
            "$[1].ключ: ",
        ),
    ];
    for (value, path) in cases {
        let error = value.encode().unwrap_err();
        assert_eq!(error.code(), ErrorCode::Invalid);
        let text = error.to_string();
        let wanted = format!("invalid argument: {path}a timestamp has");
        assert!(text.starts_with(&wanted), "{text} instead of {wanted}");
    }
}

#[test]
fn a_caller_asks_the_writer_where_it_is() {
    let mut writer = Writer::new();
    writer.map(2).unwrap();
    assert_eq!(writer.path(), "$ (key 0)");
    assert!(writer.bool(true).unwrap_err().to_string().contains("$ (key 0): a key must be"));
    assert!(writer.array(1).unwrap_err().to_string().contains("a key must be"));
    writer.str("list").unwrap();
    assert_eq!(writer.path(), "$.list");
    writer.array(2).unwrap();
    writer.array(0).unwrap();
    assert_eq!(writer.path(), "$.list[1]");
    let refused = writer.refuse("a function cannot be carried").to_string();
    assert!(refused.ends_with("$.list[1]: a function cannot be carried"), "{refused}");
    writer.nil().unwrap();
    writer.int(-5).unwrap();
    assert_eq!(writer.path(), "$[-5]");
    let unfinished = writer.clone().finish().unwrap_err().to_string();
    assert!(unfinished.ends_with("$[-5]: values are missing"), "{unfinished}");
    writer.nil().unwrap();
    assert_eq!(writer.path(), "$");
    assert!(writer.nil().unwrap_err().to_string().contains("already complete"));
    assert_eq!(writer.finish().unwrap(), b"\x82\xa4list\x92\x90\xc0\xfb\xc0");
    assert!(Writer::new().finish().is_err());
}

#[test]
fn depth_is_bounded_and_deep_paths_stay_readable() {
    let mut writer = Writer::new();
    for _ in 0..MAX_DEPTH {
        writer.map(1).unwrap();
        writer.str("deep").unwrap();
    }
    let error = writer.array(0).unwrap_err().to_string();
    let shown = ".deep".repeat(8);
    assert!(error.contains(&format!("${shown}...{shown}: arrays and maps nest")), "{error}");
    writer.nil().unwrap();
    let bytes = writer.finish().unwrap();
    assert_eq!(Value::decode(&bytes).unwrap().encode().unwrap(), bytes);
}

#[test]
fn items_are_bounded_over_all_containers() {
    let mut writer = Writer::new();
    writer.array(2).unwrap();
    writer.map(MAX_ITEMS - 3).unwrap();
    for key in 0..MAX_ITEMS - 3 {
        writer.uint(key as u64).unwrap();
        writer.nil().unwrap();
    }
    assert!(writer.map(2).unwrap_err().to_string().contains("$[1]: more than 1000000 items"));
    writer.map(1).unwrap();
    writer.int(0).unwrap();
    writer.nil().unwrap();
    let bytes = writer.finish().unwrap();
    Value::decode(&bytes).unwrap();
}

#[test]
fn reading_says_at_which_byte_and_where() {
    let mut reader = Reader::new(b"\x81\xa1k\x92\x01\xc1");
    assert_eq!(reader.next().unwrap(), Token::Map(1));
    assert_eq!(reader.next().unwrap(), Token::Str("k"));
    assert_eq!((reader.position(), reader.path().as_str()), (3, "$.k"));
    assert_eq!(reader.next().unwrap(), Token::Array(2));
    assert_eq!(reader.next().unwrap(), Token::Int(1));
    let error = reader.next().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Protocol);
    assert!(error.to_string().ends_with("byte 5 ($.k[1]): 0xc1 begins no value"), "{error}");
    assert!(reader.finish().unwrap_err().to_string().contains("values are missing"));
    let mut reader = Reader::new(b"\xc0");
    reader.next().unwrap();
    assert!(reader.next().unwrap_err().to_string().contains("no value is left"));
    reader.finish().unwrap();
}

#[test]
fn entries_are_found_by_name() {
    let value = Value::from([("a", Value::Int(1)), ("b", Value::from("x"))]);
    assert_eq!(value.get("b"), Some(&Value::from("x")));
    assert_eq!(value.get("c"), None);
    assert_eq!(Value::Nil.get("a"), None);
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-300..300_i64).prop_map(Value::Int),
        (i64::MAX as u64 + 1..).prop_map(Value::UInt),
        (any::<f64>()).prop_map(Value::Float),
        any::<f32>().prop_map(|float| Value::Float(float.into())),
        ".{0,40}".prop_map(Value::Str),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bin),
        (any::<i64>(), 0..1_000_000_000_u32)
            .prop_map(|(secs, nanos)| Value::Timestamp { secs, nanos }),
        (0..1_i64 << 35, 0..2_u32).prop_map(|(secs, nanos)| Value::Timestamp { secs, nanos }),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        any::<i64>().prop_map(Key::Int),
        (i64::MAX as u64 + 1..).prop_map(Key::UInt),
        "[a-z]{0,9}".prop_map(Key::Str),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 200, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((key(), inner), 0..20).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn reading_gives_back_what_was_written(value in tree()) {
        let bytes = value.encode().unwrap();
        prop_assert_eq!(Value::decode(&bytes).unwrap(), value);
    }

    #[test]
    fn no_prefix_of_a_table_is_a_table(value in tree(), cut in any::<prop::sample::Index>()) {
        let bytes = value.encode().unwrap();
        prop_assert!(Value::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = Value::decode(&bytes) {
            let again = value.encode().unwrap();
            prop_assert!(again.len() <= bytes.len());
        }
    }

    #[test]
    fn lengths_never_exceed_the_bytes(bytes in prop::collection::vec(
        prop_oneof![any::<u8>(), 0x80..=0x9f_u8, 0xdc..=0xdf_u8, 0..8_u8], 0..200,
    )) {
        let mut reader = Reader::new(&bytes);
        let mut promised = 0;
        while let Ok(token) = reader.next() {
            promised += match token {
                Token::Array(len) => len,
                Token::Map(len) => len * 2,
                _ => 0,
            };
            prop_assert!(promised < bytes.len());
        }
    }
}

#[test]
fn a_table_ends_at_four_gibibytes() {
    // Checked by the lengths alone, before anything is allocated.
    let end = usize::try_from(u32::MAX).unwrap();
    assert_eq!(super::length(0, end), Some(u32::MAX));
    assert_eq!(super::length(end - 5, 5), Some(5));
    assert_eq!(super::length(end - 5, 6), None);
    assert_eq!(super::length(0, end + 1), None);
    assert_eq!(super::length(usize::MAX, usize::MAX), None);
    let error = Writer::new().array(end + 1).unwrap_err().to_string();
    assert!(error.contains("$: the table is longer than 4294967295 bytes"), "{error}");
}
