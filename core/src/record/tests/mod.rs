//! What the codec promises: the vectors, limits, and errors that name the field.

mod vectors;

use proptest::prelude::*;

use super::{Layout, MAX_DEPTH, MAX_SIZE, Reader, Token, Value, Want, Writer};
use crate::error::ErrorCode;

fn layout(text: &str) -> Layout {
    Layout::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn offsets(text: &str) -> (Vec<usize>, usize) {
    let layout = layout(text);
    (layout.fields().iter().map(|field| field.offset).collect(), layout.size())
}

#[test]
fn fields_lie_where_c_has_them() {
    let cases: &[(&str, &[usize], usize)] = &[
        ("u8 kind", &[0], 1),
        ("u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]", &[0, 8, 16, 32], 40),
        ("pack(1); u8 kind; f64 at; u16 end;", &[0, 1, 9], 11),
        ("pack(2);u8 a;u32 b;u8 c", &[0, 2, 6], 8),
        (" i32[4] a ; bool\nb ", &[0, 16], 20),
        ("char c; {u8 a; {f64 b} c} d; u8 e", &[0, 8, 24], 32),
        ("{u8 a; u16 b} m[2][3]; char names[3][5]", &[0, 24], 40),
    ];
    for (text, wanted, size) in cases {
        assert_eq!(offsets(text), (wanted.to_vec(), *size), "{text}");
    }
    assert_eq!(layout("char[5] names[3]"), layout("char names[3][5]"));
    assert_eq!(layout("i32[4] m[3]"), layout("i32 m[3][4]"));
}

#[test]
fn what_is_no_field_list_is_refused_at_its_byte() {
    let deep = format!("{}u8 a{}", "{".repeat(MAX_DEPTH), "} a".repeat(MAX_DEPTH));
    let deeper = format!("u8 a{}", "[1]".repeat(MAX_DEPTH));
    let endless = "{".repeat(60_000);
    let long = " ".repeat(70_000);
    let many: String = (0..5_000).map(|index| format!("u8 a{index};")).collect();
    let cases = [
        ("", "byte 0: expected a type"),
        ("  ", "byte 2: expected a type"),
        ("u8", "byte 2: expected a name, got the end"),
        ("u8 a u8 b", "byte 5: expected ';', got \"u8 b\""),
        ("u8 a;; u8 b", "byte 5: expected a type"),
        ("int a", "byte 0: expected a type (i8, u8,"),
        ("u8 7", "byte 3: expected a name, got \"7\""),
        ("u8 a; i16 a", "byte 10: there are two fields \"a\""),
        ("u8[0] a", "byte 3: a length is 1 to"),
        ("u8 a[-1]", "byte 5: expected a number, got \"-1]\""),
        ("u8 a[99999999999999999999]", "byte 5: expected a number"),
        ("u8 a[16777217]", "a length is 1 to"),
        ("u8 a[16777216]; u8 b", "field \"b\": the record is larger"),
        ("f64 a[4096][4096]", "field \"a\": the record is larger"),
        ("u8 a[2", "byte 6: expected ']', got the end"),
        ("{} a", "byte 1: expected a type"),
        ("{u8 a", "byte 5: expected '}', got the end"),
        ("u8 a}", "byte 4: expected ';', got \"}\""),
        ("pack(3); u8 a", "byte 5: pack is 1, 2, 4 or 8, not 3"),
        ("pack(1) u8 a", "byte 8: expected ';'"),
        ("u8 a; pack(1); u8 b", "byte 6: expected a type"),
        ("u8 ключ", "byte 3: expected a name"),
        (&deep, "nest deeper than 16 levels"),
        (&deeper, "\"a\": records and arrays nest deeper"),
        (&endless, "nest deeper than 16 levels"),
        (&long, "longer than 65536 bytes"),
        (&many, "there are more than 4096 fields"),
    ];
    for (text, wanted) in cases {
        let shown: String = text.chars().take(40).collect();
        let error = Layout::parse(text).expect_err(&shown);
        assert_eq!(error.code(), ErrorCode::Invalid);
        assert!(error.to_string().contains(wanted), "{shown}: {error} instead of {wanted}");
    }
    assert_eq!(layout("u8 a[16777216]").size(), MAX_SIZE);
    layout(&format!("u8 a{}", "[1]".repeat(MAX_DEPTH - 1)));
}

#[test]
fn a_value_that_does_not_fit_is_named_by_its_field() {
    let layout = layout("u8 n; {i16 x; bool[2] flags} pos[2]; char[3] name; f32 f");
    let good = |n: Value, flag: Value, name: Value, f: Value| {
        let point = Value::Record(vec![
            ("x".into(), Value::Int(1)),
            ("flags".into(), Value::Array(vec![Value::Bool(true), flag])),
        ]);
        Value::Record(vec![
            ("n".into(), n),
            ("pos".into(), Value::Array(vec![point.clone(), point])),
            ("name".into(), name),
            ("f".into(), f),
        ])
    };
    let (one, yes) = (Value::Int(1), Value::Bool(true));
    let (text, half) = (Value::Chars(b"abc".to_vec()), Value::Float(0.5));
    let sure = good(one.clone(), yes.clone(), text.clone(), half.clone());
    assert_eq!(sure.encode(&layout).unwrap().len(), layout.size());
    let empty = Value::Record(Vec::new());
    let odd = Value::Record(vec![("m".into(), one.clone())]);
    let cases = [
        (
            good(Value::Int(256), yes.clone(), text.clone(), half.clone()),
            "field n: 256 does not fit",
        ),
        (good(Value::UInt(u64::MAX), yes.clone(), text.clone(), half.clone()), "does not fit u8"),
        (
            good(half.clone(), yes.clone(), text.clone(), half.clone()),
            "field n: expected u8, got a fl",
        ),
        (
            good(one.clone(), one.clone(), text.clone(), half.clone()),
            "field pos[0].flags[1]: expected bool",
        ),
        (
            good(one.clone(), yes.clone(), Value::Chars(vec![1; 4]), half.clone()),
            "field name: 4 bytes",
        ),
        (
            good(one.clone(), yes.clone(), one.clone(), half.clone()),
            "field name: expected char[3], got an",
        ),
        (good(one.clone(), yes.clone(), text.clone(), Value::Float(1e300)), "does not fit f32"),
        (
            good(one.clone(), yes.clone(), text.clone(), yes.clone()),
            "field f: expected f32, got a bool",
        ),
        (
            good(one.clone(), empty.clone(), text.clone(), half.clone()),
            "expected bool, got a record",
        ),
        (empty, "field n: the value is missing"),
        (odd, "the record: there is no field \"m\""),
        (Value::Array(vec![]), "the record: expected a record, got an array"),
    ];
    for (value, wanted) in cases {
        let error = value.encode(&layout).expect_err(wanted);
        assert_eq!(error.code(), ErrorCode::Invalid);
        assert!(error.to_string().contains(wanted), "{error} instead of {wanted}");
    }
    let mut writer = Writer::new(&layout);
    writer.open(4).unwrap();
    writer.int(7).unwrap();
    assert_eq!(writer.wants(), Some(Want::Array(2)));
    let error = writer.open(3).unwrap_err().to_string();
    assert!(error.contains("field pos: expected 2 items, got 3"), "{error}");
    assert!(writer.finish().unwrap_err().to_string().contains("field pos: values are missing"));
}

#[test]
fn bytes_of_another_number_are_no_record() {
    let layout = layout("u8 kind; f64 at; u8 end");
    for (len, wanted) in [
        (0, "24 bytes, the message 0; they end before the end of field kind"),
        (15, "the message 15; they end before the end of field at"),
        (23, "the record has 24 bytes, the message 23"),
        (25, "the record has 24 bytes, the message 25"),
    ] {
        let error = Value::decode(&layout, &vec![0; len]).expect_err(wanted);
        assert_eq!(error.code(), ErrorCode::Protocol);
        assert!(error.to_string().contains(wanted), "{error} instead of {wanted}");
    }
}

#[test]
fn a_reader_says_where_it_is() {
    let layout = layout("{i64 x} a[2]");
    let bytes = [0; 16];
    let mut reader = Reader::new(&layout, &bytes).unwrap();
    assert!(matches!(reader.next(), Some(Token::Record(_))));
    assert_eq!(reader.next(), Some(Token::Array(2)));
    assert!(matches!(reader.next(), Some(Token::Record(_))));
    assert_eq!(reader.next(), Some(Token::Int(0)));
    assert!(matches!(reader.next(), Some(Token::Record(_))));
    assert!(reader.refuse("no").to_string().ends_with("field a[1].x: no"));
    assert_eq!(reader.next(), Some(Token::Int(0)));
    assert_eq!(reader.next(), None);
}

/// Field lists of every type, nested and packed, with names of their own.
fn field_list() -> impl Strategy<Value = String> {
    let names = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bool"];
    let leaf = prop_oneof![
        prop::sample::select(names.to_vec()).prop_map(str::to_owned),
        (1..20_usize).prop_map(|len| format!("char[{len}]")),
    ];
    let kind = leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            (inner.clone(), 1..4_usize).prop_map(|(kind, len)| format!("{kind}[{len}]")),
            prop::collection::vec(inner, 1..6).prop_map(|kinds| format!("{{{}}}", fields(&kinds))),
        ]
    });
    let pack = prop::sample::select(&["", "", "pack(1);", "pack(2);", "pack(4);"][..]);
    (pack, prop::collection::vec(kind, 1..8))
        .prop_map(|(pack, kinds)| format!("{pack}{}", fields(&kinds)))
}

fn fields(kinds: &[String]) -> String {
    let named = kinds.iter().enumerate().map(|(index, kind)| format!("{kind} f{index}"));
    named.collect::<Vec<_>>().join("; ")
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-z0-9 ;{}\\[\\]()]{0,60}") {
        let _ = Layout::parse(&text);
    }

    #[test]
    fn what_is_read_is_written_back(
        text in field_list(),
        seed in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let layout = layout(&text);
        let bytes: Vec<_> = seed.iter().copied().cycle().take(layout.size()).collect();
        let value = Value::decode(&layout, &bytes).unwrap();
        // Once through the codec, what fills the gaps and each NaN are ours.
        let written = value.encode(&layout).unwrap();
        prop_assert_eq!(written.len(), layout.size());
        let again = Value::decode(&layout, &written).unwrap().encode(&layout).unwrap();
        prop_assert_eq!(again, written);
    }
}
