//! Joint: which kinds of socket a device joins, and what becomes of a message on its way between them.
//!
//! | between | passes |
//! |---|---|
//! | two of SP, raw, each other's peers (REQ and REP, BUS and BUS) | as it is, its header too |
//! | two of ZMTP | as it is |
//! | PUSH and PULL, PAIR, PUB or XPUB and SUB or XSUB of both | the body |
//! | REP (SP) and DEALER | the SP stack as one frame of the envelope |
//! | ROUTER and REQ (SP) | an id, under which the envelope is kept here |

use super::envelopes::Envelopes;
use crate::{
    error::{Error, ErrorCode},
    message::{Frame, Header, Message},
    option::Dialect,
    pattern::{DropReason, request::ID_BIT},
    socket::Kind,
};

/// The pairs of both dialects that pass bodies: SP's name and ZMTP's.
const OF_BODIES: [(&str, &str); 8] = [
    ("PUSH", "PULL"),
    ("PULL", "PUSH"),
    ("PAIR", "PAIR"),
    ("PAIR1", "PAIR"),
    ("PUB", "SUB"),
    ("PUB", "XSUB"),
    ("SUB", "PUB"),
    ("SUB", "XPUB"),
];

/// See the module's text.
#[derive(Debug)]
pub(super) enum Joint {
    /// Messages as they are.
    Whole,
    /// Bodies.
    Bodies,
    /// A stack as a frame of an envelope.
    Stacks,
    /// Ids for envelopes.
    Envelopes(Envelopes),
}

impl Joint {
    /// What joins two kinds, or one to itself.
    ///
    /// # Errors
    /// EINVAL for SP sockets that are not raw, and for kinds that do not fit.
    pub(super) fn of(front: &Kind, back: Option<&Kind>) -> Result<Self, Error> {
        for kind in [Some(front), back].into_iter().flatten() {
            if kind.dialect == Dialect::Sp && !kind.is_raw() {
                let text =
                    format!("a device needs raw sockets (AF_SP_RAW); this {} is not", kind.name);
                return Err(Error::new(ErrorCode::Invalid, text));
            }
        }
        let Some(back) = back else { return Ok(Self::Whole) };
        let joint = match (front.dialect, back.dialect) {
            (Dialect::Zmtp, Dialect::Zmtp) => Some(Self::Whole),
            (Dialect::Sp, Dialect::Sp) => Self::of_sp(front, back),
            (Dialect::Sp, Dialect::Zmtp) => Self::of_both(front.name, back.name),
            (Dialect::Zmtp, Dialect::Sp) => Self::of_both(back.name, front.name),
        };
        joint.ok_or_else(|| {
            let text = format!(
                "a device does not join {} ({:?}) to {} ({:?})",
                front.name, front.dialect, back.name, back.dialect
            );
            Error::new(ErrorCode::Invalid, text)
        })
    }

    fn of_sp(front: &Kind, back: &Kind) -> Option<Self> {
        if !front.profile.accepts(&back.profile) {
            return None;
        }
        // A BUS's header names a peer of its own socket, and means nothing to the other.
        Some(if front.name == "BUS" { Self::Bodies } else { Self::Whole })
    }

    fn of_both(sp: &str, zmtp: &str) -> Option<Self> {
        match (sp, zmtp) {
            ("REP", "DEALER") => Some(Self::Stacks),
            ("REQ", "ROUTER") => Some(Self::Envelopes(Envelopes::new())),
            pair => OF_BODIES.contains(&pair).then_some(Self::Bodies),
        }
    }

    /// The message as a socket of this kind sends it.
    pub(super) fn carry(&mut self, mut message: Message, to: &Kind) -> Result<Message, DropReason> {
        match self {
            Self::Whole => {
                // A number of a peer of the other socket.
                message.set_pipe(0);
                Ok(message)
            }
            Self::Bodies => body_alone(message, to),
            Self::Stacks if to.dialect == Dialect::Zmtp => Ok(stack_to_envelope(message)),
            Self::Stacks => envelope_to_stack(message),
            Self::Envelopes(envelopes) if to.dialect == Dialect::Sp => {
                let (envelope, mut message) = take_envelope(message)?;
                message.header_mut().push(envelopes.keep(envelope));
                Ok(message)
            }
            Self::Envelopes(envelopes) => {
                let [id] = message.header().words() else { return Err(DropReason::Malformed) };
                let mut frames = envelopes.take(*id).ok_or(DropReason::Stale)?;
                frames.extend([Frame::default(), message.into_body()]);
                Ok(Message::from_frames(frames))
            }
        }
    }
}

/// SP has no parts: a message of several does not pass.
fn body_alone(mut message: Message, to: &Kind) -> Result<Message, DropReason> {
    if to.dialect == Dialect::Sp && message.frames().len() > 1 {
        return Err(DropReason::Malformed);
    }
    message.header_mut().clear();
    message.set_pipe(0);
    if to.name == "PAIR1" {
        // No hops yet; the socket counts its own.
        message.header_mut().push(0);
    }
    Ok(message)
}

/// The stack of an SP request is the first frame of the envelope.
fn stack_to_envelope(message: Message) -> Message {
    let stack = message.header().to_bytes();
    Message::from_frames(vec![stack.into(), Frame::default(), message.into_body()])
}

/// Back: a reply's envelope has the stack as its only frame.
fn envelope_to_stack(message: Message) -> Result<Message, DropReason> {
    let (envelope, mut message) = take_envelope(message)?;
    let [stack] = &envelope[..] else { return Err(DropReason::Malformed) };
    let stack = Header::from_bytes(stack).ok_or(DropReason::Malformed)?;
    match stack.words() {
        [rest @ .., id] if id & ID_BIT != 0 && rest.iter().all(|word| word & ID_BIT == 0) => {}
        _ => return Err(DropReason::Malformed),
    }
    *message.header_mut() = stack;
    Ok(message)
}

