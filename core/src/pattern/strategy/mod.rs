//! Protocols and strategies.
