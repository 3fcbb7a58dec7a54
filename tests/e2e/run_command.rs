//! Any command runs as it would without us, and its terminal is shown.

mod touched;

use std::time::Instant;

use pilothouse_shared::{Body, Display};
use pilothouse_tests::{Agent, Piped, Process, Watcher, run, until};
use rustix::process::Signal;
use serde_json::{Value, json};

/// The words of `pilothouse run` that shows a script of the shell in the channel `term`.
fn words<'a>(url: &'a str, more: &[&'a str], script: &'a str) -> Vec<&'a str> {
    let first = ["run", "--channel", "term", "--url", url];
    let last = ["--", "sh", "-c", script];
    [&first, more, &last].concat()
}

/// The channel, with somebody who watches it.
async fn watched(url: &str) -> (Agent, Watcher) {
    let person = Agent::person(url, "term", "ada");
    person.create().await;
    let watcher = Watcher::connect(url, "term", "bob").await;
    (person, watcher)
}

/// The rows of the display `sh`, with its size.
fn display(watcher: &Watcher) -> Option<Display> {
    let (channel, key) = ("term".parse().unwrap(), "display/sh".parse().unwrap());
    let value = watcher.handle().read(|link| {
        let replica = link.replica(&channel).unwrap();
        replica.signal(&key).cloned()
    });
    value.map(|value| serde_json::from_value(value).unwrap())
}

fn row(display: &Display, n: usize) -> &str {
    display.rows.get(&n.to_string()).map_or("", String::as_str)
}

/// Waits until a row of the display says this.
async fn shows(watcher: &mut Watcher, text: &str) -> Display {
    let key = "display/sh".parse().unwrap();
    watcher
        .until(&format!("{text:?} on the display"), |replica| {
            let rows = replica
                .signal(&key)
                .and_then(|value| value["rows"].as_object());
            rows.is_some_and(|rows| rows.values().any(|row| row == text))
        })
        .await;
    display(watcher).unwrap()
}

async fn bodies(person: &Agent) -> Vec<Value> {
    let events = person.events(0, 0).await;
    events
        .into_iter()
        .map(|mut event| event["body"].take())
        .collect()
}

#[tokio::test]
async fn the_screen_is_shown_as_it_stands_and_the_output_stays_untouched() {
    let relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let script = r"printf '\033[31mred\033[m\nabc\033[2D_\n漢字 \360\237\221\215\033[5;3Hend'";
    let finished = run(&words(&url, &["--size", "40x6"], script), "").await;
    assert!(finished.status.success(), "{}", finished.stderr);
    let expected = "\u{1b}[31mred\u{1b}[m\r\nabc\u{1b}[2D_\r\n漢字 👍\u{1b}[5;3Hend";
    assert_eq!(finished.stdout, expected);
    assert_eq!(finished.stderr, "");
    let shown = shows(&mut watcher, "  end").await;
    assert_eq!((shown.width, shown.height), (40, 6));
    let rows: Vec<_> = (0..4).map(|n| row(&shown, n)).collect();
    assert_eq!(rows, ["red", "a_c", "漢字 👍", ""]);

    let bodies = bodies(&person).await;
    let names: Vec<_> = bodies
        .iter()
        .map(|body| body["type"].as_str().unwrap())
        .collect();
    let expected = [
        "channel_created",
        "session_started",
        "operation_started",
        "operation_finished",
        "custom",
        "session_ended",
    ];
    assert_eq!(names, expected);
    assert_eq!(bodies[1]["agent"], "sh");
    assert_eq!(bodies[4]["data"], json!({"code": 0}));
}

#[tokio::test]
async fn colours_are_sent_when_they_are_asked_for() {
    let relay = Process::start().await;
    let url = relay.url();
    let (_, mut watcher) = watched(&url).await;
    let finished = run(
        &words(&url, &["--colour"], r"printf '\033[31mred\033[m!'"),
        "",
    )
    .await;
    assert!(finished.status.success(), "{}", finished.stderr);
    shows(&mut watcher, "\u{1b}[0;31mred\u{1b}[m!").await;
}

#[tokio::test]
async fn the_exit_status_is_that_of_the_command() {
    let relay = Process::start().await;
    let url = relay.url();
    let person = Agent::person(&url, "term", "ada");
    for (script, code, data) in [
        ("exit 3", 3, json!({"code": 3})),
        ("kill -9 $$", 137, json!({"signal": "KILL", "number": 9})),
        (
            "kill -TERM $$",
            143,
            json!({"signal": "TERM", "number": 15}),
        ),
    ] {
        let finished = run(&words(&url, &[], script), "").await;
        assert_eq!(finished.status.code(), Some(code), "{script}");
        let bodies = bodies(&person).await;
        let [.., finished, exit, ended] = &bodies[..] else {
            panic!("{bodies:?}");
        };
        assert_eq!((&exit["data"], &finished["ok"]), (&data, &json!(false)));
        assert_eq!(ended["type"], "session_ended");
    }
    let unknown = run(&["run", "--url", &url, "--", "no-such-command"], "").await;
    assert_eq!(unknown.status.code(), Some(127));
    assert!(
        unknown.stderr.contains("is not a command"),
        "{}",
        unknown.stderr
    );
}

