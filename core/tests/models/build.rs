//! Sets the engine's own sources on the stage: copies them, beside the files of `stage/`, so that they
//! find loom's locks and atomics where they look for those of the standard library.
//!
//! There is a copy for the code as it is, and one for each fault of `faults.rs`, in which one step is
//! missing or comes at the wrong moment.

use std::{env, fmt::Write as _, fs, path::Path};

include!("faults.rs");

/// Taken whole, without their tests.
const WHOLE: &[&str] = &[
    "pattern/lane/mailbox.rs",
    "pattern/lane/mod.rs",
    "pattern/lane/store.rs",
    "reactor/gate.rs",
    "reactor/readiness.rs",
    "reactor/shared_poll.rs",
    "reactor/unpark.rs",
    "session/pace.rs",
    "session/writer.rs",
    "socket/wait.rs",
];

/// The functions of `session/hub.rs` that the stage's hub has word for word.
const OF_HUB: &[&str] = &[
    "note_in_passing",
    "leave_pending",
    "note_gathered",
    "flush_gathered",
    "enter",
    "leave",
    "look_in",
    "is_pending",
    "turn_here",
    "take_notes",
    "turn",
    "try_attend",
    "attend",
];

fn main() {
    let (engine, stage) = (Path::new("../../src"), Path::new("stage"));
    for source in [engine, stage, Path::new("faults.rs"), Path::new("build.rs")] {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let mut modules = String::new();
    for Fault { name, edits } in [&Fault { name: "sound", edits: &[] }].into_iter().chain(FAULTS) {
        let copy = Copy { name, edits, to: &Path::new(&out).join(name) };
        copy.set_up(engine, stage);
        writeln!(modules, "#[path = {:?}] mod {name};", copy.to.join("mod.rs")).expect("a string");
    }
    fs::write(Path::new(&out).join("copies.rs"), modules).expect("cargo's folder takes files");
}

/// One copy of the engine.
struct Copy<'a> {
    name: &'a str,
    edits: &'a [Edit],
    to: &'a Path,
}

impl Copy<'_> {
    fn set_up(&self, engine: &Path, stage: &Path) {
        let _ = fs::remove_dir_all(self.to);
        for file in WHOLE {
            self.place(file, &self.edited(file, read(&engine.join(file))));
        }
        let hub = self.edited("session/hub.rs", read(&engine.join("session/hub.rs")));
        let functions: String = OF_HUB.iter().map(|name| function(&hub, name)).collect();
        self.place_all(stage, "", &format!("\nimpl Hub {{\n{functions}}}\n"));
    }

    /// Places the files of the stage; the hub gets its functions.
    fn place_all(&self, stage: &Path, folder: &str, functions: &str) {
        for entry in fs::read_dir(stage.join(folder)).expect("the stage is a folder") {
            let entry = entry.expect("it can be read");
            let file = Path::new(folder).join(entry.file_name());
            let name = file.to_str().expect("names are plain");
            if entry.path().is_dir() {
                self.place_all(stage, name, functions);
            } else {
                let rest = if name == "session/hub.rs" { functions } else { "" };
                self.place(name, &(read(&entry.path()) + rest));
            }
        }
    }

    fn edited(&self, file: &str, mut text: String) -> String {
        for edit in self.edits.iter().filter(|edit| edit.file == file) {
            let found = text.matches(edit.text).count();
            assert_eq!(found, 1, "{}: {:?} must stand once in {file}", self.name, edit.text);
            text = text.replace(edit.text, edit.instead);
        }
        text
    }

    /// Writes a file of the copy; what it calls the crate is the copy.
    fn place(&self, file: &str, text: &str) {
        let tests = text.find("\n#[cfg(test)]").unwrap_or(text.len());
        let text = text[..tests]
            .replace("crate::", &format!("crate::{}::", self.name))
            .replace("\nuse std::", &format!("\nuse crate::{}::std::", self.name))
            .replace("\nuse mio::", &format!("\nuse crate::{}::mio::", self.name));
        let place = self.to.join(file);
        fs::create_dir_all(place.parent().expect("it is in a folder")).expect("cargo's folder");
        fs::write(place, text).expect("cargo's folder takes files");
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A function of the hub, public on the stage.
fn function(text: &str, name: &str) -> String {
    let hub = text.find("\nimpl Hub {").expect("there is a hub");
    let head = format!("fn {name}(");
    let found = text[hub..].find(&head);
    let at = hub + found.unwrap_or_else(|| panic!("the hub has no {name}"));
    let end = text[at..].find("\n    }\n").expect("functions end") + "\n    }\n".len();
    format!("    pub {}\n", &text[at..at + end])
}
