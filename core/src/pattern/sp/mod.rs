//! The Scalability Protocols: one file per protocol, named by its wire name.
//!
//! Made by the table of socket kinds. SP messages have one frame; header words stand before it, and
//! are still in the body of a message that came over a stream (see [`words`]).

pub mod bus0;
pub mod pair0;
pub mod pair1;
pub mod pub0;
pub mod pull0;
pub mod push0;
pub mod raw;
pub mod rep0;
pub mod req0;
pub mod respondent0;
pub mod sub0;
pub mod surveyor0;
pub mod words;

pub use bus0::Bus0;
pub use pair0::Pair0;
pub use pair1::Pair1;
pub use pub0::Pub0;
pub use pull0::Pull0;
pub use push0::Push0;
pub use raw::{RawBus, RawRep, RawReq, RawSurveyor};
pub use rep0::Rep0;
pub use req0::Req0;
pub use respondent0::Respondent0;
pub use sub0::Sub0;
pub use surveyor0::Surveyor0;
