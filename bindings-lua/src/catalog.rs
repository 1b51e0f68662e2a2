//! The engine's four tables, listed for Lua to loop over when it is loaded.

use mlua::{IntoLua, Lua, Result, Table, Value};
use sockery::facade::{self, Access, Dialect, Interest, OptionKind, OptionRow, catalog};

/// Adds the listings to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    module.raw_set("interest", interests(lua)?)?;
    module.raw_set("errors", errors(lua)?)?;
    let events = catalog::events().map(|event| (event.name.to_lowercase(), event.value));
    module.raw_set("events", lua.create_table_from(events)?)?;
    module.raw_set("symbols", symbols(lua)?)?;
    for dialect in [Dialect::Sp, Dialect::Zmtp] {
        let listing = lua.create_table()?;
        listing.raw_set("constants", constants(lua, dialect)?)?;
        listing.raw_set("kinds", kinds(lua, dialect)?)?;
        listing.raw_set("options", options(lua, catalog::options(dialect), dialect)?)?;
        if dialect == Dialect::Zmtp {
            let rows = catalog::context_options();
            listing.raw_set("context_options", options(lua, rows, dialect)?)?;
        }
        module.raw_set(name(dialect), listing)?;
    }
    Ok(())
}

/// What the Lua side calls a dialect.
pub(crate) fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sp => "nn",
        Dialect::Zmtp => "zmq",
    }
}

fn interests(lua: &Lua) -> Result<Table> {
    lua.create_table_from([
        ("IN", Interest::IN.bits()),
        ("OUT", Interest::OUT.bits()),
        ("ERR", Interest::ERR.bits()),
        ("PRI", Interest::PRI.bits()),
        ("TERM", Interest::TERM.bits()),
    ])
}

fn errors(lua: &Lua) -> Result<Table> {
    rows(lua, catalog::errors(), |lua, row| {
        record(
            lua,
            [
                ("name", row.name.into_lua(lua)?),
                ("text", row.text.into_lua(lua)?),
                ("nn", row.nn.into_lua(lua)?),
                ("zmq", row.posix.into_lua(lua)?),
            ],
        )
    })
}

fn symbols(lua: &Lua) -> Result<Table> {
    rows(lua, catalog::nn_symbols(), |lua, row| {
        record(
            lua,
            [
                ("name", row.name.into_lua(lua)?),
                ("value", row.value.into_lua(lua)?),
                ("ns", row.space.into_lua(lua)?),
                ("type", row.kind.into_lua(lua)?),
                ("unit", row.unit.into_lua(lua)?),
            ],
        )
    })
}

fn constants(lua: &Lua, dialect: Dialect) -> Result<Table> {
    let all = match dialect {
        Dialect::Sp => catalog::nn_constants(),
        Dialect::Zmtp => catalog::zmq_constants(),
    };
    lua.create_table_from(all.iter().map(|constant| (constant.name, constant.value)))
}

fn kinds(lua: &Lua, dialect: Dialect) -> Result<Table> {
    let kinds = facade::kinds().iter().filter(|kind| kind.dialect == dialect);
    rows(lua, kinds, |lua, kind| {
        record(
            lua,
            [
                ("name", kind.name.into_lua(lua)?),
                ("domain", kind.domain.into_lua(lua)?),
                ("number", kind.number.into_lua(lua)?),
                ("receives", kind.receives.into_lua(lua)?),
                ("sends", kind.sends.into_lua(lua)?),
            ],
        )
    })
}

fn options<'a>(
    lua: &Lua,
    all: impl IntoIterator<Item = &'a OptionRow>,
    dialect: Dialect,
) -> Result<Table> {
    rows(lua, all, |lua, row| {
        record(
            lua,
            [
                ("name", row.name_in(dialect).into_lua(lua)?),
                ("aliases", row.aliases.into_lua(lua)?),
                ("level", row.nn.map(|(level, _)| level).into_lua(lua)?),
                ("number", row.number(dialect).into_lua(lua)?),
                ("reads", (row.access != Access::WriteOnly).into_lua(lua)?),
                ("writes", (row.access != Access::ReadOnly).into_lua(lua)?),
                (
                    "integral",
                    (!matches!(row.kind, OptionKind::Bytes | OptionKind::Text)).into_lua(lua)?,
                ),
                ("doc", row.doc.into_lua(lua)?),
            ],
        )
    })
}

fn rows<T>(
    lua: &Lua,
    all: impl IntoIterator<Item = T>,
    make: impl Fn(&Lua, T) -> Result<Table>,
) -> Result<Table> {
    let list = lua.create_table()?;
    for row in all {
        list.raw_push(make(lua, row)?)?;
    }
    Ok(list)
}

fn record<const N: usize>(lua: &Lua, fields: [(&str, Value); N]) -> Result<Table> {
    lua.create_table_from(fields)
}
