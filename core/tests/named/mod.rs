//! Sockets and options by their names, as the tests of several files write them.

use sockery::facade::{Context, Dialect, Socket, Value, find_name, kinds};

/// A socket of the kind with this name.
pub(crate) fn open(context: &Context, dialect: Dialect, name: &str) -> Socket {
    let kind = kinds().iter().find(|kind| kind.dialect == dialect && kind.name == name);
    context.socket(kind.unwrap_or_else(|| panic!("no kind {name}"))).unwrap()
}

/// Sets the option with this name, which the socket takes.
pub(crate) fn set(socket: &Socket, name: &str, value: impl Into<Value>) {
    let dialect = socket.kind().dialect;
    let row = find_name(dialect, name).unwrap_or_else(|| panic!("no option {name}"));
    let (level, number) = match dialect {
        Dialect::Sp => row.nn.unwrap(),
        Dialect::Zmtp => (0, row.zmq.unwrap()),
    };
    socket.set(level, number, &value.into()).unwrap();
}
