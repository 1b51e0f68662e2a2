//! Mio: a poll that knows of nothing but wakes.

use ::std::{
    io,
    os::fd::{AsRawFd, RawFd},
    sync::Arc,
    time::Duration,
};

use loom::sync::{Condvar, Mutex};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(pub usize);

#[derive(Clone, Debug)]
pub struct Registry(Arc<(Mutex<Option<Token>>, Condvar)>);

#[derive(Debug)]
pub struct Poll(Registry);

impl Poll {
    pub fn new() -> io::Result<Self> {
        Ok(Self(Registry(Arc::new((Mutex::new(None), Condvar::new())))))
    }

    pub fn registry(&self) -> &Registry {
        &self.0
    }

    /// Without a time it sleeps until it is woken, with one it only looks.
    pub fn poll(&mut self, events: &mut Events, time: Option<Duration>) -> io::Result<()> {
        let (woken, changed) = &*self.0.0;
        let mut woken = woken.lock().expect("not poisoned");
        while woken.is_none() && time.is_none() {
            woken = changed.wait(woken).expect("not poisoned");
        }
        events.0 = woken.take().map(Event);
        Ok(())
    }
}

impl AsRawFd for Poll {
    fn as_raw_fd(&self) -> RawFd {
        0
    }
}

#[derive(Debug)]
pub struct Waker(Registry, Token);

impl Waker {
    pub fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        Ok(Self(registry.clone(), token))
    }

    pub fn wake(&self) -> io::Result<()> {
        let (woken, changed) = &*self.0.0;
        *woken.lock().expect("not poisoned") = Some(self.1);
        changed.notify_one();
        Ok(())
    }
}

#[derive(Debug)]
pub struct Event(Token);

impl Event {
    pub fn token(&self) -> Token {
        self.0
    }
}

#[derive(Debug, Default)]
pub struct Events(Option<Event>);

impl Events {
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn clear(&mut self) {
        self.0 = None;
    }

    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.0.iter()
    }
}
