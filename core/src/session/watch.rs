//! Watch: a stream's place in its socket's poll, which tells of room to write only while somebody waits
//! for it. Over ipc the kernel has news of room each time the peer has read something: a question's
//! sender would be woken once for nothing, and once for the answer.
//!
//! Used by a connection's writer, under its *write* lock, and by nobody else.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    sync::Arc,
};

use mio::{Interest, Token, unix::SourceFd};

use crate::{reactor::SharedPoll, transport::Stream};

/// See the module's text.
#[derive(Debug)]
pub struct Watch {
    poll: Arc<SharedPoll>,
    token: Token,
    tells_room: bool,
}

impl Watch {
    /// Puts a stream into the poll. Of room it tells until it has told so once: a stream is to be
    /// connected first, and then the engine has something to say.
    pub fn new(poll: &Arc<SharedPoll>, token: Token, stream: &mut Stream) -> io::Result<Self> {
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.with(|poll| poll.registry().register(stream, token, both))?;
        Ok(Self { poll: poll.clone(), token, tells_room: true })
    }

    /// From now on the poll tells of room to write, or no longer does. Room that is there already is
    /// told of.
    pub fn tell_room(&mut self, stream: &Stream, tells: bool) {
        if self.tells_room == tells {
            return;
        }
        let wanted =
            if tells { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        let descriptor = stream.as_fd().as_raw_fd();
        let mut source = SourceFd(&descriptor);
        // A change of what is registered already: it has nothing to fail for.
        let changed =
            self.poll.with(|poll| poll.registry().reregister(&mut source, self.token, wanted));
        if changed.is_ok() {
            self.tells_room = tells;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        os::unix::net::UnixStream,
    };

    use mio::Events;

    use super::*;
    use crate::transport::Width;

    /// The news that the poll has now: of bytes, of room.
    fn news(poll: &SharedPoll) -> Vec<(bool, bool)> {
        let mut events = Events::with_capacity(4);
        poll.look(&mut events).expect("it polls");
        events.iter().map(|event| (event.is_readable(), event.is_writable())).collect()
    }

    #[test]
    fn room_is_told_of_only_while_it_is_waited_for() {
        let (near, mut far) = UnixStream::pair().expect("a pair");
        near.set_nonblocking(true).expect("a stream");
        let near = mio::net::UnixStream::from_std(near);
        let mut stream = Stream::Ipc(near, Width::default());
        let poll = SharedPoll::new().expect("a poll");
        let mut watch = Watch::new(&poll, Token(0), &mut stream).expect("it is watched");
        assert_eq!(news(&poll), [(false, true)], "it is connected");
        let mut exchange = || {
            let sent = stream.write_slices(&[io::IoSlice::new(b"question")]);
            assert_eq!(sent.expect("there is room"), 8);
            far.read_exact(&mut [0; 8]).expect("it comes");
            news(&poll)
        };
        assert_eq!(exchange(), [(false, true)], "the kernel tells of every read");
        watch.tell_room(&stream, false);
        assert_eq!(exchange(), []);
        watch.tell_room(&stream, true);
        assert_eq!(news(&poll), [(false, true)], "there is room already");
        watch.tell_room(&stream, false);
        far.write_all(b"answer").expect("there is room");
        assert_eq!(news(&poll), [(true, false)]);
    }
}
