//! Directed: whom a message goes to, or came from, beside its body: routing ids of SERVER and PEER,
//! groups of RADIO and DISH. Drafts of libzmq: `zmq_msg_set_routing_id`, `zmq_msg_set_group`,
//! `zmq_join`, `zmq_leave`, `zmq_connect_peer`.

use bytes::Bytes;

use super::{EndpointInfo, Socket, Unsent, lock};
use crate::{
    error::{Error, ErrorCode},
    message::{Header, Message, Shape},
    pattern::Command,
    wire::{datagram::address_of, zmtp::MAX_GROUP},
};

/// What comes with a body; nothing for most kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// The peer, of SERVER and PEER; never 0.
    pub routing_id: Option<u32>,
    /// The group, of RADIO and DISH; at most 255 bytes.
    pub group: Option<Bytes>,
}

impl Socket {
    /// The message to send for a body that goes there. A RADIO's body without a group goes to the group
    /// without a name, as in libzmq.
    ///
    /// # Errors
    /// The body comes back with EINVAL where this kind of socket has no such thing, for a group of more
    /// than 255 bytes.
    pub fn direct(&self, mut message: Message, direction: Direction) -> Result<Message, Unsent> {
        if let Err(error) = self.check_direction(&direction) {
            return Err(Unsent { message, error });
        }
        if let Some(group) = direction.group {
            *message.header_mut() = Header::of_group(group);
        }
        if let Some(routing_id) = direction.routing_id {
            message.set_pipe(routing_id);
        }
        Ok(message)
    }

    fn check_direction(&self, direction: &Direction) -> Result<(), Error> {
        let name = self.kind().name;
        let shape = self.kind().shape();
        if direction.routing_id.is_some() && shape != Shape::Routed {
            return Err(invalid(format!("{name} sockets take no routing id; SERVER and PEER do")));
        }
        if direction.group.is_some() && shape != Shape::Grouped {
            return Err(invalid(format!("{name} sockets take no group; RADIO does")));
        }
        direction.group.as_deref().map_or(Ok(()), check_group)
    }

    /// Whom a received message came from.
    #[must_use]
    pub fn direction(&self, message: &Message) -> Direction {
        let is_routed = self.kind().shape() == Shape::Routed;
        Direction {
            routing_id: is_routed.then_some(message.pipe()),
            group: message.header().group().cloned(),
        }
    }

    /// Receives the messages of this group too (DISH).
    ///
    /// # Errors
    /// EINVAL when it is in that group already, for a name of more than 255 bytes, and for other kinds.
    pub fn join(&self, group: &[u8]) -> Result<(), Error> {
        self.change_group(group, Command::Subscribe, "is in the group already")
    }

    /// Receives the messages of this group no longer (DISH).
    ///
    /// # Errors
    /// EINVAL when it is not in that group, for a name of more than 255 bytes, and for other kinds.
    pub fn leave(&self, group: &[u8]) -> Result<(), Error> {
        self.change_group(group, Command::Unsubscribe, "is not in the group")
    }

    fn change_group(
        &self,
        group: &[u8],
        command: fn(Vec<u8>) -> Command,
        wrong: &str,
    ) -> Result<(), Error> {
        let kind = self.kind();
        if kind.shape() != Shape::Grouped || !kind.receives {
            return Err(invalid(format!(
                "{} sockets are in no groups; DISH sockets are",
                kind.name
            )));
        }
        self.check_all()?;
        check_group(group)?;
        self.command(command(group.to_vec())).map_err(|code| match code {
            ErrorCode::Invalid => {
                invalid(format!("the socket {wrong} \"{}\"", group.escape_ascii()))
            }
            code => code.into(),
        })
    }

    /// A DGRAM's message begins with the address that it goes to.
    pub(super) fn check_address(&self, first: &[u8]) -> Result<(), Error> {
        if self.kind().shape() != Shape::Addressed || address_of(first).is_some() {
            return Ok(());
        }
        let got = first.escape_ascii();
        Err(invalid(format!(
            "a DGRAM message begins with an address such as 127.0.0.1:5555, not \"{got}\""
        )))
    }

    /// Connects, and answers the routing id of the new peer, which may be sent to at once (PEER).
    ///
    /// # Errors
    /// As [`Socket::connect`]; ENOTSUP for other kinds, EFAULT with IMMEDIATE, where there is no peer
    /// before the handshake.
    pub fn connect_peer(&self, endpoint: &str) -> Result<u32, Error> {
        if self.kind().name != "PEER" {
            let text =
                format!("{} sockets have no routing ids of peers; PEER has", self.kind().name);
            return Err(Error::new(ErrorCode::NotSupported, text));
        }
        if lock(&self.0.options).immediate {
            let text = "with IMMEDIATE there is no peer before the handshake; connect() instead";
            return Err(Error::new(ErrorCode::BadAddress, text));
        }
        let EndpointInfo { id, .. } = self.connect(endpoint)?;
        self.hub().pipe_of(id).map(|pipe| pipe.serial).ok_or_else(|| {
            Error::new(ErrorCode::HostUnreachable, format!("{endpoint} was lost again"))
        })
    }
}

fn check_group(group: &[u8]) -> Result<(), Error> {
    match group.len() {
        0..=MAX_GROUP => Ok(()),
        length => Err(invalid(format!("a group has at most {MAX_GROUP} bytes, not {length}"))),
    }
}

fn invalid(text: String) -> Error {
    Error::new(ErrorCode::Invalid, text)
}
