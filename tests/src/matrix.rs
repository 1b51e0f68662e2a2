//! Which scenarios run with whom over what, and the run itself. Called by the command and tests.

use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use crate::{
    certificates,
    language::{LANGUAGES, Language, folder},
    play::{Case, Verdict, play},
    scenario::{Dialect, Named as _, Scenario, Transport},
    shim::Pool,
};

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder of scenario files under tests/.
    pub folder: &'static str,
    /// Words that a scenario's name must contain one of; all when empty.
    pub names: Vec<String>,
    /// The transports; the scenario's own when empty.
    pub transports: Vec<Transport>,
    /// Who plays.
    pub casts: Vec<Cast>,
    /// How many run at once.
    pub jobs: usize,
    /// What `{count}` is.
    pub count: u32,
}

/// Who plays the first peer and who the others.
#[derive(Clone, Copy, Debug)]
pub enum Cast {
    /// This language with itself, or these two in these roles.
    Pair(&'static Language, &'static Language),
    /// A few mixed pairs a scenario, so that all scenarios together have each pair many times.
    Cover,
    /// Each reference library in both roles, with Rust and a language that changes by scenario.
    Interop,
    /// Each reference library in both roles, with each of our languages.
    InteropFull,
}

/// How many ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// As their files say.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
    /// Not at all: some shim cannot do what they ask for.
    pub skipped: usize,
}

/// The languages that mixed casts draw from: one Lua stands for all.
const MIXED: [&str; 4] = ["rust", "python", "lua5.4", "node"];

/// Reads every scenario of a folder, for both dialects.
pub fn scenarios(folder_name: &str) -> io::Result<Vec<Scenario>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder().join(folder_name))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "scn"));
    paths.sort();
    let mut scenarios = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        for (_, dialect) in Dialect::ALL {
            let read = Scenario::parse(&name, &text, *dialect);
            let read = read.map_err(|e| io::Error::other(format!("{}: {e}", path.display())))?;
            scenarios.extend(read);
        }
    }
    Ok(scenarios)
}

/// The scenarios that a plan asks for.
fn chosen(plan: &Plan) -> io::Result<Vec<Scenario>> {
    let mut scenarios = scenarios(plan.folder)?;
    scenarios.retain(|scenario| {
        plan.names.is_empty() || plan.names.iter().any(|name| scenario.name.contains(name))
    });
    Ok(scenarios)
}

/// The cases of a plan, a line each, its columns apart by tabs: the scenario, its dialect, the transport,
/// who plays the first peer and who the others, and the verbs that either must know.
pub fn listed(plan: &Plan) -> io::Result<Vec<String>> {
    let scenarios = chosen(plan)?;
    let lines = cases(plan, &scenarios).into_iter().map(|case| {
        let Case { scenario, transport, first, others, .. } = case;
        let [of_first, of_others] = scenario.verbs().map(|verbs| verbs.join(" "));
        let what = [&scenario.name, scenario.dialect.name(), transport.name()];
        [&what[..], &[first.name, others.name, &of_first, &of_others]].concat().join("\t")
    });
    Ok(lines.collect())
}

/// Runs a plan; says how each case went as it ends.
pub fn run(plan: &Plan) -> io::Result<Tally> {
    let scenarios = chosen(plan)?;
    let cases = cases(plan, &scenarios);
    let folders = Folders::new()?;
    if cases.iter().any(|case| case.transport.is_secure()) {
        certificates::write(&folders.root)?;
    }
    let pool = Pool::default();
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(case, &pool, &folders, &tally);
                }
            });
        }
    });
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn one(case: &Case<'_>, pool: &Pool, folders: &Folders, tally: &Mutex<Tally>) {
    let begin = Instant::now();
    let verdict = match folders.fresh() {
        Ok(folder) => play(case, pool, &folder),
        Err(error) => Verdict::Failed(error.to_string()),
    };
    let took = begin.elapsed().as_secs_f64();
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    match verdict {
        Verdict::Passed(times) => {
            tally.passed += 1;
            println!("ok    {} ({took:.2} s{times})", case.title());
        }
        Verdict::Skipped(why) => {
            tally.skipped += 1;
            println!("skip  {}: {why}", case.title());
        }
        Verdict::Failed(report) => {
            tally.failed += 1;
            println!("FAIL  {} ({took:.2} s)\n  {report}", case.title());
        }
    }
}

fn cases<'a>(plan: &Plan, scenarios: &'a [Scenario]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for cast in &plan.casts {
        for (index, scenario) in scenarios.iter().enumerate() {
            for (turn, (first, others)) in pairs(*cast, scenario, index).into_iter().enumerate() {
                for transport in transports(plan, *cast, scenario, index + turn) {
                    let case = Case { scenario, transport, first, others, count: plan.count };
                    cases.extend(fits(&case).then_some(case));
                }
            }
        }
    }
    cases
}

