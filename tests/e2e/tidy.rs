//! The tree keeps the rules of the house.
//!
//! Exceptions stand here, each with its reason, so that the list is reviewed with the code.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of a source file, without its tests.
const MAX_LINES: usize = 350;

/// Lines of a file that has a reason.
const MAX_LINES_WITH_REASON: usize = 480;

/// Lines of a file of tests.
const MAX_TEST_LINES: usize = 400;

/// Lines of README before its first heading: what fits a screen.
const FIRST_SCREEN_LINES: usize = 25;

/// Longer than [`MAX_LINES`], and why that is better than two files.
const LONG: [(&str, &str); 5] = [
    (
        "relay/src/channel.rs",
        "the one lock of a channel, and everything done under it",
    ),
    (
        "relay/src/http/events.rs",
        "one call each way, with the shapes that describe it",
    ),
    (
        "shared/src/frame.rs",
        "every frame of the wire in one place",
    ),
    (
        "web/src/board.rs",
        "what every component reads, as one list of questions",
    ),
    ("web/src/view/row.rs", "a line for every body there is"),
];

/// Words that no file may contain, and where they may be nevertheless.
const BANNED: [Ban; 9] = [
    Ban::word("innerHTML", "what agents say is text"),
    Ban::word("inner_html", "what agents say is text"),
    Ban::word("todo!(", "nothing is left half done"),
    Ban::word("unimplemented!(", "nothing is left half done"),
    Ban::word("#[ignore", "a test that does not run proves nothing"),
    Ban::word(
        "thread::sleep(",
        "wait for a condition, never for a duration",
    )
    .except(&[(
        "xtask/src/demo.rs",
        "a recorded session is played in its own time",
    )]),
    Ban::word("unbounded_channel(", "every queue has a bound"),
    Ban::word("mpsc::channel()", "every queue has a bound"),
    Ban::word("#[allow(", "`expect` notices when its reason is gone"),
];

/// Where tests may sleep.
const SLEEPING_TESTS: [(&str, &str); 3] = [
    (
        "tests/src/deadline.rs",
        "the one place where these tests wait",
    ),
    (
        "relay/tests/relay/harness.rs",
        "the one place where the relay's tests wait",
    ),
    (
        "relay/src/http/connection/tests.rs",
        "time is paused: to sleep is to set the clock",
    ),
];

/// Who may know what.
const WALLS: [(&str, &str, &[&str]); 3] = [
    (
        "axum",
        "relay/src/",
        &["relay/src/http.rs", "relay/src/http/"],
    ),
    ("rusqlite", "relay/src/", &["relay/src/engine/"]),
    ("WebSocket", "web/src/", &["web/src/link/socket.rs"]),
];

struct Ban {
    word: &'static str,
    reason: &'static str,
    except: &'static [(&'static str, &'static str)],
}

impl Ban {
    const fn word(word: &'static str, reason: &'static str) -> Self {
        let except = &[];
        Self {
            word,
            reason,
            except,
        }
    }

    const fn except(self, except: &'static [(&'static str, &'static str)]) -> Self {
        Self { except, ..self }
    }
}

