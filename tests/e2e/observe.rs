//! What happens to the files of a folder is published, once each, and a board of folders follows them.

use std::fs::{create_dir, create_dir_all, read_dir, remove_dir_all, remove_file, rename, write};
use std::path::Path;

use pilothouse_tests::{Agent, Piped, Process, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder that is observed in the channel `files`.
struct Observed {
    folder: TempDir,
    relay: Process,
    person: Agent,
    observing: Piped,
}

impl Observed {
    /// Observes a folder that was made so, and waits until it is watched.
    async fn start(more: &[&str], make: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        make(folder.path());
        let relay = Process::start().await;
        let person = Agent::person(&relay.url(), "files", "ada");
        person.create().await;
        let (path, url) = (folder.path().to_str().unwrap(), relay.url());
        let words = ["observe", path, "--channel", "files", "--url", &url];
        let observing = Piped::start(&[&words, more].concat());
        let observed = Self {
            folder,
            relay,
            person,
            observing,
        };
        observed
            .until("the session", |body| body["type"] == "session_started")
            .await;
        observed
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    async fn bodies(&self) -> Vec<Value> {
        bodies(&self.person).await
    }

    /// Waits for a body.
    async fn until(&self, what: &str, is_wanted: impl Fn(&Value) -> bool) {
        let is_wanted = &is_wanted;
        until(what, || async move {
            self.bodies().await.iter().any(is_wanted).then_some(())
        })
        .await;
    }

    /// Waits for what happened to a file.
    async fn until_file(&self, path: &str, access: &str) {
        let what = format!("{path} {access}");
        self.until(&what, |body| {
            body["path"] == path && body["access"] == access
        })
        .await;
    }

    /// Every file access so far.
    async fn files(&self) -> Vec<String> {
        let said = self.bodies().await;
        let files = said.iter().filter(|body| body["type"] == "file_accessed");
        let word = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
        files
            .map(|body| format!("{} {}", word(body, "access"), word(body, "path")))
            .collect()
    }

    /// Every change of an item so far.
    async fn items(&self) -> Vec<String> {
        let said = self.bodies().await;
        let items = said
            .iter()
            .filter(|body| body["type"] == "work_item_changed");
        let word = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
        items
            .map(|it| {
                format!(
                    "{} {} {}",
                    word(it, "item"),
                    word(it, "action"),
                    word(it, "stage")
                )
            })
            .collect()
    }

    async fn until_item(&self, wanted: &str) {
        until(wanted, || async move {
            self.items()
                .await
                .iter()
                .any(|item| item == wanted)
                .then_some(())
        })
        .await;
    }
}

/// Every body in the channel, page by page.
async fn bodies(person: &Agent) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let events = person.events(after, 0).await;
        let Some(last) = events.last() else {
            return all;
        };
        after = last["seq"].as_u64().unwrap();
        all.extend(events.into_iter().map(|mut event| event["body"].take()));
    }
}

#[tokio::test]
async fn a_file_that_is_made_saved_and_deleted_is_three_events() {
    let observed = Observed::start(&[], |folder| {
        write(folder.join("old.txt"), "old").unwrap();
    })
    .await;
    write(observed.at("new.txt"), "a").unwrap();
    observed.until_file("new.txt", "create").await;
    // As editors save: another file, put in the place of the first.
    write(observed.at(".new.txt.tmp"), "longer").unwrap();
    rename(observed.at(".new.txt.tmp"), observed.at("new.txt")).unwrap();
    observed.until_file("new.txt", "write").await;
    write(observed.at("old.txt"), "").unwrap();
    write(observed.at("old.txt"), "in two steps").unwrap();
    observed.until_file("old.txt", "write").await;
    remove_file(observed.at("new.txt")).unwrap();
    observed.until_file("new.txt", "delete").await;
    let expected = [
        "create new.txt",
        "write new.txt",
        "write old.txt",
        "delete new.txt",
    ];
    assert_eq!(observed.files().await, expected);
}

#[tokio::test]
async fn folders_that_come_are_looked_into_and_what_is_left_out_is_not() {
    let observed = Observed::start(&[], |folder| {
        write(folder.join(".gitignore"), "*.log\n/build/\n").unwrap();
        for name in ["target", "node_modules", ".git", "build", "src"] {
            create_dir(folder.join(name)).unwrap();
        }
    })
    .await;
    for path in [
        "target/x",
        "node_modules/x",
        ".git/x",
        "build/x",
        "src/x.log",
    ] {
        write(observed.at(path), "noise").unwrap();
    }
    create_dir_all(observed.at("src/deep/deeper")).unwrap();
    write(observed.at("src/deep/deeper/a.rs"), "fn a() {}").unwrap();
    observed.until_file("src/deep/deeper/a.rs", "create").await;
    rename(observed.at("src/deep"), observed.at("src/moved")).unwrap();
    observed.until_file("src/moved/deeper/a.rs", "create").await;
    observed.until_file("src/deep/deeper/a.rs", "delete").await;
    write(observed.at("src/moved/deeper/a.rs"), "fn a() { 1 }").unwrap();
    observed.until_file("src/moved/deeper/a.rs", "write").await;
    remove_dir_all(observed.at("src")).unwrap();
    observed.until_file("src/moved/deeper/a.rs", "delete").await;
    let files = observed.files().await;
    assert!(
        files.iter().all(|file| file.ends_with("deeper/a.rs")),
        "{files:?}"
    );
}

