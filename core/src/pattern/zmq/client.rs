//! CLIENT: each message of one part to one of the SERVERs, in turn, and messages from all (RFC 41, a
//! draft).
//!
//! Made by the table of socket kinds. But for the parts it is DEALER.

pub use super::Dealer as Client;
