//! Wakes: how JavaScript learns that something it waits for has come.
//!
//! Two ways lead there. What other threads bring about comes through a threadsafe function, which
//! wakes the loop of the environment. What comes over a stream need not: while a socket is awaited the
//! loop itself watches the socket's poll and does the socket's work, so that the bytes are read on the
//! thread that wants them and no other thread is woken. A socket that the loop leaves alone goes back
//! to the I/O thread. Called by [`crate::socket`].

use std::{
    cell::{Cell, RefCell},
    fmt, ptr,
    rc::{Rc, Weak},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use napi::{
    Status,
    bindgen_prelude::*,
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use sockery::facade::{Armed, Interest, Socket};

use crate::uv::{Entrance, Loop, Poll, Watched};

/// So many turns of one socket follow each other at most while none brings what is waited for.
const TURNS: usize = 16;

/// The function to call on the environment's thread: weak, so that it alone keeps no process alive.
type Bell = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The wakes of one environment: other threads ring, JavaScript takes the list of who rang.
struct Ring {
    rung: Mutex<Vec<u32>>,
    bell: Bell,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("rung", &self.rung).finish_non_exhaustive()
    }
}

impl Ring {
    /// Notes a wake and, when it is the first since the list was taken, calls JavaScript: so a wake of
    /// many sockets at once is one call.
    fn ring(&self, id: u32) {
        let first = {
            let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
            rung.push(id);
            rung.len() == 1
        };
        if first {
            // It fails only when the environment is on its way out, and then nobody waits.
            self.bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

thread_local! {
    /// The wake of the socket that this thread's loop gives a turn: it need not be rung for.
    static TURNED: Cell<*const Wake> = const { Cell::new(ptr::null()) };
}

/// The wake of one socket.
#[derive(Debug)]
struct Wake {
    ring: Arc<Ring>,
    id: u32,
    awaited: AtomicBool,
}

impl Wake {
    /// JavaScript waits.
    fn expect(&self) {
        self.awaited.store(true, Ordering::SeqCst);
    }

    /// JavaScript waits no more.
    fn forget(&self) {
        self.awaited.store(false, Ordering::SeqCst);
    }

    fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::SeqCst)
    }

    /// What was waited for has come. Called from any thread.
    fn ring(&self) {
        self.forget();
        if !ptr::eq(TURNED.get(), self) {
            self.ring.ring(self.id);
        }
    }

    /// Gives the socket turns on the thread of its environment, as long as there is more to do and
    /// none has brought what is waited for.
    fn turn(&self, socket: &Socket) {
        self.expect();
        // A turn that fails is a reason to ring too: the call that waits finds out why.
        let more = (0..TURNS).all(|_| socket.turn().unwrap_or(true) && self.is_awaited());
        if more {
            self.ring();
        }
    }
}

/// The wakes of one environment.
#[napi]
#[derive(Debug)]
pub struct Wakes {
    ring: Arc<Ring>,
    event_loop: Option<Rc<Loop>>,
    entrance: Option<Rc<Entrance>>,
}

#[napi]
impl Wakes {
    /// `callback` is called, soon, whenever the list has become non-empty. With `wake`, the loop does
    /// the work of sockets that are awaited, and calls it with the id of one for which that helped.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        callback: Function<'_, (), ()>,
        wake: Option<Function<'_, (u32,), ()>>,
    ) -> Result<Self> {
        let bell = callback.build_threadsafe_function().weak::<true>().build()?;
        let entrance = wake.map(|wake| Entrance::new(env, &wake).map(Rc::new)).transpose()?;
        Ok(Self {
            ring: Arc::new(Ring { rung: Mutex::default(), bell }),
            event_loop: entrance.as_ref().and_then(|_| Loop::of(env)),
            entrance,
        })
    }

    /// Takes the ids of the sockets that rang.
    #[napi]
    pub fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.ring.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wakes {
    /// How JavaScript waits for this socket.
    pub(crate) fn waiting(&self, socket: &Socket, id: u32) -> Waiting {
        let wake =
            Arc::new(Wake { ring: Arc::clone(&self.ring), id, awaited: AtomicBool::new(false) });
        Waiting {
            event_loop: self.event_loop.clone(),
            turns: Turns {
                socket: socket.clone(),
                wake,
                entrance: self.entrance.as_ref().map_or_else(Weak::new, Rc::downgrade),
            },
            poll: RefCell::default(),
            armed: RefCell::default(),
        }
    }
}

/// How JavaScript waits for one socket.
#[derive(Debug)]
pub(crate) struct Waiting {
    event_loop: Option<Rc<Loop>>,
    turns: Turns,
    poll: RefCell<Option<Poll>>,
    armed: RefCell<Option<Armed>>,
}

impl Waiting {
    /// Rings once, when one of these states holds or the socket ends; not at all for no state.
    pub(crate) fn arm(&self, interest: Interest) {
        let Turns { socket, wake, .. } = &self.turns;
        // The old one first: it must not be there beside the new one.
        self.armed.replace(None);
        wake.forget();
        if interest.is_empty() {
            return;
        }
        if socket.wants_turn() {
            wake.turn(socket);
        }
        wake.expect();
        let ringing = Arc::clone(wake);
        let armed = socket.arm(interest, Box::new(move || ringing.ring()));
        self.armed.replace(Some(armed));
        self.watch();
    }

    /// Has the loop do the socket's work as long as it is awaited.
    fn watch(&self) {
        let Some(event_loop) = &self.event_loop else { return };
        let mut poll = self.poll.borrow_mut();
        if poll.is_none() {
            let descriptor = self.turns.socket.poll_descriptor();
            *poll = descriptor.and_then(|descriptor| {
                Poll::new(event_loop, descriptor, Box::new(self.turns.clone()))
            });
        }
        if let Some(poll) = &*poll {
            poll.watch();
        }
    }

    /// The socket closes.
    pub(crate) fn end(&self) {
        self.armed.replace(None);
        self.turns.wake.forget();
        self.poll.replace(None);
    }
}

/// The turns of one socket.
#[derive(Clone, Debug)]
struct Turns {
    socket: Socket,
    wake: Arc<Wake>,
    /// Weak: it belongs to the environment, which may end before libuv lets go of the poll.
    entrance: Weak<Entrance>,
}

impl Watched for Turns {
    fn is_awaited(&self) -> bool {
        self.wake.is_awaited()
    }

    fn readable(&self) {
        let outer = TURNED.replace(Arc::as_ptr(&self.wake));
        self.wake.turn(&self.socket);
        TURNED.set(outer);
        if let (false, Some(entrance)) = (self.wake.is_awaited(), self.entrance.upgrade()) {
            entrance.call(self.wake.id);
        }
    }
}
