//! Records lie in memory as the C compiler lays them out: a generated program says where.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{collections::BTreeMap, env, fmt::Write, fs, process::Command};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sockery::record::{Field, Layout, Number, Shape};

/// Lists that are always asked about; random ones come beside them.
const LISTS: &[&str] = &[
    "u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]",
    "pack(1); u8 kind; f64 at; char[16] name; {i16 x; i16 y} pos[2]",
    "pack(2); u8 a; u64 b; {u8 c; u32 d} e[3]; bool f",
    "pack(4); u8 a; f64 b; {u8 c; i64 d} e; u16 f",
    "pack(8); u8 a; f64 b",
    "i8 a; u16 b; i8 c; u32 d; i8 e; u64 f; i8 g; f32 h; i8 i; f64 j; bool k; char l",
    "{u8 a; {f64 b; u8 c} d[2]; u16 e} f[2][3]; u8 g",
];
const RANDOM: usize = 200;

#[test]
fn layouts_are_the_c_compilers() {
    let mut lists: Vec<_> = LISTS.iter().map(|list| (*list).to_owned()).collect();
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for _ in 0..RANDOM {
        lists.push(field_list().new_tree(&mut runner).unwrap().current());
    }
    let mut program = String::from(
        "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n",
    );
    let mut body = String::new();
    let mut ours = BTreeMap::new();
    for (index, list) in lists.iter().enumerate() {
        let layout = Layout::parse(list).unwrap_or_else(|error| panic!("{list}: {error}"));
        let pack = list.strip_prefix("pack(").and_then(|rest| rest.split(')').next());
        let pack = pack.map_or_else(String::new, |pack| format!("push, {pack}"));
        let open = if pack.is_empty() { "push".to_owned() } else { pack };
        let fields = members(layout.fields());
        writeln!(
            program,
            "#pragma pack({open})\nstruct s{index} {{ {fields} }};\n#pragma pack(pop)"
        )
        .unwrap();
        writeln!(body, "printf(\"{index} size %zu\\n\", sizeof(struct s{index}));").unwrap();
        ours.insert(format!("{index} size"), layout.size());
        for (path, offset) in paths(layout.fields(), "", 0) {
            writeln!(body, "printf(\"{index} {path} %zu\\n\", offsetof(struct s{index}, {path}));")
                .unwrap();
            ours.insert(format!("{index} {path}"), offset);
        }
    }
    writeln!(program, "int main(void) {{\n{body}return 0; }}").unwrap();
    let said = run(&program);
    let theirs: BTreeMap<_, _> = said
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(path, offset)| (path.to_owned(), offset.parse().unwrap()))
        .collect();
    for (path, offset) in &ours {
        let list = &lists[path.split(' ').next().unwrap().parse::<usize>().unwrap()];
        assert_eq!(theirs.get(path), Some(offset), "{path} of {list}");
    }
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.len() > 1000, "only {} offsets", ours.len());
}

/// Compiles a program and gives what it prints.
fn run(program: &str) -> String {
    let folder = env::temp_dir().join(format!("sockery-record-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (source, binary) = (folder.join("layout.c"), folder.join("layout"));
    fs::write(&source, program).unwrap();
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let built = Command::new(compiler).arg("-O0").arg("-o").arg(&binary).arg(&source).output();
    let built = built.expect("a C compiler");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let said = Command::new(&binary).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    String::from_utf8(said.stdout).unwrap()
}

fn members(fields: &[Field]) -> String {
    let member = |field: &Field| format!("{};", declaration(&field.shape, &field.name));
    fields.iter().map(member).collect::<Vec<_>>().join(" ")
}

/// A declaration in C.
fn declaration(shape: &Shape, name: &str) -> String {
    match shape {
        Shape::Number(number) => format!("{} {name}", c_type(*number)),
        Shape::Chars(len) => format!("char {name}[{len}]"),
        Shape::Record(fields, _) => format!("struct {{ {} }} {name}", members(fields)),
        Shape::Array(array) => declaration(&array.item, &format!("{name}[{}]", array.count)),
    }
}

fn c_type(number: Number) -> &'static str {
    match number {
        Number::I8 => "int8_t",
        Number::U8 => "uint8_t",
        Number::I16 => "int16_t",
        Number::U16 => "uint16_t",
        Number::I32 => "int32_t",
        Number::U32 => "uint32_t",
        Number::I64 => "int64_t",
        Number::U64 => "uint64_t",
        Number::F32 => "float",
        Number::F64 => "double",
        Number::Bool => "bool",
    }
}

/// Every field and last item below, with its offset from the beginning of the whole record.
fn paths(fields: &[Field], prefix: &str, begin: usize) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for field in fields {
        let (mut path, mut at) = (format!("{prefix}{}", field.name), begin + field.offset);
        all.push((path.clone(), at));
        let mut shape = &field.shape;
        while let Shape::Array(array) = shape {
            let last = array.count - 1;
            write!(path, "[{last}]").unwrap();
            at += last * array.item.size();
            all.push((path.clone(), at));
            shape = &array.item;
        }
        if let Shape::Record(fields, _) = shape {
            all.extend(paths(fields, &format!("{path}."), at));
        }
    }
    all
}

fn field_list() -> impl Strategy<Value = String> {
    let names = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bool"];
    let leaf = prop_oneof![
        prop::sample::select(names.to_vec()).prop_map(str::to_owned),
        (1..20_usize).prop_map(|len| format!("char[{len}]")),
    ];
    let kind = leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            (inner.clone(), 1..4_usize).prop_map(|(kind, len)| format!("{kind}[{len}]")),
            prop::collection::vec(inner, 1..6).prop_map(|kinds| format!("{{{}}}", named(&kinds))),
        ]
    });
    let pack = prop::sample::select(vec!["", "", "pack(1);", "pack(2);", "pack(4);"]);
    (pack, prop::collection::vec(kind, 1..8))
        .prop_map(|(pack, kinds)| format!("{pack}{}", named(&kinds)))
}

fn named(kinds: &[String]) -> String {
    let named = kinds.iter().enumerate().map(|(index, kind)| format!("{kind} f{index}"));
    named.collect::<Vec<_>>().join("; ")
}
