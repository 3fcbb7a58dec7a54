//! Codex itself, attached by its hooks, with a stub for a model.

use pilothouse_tests::{Codex, LAST_WORD, Model};
use serde_json::json;

#[tokio::test]
async fn without_a_relay_codex_works_as_ever() {
    let model = Model::start("exec_command", &json!({"cmd": "echo hello"})).await;
    model.let_go();
    let codex = Codex::new(&model);
    codex.attach("http://127.0.0.1:1").await;
    let done = codex.exec("please say hello").await;
    assert!(done.status.success(), "{}", done.stderr);
    assert!(done.stdout.contains(LAST_WORD), "{}", done.stdout);
    assert!(!done.stderr.contains("Failed"), "{}", done.stderr);
}
