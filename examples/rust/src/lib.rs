//! What the examples share: opening a socket by its name, and text in and out.

use std::error::Error;

use sockery::facade::{self, Context, Dialect, Message, OptionRow, Socket, Value, Wait};

/// How an example ends.
pub type Outcome = Result<(), Box<dyn Error>>;

/// An address whose port the system chooses; [`Socket::last_endpoint`] says which.
pub const ANYWHERE: &str = "tcp://127.0.0.1:0";

/// What a dialect is called here.
#[must_use]
pub fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sp => "nnmsg",
        Dialect::Zmtp => "zmq",
    }
}

/// Opens a socket by the name of its kind: `PUSH`, `REQ` ...
///
/// # Errors
/// A name that the dialect does not have, and what [`Context::socket`] may say.
pub fn open(context: &Context, dialect: Dialect, name: &str) -> Result<Socket, Box<dyn Error>> {
    let mut kinds = facade::kinds().iter();
    let kind = kinds.find(|kind| kind.dialect == dialect && kind.name == name);
    Ok(context.socket(kind.ok_or("there is no such kind of socket")?)?)
}

/// Sets an option of a ZMTP socket by its name.
///
/// # Errors
/// A name that no option has, or a value that is none of it.
pub fn set(socket: &Socket, name: &str, value: &Value) -> Outcome {
    let row: &OptionRow =
        facade::find_name(Dialect::Zmtp, name).ok_or("there is no such option")?;
    Ok(socket.set(0, row.zmq.ok_or("ZMTP has no such option")?, value)?)
}

/// Sends a text, and waits while there is no room.
///
/// # Errors
/// Why it could not be sent. The message itself, which [`Socket::send`] gives back, is let go.
pub fn send(socket: &Socket, text: &str) -> Outcome {
    let sent = socket.send(Message::new(text), Wait::Forever);
    sent.map_err(|unsent| unsent.error.into())
}

/// Receives a text, and waits while there is none.
///
/// # Errors
/// What [`Socket::recv`] may say.
pub fn recv(socket: &Socket) -> Result<String, Box<dyn Error>> {
    let message = socket.recv(Wait::Forever)?;
    Ok(String::from_utf8_lossy(message.body()).into_owned())
}
