//! A hint reaches one agent, once, and the person sees how far it came.

use pilothouse_shared::{HintState, Replica};
use pilothouse_tests::{Agent, InProcess, Watcher, hint, until};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn stands(replica: &Replica, id: &str) -> Option<HintState> {
    let mut hints = replica.snapshot().hints.iter();
    Some(hints.find(|entry| entry.id.as_str() == id)?.state)
}

async fn reaches(watcher: &mut Watcher, id: &str, state: HintState) {
    let has = |replica: &Replica| stands(replica, id) == Some(state);
    watcher.until(&format!("{id} to be {state:?}"), has).await;
}

#[tokio::test]
async fn a_hint_is_accepted_delivered_and_acknowledged() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let mut ada = Watcher::connect(&relay.url(), "build", "ada").await;

    let polling = tokio::spawn({
        let agent = agent.clone();
        async move { agent.hints(30).await }
    });
    let id = ada.publish_surely(&hint("use the cache")).await;
    let taken = polling.await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["id"], id.as_str());
    assert_eq!(taken[0]["hint"]["text"], "use the cache");
    assert_eq!(taken[0]["author"]["member"], "ada");
    reaches(&mut ada, id.as_str(), HintState::Delivered).await;

    let _ = agent.acknowledge(id.as_str(), "I do now").await.ok();
    reaches(&mut ada, id.as_str(), HintState::Acknowledged).await;
    let is_noted = |replica: &Replica| {
        let entry = &replica.snapshot().hints[0];
        let said = entry.acknowledged.as_ref().unwrap();
        said.note.as_deref() == Some("I do now") && said.by.member.as_str() == "claude"
    };
    ada.until("the note", is_noted).await;
    assert!(agent.hints(0).await.is_empty());
}

#[tokio::test]
async fn of_two_agents_that_race_each_hint_reaches_exactly_one() {
    const N_HINTS: usize = 20;
    let relay = InProcess::start().await;
    let url = relay.url();
    let person = Agent::person(&url, "build", "ada");
    person.create().await;
    let collect = |member: &str| {
        let agent = Agent::new(&url, "build", member);
        tokio::spawn(async move {
            let mut mine: Vec<String> = Vec::new();
            while !mine.iter().any(|text| text == "stop") {
                let hints = agent.hints(30).await;
                let texts = hints
                    .iter()
                    .map(|hint| hint["hint"]["text"].as_str().unwrap());
                mine.extend(texts.map(str::to_owned));
            }
            mine
        })
    };
    let (one, two) = (collect("one"), collect("two"));
    for n in 0..N_HINTS {
        person.publish(&hint(&format!("hint {n}"))).await;
    }
    for member in ["one", "two"] {
        let stop = json!({"type": "hint", "to": member, "hint": {"kind": "text", "text": "stop"}});
        person.publish(&stop).await;
    }
    let mut taken = [one.await.unwrap(), two.await.unwrap()].concat();
    taken.retain(|text| text != "stop");
    taken.sort_by_key(|text| text.trim_start_matches("hint ").parse::<usize>().unwrap());
    let given: Vec<_> = (0..N_HINTS).map(|n| format!("hint {n}")).collect();
    assert_eq!(taken, given);
}

#[tokio::test]
async fn a_hint_for_one_agent_is_not_given_to_another() {
    let relay = InProcess::start().await;
    let ada = Agent::person(&relay.url(), "build", "ada");
    let told = json!({"type": "hint", "to": "claude", "hint": {"kind": "text", "text": "psst"}});
    ada.publish(&told).await;
    assert!(
        Agent::new(&relay.url(), "build", "codex")
            .hints(0)
            .await
            .is_empty()
    );
    let claude = Agent::new(&relay.url(), "build", "claude");
    assert_eq!(claude.hints(0).await.len(), 1);
}

#[tokio::test]
async fn a_hint_nobody_takes_in_time_expires() {
    let relay = InProcess::start().await;
    let ada = Agent::person(&relay.url(), "build", "ada");
    ada.create().await;
    let mut watcher = Watcher::connect(&relay.url(), "build", "bob").await;
    let soon = SystemTime::now() + Duration::from_secs(1);
    let soon = soon.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut body = hint("now or never");
    body["expires_at"] = json!(u64::try_from(soon).unwrap());
    ada.publish(&body).await;
    let id = ada.events(0, 0).await.iter().find_map(|event: &Value| {
        let is_hint = event["body"]["type"] == "hint";
        is_hint.then(|| event["id"].as_str().unwrap().to_owned())
    });
    let id = id.unwrap();
    reaches(&mut watcher, &id, HintState::Expired).await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    assert!(agent.hints(0).await.is_empty());
    assert_eq!(
        agent.acknowledge(&id, "late").await.code(),
        "already_resolved"
    );
}

#[tokio::test]
async fn a_hint_whose_taker_hung_up_goes_to_the_next() {
    let relay = InProcess::start().await;
    let url = relay.url();
    let ada = Agent::person(&url, "build", "ada");
    ada.create().await;
    let gone = tokio::spawn({
        let agent = Agent::new(&url, "build", "gone");
        async move { agent.hints(60).await }
    });
    let present = |n: u64| {
        let ada = ada.clone();
        until(format!("{n} agents to be present"), move || {
            let ada = ada.clone();
            async move { (ada.summary().await["agents"] == n).then_some(()) }
        })
    };
    present(1).await;
    gone.abort();
    present(0).await;
    ada.publish(&hint("anyone?")).await;
    let agent = Agent::new(&url, "build", "claude");
    assert_eq!(agent.hints(30).await[0]["hint"]["text"], "anyone?");
}
