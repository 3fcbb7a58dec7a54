//! Who touches the terminal: the local user always, watchers only when they are let.

use pilothouse_tests::{Agent, Piped, Process, binary};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::{row, shows, watched, words};

/// What a watcher does to the display `sh`.
async fn touch(person: &Agent, mut data: Value) {
    data["display"] = json!("sh");
    let body = json!({"type": "custom", "name": "display_input", "data": data});
    person.publish(&body).await;
}

#[tokio::test]
async fn a_watcher_who_is_let_types_and_every_key_comes_in_order() {
    let relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let script = "echo ready; read line; echo got $line; exit 6";
    let running = Piped::start(&words(&url, &["--input"], script));
    shows(&mut watcher, "ready").await;
    let text: String = ('a'..='z').chain('0'..='9').collect();
    for key in text.chars() {
        touch(&person, json!({"keys": key})).await;
    }
    touch(&person, json!({"keys": "\r"})).await;
    let finished = running.ended().await;
    assert_eq!(finished.status.code(), Some(6), "{}", finished.stderr);
    shows(&mut watcher, &format!("got {text}")).await;
}

#[tokio::test]
async fn a_watcher_who_is_let_signals_and_resizes() {
    let relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let script = "trap 'stty size' WINCH; trap 'echo caught; exit 7' INT; echo ready
        while :; do sleep 0.05; done";
    let running = Piped::start(&words(&url, &["--input"], script));
    shows(&mut watcher, "ready").await;
    touch(&person, json!({"size": {"width": 100, "height": 30}})).await;
    let shown = shows(&mut watcher, "30 100").await;
    assert_eq!((shown.width, shown.height), (100, 30));
    touch(&person, json!({"signal": "INT"})).await;
    let finished = running.ended().await;
    assert_eq!(finished.status.code(), Some(7), "{}", finished.stderr);
    shows(&mut watcher, "caught").await;
}

#[tokio::test]
async fn a_watcher_who_is_not_let_cannot_touch_the_terminal() {
    let relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let script = "trap 'echo caught' INT; echo ready; read line; echo got $line; stty size";
    let mut running = Piped::start(&words(&url, &["--size", "80x24"], script));
    shows(&mut watcher, "ready").await;
    touch(&person, json!({"signal": "INT"})).await;
    touch(&person, json!({"keys": "evil\r"})).await;
    touch(&person, json!({"size": {"width": 10, "height": 10}})).await;
    running.type_in("good\n").await;
    let finished = running.ended().await;
    assert!(
        finished.stdout.ends_with("got good\r\n24 80\r\n"),
        "{}",
        finished.stdout
    );
    assert!(!finished.stdout.contains("caught"), "{}", finished.stdout);
}

#[tokio::test]
async fn what_was_typed_while_the_relay_restarts_is_typed_once() {
    let mut relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let script = "echo ready; while read line; do echo got $line; done";
    let mut running = Piped::start(&words(&url, &["--input"], script));
    shows(&mut watcher, "ready").await;
    touch(&person, json!({"keys": "one\r"})).await;
    shows(&mut watcher, "got one").await;
    relay.kill().await;
    relay.restart().await;
    person.until_ready().await;
    touch(&person, json!({"keys": "two\r"})).await;
    shows(&mut watcher, "got two").await;
    touch(&person, json!({"keys": "\u{4}"})).await;
    running.end_input();
    let finished = running.ended().await;
    assert_eq!(finished.stdout.matches("got one").count(), 1);
    assert_eq!(finished.stdout.matches("got two").count(), 1);
}

#[tokio::test]
async fn input_that_ends_here_ends_for_the_command_too() {
    let relay = Process::start().await;
    let url = relay.url();
    let mut running = Piped::start(&words(&url, &[], "cat; echo done"));
    running.type_in("a line\nand a bit").await;
    running.end_input();
    let finished = running.ended().await;
    assert!(finished.stdout.ends_with("done\r\n"), "{}", finished.stdout);
    assert!(finished.status.success());
}

#[tokio::test]
async fn a_signal_to_the_run_is_one_to_the_command() {
    let relay = Process::start().await;
    let url = relay.url();
    for (signal, name, code) in [(Signal::TERM, "TERM", 21), (Signal::INT, "INT", 22)] {
        let script = format!("trap 'exit {code}' {name}; echo ready; while :; do sleep 0.05; done");
        let running = Piped::start(&words(&url, &[], &script));
        running.prints("ready").await;
        running.signal(signal);
        assert_eq!(running.ended().await.status.code(), Some(code));
    }
}

/// The terminal around is one of our own making: the display of an outer run.
#[tokio::test]
async fn in_a_terminal_keys_and_sizes_pass_through_and_it_is_whole_again_afterwards() {
    let relay = Process::start().await;
    let url = relay.url();
    let (person, mut watcher) = watched(&url).await;
    let inner = "trap 'stty size' WINCH; trap 'echo interrupted; exit 9' INT; stty size; echo ready
        while :; do sleep 0.05; done";
    let binary = binary().display();
    let script = format!(
        "stty size; {binary} run --channel inner --url {url} -- sh -c \"{inner}\"
         echo ended with $?; stty -a | tr ' ' '\n' | grep -cx -e icanon -e echo -e opost"
    );
    let outer = ["--input", "--size", "90x20"];
    let mut running = Piped::start(&words(&url, &outer, &script));
    let shown = shows(&mut watcher, "ready").await;
    assert_eq!((row(&shown, 0), row(&shown, 1)), ("20 90", "20 90"));
    touch(&person, json!({"size": {"width": 70, "height": 15}})).await;
    shows(&mut watcher, "15 70").await;
    // Ctrl-C is a key: it interrupts what runs inside, not what shows it.
    running.type_in("\u{3}").await;
    shows(&mut watcher, "^Cinterrupted").await;
    shows(&mut watcher, "ended with 9").await;
    let finished = running.ended().await;
    assert!(finished.stdout.ends_with("3\r\n"), "{}", finished.stdout);
}
