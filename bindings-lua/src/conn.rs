//! Stations: the native half of what `socketcore` and `rtos` are in Lua.

use mlua::{FromLua, IntoLua, Lua, LuaString, Result, Table, UserData, UserDataMethods, Value};
use sockery::facade::{self, Argument, Certificates, Event, catalog, catalog::Constant};

use crate::{
    error::{Failure, interruptible, pair},
    value::wait,
};

/// A station. One a Lua state.
struct Station(facade::Station);

/// An address or a port.
struct Word(Argument);

impl FromLua for Word {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        Ok(Self(match value {
            Value::String(text) => Argument::Text(text.to_string_lossy()),
            other => Argument::Number(f64::from_lua(other, lua)? as i64),
        }))
    }
}

/// Adds the constructor and the constants to the module's table.
pub(crate) fn register(lua: &Lua, module: &Table) -> Result<()> {
    let new = |_: &Lua, ()| Ok(Station(facade::Station::new()));
    module.raw_set("station", lua.create_function(new)?)?;
    module.raw_set("socketcore", constants(lua, &catalog::socketcore_constants())?)?;
    module.raw_set("rtos", constants(lua, &catalog::rtos_constants())?)?;
    module.raw_set("certificates", Certificates::FIELDS.into_lua(lua)?)
}

fn constants(lua: &Lua, all: &[Constant]) -> Result<Table> {
    lua.create_table_from(all.iter().map(|constant| (constant.name, constant.value)))
}

impl UserData for Station {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        sockets(methods);
        time(methods);
    }
}

// Numbers come as Lua's own: what is past an integer's range is the nearest one, which no id is.
fn sockets<M: UserDataMethods<Station>>(methods: &mut M) {
    methods.add_method(
        "connect",
        |_, this, (kind, address, port, said): (f64, Word, Word, Option<Table>)| {
            let certificates = certificates(said)?;
            let id = this.0.connect(kind as i64, address.0, port.0, certificates.as_ref());
            Ok(id.map_err(Failure::from))
        },
    );
    methods.add_method(
        "listen",
        |_, this, (port, address, said): (f64, Option<String>, Option<Table>)| {
            let certificates = certificates(said)?;
            let id = this.0.listen(port as i64, address.as_deref(), certificates.as_ref());
            Ok(id.map_err(Failure::from))
        },
    );
    methods.add_method("send", |_, this, (id, data): (f64, LuaString)| {
        Ok(this.0.send(id as i64, &data.as_bytes()).number())
    });
    methods.add_method("recv", |lua, this, (id, limit): (f64, f64)| {
        lua.create_string(this.0.recv(id as i64, limit as i64))
    });
    methods.add_method("close", |_, this, id: f64| Ok(this.0.close(id as i64)));
    methods.add_method("destroy", |_, this, id: f64| Ok(this.0.destroy(id as i64)));
    methods.add_method("set", |_, this, (id, level, name, value): (f64, f64, f64, f64)| {
        Ok(this.0.set(id as i64, level as i64, name as i64, value as i64))
    });
    methods.add_method("room", |_, this, id: f64| Ok(this.0.room(id as i64)));
    methods.add_method("port", |_, this, id: f64| Ok(this.0.port(id as i64)));
    methods.add_method("limit", |_, this, wanted: Option<f64>| {
        Ok(this.0.limit(wanted.map(|wanted| wanted as i64)))
    });
    methods.add_method("dropped", |_, this, ()| Ok(this.0.dropped()));
}

fn time<M: UserDataMethods<Station>>(methods: &mut M) {
    methods.add_method("timer_start", |_, this, (id, millis): (f64, f64)| {
        Ok(this.0.timer_start(id as i64, millis as i64))
    });
    methods.add_method("timer_stop", |_, this, id: f64| {
        this.0.timer_stop(id as i64);
        Ok(())
    });
    methods.add_method("tick", |_, this, ()| Ok(this.0.tick()));
    methods.add_method("descriptor", |_, this, ()| Ok(this.0.descriptor().map_err(Failure::from)));
    methods.add_method("receive", |lua, this, millis: f64| {
        let wait = wait(Some(millis));
        let event = interruptible(wait, || this.0.receive(wait.deadline()));
        pair(lua, event.map(|event| event.map_or((Message::None, None), message)))
    });
}

/// The first value that `rtos.receive` gives.
enum Message {
    /// False: nothing came in time.
    None,
    /// A number: a timer came due, and the second value is which.
    Number(i32),
    /// A table.
    Table(Event),
}

fn message(event: Event) -> (Message, Option<i64>) {
    match event.timer() {
        Some(timer) => (Message::Number(event.kind.number()), Some(timer)),
        None => (Message::Table(event), None),
    }
}

impl IntoLua for Message {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        let event = match self {
            Self::None => return Ok(Value::Boolean(false)),
            Self::Number(number) => return number.into_lua(lua),
            Self::Table(event) => event,
        };
        let table = lua.create_table_from(event.numbers())?;
        if let Some((name, text)) = event.text() {
            table.raw_set(name, text)?;
        }
        Ok(Value::Table(table))
    }
}

fn certificates(said: Option<Table>) -> Result<Option<Certificates>> {
    let Some(said) = said else { return Ok(None) };
    let mut certificates = Certificates::default();
    for field in Certificates::FIELDS {
        if let Some(text) = said.get::<Option<LuaString>>(field)? {
            let set = certificates.set(field, text.as_bytes().to_vec());
            set.map_err(mlua::Error::external)?;
        }
    }
    Ok(Some(certificates))
}