/// The frames before the first empty one, and the one body behind it.
fn take_envelope(message: Message) -> Result<(Vec<Frame>, Message), DropReason> {
    let mut frames = message.into_frames();
    let [.., delimiter, _] = &frames[..] else { return Err(DropReason::Malformed) };
    let envelope = frames.len() - 2;
    if !delimiter.is_empty() || frames[..envelope].iter().any(|frame| frame.is_empty()) {
        return Err(DropReason::Malformed);
    }
    let body = frames.pop().unwrap_or_default();
    frames.truncate(envelope);
    Ok((frames, Message::new(body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::kind::kinds;

    fn raw(name: &str) -> &'static Kind {
        kinds().iter().find(|kind| kind.is_raw() && kind.name == name).unwrap()
    }

    fn zmq(name: &str) -> &'static Kind {
        let of_zmtp = |kind: &&Kind| kind.dialect == Dialect::Zmtp && kind.name == name;
        kinds().iter().find(of_zmtp).unwrap()
    }

    fn parts(parts: &[&[u8]]) -> Message {
        Message::from_frames(parts.iter().map(|part| Frame::from_slice(part)).collect())
    }

    #[test]
    fn what_fits_is_joined_from_either_side() {
        let mut joined = Vec::new();
        for front in kinds().iter().filter(|kind| kind.is_raw() || kind.dialect == Dialect::Zmtp) {
            for back in kinds().iter().filter(|kind| kind.is_raw()) {
                let one_way = Joint::of(front, Some(back)).is_ok();
                assert_eq!(one_way, Joint::of(back, Some(front)).is_ok());
                if one_way && front.dialect == Dialect::Zmtp {
                    joined.push((front.name, back.name));
                }
            }
        }
        joined.sort_unstable();
        let mut expected = OF_BODIES.map(|(sp, zmtp)| (zmtp, sp)).to_vec();
        expected.extend([("DEALER", "REP"), ("ROUTER", "REQ")]);
        expected.sort_unstable();
        assert_eq!(joined, expected);
    }

    #[test]
    fn a_stack_travels_as_one_frame() {
        let (rep, dealer) = (raw("REP"), zmq("DEALER"));
        let mut joint = Joint::of(rep, Some(dealer)).unwrap();
        let mut request = Message::new("?");
        [7, 9, ID_BIT | 3].into_iter().for_each(|word| request.header_mut().push(word));
        let header = request.header().clone();
        let request = joint.carry(request, dealer).unwrap();
        assert_eq!(request, parts(&[&header.to_bytes(), b"", b"?"]));
        let reply = joint.carry(parts(&[&header.to_bytes(), b"", b"!"]), rep).unwrap();
        assert_eq!((reply.header(), &**reply.body()), (&header, &b"!"[..]));
        let bad: [&[&[u8]]; 9] = [
            &[b""],
            &[b"!"],
            &[b"", b"!"],
            &[b"\x80\0\0", b"", b"!"],
            &[b"\0\0\0\x01", b"", b"!"],
            &[b"\x80\0\0\x01\x80\0\0\x01", b"", b"!"],
            &[b"\x80\0\0\x01", b"\x80\0\0\x01", b"", b"!"],
            &[b"\x80\0\0\x01", b"", b"!", b"more"],
            &[b"\x80\0\0\x01", b"", b"", b"!"],
        ];
        for reply in bad {
            assert_eq!(joint.carry(parts(reply), rep), Err(DropReason::Malformed), "{reply:?}");
        }
    }

    #[test]
    fn an_envelope_waits_for_its_reply() {
        let (router, req) = (zmq("ROUTER"), raw("REQ"));
        let mut joint = Joint::of(router, Some(req)).unwrap();
        let first = joint.carry(parts(&[b"a", b"b", b"c", b"", b"1"]), req).unwrap();
        let second = joint.carry(parts(&[b"a", b"", b"2"]), req).unwrap();
        assert_eq!((&**first.body(), &**second.body()), (&b"1"[..], &b"2"[..]));
        assert_eq!(joint.carry(second.clone(), router), Ok(parts(&[b"a", b"", b"2"])));
        assert_eq!(joint.carry(second, router), Err(DropReason::Stale));
        assert_eq!(joint.carry(first, router), Ok(parts(&[b"a", b"b", b"c", b"", b"1"])));
        assert_eq!(joint.carry(Message::new("!"), router), Err(DropReason::Malformed));
        assert_eq!(joint.carry(parts(&[b"a", b"b"]), req), Err(DropReason::Malformed));
        assert_eq!(joint.carry(parts(&[b"a", b"", b"1", b"2"]), req), Err(DropReason::Malformed));
    }

    #[test]
    fn bodies_leave_the_rest_behind() {
        let (pair, pair1) = (zmq("PAIR"), raw("PAIR1"));
        let mut joint = Joint::of(pair, Some(pair1)).unwrap();
        let there = joint.carry(parts(&[b"x"]), pair1).unwrap();
        assert_eq!((there.header().words(), &**there.body()), (&[0][..], &b"x"[..]));
        assert_eq!(joint.carry(there, pair), Ok(parts(&[b"x"])));
        assert_eq!(joint.carry(parts(&[b"x", b"y"]), pair1), Err(DropReason::Malformed));
        let bus = raw("BUS");
        let mut joint = Joint::of(bus, Some(bus)).unwrap();
        let mut message = Message::new("x");
        message.header_mut().push(5);
        assert_eq!(joint.carry(message, bus), Ok(Message::new("x")));
    }
}
