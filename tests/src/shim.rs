//! The process that plays a peer, and the line protocol it speaks. Called by `play`.
//!
//! A shim says `hello` (and `threads` when it can do two things at once), then answers each line
//! that comes on its standard input with one line: `ok VALUE...`, `err NAME TEXT` or `skip WHY`.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use nix::{
    sys::{
        signal::{self, Signal},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::Pid,
};

use crate::{language::Language, scenario::DEADLINE};

/// What a shim answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeded, with these values.
    Values(Vec<String>),
    /// It failed.
    Error {
        /// The conventional name, such as `EAGAIN`.
        name: String,
        /// What the user would read.
        text: String,
    },
    /// The library behind this shim cannot do that.
    Skip(String),
}

impl Answer {
    fn parse(line: &str) -> Option<Self> {
        let (sign, rest) = line.split_once(' ').unwrap_or((line, ""));
        match sign {
            "ok" => Some(Self::Values(rest.split_whitespace().map(str::to_owned).collect())),
            "err" => {
                let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
                Some(Self::Error { name: name.into(), text: text.into() })
            }
            "skip" => Some(Self::Skip(rest.into())),
            _ => None,
        }
    }
}

/// A running shim; killed when dropped.
#[derive(Debug)]
pub struct Shim {
    language: &'static Language,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Arc<Mutex<String>>,
    collector: Option<JoinHandle<()>>,
    threads: bool,
}

impl Shim {
    /// Starts one, with a limit of open files if any, and waits for its hello.
    pub fn start(language: &'static Language, files: Option<u32>) -> Result<Self, String> {
        let mut command = limited(language.command(), files);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", language.name))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("stdout was asked for");
        let stderr = Arc::new(Mutex::new(String::new()));
        let errors = child.stderr.take().expect("stderr was asked for");
        let collector = Some(collect(errors, Arc::clone(&stderr)));
        let lines = lines(stdout);
        let mut shim = Self { language, child, stdin, lines, stderr, collector, threads: false };
        let hello = shim.line(DEADLINE)?;
        shim.threads = hello == "hello threads";
        match hello.starts_with("hello") {
            true => Ok(shim),
            false => Err(format!("{} began with {hello:?}", language.name)),
        }
    }

    /// Which language it is.
    #[must_use]
    pub fn language(&self) -> &'static Language {
        self.language
    }

    /// Whether it can do one thing while another waits.
    #[must_use]
    pub fn threads(&self) -> bool {
        self.threads
    }

    /// The process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to its standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for something without waiting for the answer.
    pub fn ask(&mut self, line: &str) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("its input is closed")?;
        writeln!(stdin, "{line}")
            .and_then(|()| stdin.flush())
            .map_err(|e| self.lost(&e.to_string()))
    }

    /// The answer to the oldest question that has none yet.
    pub fn answer(&mut self, deadline: Duration) -> Result<Answer, String> {
        let line = self.line(deadline)?;
        Answer::parse(&line).ok_or_else(|| format!("{} answered {line:?}", self.language.name))
    }

    /// Sends the process a signal. One that stops it is waited for: until then its threads run on.
    pub fn signal(&self, signal: Signal) -> Result<(), String> {
        let id = Pid::from_raw(i32::try_from(self.id()).map_err(|e| e.to_string())?);
        signal::kill(id, signal).map_err(|e| e.to_string())?;
        if signal == Signal::SIGSTOP {
            // What is seen here is not taken: that the process ended is for others to find.
            let seen = WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
            waitid(Id::Pid(id), seen).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Waits until the process has left by itself and all it wrote is read.
    pub fn left(&mut self, deadline: Duration) -> Result<ExitStatus, String> {
        self.stdin = None;
        while self.line_or_end(deadline)?.is_some() {}
        if let Some(collector) = self.collector.take() {
            collector.join().map_err(|_| "its standard error cannot be read")?;
        }
        self.child.wait().map_err(|e| e.to_string())
    }

    fn line(&mut self, deadline: Duration) -> Result<String, String> {
        self.line_or_end(deadline)?.ok_or_else(|| self.lost("it ended"))
    }

    fn line_or_end(&mut self, deadline: Duration) -> Result<Option<String>, String> {
        match self.lines.recv_timeout(deadline) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("{} said nothing for {deadline:?}", self.language.name))
            }
        }
    }

    /// Why it is gone, once it is.
    fn lost(&mut self, why: &str) -> String {
        let status = self.child.try_wait().ok().flatten();
        let status = status.map(|status| format!(", {status}")).unwrap_or_default();
        format!("{} is lost: {why}{status}", self.language.name)
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same command with a limit of open files.
fn limited(command: Command, files: Option<u32>) -> Command {
    let Some(files) = files else { return command };
    let mut limited = Command::new("bash");
    limited.arg("-c").arg(format!("ulimit -n {files}; exec \"$0\" \"$@\""));
    limited.arg(command.get_program()).args(command.get_args());
    limited
}

fn lines(stdout: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(stdout).lines();
        lines.map_while(io::Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}

fn collect(stderr: impl Read + Send + 'static, into: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(io::Result::ok) {
            let mut text = into.lock().unwrap_or_else(PoisonError::into_inner);
            text.push_str(&line);
            text.push('\n');
        }
    })
}

/// Shims that wait for their next scenario, since starting an interpreter takes longer than most.
#[derive(Debug, Default)]
pub struct Pool {
    idle: Mutex<HashMap<&'static str, Vec<Shim>>>,
}

impl Pool {
    /// A shim that has no socket open.
    pub fn take(&self, language: &'static Language) -> Result<Shim, String> {
        let idle = self.idle().get_mut(language.name).and_then(Vec::pop);
        idle.map_or_else(|| Shim::start(language, None), Ok)
    }

    /// Keeps a shim for the next scenario, if it can forget this one.
    pub fn give(&self, mut shim: Shim) {
        let forgot = shim.ask("reset").and_then(|()| shim.answer(DEADLINE));
        if matches!(forgot, Ok(Answer::Values(_))) {
            self.idle().entry(shim.language.name).or_default().push(shim);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Vec<Shim>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