fn transports(plan: &Plan, cast: Cast, scenario: &Scenario, turn: usize) -> Vec<Transport> {
    let mut transports = scenario.transports.clone();
    transports.retain(|own| plan.transports.is_empty() || plan.transports.contains(own));
    if scenario.transports.len() == Transport::general().count() {
        // What is inside TLS is the same as without; a few files play there in every language.
        transports.retain(|own| !own.is_secure() || plan.transports.contains(own));
    }
    if let Cast::Pair(first, _) = cast
        && first.name != MIXED[0]
        && scenario.transports != [Transport::Ws]
    {
        // The engine is the same behind every language; mixed pairs play over it too.
        transports.retain(|own| *own != Transport::Ws || plan.transports.contains(own));
    }
    if matches!(cast, Cast::Cover) {
        // Every transport runs within each language already; here one a pair is enough.
        transports.retain(|own| *own != Transport::Inproc);
        transports = transports.get(turn % transports.len().max(1)).copied().into_iter().collect();
    }
    transports
}

fn pairs(
    cast: Cast,
    scenario: &Scenario,
    index: usize,
) -> Vec<(&'static Language, &'static Language)> {
    match cast {
        Cast::Pair(first, others) => vec![(first, others)],
        Cast::Cover => {
            let pairs = mixed_pairs();
            let step = |turn: usize| pairs[(index * 5 + turn * 7) % pairs.len()];
            (0..3).map(step).collect()
        }
        Cast::Interop => {
            let mut ours = vec![MIXED[0], MIXED[index % MIXED.len()]];
            ours.dedup();
            with_libraries(&ours, scenario)
        }
        Cast::InteropFull => with_libraries(&MIXED, scenario),
    }
}

/// These languages with every reference library that the scenario admits, in both roles.
fn with_libraries(
    ours: &[&str],
    scenario: &Scenario,
) -> Vec<(&'static Language, &'static Language)> {
    let ours: Vec<_> = ours.iter().filter_map(|name| Language::named(name)).collect();
    let libraries = LANGUAGES.iter().filter(|library| library.foreign);
    let admitted = libraries.filter(|library| scenario.admits(library));
    let pairs = admitted.flat_map(|library| ours.iter().map(move |own| (library, *own)));
    pairs.flat_map(|(library, own)| [(library, own), (own, library)]).collect()
}

/// Every ordered pair of two languages of ours.
#[must_use]
pub fn mixed_pairs() -> Vec<(&'static Language, &'static Language)> {
    let languages: Vec<_> = MIXED.into_iter().filter_map(Language::named).collect();
    let pairs =
        languages.iter().flat_map(|first| languages.iter().map(move |other| (*first, *other)));
    pairs.filter(|(first, other)| first != other).collect()
}

/// Whether these actors can play this scenario over this transport at all.
fn fits(case: &Case<'_>) -> bool {
    let scenario = case.scenario;
    let cast = [case.first, case.others];
    let alone = scenario.peers.len() == 1 && case.first != case.others;
    let inproc = case.transport == Transport::Inproc;
    let one_process = inproc && (case.first != case.others || case.first.foreign);
    let speaks = |language: &&Language| language.dialects.contains(&scenario.dialect);
    let invited = |language: &&Language| match language.foreign {
        true => scenario.admits(language),
        false => {
            scenario.languages.is_empty()
                || scenario.languages.iter().any(|name| language.name.starts_with(name.as_str()))
        }
    };
    let web = !case.transport.is_web() || cast.iter().all(|language| language.web);
    let certified = !case.transport.is_secure() || cast.iter().all(|language| !language.foreign);
    !alone
        && !one_process
        && web
        && certified
        && cast.iter().all(|language| speaks(language) && invited(language))
}

/// Where the cases keep their Unix sockets; removed at the end.
struct Folders {
    root: PathBuf,
    count: AtomicUsize,
}

impl Folders {
    fn new() -> io::Result<Self> {
        let root = std::env::temp_dir().join(format!("sockery-{}", std::process::id()));
        fs::create_dir_all(&root)?;
        Ok(Self { root, count: AtomicUsize::new(0) })
    }

    fn fresh(&self) -> io::Result<PathBuf> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let folder = self.root.join(number.to_string());
        fs::create_dir(&folder)?;
        Ok(folder)
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // What is left is in the system's folder for temporary files.
        let _ = fs::remove_dir_all(&self.root);
    }
}
