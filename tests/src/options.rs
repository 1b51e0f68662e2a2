//! TABLE 3 as text, for tests/tools/options.py, which sets libzmq's numbers beside it.

use sockery::facade::{
    Access, Dialect, OptionKind, OptionRow, Scope, Value,
    catalog::{context_options, options},
};

/// The options of ZMTP's sockets and contexts, a line each, its columns apart by tabs: names, number,
/// type, range, default, access, whose it is, which kinds have it, and what is missing, if anything is.
#[must_use]
pub fn lines() -> Vec<String> {
    let contexts = context_options().filter(|row| row.scope == Scope::Context);
    options(Dialect::Zmtp).chain(contexts).map(line).collect()
}

fn line(row: &OptionRow) -> String {
    let names = [&[row.name], row.aliases].concat().join(" ");
    let number = row.zmq.unwrap_or_default().to_string();
    let range = row.range(Dialect::Zmtp);
    let unit = match row.kind {
        OptionKind::Bytes | OptionKind::Text => " bytes",
        OptionKind::Millis => " ms",
        OptionKind::Int | OptionKind::Bool | OptionKind::Descriptor => "",
    };
    let range = match (*range.start(), *range.end()) {
        (0, end) if end > i64::from(u32::MAX) => format!("0 or more{unit}"),
        (start, end) => format!("{start} to {end}{unit}"),
    };
    let default = match row.default(Dialect::Zmtp) {
        Value::Int(number) => number.to_string(),
        _ => "empty".into(),
    };
    let access = match row.access {
        Access::ReadWrite => "read, write",
        Access::ReadOnly => "read",
        Access::WriteOnly => "write",
    };
    let scope = match row.scope {
        Scope::Socket => "socket",
        Scope::Context => "context",
        Scope::Both => "both",
    };
    let kind = format!("{:?}", row.kind).to_lowercase();
    let (kinds, lacks) = (row.kinds.join(" "), row.lacks().unwrap_or_default());
    [&names, &number, &kind, &range, &default, access, scope, &kinds, lacks].join("\t")
}