#[tokio::test]
async fn a_screen_that_changes_all_the_time_is_shown_at_most_60_times_a_second() {
    let relay = Process::start().await;
    let url = relay.url();
    let (_, mut watcher) = watched(&url).await;
    let script = r#"i=0; while [ $i -lt 20000 ]; do printf "\033[Hframe %d" $i; i=$((i+1)); done"#;
    let began = Instant::now();
    let finished = run(&words(&url, &[], script), "").await;
    let seconds = began.elapsed().as_secs_f64();
    assert!(finished.status.success(), "{}", finished.stderr);
    shows(&mut watcher, "frame 19999").await;
    let key = "display/sh".parse().unwrap();
    let n_frames = watcher.handle().read(|link| {
        let replica = link.replica(&"term".parse().unwrap()).unwrap();
        let signals = replica.signal_list();
        signals
            .into_iter()
            .find(|signal| signal.key == key)
            .unwrap()
            .version
    });
    // The first and the last are sent at once.
    let most = 60.0 * seconds + 2.0;
    assert!(
        (n_frames as f64) <= most,
        "{n_frames} frames in {seconds} s"
    );
}

#[tokio::test]
async fn ten_megabytes_at_once_cost_no_memory_and_the_last_screen_is_right() {
    let relay = Process::start().await;
    let url = relay.url();
    let (_, mut watcher) = watched(&url).await;
    let script =
        "yes abcdefghijklmnopqrstuvwxyz | head -c 10000000; echo; echo all; read x; exit 4";
    let mut running = Piped::start(&words(&url, &[], script));
    let shown = shows(&mut watcher, "all").await;
    assert_eq!(row(&shown, 20), "abcdefghijklmnopqrstuvwxyz");
    let peak = running.peak_kib();
    assert!(peak < 128 * 1024, "{peak} KiB");
    running.type_in("\n").await;
    let finished = running.ended().await;
    assert_eq!(finished.status.code(), Some(4));
    // Every line ends with a carriage return more in a terminal.
    assert!(
        finished.stdout.len() > 10_000_000,
        "{}",
        finished.stdout.len()
    );
}

#[tokio::test]
async fn a_run_that_is_killed_is_no_longer_there() {
    let relay = Process::start().await;
    let url = relay.url();
    let person = Agent::person(&url, "term", "ada");
    person.create().await;
    let n_agents = |wanted: u64| {
        let person = person.clone();
        until(format!("{wanted} agents"), move || {
            let person = person.clone();
            async move { (person.summary().await["agents"] == wanted).then_some(()) }
        })
    };
    let running = Piped::start(&words(&url, &[], "echo there; exec sleep 1000"));
    n_agents(1).await;
    running.signal(Signal::KILL);
    n_agents(0).await;
    let finished = running.ended().await;
    assert!(!finished.status.success());
}

#[tokio::test]
async fn without_a_relay_the_command_runs_all_the_same() {
    let finished = run(&words("http://127.0.0.1:1", &[], "echo hi; exit 5"), "").await;
    assert_eq!(finished.status.code(), Some(5));
    assert_eq!(finished.stdout, "hi\r\n");
    assert!(
        finished.stderr.contains("were not delivered"),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn what_happens_while_the_relay_is_away_is_shown_when_it_is_back() {
    let mut relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let script = "echo one; read x; echo two; read x; echo three";
    let mut running = Piped::start(&words(&url, &[], script));
    shows(&mut watcher, "one").await;
    relay.kill().await;
    running.type_in("\n").await;
    running.prints("two").await;
    relay.restart().await;
    shows(&mut watcher, "two").await;
    running.type_in("\n").await;
    let finished = running.ended().await;
    assert!(finished.status.success(), "{}", finished.stderr);
    watcher
        .sees("the end of the session", |seen| {
            let last = seen.events.last().map(|event| &event.body);
            matches!(last, Some(Body::SessionEnded(_)))
        })
        .await;
    shows(&mut watcher, "three").await;
    let starts = bodies(&person).await;
    let n_starts = starts
        .iter()
        .filter(|body| body["type"] == "session_started");
    assert_eq!(n_starts.count(), 1);
}

#[tokio::test]
async fn what_a_command_leaves_behind_does_not_keep_the_run_from_ending() {
    // Was passed on for ever, deaf to every signal.
    let relay = Process::start().await;
    let url = relay.url();
    let script = "trap '' HUP; echo mine; yes & exit 3";
    let finished = run(&words(&url, &[], script), "").await;
    assert_eq!(finished.status.code(), Some(3));
    assert!(finished.stdout.starts_with("mine\r\n"));
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_command() {
    let relay = Process::start().await;
    let script = format!(
        "{} run --channel term --url {} -- yes | head -n 1",
        pilothouse_tests::binary().display(),
        relay.url()
    );
    let outer = [
        "run",
        "--url",
        "http://127.0.0.1:1",
        "--",
        "sh",
        "-c",
        &script,
    ];
    // Its input stays open: the end of it would be typed.
    let finished = Piped::start(&outer).ended().await;
    assert_eq!(finished.stdout, "y\r\n");
}
