//! Options: their names, numbers, types, ranges and defaults (TABLE 3), and a socket's values.
//!
//! Knows no module that uses it. The table is [`table`]; [`store`] is the typed struct made from it
//! by one macro; [`setting`] is what is handed down to patterns.

pub mod setting;

pub use setting::Setting;
