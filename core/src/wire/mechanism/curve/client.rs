//! The client's side of CURVE: HELLO, INITIATE, then the server's READY.
//!
//! Used through `super::super::Mechanism`.

use super::{
    COOKIE, Channel, Counting, HELLO, HELLO_NONCE, INITIATE, INITIATE_NONCE, KEY, KeyPair, LONG,
    MAC, READY_NONCE, SHORT, VOUCH_NONCE, WELCOME, WELCOME_NONCE, broken, nonce, open, owned, part,
    random, seal, shared,
};
use crate::{
    message::OutBuf,
    option::Key,
    wire::{
        WireError,
        mechanism::{Progress, unexpected},
        zmtp::command::{self, Command},
    },
};

const VERSION: [u8; 2] = [1, 0];
/// Zeros that make HELLO longer than the WELCOME that it asks for.
const PADDING: usize = 72;
const SIGNED: usize = 64;

/// See the module's text.
#[derive(Debug)]
pub(in crate::wire) struct CurveClient {
    long: KeyPair,
    short: KeyPair,
    server: Key,
    metadata: Vec<u8>,
    /// The key between both short pairs, once the server's is known.
    session: Option<Key>,
    peer: Counting,
    channel: Option<Channel>,
}

impl CurveClient {
    pub(in crate::wire::mechanism) fn new(long: KeyPair, server: Key, metadata: Vec<u8>) -> Self {
        Self {
            long,
            short: KeyPair::generate(),
            server,
            metadata,
            session: None,
            peer: Counting::default(),
            channel: None,
        }
    }

    pub(in crate::wire::mechanism) fn begin(&mut self, out: &mut OutBuf) -> Result<(), WireError> {
        let counted = 1u64.to_be_bytes();
        let key = shared(self.server.bytes(), &self.short.secret)?;
        let mut data = VERSION.to_vec();
        data.extend([0; PADDING]);
        data.extend(self.short.public.bytes());
        data.extend(counted);
        data.extend(seal(&[0; SIGNED], &nonce(HELLO_NONCE, &counted), &key));
        command::encode(HELLO, &data, out);
        Ok(())
    }

    pub(in crate::wire::mechanism) fn consume(
        &mut self,
        command: Command,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        match (&self.session, &command.name[..]) {
            (None, WELCOME) => self.welcome(&command.data, out),
            (Some(key), command::READY) => {
                let counted = part::<SHORT>(&command.data, 0)?;
                let opened = open(&command.data[SHORT..], &nonce(READY_NONCE, counted), key)
                    .ok_or_else(|| broken("a READY that the server encrypted"))?;
                self.peer.check(counted)?;
                let metadata = command::decode_metadata(owned(&opened))?;
                self.channel = Some(Channel::client(key, std::mem::take(&mut self.peer), 3));
                Ok(Progress::Done(metadata))
            }
            (None, _) => Err(unexpected("WELCOME or ERROR", &command)),
            _ => Err(unexpected("READY or ERROR", &command)),
        }
    }

    fn welcome(&mut self, data: &[u8], out: &mut OutBuf) -> Result<Progress, WireError> {
        let expected = "a WELCOME of the server whose key is CURVE_SERVERKEY";
        if data.len() != LONG + MAC + KEY + COOKIE {
            return Err(broken(expected));
        }
        let key = shared(self.server.bytes(), &self.short.secret)?;
        let opened = open(&data[LONG..], &nonce(WELCOME_NONCE, &data[..LONG]), &key)
            .ok_or_else(|| broken(expected))?;
        let (peer, cookie) = (part::<KEY>(&opened, 0)?, part::<COOKIE>(&opened, KEY)?);
        let session = shared(peer, &self.short.secret)?;

        let random = random::<LONG>();
        let both = [&self.short.public.bytes()[..], self.server.bytes()].concat();
        let vouched = shared(peer, &self.long.secret)?;
        let vouch = seal(&both, &nonce(VOUCH_NONCE, &random), &vouched);
        let plain = [self.long.public.bytes(), &random[..], &vouch, &self.metadata].concat();

        let counted = 2u64.to_be_bytes();
        let sealed = seal(&plain, &nonce(INITIATE_NONCE, &counted), &session);
        command::encode(INITIATE, &[&cookie[..], &counted, &sealed].concat(), out);
        self.session = Some(session);
        Ok(Progress::More)
    }

    pub(in crate::wire::mechanism) fn take_channel(&mut self) -> Option<Channel> {
        self.channel.take()
    }
}
