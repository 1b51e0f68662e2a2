//! Schedule: the policy and the priority that the system gives an I/O thread. Called by
//! [`super::io_thread`].

use crate::error::{Error, ErrorCode};

/// What is wished for, by libzmq's numbers: those of Linux.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// `THREAD_SCHED_POLICY`; `None` is that of whoever starts the thread.
    pub policy: Option<i64>,
    /// `THREAD_PRIORITY`.
    pub priority: Option<i64>,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use rustix::process::getpriority_process;
    use thread_priority::{
        Error as Refused, NormalThreadSchedulePolicy as Normal,
        RealtimeThreadSchedulePolicy as Realtime, ThreadPriority, ThreadPriorityValue,
        ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
        thread_schedule_policy,
    };

    use super::{Error, ErrorCode, Schedule};

    /// The first that the system's scheduler looks at.
    const LEAST_NICE: i32 = -20;

    impl Schedule {
        /// Gives it to this thread.
        pub(in crate::reactor) fn take(self) -> Result<(), Error> {
            if self == Self::default() {
                return Ok(());
            }
            let policy = self.policy()?;
            let priority = match policy {
                ThreadSchedulePolicy::Realtime(_) => self.realtime(),
                ThreadSchedulePolicy::Normal(_) => self.normal(policy),
            }?;
            set_thread_priority_and_policy(thread_native_id(), priority, policy)
                .map_err(|refused| self.refused(&refused))
        }

        fn policy(self) -> Result<ThreadSchedulePolicy, Error> {
            Ok(match self.policy {
                None => thread_schedule_policy().map_err(|refused| self.refused(&refused))?,
                Some(0) => ThreadSchedulePolicy::Normal(Normal::Other),
                Some(1) => ThreadSchedulePolicy::Realtime(Realtime::Fifo),
                Some(2) => ThreadSchedulePolicy::Realtime(Realtime::RoundRobin),
                Some(3) => ThreadSchedulePolicy::Normal(Normal::Batch),
                Some(5) => ThreadSchedulePolicy::Normal(Normal::Idle),
                Some(other) => {
                    return Err(invalid(format!(
                        "THREAD_SCHED_POLICY takes 0 (SCHED_OTHER), 1 (FIFO), 2 (RR), 3 (BATCH) or 5 (IDLE), got {other}"
                    )));
                }
            })
        }

        fn realtime(self) -> Result<ThreadPriority, Error> {
            let wish = self.priority.and_then(|wish| u8::try_from(wish).ok());
            let value = wish.filter(|wish| *wish > 0).map(ThreadPriorityValue::try_from);
            match value {
                Some(Ok(value)) => Ok(ThreadPriority::Crossplatform(value)),
                _ => {
                    let got = self.priority.map_or_else(|| "none".into(), |got| got.to_string());
                    let text = format!(
                        "THREAD_PRIORITY takes 1 to 99 with SCHED_FIFO and SCHED_RR, got {got}"
                    );
                    Err(invalid(text))
                }
            }
        }

        /// Where priorities mean nothing, any is a wish for the least nice value, as with libzmq.
        fn normal(self, policy: ThreadSchedulePolicy) -> Result<ThreadPriority, Error> {
            let wished = self.priority.is_some_and(|wish| wish > 0);
            let nice = match getpriority_process(None) {
                _ if wished => LEAST_NICE,
                Ok(own) => own,
                Err(error) => return Err(std::io::Error::from(error).into()),
            };
            // The library has a scale of its own; which step of it is this nice value?
            let steps = (0..=u8::MAX).map_while(|step| ThreadPriorityValue::try_from(step).ok());
            let mut steps = steps.map(ThreadPriority::Crossplatform);
            let step = steps.find(|step| step.to_posix(policy).is_ok_and(|value| value == nice));
            step.ok_or_else(|| invalid(format!("{self} does not take the nice value {nice}")))
        }

        fn refused(self, refused: &Refused) -> Error {
            match refused {
                Refused::OS(number) => {
                    let system = Error::from(std::io::Error::from_raw_os_error(*number));
                    Error::new(system.code(), format!("the system refuses {self}"))
                }
                other => invalid(format!("{self}: {other}")),
            }
        }
    }

    fn invalid(text: String) -> Error {
        Error::new(ErrorCode::Invalid, text)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Schedule {
    pub(super) fn take(self) -> Result<(), Error> {
        if self == Self::default() {
            return Ok(());
        }
        Err(Error::new(ErrorCode::NotSupported, format!("{self} is for Linux only")))
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = |wish: Option<i64>| wish.map_or_else(|| "unset".into(), |it| it.to_string());
        let (policy, priority) = (number(self.policy), number(self.priority));
        write!(f, "THREAD_SCHED_POLICY {policy} with THREAD_PRIORITY {priority}")
    }
}