#[tokio::test]
async fn with_all_nothing_is_left_out() {
    let observed = Observed::start(&["--all"], |folder| {
        write(folder.join(".gitignore"), "*.log\n").unwrap();
        create_dir(folder.join("target")).unwrap();
    })
    .await;
    write(observed.at("target/x.log"), "noise").unwrap();
    observed.until_file("target/x.log", "create").await;
}

#[tokio::test]
async fn ten_thousand_files_at_once_are_counted_and_not_all_named() {
    let observed = Observed::start(&[], |_| {}).await;
    for n in 0..10_000 {
        write(observed.at(&format!("f{n}")), "x").unwrap();
    }
    write(observed.at("last"), "x").unwrap();
    let counted = |said: &[Value]| {
        let named = said
            .iter()
            .filter(|body| body["type"] == "file_accessed")
            .count();
        let left = said.iter().filter_map(|body| {
            let text = body["text"].as_str()?;
            text.split(' ').next()?.parse::<usize>().ok()
        });
        (named, named + left.sum::<usize>())
    };
    let said = until("every file to be counted", || async {
        let said = observed.bodies().await;
        // A file that is seen between its making and its filling is seen again.
        (counted(&said).1 >= 10_001).then_some(said)
    })
    .await;
    let (named, _) = counted(&said);
    assert!(named < 5_000, "{named} files were named");
}

#[tokio::test]
async fn a_board_of_folders_follows_its_items() {
    let observed = Observed::start(&["--pipeline"], |folder| {
        for stage in ["1-upcoming", "2-current", "10-merge"] {
            create_dir(folder.join(stage)).unwrap();
        }
        write(folder.join("1-upcoming/parser.md"), "write it").unwrap();
        create_dir(folder.join("1-upcoming/lexer")).unwrap();
        write(folder.join("1-upcoming/lexer/notes.md"), "x").unwrap();
    })
    .await;
    let item = |name: &str| json!({ "item": name });
    let board = json!([
        {"name": "1-upcoming", "items": [item("lexer"), item("parser.md")]},
        {"name": "2-current", "items": []},
        {"name": "10-merge", "items": []},
    ]);
    observed
        .until("the board", |body| body["stages"] == board)
        .await;
    rename(
        observed.at("1-upcoming/lexer"),
        observed.at("2-current/lexer"),
    )
    .unwrap();
    observed.until_item("lexer moved 2-current").await;
    write(observed.at("2-current/lexer/more.md"), "x").unwrap();
    observed
        .until_file("2-current/lexer/more.md", "create")
        .await;
    rename(
        observed.at("1-upcoming/parser.md"),
        observed.at("10-merge/parser.md"),
    )
    .unwrap();
    observed.until_item("parser.md moved 10-merge").await;
    write(observed.at("1-upcoming/tests.md"), "x").unwrap();
    observed.until_item("tests.md added 1-upcoming").await;
    remove_file(observed.at("10-merge/parser.md")).unwrap();
    observed.until_item("parser.md removed 10-merge").await;
    assert_eq!(
        observed.items().await,
        [
            "lexer moved 2-current",
            "parser.md moved 10-merge",
            "tests.md added 1-upcoming",
            "parser.md removed 10-merge",
        ]
    );
    // To move an item is not to touch its files.
    let files = observed.files().await;
    assert!(
        !files.iter().any(|file| file.ends_with("notes.md")),
        "{files:?}"
    );
    create_dir(observed.at("3-qa")).unwrap();
    observed
        .until("a new board", |body| body["stages"][2]["name"] == "3-qa")
        .await;
    let n_listed = read_dir(observed.folder.path()).unwrap().count();
    assert_eq!(n_listed, 4);
}

#[tokio::test]
async fn what_happens_while_the_relay_is_away_is_told_when_it_is_back() {
    let mut observed = Observed::start(&["--pipeline"], |folder| {
        create_dir(folder.join("a")).unwrap();
        create_dir(folder.join("b")).unwrap();
        write(folder.join("a/one"), "x").unwrap();
    })
    .await;
    observed
        .until("the board", |body| body["type"] == "pipeline")
        .await;
    observed.relay.kill().await;
    rename(observed.at("a/one"), observed.at("b/one")).unwrap();
    write(observed.at("a/two"), "x").unwrap();
    observed.relay.restart().await;
    observed.person.until_ready().await;
    observed.until_item("one moved b").await;
    observed.until_item("two added a").await;
}

#[tokio::test]
async fn observing_ends_when_it_is_asked_to_and_says_so() {
    for signal in [Signal::INT, Signal::TERM] {
        let observed = Observed::start(&[], |_| {}).await;
        observed.observing.signal(signal);
        let Observed {
            observing,
            person,
            relay,
            folder,
        } = observed;
        let finished = observing.ended().await;
        assert!(finished.status.success(), "{}", finished.stderr);
        let last = bodies(&person).await.pop().unwrap();
        assert_eq!(last, json!({"type": "session_ended", "reason": "stopped"}));
        drop((relay, folder));
    }
}

#[tokio::test]
async fn a_file_is_no_folder_to_observe() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    write(&file, "").unwrap();
    let finished = pilothouse_tests::run(&["observe", file.to_str().unwrap()], "").await;
    assert_eq!(finished.status.code(), Some(64));
    assert!(
        finished.stderr.contains("is not a folder"),
        "{}",
        finished.stderr
    );
}
