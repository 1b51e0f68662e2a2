//! The scenario suite: one behaviour a file, run by every language and by the reference libraries.
//!
//! [`scenario`] reads the files, [`shim`] runs the process that plays a peer, [`play`] carries one
//! scenario out, and [`matrix`] says which scenarios run with which languages over which
//! transports. Called by the `sockery-tests` command and by `cargo test`.

mod certificates;
pub mod language;
pub mod matrix;
pub mod options;
pub mod play;
pub mod raw;
pub mod scenario;
pub mod shim;
