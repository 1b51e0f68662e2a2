//! Messages from and to Lua: a string is a frame, a sequence of strings a message of several parts.
//!
//! Used by the socket's methods.

use std::sync::Arc;

use mlua::{BString, IntoLua, Lua, Result, Table, UserData, UserDataMethods, Value};
use sockery::facade::{Frame, Message, PeerInfo};

/// A message on its way to Lua as the sequence of its parts.
pub(crate) struct Parts(pub(crate) Message);

impl IntoLua for Parts {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        let frames = self.0.frames();
        let parts = lua.create_table_with_capacity(frames.len(), 0)?;
        for (index, frame) in frames.iter().enumerate() {
            parts.raw_seti(index + 1, lua.create_string(&**frame)?)?;
        }
        Ok(Value::Table(parts))
    }
}

/// A message on its way to Lua as the sequence of its body, its header, and the number of its peer.
pub(crate) struct WithHeader(pub(crate) Message);

impl IntoLua for WithHeader {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        let parts = lua.create_table_with_capacity(3, 0)?;
        parts.raw_seti(1, lua.create_string(&**self.0.body())?)?;
        parts.raw_seti(2, lua.create_string(self.0.header().to_bytes())?)?;
        parts.raw_seti(3, self.0.pipe())?;
        Ok(Value::Table(parts))
    }
}

/// A part on its way to Lua as the sequence of its bytes, whether others follow, and who sent it.
pub(crate) struct WithPeer(pub(crate) Frame, pub(crate) bool, pub(crate) Option<Arc<PeerInfo>>);

impl IntoLua for WithPeer {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        let Self(frame, more, peer) = self;
        let parts = lua.create_table_with_capacity(3, 0)?;
        parts.raw_seti(1, lua.create_string(&*frame)?)?;
        parts.raw_seti(2, more)?;
        parts.raw_seti(3, peer.map(Peer))?;
        Ok(Value::Table(parts))
    }
}

/// What is known of the peer that sent a message.
struct Peer(Arc<PeerInfo>);

impl UserData for Peer {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("get", |lua, this, name: String| {
            this.0.get(&name).map(|value| lua.create_string(value)).transpose()
        });
    }
}

/// A frame of a string's bytes. Taken from the stack as they are: a handle of the string would cost
/// more than the copy.
fn frame(bytes: BString) -> Frame {
    Frame::from(Vec::from(bytes))
}

/// A message of one part a string.
pub(crate) fn from_parts(parts: &Table) -> Result<Message> {
    let frames = (1..=parts.raw_len()).map(|index| Ok(frame(parts.raw_get(index)?)));
    Ok(Message::from_frames(frames.collect::<Result<_>>()?))
}

/// A message of a string, or of a sequence of them.
pub(crate) fn from_value(lua: &Lua, value: Value) -> Result<Message> {
    match value {
        Value::Table(parts) => from_parts(&parts),
        other => Ok(Message::new(frame(mlua::FromLua::from_lua(other, lua)?))),
    }
}
