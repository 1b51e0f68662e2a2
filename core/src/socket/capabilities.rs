//! Capabilities: what can be asked for by name, as libzmq's `zmq_has` answers. Listed by the facade.

use crate::transport::SCHEMES;

/// The transports and mechanisms that there are, and `draft`, in lower case.
#[must_use]
pub fn capabilities() -> Vec<&'static str> {
    let schemes = SCHEMES.iter().filter(|scheme| scheme.is_supported());
    schemes.map(|scheme| scheme.name).chain(["plain", "curve", "draft"]).collect()
}
