//! The Scalability Protocols: one file per protocol, named by its wire name.
//!
//! Made by the table of socket kinds. SP messages have one frame; header words stand before it, and
//! are still in the body of a message that came over a stream (see [`words`]).

pub mod pair0;
pub mod pub0;
pub mod pull0;
pub mod push0;
pub mod rep0;
pub mod req0;
pub mod sub0;
pub mod words;

pub use pair0::Pair0;
pub use pub0::Pub0;
pub use pull0::Pull0;
pub use push0::Push0;
pub use rep0::Rep0;
pub use req0::Req0;
pub use sub0::Sub0;
