//! The server's side of CURVE: WELCOME with a cookie, then somebody's verdict, then READY.
//!
//! Used through `super::super::Mechanism`. State is kept for each connection, as libzmq does; the
//! cookie is checked against it.

use dryoc::classic::crypto_secretbox::crypto_secretbox_easy;
use subtle::ConstantTimeEq;

use super::{
    COOKIE, COOKIE_NONCE, Channel, Counting, HELLO, HELLO_NONCE, INITIATE, INITIATE_NONCE, KEY,
    KeyPair, LONG, MAC, NAME, READY_NONCE, SHORT, VOUCH, VOUCH_NONCE, WELCOME, WELCOME_NONCE,
    broken, nonce, open, owned, part, random, seal, shared,
};
use crate::{
    message::OutBuf,
    option::Key,
    wire::{
        WireError,
        mechanism::{Credentials, Progress, unexpected},
        zmtp::command::{self, Command, Metadata},
    },
};

/// Bytes of HELLO behind its name: version, padding, the client's short key, nonce, box.
const HELLO_DATA: usize = 2 + 72 + KEY + SHORT + MAC + 64;
/// Where in it the client's short key begins.
const HELLO_KEY: usize = 2 + 72;

/// The minor version, and the padding.
const ZEROS: [u8; HELLO_KEY - 1] = [0; HELLO_KEY - 1];

#[derive(Debug)]
enum State {
    Hello,
    /// The client's short key, the key between both short pairs, and what the client must give back.
    Initiate {
        client: Key,
        session: Key,
        cookie: Box<[u8; COOKIE]>,
    },
    Verdict {
        session: Key,
        metadata: Metadata,
    },
    Done,
}

/// See the module's text.
#[derive(Debug)]
pub(in crate::wire) struct CurveServer {
    long: Key,
    short: KeyPair,
    metadata: Vec<u8>,
    state: State,
    peer: Counting,
    channel: Option<Channel>,
}

impl CurveServer {
    pub(in crate::wire::mechanism) fn new(long: Key, metadata: Vec<u8>) -> Self {
        Self {
            long,
            short: KeyPair::generate(),
            metadata,
            state: State::Hello,
            peer: Counting::default(),
            channel: None,
        }
    }

    pub(in crate::wire::mechanism) fn consume(
        &mut self,
        command: Command,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        match (&self.state, &command.name[..]) {
            (State::Hello, HELLO) => self.hello(&command.data, out),
            (State::Initiate { .. }, INITIATE) => self.initiate(&command.data),
            (State::Hello, _) => Err(unexpected("HELLO", &command)),
            _ => Err(unexpected("INITIATE", &command)),
        }
    }

    fn hello(&mut self, data: &[u8], out: &mut OutBuf) -> Result<Progress, WireError> {
        let expected = "a CURVE 1.0 HELLO that was made with this server's public key";
        if data.len() != HELLO_DATA || data[0] != 1 || data[1..HELLO_KEY] != ZEROS {
            return Err(broken(expected));
        }
        let client = part::<KEY>(data, HELLO_KEY)?;
        let counted = part::<SHORT>(data, HELLO_KEY + KEY)?;
        let key = shared(client, &self.long)?;
        let opened = open(&data[HELLO_KEY + KEY + SHORT..], &nonce(HELLO_NONCE, counted), &key);
        if opened.is_none_or(|zeros| zeros.iter().any(|byte| *byte != 0)) {
            return Err(broken(expected));
        }
        self.peer.check(counted)?;

        let cookie = self.cookie(client);
        let random = random::<LONG>();
        let plain = [&self.short.public.bytes()[..], &cookie[..]].concat();
        let sealed = seal(&plain, &nonce(WELCOME_NONCE, &random), &key);
        command::encode(WELCOME, &[&random[..], &sealed].concat(), out);
        let session = shared(client, &self.short.secret)?;
        self.state = State::Initiate { client: Key::new(client), session, cookie };
        Ok(Progress::More)
    }

    /// A box that nobody else can make or open, of what a server without state would need again.
    fn cookie(&self, client: &[u8; KEY]) -> Box<[u8; COOKIE]> {
        let (random, key) = (random::<LONG>(), Key::new(&random::<KEY>()));
        let plain = zeroize::Zeroizing::new([&client[..], self.short.secret.bytes()].concat());
        let mut cookie = Box::new([0; COOKIE]);
        cookie[..LONG].copy_from_slice(&random);
        // Fails only where lengths do not fit, and these are constants.
        let _ = crypto_secretbox_easy(
            &mut cookie[LONG..],
            &plain,
            &nonce(COOKIE_NONCE, &random),
            key.bytes(),
        );
        cookie
    }

    fn initiate(&mut self, data: &[u8]) -> Result<Progress, WireError> {
        let State::Initiate { client, session, cookie } =
            std::mem::replace(&mut self.state, State::Done)
        else {
            return Err(broken("one INITIATE"));
        };
        let (returned, counted) = (part::<COOKIE>(data, 0)?, part::<SHORT>(data, COOKIE)?);
        if !bool::from(returned[..].ct_eq(&cookie[..])) {
            return Err(broken("the cookie of WELCOME in INITIATE"));
        }
        let opened = open(&data[COOKIE + SHORT..], &nonce(INITIATE_NONCE, counted), &session)
            .ok_or_else(|| broken("an INITIATE that the client encrypted"))?;
        self.peer.check(counted)?;

        let (long, vouch) = (part::<KEY>(&opened, 0)?, part::<VOUCH>(&opened, KEY)?);
        let vouched = shared(long, &self.short.secret)?;
        let both = open(&vouch[LONG..], &nonce(VOUCH_NONCE, &vouch[..LONG]), &vouched);
        let server = KeyPair::of(self.long.clone()).public;
        let expected = [&client.bytes()[..], server.bytes()].concat();
        if both.is_none_or(|both| !bool::from(both[..].ct_eq(&expected[..]))) {
            return Err(broken("a vouch of the client's long key in INITIATE"));
        }
        let metadata = command::decode_metadata(owned(&opened[KEY + VOUCH..]))?;
        let frames = vec![owned(long)];
        self.state = State::Verdict { session, metadata };
        Ok(Progress::Ask(Credentials { mechanism: NAME, frames }))
    }

    pub(in crate::wire::mechanism) fn decided(
        &mut self,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        let State::Verdict { session, metadata } = std::mem::replace(&mut self.state, State::Done)
        else {
            return Err(broken("an INITIATE before a verdict"));
        };
        let counted = 1u64.to_be_bytes();
        let sealed = seal(&self.metadata, &nonce(READY_NONCE, &counted), &session);
        command::encode(command::READY, &[&counted[..], &sealed].concat(), out);
        self.channel = Some(Channel::server(&session, std::mem::take(&mut self.peer), 2));
        Ok(Progress::Done(metadata))
    }

    pub(in crate::wire::mechanism) fn take_channel(&mut self) -> Option<Channel> {
        self.channel.take()
    }
}
