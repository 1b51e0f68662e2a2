// Faults: what the models are there to find. Each text must stand in its file once.

/// Something done wrong on purpose: the model of it must fail.
struct Fault {
    name: &'static str,
    edits: &'static [Edit],
}

/// What stands in a file of the engine, and what stands there instead.
struct Edit {
    file: &'static str,
    text: &'static str,
    instead: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "sleeps_without_trying_again",
        edits: &[Edit {
            file: "socket/wait.rs",
            text: "let mut answer = if may_succeed(readiness, interest) { attempt() } else { None };",
            instead: "let mut answer = None;",
        }],
    },
    Fault {
        name: "wakes_before_it_stores",
        edits: &[
            Edit {
                file: "reactor/readiness.rs",
                text: "        self.levels.store(new.bits(), Ordering::SeqCst);\n",
                instead: "        let wake = self.wake(new);\n",
            },
            Edit {
                file: "reactor/readiness.rs",
                text: "        self.wake(new)\n",
                instead: "        self.levels.store(new.bits(), Ordering::SeqCst);\n        wake\n",
            },
        ],
    },
    Fault {
        name: "sleeps_though_the_poll_is_wanted",
        edits: &[Edit {
            file: "reactor/shared_poll.rs",
            text: "wanted.load(Ordering::SeqCst) == 0;",
            instead: "true;",
        }],
    },
    Fault {
        name: "keeps_the_wake_of_another",
        edits: &[Edit {
            file: "reactor/shared_poll.rs",
            text: "                unpark.again();\n",
            instead: "",
        }],
    },
    Fault {
        name: "forgets_that_it_is_dirty",
        edits: &[Edit {
            file: "session/writer.rs",
            text: "            self.dirty.store(false, Ordering::SeqCst);
            let pumped = state.pump(&self.lane, cause);\n",
            instead: "            let pumped = state.pump(&self.lane, cause);
            self.dirty.store(false, Ordering::SeqCst);\n",
        }],
    },
    Fault {
        name: "ends_a_stream_after_the_exchange",
        edits: &[
            Edit {
                file: "pattern/lane/mod.rs",
                text: "        queue.end_stream(overdue);
        if batch.is_empty() {",
                instead: "        if batch.is_empty() {",
            },
            Edit {
                file: "session/writer.rs",
                text: "        flushed.room |= exchanged.room;\n        match",
                instead: "        flushed.room |= exchanged.room;
        if cause == Cause::Overdue {
            lane.stop_streaming();
        }
        match",
            },
        ],
    },
    Fault {
        name: "ends_a_stream_that_was_written",
        edits: &[Edit {
            file: "session/writer.rs",
            text: "                    cause = Cause::Resumed;\n",
            instead: "",
        }],
    },
    Fault {
        name: "clears_the_flag_after_the_flush",
        edits: &[Edit {
            file: "session/hub.rs",
            text: "if self.gathered.load(Ordering::Acquire) && self.gathered.swap(false, Ordering::AcqRel) {
            let room = Self::flush_connections(&self.drive());\n",
            instead: "if self.gathered.load(Ordering::Acquire) {
            let room = Self::flush_connections(&self.drive());
            self.gathered.store(false, Ordering::Release);\n",
        }],
    },
    Fault {
        name: "forgets_a_refusal",
        edits: &[Edit {
            file: "pattern/lane/mod.rs",
            text: "        if !queue.ask_room() {\n            return Load::default();",
            instead: "        if !queue.has_room() {\n            return Load::default();",
        }],
    },
    Fault {
        name: "leaves_work_to_nobody",
        edits: &[Edit {
            file: "session/hub.rs",
            text: "        if self.gate.is_served() {\n            self.attend();\n        }\n",
            instead: "",
        }],
    },
    Fault {
        name: "clears_the_request_after_the_turn",
        edits: &[
            Edit {
                file: "session/hub.rs",
                text: "        // Cleared first: what is asked for during the turn gets another one.
        self.attended.store(false, Ordering::SeqCst);\n",
                instead: "",
            },
            Edit {
                file: "session/hub.rs",
                text: "        let next = self.next_turn(&drive);\n",
                instead: "        let next = self.next_turn(&drive);
        self.attended.store(false, Ordering::SeqCst);\n",
            },
        ],
    },
];
