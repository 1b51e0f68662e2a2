//! The engine's hand-overs between threads, run by loom in every order of their steps.
//!
//! What runs is the engine's own code, copied by `build.rs` onto the stage of `stage/`, which holds the
//! models too. `sound` is the engine as it is. Each model also runs on a copy with a fault that it is
//! there to find (`faults.rs`), and must fail.
#![cfg(test)]
#![allow(
    unreachable_pub,
    unused,
    unused_qualifications,
    reason = "the copies have what a model does not need"
)]

include!(concat!(env!("OUT_DIR"), "/copies.rs"));

/// A model holds for the engine as it is, and fails for each of these faults.
macro_rules! model {
    ($group:ident :: $model:ident, $($fault:ident: $says:literal),+) => {
        mod $model {
            #[test]
            fn holds() {
                crate::sound::models::$group::$model();
            }

            $(
                #[test]
                #[should_panic(expected = $says)]
                fn $fault() {
                    crate::$fault::models::$group::$model();
                }
            )+
        }
    };
}

model!(waiting::a_level, sleeps_without_trying_again: "deadlock", wakes_before_it_stores: "deadlock");
model!(waiting::an_event, sleeps_without_trying_again: "deadlock");
model!(waiting::a_message, sleeps_without_trying_again: "deadlock");
model!(waiting::a_message_behind_a_call, sleeps_though_the_poll_is_wanted: "deadlock");
model!(waiting::a_message_and_a_look, keeps_the_wake_of_another: "deadlock");
model!(gathering::two_that_flush, forgets_that_it_is_dirty: "left behind");
model!(gathering::the_end_of_a_stream, ends_a_stream_after_the_exchange: "left behind");
model!(gathering::a_wait_within_a_stream, ends_a_stream_that_was_written: "the stream ended");
model!(gathering::two_that_wait, clears_the_flag_after_the_flush: "left behind");
model!(
    handing_over::a_refusal,
    forgets_a_refusal: "deadlock",
    clears_the_request_after_the_turn: "deadlock"
);
model!(handing_over::to_the_io_thread, leaves_work_to_nobody: "deadlock");