/// A file of the repository.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|it| it == "rs")
    }

    /// Whether all of it is tests.
    fn is_test(&self) -> bool {
        let parts: Vec<_> = self.path.split('/').collect();
        parts.contains(&"tests") || self.path.ends_with("/tests.rs")
    }

    /// This file has the words it bans.
    fn is_this(&self) -> bool {
        self.path.ends_with("e2e/tidy.rs")
    }

    /// Its lines up to the tests at its end.
    fn code(&self) -> impl Iterator<Item = &str> {
        let is_code = |line: &&str| !line.starts_with("mod tests {");
        self.text.lines().take_while(is_code)
    }

    /// Its lines with their numbers, without comments.
    fn statements(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let lines = lines.map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_within(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of text that is tracked, or would be: what git does not ignore.
fn files() -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let read = |path: &str| {
        let text = std::fs::read_to_string(root().join(path)).ok()?;
        let path = path.to_owned();
        Some(File { path, text })
    };
    let files: Vec<_> = listed.lines().filter_map(read).collect();
    assert!(!files.is_empty(), "git lists no files");
    files
}

/// Fails with all that is wrong, not just the first.
fn none(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn may(path: &str, exceptions: &[(&str, &str)]) -> bool {
    exceptions.iter().any(|(except, _)| *except == path)
}

#[test]
fn files_are_short_or_have_a_reason() {
    let files = files();
    none(
        files
            .iter()
            .filter(|file| file.is_rust())
            .filter_map(|file| {
                let (n_lines, limit) = match (file.is_test(), may(&file.path, &LONG)) {
                    (true, _) => (file.text.lines().count(), MAX_TEST_LINES),
                    (false, true) => (file.code().count(), MAX_LINES_WITH_REASON),
                    (false, false) => (file.code().count(), MAX_LINES),
                };
                let path = &file.path;
                (n_lines > limit).then(|| format!("{path} has {n_lines} lines, {limit} at most"))
            }),
    );
}

#[test]
fn every_exception_is_of_a_file_that_exists() {
    let bans = BANNED.iter().flat_map(|ban| ban.except);
    let exceptions = LONG.iter().chain(&SLEEPING_TESTS).chain(bans);
    none(exceptions.filter_map(|(path, _)| {
        let is_gone = !root().join(path).is_file();
        is_gone.then(|| format!("{path} is gone: remove its exception"))
    }));
}

#[test]
fn nothing_banned_is_used() {
    let files = files();
    let sources = files.iter().filter(|file| {
        let ends = [".rs", ".js", ".html"];
        ends.iter().any(|end| file.path.ends_with(end)) && !file.is_this()
    });
    none(sources.flat_map(|file| {
        let bans = BANNED.iter().filter(|ban| !may(&file.path, ban.except));
        bans.flat_map(move |ban| {
            let uses = file
                .statements()
                .filter(|(_, line)| line.contains(ban.word));
            uses.map(move |(number, _)| {
                let Ban { word, reason, .. } = ban;
                format!("{}:{number} has `{word}`: {reason}", file.path)
            })
        })
    }));
}

#[test]
fn tests_wait_for_conditions_and_sleep_in_one_place() {
    let files = files();
    let tests = files.iter().filter(|file| {
        file.is_rust() && file.is_test() && !file.is_this() && !may(&file.path, &SLEEPING_TESTS)
    });
    none(tests.flat_map(|file| {
        let sleeps = file
            .statements()
            .filter(|(_, line)| line.contains("sleep("));
        sleeps.map(|(number, _)| format!("{}:{number} sleeps", file.path))
    }));
}

#[test]
fn only_those_know_a_library_who_should() {
    let files = files();
    none(files.iter().flat_map(|file| {
        let walls = WALLS
            .iter()
            .filter(|(_, side, doors)| file.path.starts_with(side) && !file.is_within(doors));
        walls.flat_map(move |&(word, ..)| {
            let uses = file
                .statements()
                .filter(move |(_, line)| line.contains(word));
            uses.map(move |(number, _)| format!("{}:{number} knows {word}", file.path))
        })
    }));
}

#[test]
fn the_packages_depend_in_one_direction() {
    let allowed: [(&str, &[&str]); 4] = [
        ("shared", &[]),
        ("relay", &["pilothouse-shared"]),
        ("web", &["pilothouse-shared"]),
        ("tests", &["pilothouse-relay", "pilothouse-shared"]),
    ];
    none(allowed.iter().flat_map(|(package, may_use)| {
        let manifest = root().join(package).join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        let used = manifest.lines().filter_map(|line| {
            let (name, _) = line.split_once(['.', ' ', '='])?;
            name.starts_with("pilothouse-").then(|| name.to_owned())
        });
        let wrong = used.filter(|name| !may_use.contains(&name.as_str()));
        wrong
            .map(|name| format!("{package} depends on {name}"))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn the_first_screen_of_the_readme_is_one_screen() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let n_lines = readme
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .count();
    assert!(n_lines <= FIRST_SCREEN_LINES, "{n_lines} lines");
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let homes = ["/root/", "/Users/", "/work/", "/tmp/"];
    let files = files();
    none(
        files
            .iter()
            .filter(|file| !file.is_this())
            .flat_map(|file| {
                let lines = file.text.lines().enumerate();
                let named = lines.filter(|(_, line)| homes.iter().any(|home| names(line, home)));
                named.map(|(index, line)| format!("{}:{} {}", file.path, index + 1, line.trim()))
            }),
    );
}

/// Whether the line has `home` as the start of a path.
fn names(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() && !"./_-~}".contains(before))
    })
}

#[test]
fn there_is_no_module_called_mod_utils_or_types() {
    let files = files();
    let vague = [
        "mod.rs",
        "utils.rs",
        "util.rs",
        "types.rs",
        "helpers.rs",
        "common.rs",
    ];
    none(files.iter().filter_map(|file| {
        let name = file.path.rsplit('/').next()?;
        vague.contains(&name).then(|| file.path.clone())
    }));
}
