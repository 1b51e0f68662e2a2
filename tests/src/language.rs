//! Who can play a peer: our languages and the reference libraries, and how each shim is started.
//! Called by `shim` and `matrix`. A new language is one row here and one shim.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::scenario::Dialect;

/// One way to play a peer.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// What command lines call it.
    pub name: &'static str,
    /// The dialects it speaks.
    pub dialects: &'static [Dialect],
    /// Whether it is a reference library, not us.
    pub foreign: bool,
    /// Whether it speaks WebSocket: libzmq's packages are built without.
    pub web: bool,
    /// Whether it takes part only where a scenario names it.
    pub by_name: bool,
    /// The interpreter; none when the shim is a program itself.
    interpreter: Option<&'static str>,
    /// The shim under tests/shims.
    script: &'static str,
}

const BOTH: &[Dialect] = &[Dialect::Zmq, Dialect::Nn];

const fn ours(name: &'static str, interpreter: &'static str, script: &'static str) -> Language {
    Language {
        name,
        dialects: BOTH,
        foreign: false,
        web: true,
        by_name: false,
        interpreter: Some(interpreter),
        script,
    }
}

const fn peer(name: &'static str, dialects: &'static [Dialect], script: &'static str) -> Language {
    let web = !matches!(dialects, [Dialect::Zmq]);
    let interpreter = Some("python3");
    Language { name, dialects, foreign: true, web, by_name: false, interpreter, script }
}

/// What pyzmq's packages carry.
const LIBZMQ: Language = peer("libzmq", &[Dialect::Zmq], "foreign/libzmq.py");

/// Debian's libzmq, a version behind the other: of its own python3-zmq, which only Debian's Python sees.
const DEBIANS: Language =
    Language { name: "libzmq4.3.4", interpreter: Some("/usr/bin/python3"), ..LIBZMQ };

/// libzmq with its drafts, in a package of npm: of what is no draft the other one is the judge.
const DRAFTS: Language = Language {
    name: "zeromq",
    dialects: &[Dialect::Zmq],
    foreign: true,
    web: true,
    by_name: true,
    interpreter: Some("node"),
    script: "foreign/zeromq.mjs",
};

/// All of them.
pub static LANGUAGES: &[Language] = &[
    Language {
        name: "rust",
        dialects: BOTH,
        foreign: false,
        web: true,
        by_name: false,
        interpreter: None,
        script: "",
    },
    ours("python", "python3", "python.py"),
    ours("lua5.1", "lua5.1", "lua.lua"),
    ours("lua5.2", "lua5.2", "lua.lua"),
    ours("lua5.3", "lua5.3", "lua.lua"),
    ours("lua5.4", "lua5.4", "lua.lua"),
    ours("luajit", "luajit", "lua.lua"),
    ours("node", "node", "node.mjs"),
    LIBZMQ,
    DEBIANS,
    DRAFTS,
    peer("nng", &[Dialect::Nn], "foreign/nng.py"),
    peer("nng1.5", &[Dialect::Nn], "foreign/nng15.py"),
    peer("nanomsg", &[Dialect::Nn], "foreign/nanomsg.py"),
];

impl Language {
    /// The row with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.name == name)
    }

    /// The command that starts its shim.
    #[must_use]
    pub fn command(&self) -> Command {
        let Some(interpreter) = self.interpreter else { return Command::new(rust_shim()) };
        let mut command = Command::new(interpreter);
        command.arg(folder().join("shims").join(self.script));
        command
    }
}

/// The folder tests/ of the project.
#[must_use]
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust shim, which cargo puts beside the runner (or one folder above a test).
fn rust_shim() -> PathBuf {
    let own = env::current_exe().unwrap_or_default();
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join("sockery-shim"));
    beside.into_iter().find(|path| path.exists()).unwrap_or_else(|| "sockery-shim".into())
}
