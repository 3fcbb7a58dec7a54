//! The container and the service give the relay no more than it needs, and it needs no more: read-only
//! everywhere but in its folder, as a user without rights.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pilothouse_tests::{Agent, Process, message, run};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(shipped(name)).unwrap()
}

/// The instructions of the last stage of the Containerfile: each a word and the rest, on one line.
fn last_stage() -> Vec<(String, String)> {
    let text = read("Containerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.trim().split_once(' '));
    let all: Vec<_> = pairs
        .map(|(word, rest)| (word.to_owned(), rest.trim().to_owned()))
        .collect();
    let begin = all.iter().rposition(|(word, _)| word == "FROM").unwrap();
    all[begin..].to_vec()
}

fn instruction(word: &str) -> String {
    let found = last_stage().into_iter().find(|(found, _)| found == word);
    found.unwrap_or_else(|| panic!("no {word}")).1
}

/// The words of an instruction that needs no shell.
fn words(instruction: &str) -> Vec<String> {
    let list = instruction.find('[').map(|at| &instruction[at..]);
    serde_json::from_str(list.expect("it is written as a list, because there is no shell")).unwrap()
}

/// The wrapper under which everything is read-only but the data folder, and nobody is a superuser; `None`
/// where this machine does not let it be made.
fn confined() -> Option<[&'static str; 5]> {
    const READ_ONLY: &str = "mount --bind \"$4\" \"$4\" && mount -o remount,bind,ro / && \
        exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs \"$@\"";
    let mut trial = Command::new("unshare");
    trial.args([
        "-rm",
        "sh",
        "-c",
        "mount -o remount,bind,ro / && setpriv --no-new-privs true",
    ]);
    let status = trial.stderr(Stdio::null()).status();
    let is_possible = status.is_ok_and(|status| status.success());
    is_possible.then_some(["unshare", "-rm", "sh", "-c", READ_ONLY])
}

#[test]
fn the_container_runs_as_nobody_in_particular() {
    let user = instruction("USER");
    let (user, group) = user.split_once(':').unwrap();
    // A number: only of one can an orchestrator tell that it is not the superuser's.
    assert!(user.parse::<u32>().unwrap() > 0 && group.parse::<u32>().unwrap() > 0);
    let data = instruction("VOLUME");
    let owned = format!("--chown={user}:{group} /image/data {data}");
    let copies = last_stage().into_iter().filter(|(word, _)| word == "COPY");
    assert!(copies.into_iter().any(|(_, rest)| rest.ends_with(&owned)));
    assert!(instruction("ENV").contains(&format!("PILOTHOUSE_DATA_DIR={data}")));
}

#[tokio::test]
async fn what_the_container_runs_are_commands_that_there_are() {
    let binary = words(&instruction("ENTRYPOINT"));
    assert_eq!(binary, ["/usr/local/bin/pilothouse"]);
    let command = words(&instruction("CMD"));
    let health = words(&instruction("HEALTHCHECK"));
    assert_eq!(health[0], binary[0]);
    for words in [&command[..], &health[1..]] {
        let mut words: Vec<_> = words.iter().map(String::as_str).collect();
        words.push("--help");
        assert!(run(&words, "").await.status.success(), "{words:?}");
    }
}

#[tokio::test]
async fn health_is_told_by_the_exit_status() {
    let mut relay = Process::start().await;
    let url = relay.url();
    let health = async |more: &[&str]| {
        let words = [&["health", "--url", &url], more].concat();
        run(&words, "").await
    };
    assert_eq!(health(&[]).await.stdout, "alive\n");
    assert_eq!(health(&["--ready"]).await.stdout, "ready\n");
    relay.kill().await;
    let gone = health(&[]).await;
    assert_eq!(gone.status.code(), Some(69));
    assert!(gone.stderr.contains("cannot be reached"), "{gone:?}");
}

#[tokio::test]
async fn a_relay_writes_nowhere_but_into_its_folder() {
    let Some(wrapper) = confined() else { return };
    let wrapper = [&wrapper[..], &["sh"]].concat();
    let relay = Process::inside(&wrapper, &[]).await;
    let agent = Agent::new(&relay.url(), "c", "agent");
    agent.create().await;
    assert_eq!(agent.publish(&message("x")).await, [2]);
    agent.until_ready().await;
}

/// `systemd-analyze` says how much a service could do, from 0 to 10; above 2 something was forgotten.
#[test]
fn the_service_is_confined() {
    let unit = shipped("packaging/pilothouse.service");
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["security", "--offline=true", "--no-pager", "--threshold=20"]);
    let output = analyze.arg(unit).output();
    let output = output.expect("the set-up installs systemd-analyze");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

/// A setting of the unit that is none would be passed over in silence.
#[test]
fn the_service_has_settings_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("pilothouse.service");
    let program = "/usr/local/bin/pilothouse";
    let text = read("packaging/pilothouse.service");
    assert!(text.contains(&format!("ExecStart={program} serve\n")));
    std::fs::write(&unit, text.replace(program, "/bin/true")).unwrap();
    let mut verify = Command::new("systemd-analyze");
    let output = verify.arg("verify").arg(&unit).output();
    let output = output.expect("the set-up installs systemd-analyze");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("pilothouse.service"), "{said}");
}
