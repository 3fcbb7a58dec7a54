//! A person talks to an agent, through a recogniser that is not the browser's.

use pilothouse_tests::{Agent, Browser, Process, message, until};
use serde_json::{Value, json};

use super::{LIVE, SEND};

const MIC: &str = "[data-testid=mic]";
const TROUBLE: &str = "[data-testid=voice-trouble]";

/// Hears what the test says; the page finds it under the prefixed name only, as in Safari.
const RECOGNISER: &str = "
    window.made = 0;
    Object.defineProperty(window, 'SpeechRecognition', { value: undefined });
    window.webkitSpeechRecognition = class {
        constructor() { window.made += 1; window.ear = this; this.calls = []; }
        start() { if (this.isOn) throw new Error('started'); this.isOn = true; this.calls.push('start'); }
        stop() { this.calls.push('stop'); this.end(); }
        abort() { this.calls.push('abort'); this.fail('aborted'); }
        hear(transcript, isFinal, confidence) {
            const result = [{ transcript, confidence }]; result.isFinal = isFinal;
            this.onresult({ results: [result] });
        }
        fail(error) { this.onerror({ error }); this.end(); }
        end() { if (this.isOn) { this.isOn = false; this.onend({}); } }
    };";

struct Talk {
    relay: Process,
    agent: Agent,
    browser: Browser,
}

impl Talk {
    async fn with(preload: &str) -> Self {
        let relay = Process::start().await;
        let agent = Agent::new(&relay.url(), "build", "claude");
        agent.publish(&message("at work")).await;
        let browser = Browser::start().await;
        browser.preload(preload).await;
        browser.go(&format!("{}/c/build", relay.url())).await;
        browser.until(LIVE).await;
        Self {
            relay,
            agent,
            browser,
        }
    }

    /// Presses the button as a finger does.
    async fn press(&self) {
        let press = format!("document.querySelector('{MIC}').click()");
        self.browser.ask(&press, &[]).await;
    }

    async fn ear(&self, script: &str) {
        self.browser.ask(&format!("window.ear.{script}"), &[]).await;
    }

    /// Waits until the box holds this text.
    async fn holds(&self, text: &str) {
        let script = "return document.querySelector('[data-testid=composer-input]').value";
        until(format!("the box to hold {text:?}"), || async {
            (self.browser.ask(script, &[]).await == text).then_some(())
        })
        .await;
    }

    async fn hint(&self) -> Value {
        self.browser.click(SEND).await;
        self.agent.hints(30).await[0]["hint"].clone()
    }

    async fn end(self) {
        let errors = self.browser.errors().await;
        self.browser.close().await;
        drop(self.relay);
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[tokio::test]
async fn what_is_said_is_shown_mended_and_sent() {
    let talk = Talk::with(RECOGNISER).await;
    let on = format!("{MIC}[aria-pressed=true]");
    talk.press().await;
    talk.browser.until(&on).await;
    talk.ear("hear('look at', false, 0)").await;
    talk.holds("look at").await;
    talk.browser.picture("voice").await;
    talk.ear("hear('look at the tests', true, 0.875)").await;
    talk.ear("end()").await;
    talk.browser.until_gone(&on).await;
    talk.holds("look at the tests").await;
    let expected = json!({"kind": "voice", "transcript": "look at the tests", "confidence": 0.875});
    assert_eq!(talk.hint().await, expected);

    talk.press().await;
    talk.browser.until(&on).await;
    talk.ear("hear('look at the best', true, 0.875)").await;
    talk.holds("look at the best").await;
    talk.browser
        .write("[data-testid=composer-input]", "!")
        .await;
    talk.browser.until_gone(&on).await;
    let expected = json!({"kind": "voice", "transcript": "look at the best!"});
    assert_eq!(talk.hint().await, expected);

    talk.browser
        .write("[data-testid=composer-input]", "typed")
        .await;
    assert_eq!(talk.hint().await, json!({"kind": "text", "text": "typed"}));
    assert_eq!(talk.browser.ask("return window.made", &[]).await, 1);
    talk.end().await;
}

#[tokio::test]
async fn a_key_begins_and_ends_and_a_sure_engine_is_not_believed() {
    let talk = Talk::with(RECOGNISER).await;
    talk.browser.tab_to(MIC).await;
    talk.browser.press(" ").await;
    talk.browser
        .until(&format!("{MIC}[aria-pressed=true]"))
        .await;
    talk.ear("hear('yes', true, 1)").await;
    talk.browser.press(" ").await;
    talk.browser
        .until(&format!("{MIC}[aria-pressed=false]"))
        .await;
    let calls = talk.browser.ask("return window.ear.calls", &[]).await;
    assert_eq!(calls, json!(["start", "stop"]));
    assert_eq!(
        talk.hint().await,
        json!({"kind": "voice", "transcript": "yes"})
    );
    talk.end().await;
}

#[tokio::test]
async fn a_mouse_that_is_held_talks_until_it_is_let_go() {
    let talk = Talk::with(RECOGNISER).await;
    // Half a second is a hold; how long exactly does not matter.
    let hold = "const mic = document.querySelector('[data-testid=mic]');
        const to = (name) => mic.dispatchEvent(new PointerEvent(name, { bubbles: true, pointerType: 'mouse' }));
        to('pointerdown');
        return new Promise((done) => setTimeout(() => { to('pointerup'); mic.click(); done(window.ear.calls); }, 500))";
    let calls = talk.browser.ask(hold, &[]).await;
    assert_eq!(calls, json!(["start", "stop"]));
    talk.end().await;
}

#[tokio::test]
async fn what_goes_wrong_is_one_sentence_and_silence_is_none() {
    let talk = Talk::with(RECOGNISER).await;
    talk.press().await;
    talk.browser
        .until(&format!("{MIC}[aria-pressed=true]"))
        .await;
    talk.ear("fail('not-allowed')").await;
    talk.browser.until(TROUBLE).await;
    assert!(talk.browser.text(TROUBLE).await.contains("blocked"));
    talk.press().await;
    talk.browser.until_gone(TROUBLE).await;
    talk.ear("fail('no-speech')").await;
    talk.browser
        .until(&format!("{MIC}[aria-pressed=false]"))
        .await;
    assert_eq!(talk.browser.count(TROUBLE).await, 0);
    talk.end().await;
}

#[tokio::test]
async fn a_browser_that_cannot_says_so_and_has_no_button() {
    let none = "for (const name of ['SpeechRecognition', 'webkitSpeechRecognition'])
        Object.defineProperty(window, name, { value: undefined });";
    let talk = Talk::with(none).await;
    talk.browser.until("[data-testid=no-voice]").await;
    assert_eq!(talk.browser.count(MIC).await, 0);
    talk.end().await;
}
