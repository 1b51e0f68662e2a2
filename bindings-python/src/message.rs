//! Messages: Python's bytes and buffers into frames, frames into bytes.
//!
//! Called by `socket`. One copy each way, unless `lent` spares it.

use std::sync::Arc;

use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyByteArray, PyBytes, PyList, PyMemoryView, PyString},
};
use sockery::facade::{Direction, Frame, Message, PeerInfo, Socket};

use crate::{error::wrong_type, lent};

/// The bytes of anything with a buffer; `None` for anything else.
pub(crate) fn copy_of(data: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Some(bytes.as_bytes().to_vec());
    }
    if let Ok(bytes) = data.cast::<PyByteArray>() {
        return Some(bytes.to_vec());
    }
    let view = PyMemoryView::from(data).ok()?;
    let bytes = view.call_method0("tobytes").ok()?;
    bytes.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes().to_vec())
}

/// A frame of anything with a buffer.
pub(crate) fn frame_of(argument: &str, data: &Bound<'_, PyAny>) -> PyResult<Frame> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Ok(lent::frame_of(bytes));
    }
    let copy = copy_of(data).map(Frame::from);
    copy.ok_or_else(|| wrong_type(argument, "bytes-like", data))
}

/// A frame of a str, in UTF-8, or of anything with a buffer.
pub(crate) fn frame_or_text(argument: &str, data: &Bound<'_, PyAny>) -> PyResult<Frame> {
    if let Ok(text) = data.cast::<PyString>() {
        return Ok(Frame::from(text.to_cow()?.as_ref()));
    }
    let frame = data.cast::<PyBytes>().map(lent::frame_of);
    let frame = frame.ok().or_else(|| copy_of(data).map(Frame::from));
    frame.ok_or_else(|| wrong_type(argument, "str or bytes-like", data))
}

/// All frames of an iterable of buffers.
pub(crate) fn frames_of(argument: &str, parts: &Bound<'_, PyAny>) -> PyResult<Vec<Frame>> {
    let not_iterable = |_| wrong_type(argument, "a sequence of bytes-like", parts);
    let mut frames = Vec::new();
    for (index, part) in parts.try_iter().map_err(not_iterable)?.enumerate() {
        let part = part?;
        let frame = match part.cast::<PyBytes>() {
            Ok(bytes) => lent::frame_of(bytes),
            Err(_) => frame_of(&format!("{argument}[{index}]"), &part)?,
        };
        frames.push(frame);
    }
    Ok(frames)
}

/// A whole message: one frame of a buffer, or the frames of a list or tuple.
pub(crate) fn message_of(argument: &str, data: &Bound<'_, PyAny>) -> PyResult<Message> {
    if data.cast::<PyBytes>().is_ok() || PyMemoryView::from(data).is_ok() {
        return frame_of(argument, data).map(Message::new);
    }
    frames_of(argument, data).map(Message::from_frames)
}

/// One received part as `bytes`.
pub(crate) fn part<'py>(py: Python<'py>, frame: &Frame) -> Bound<'py, PyAny> {
    lent::object_of(py, frame).into_any()
}

/// One received part as a `zmq.Frame`, for who asked not to copy, with what is known of the peer.
pub(crate) fn frame<'py>(
    py: Python<'py>,
    frame: &Frame,
    more: bool,
    peer: Option<&Bound<'py, Peer>>,
) -> PyResult<Bound<'py, PyAny>> {
    static FRAME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let bytes = lent::object_of(py, frame);
    FRAME.import(py, "sockery.zmq.frame", "received")?.call1((bytes, more, peer))
}

/// All parts of a received message as `bytes`.
pub(crate) fn parts<'py>(py: Python<'py>, message: &Message) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, message.frames().iter().map(|frame| part(py, frame)))
}

/// All parts of a message that a socket received, as `zmq.Frame`s.
pub(crate) fn frames<'py>(
    py: Python<'py>,
    socket: &Socket,
    message: &Message,
) -> PyResult<Bound<'py, PyList>> {
    let peer = Peer::of(py, socket.peer(message.origin()))?;
    let list = PyList::empty(py);
    let mut frames = message.frames().iter().peekable();
    while let Some(one) = frames.next() {
        list.append(frame(py, one, frames.peek().is_some(), peer.as_ref())?)?;
    }
    if socket.kind().is_directed() {
        let Direction { routing_id, group } = socket.direction(message);
        for frame in &list {
            frame.setattr("routing_id", routing_id)?;
            frame.setattr("group", group.as_deref().map(String::from_utf8_lossy))?;
        }
    }
    Ok(list)
}

/// What is known of the peer that sent a message; shared by all frames of it.
#[pyclass(frozen, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Peer(Arc<PeerInfo>);

impl Peer {
    pub(crate) fn of(
        py: Python<'_>,
        peer: Option<Arc<PeerInfo>>,
    ) -> PyResult<Option<Bound<'_, Self>>> {
        peer.map(|peer| Bound::new(py, Self(peer))).transpose()
    }
}

#[pymethods]
impl Peer {
    /// A property as bytes; None where there is none.
    fn get<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyBytes>> {
        self.0.get(name).map(|value| PyBytes::new(py, value))
    }
}

/// What a send that was asked to track its message returns: it is done with memory that may change.
pub(crate) fn tracker(py: Python<'_>, track: bool) -> PyResult<Option<Bound<'_, PyAny>>> {
    static TRACKER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if !track {
        return Ok(None);
    }
    TRACKER.import(py, "sockery.zmq.frame", "MessageTracker")?.call0().map(Some)
}
