//! respondent0: answers surveys as REP answers requests (`sp-surveyor-01`); the rules are the same.
//!
//! Made by the table of socket kinds.

pub use super::rep0::Rep0 as Respondent0;
