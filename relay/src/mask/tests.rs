//! Every secret here is made up, and put together from pieces, so that no scanner takes it for one.

mod bodies;
mod live;
mod rules;

use proptest::prelude::*;

use super::*;

fn masked(text: &str) -> String {
    Masker::default()
        .text(text)
        .unwrap_or_else(|| text.to_owned())
}

/// `n` characters as a random generator would give them.
fn noise(n: usize) -> String {
    "x7Kq2Zr9Lm4Wd8Bt1Vc6".chars().cycle().take(n).collect()
}

fn pattern(text: &str) -> Vec<Regex> {
    vec![Regex::new(text).unwrap()]
}

#[test]
fn an_operator_adds_patterns_and_a_group_says_what_of_them_is_the_secret() {
    let whole = Masker::new(true, pattern("corp-[0-9]{4}"), Vec::new());
    assert_eq!(
        whole.text("id corp-1234 ok").unwrap(),
        "id [masked: configured pattern] ok"
    );
    let group = Masker::new(true, pattern("pin ([0-9]{4})"), Vec::new());
    assert_eq!(
        group.text("pin 1234").unwrap(),
        "pin [masked: configured pattern]"
    );
}

#[test]
fn an_operator_makes_exceptions_and_turns_it_off() {
    let key = ["sk_", "test_", &noise(24)].concat();
    assert_eq!(masked(&key), "[masked: Stripe key]");
    let excepting = Masker::new(true, Vec::new(), pattern("^sk_test_"));
    assert_eq!(excepting.text(&key), None);
    let off = Masker::new(false, pattern("a"), Vec::new());
    assert_eq!(off.text(&format!("a {key}")), None);
}

#[test]
fn secrets_that_touch_become_one_mask_of_the_first_kind() {
    let token = ["gh", "p_", &noise(36)].concat();
    assert_eq!(
        masked(&format!("TOKEN={token}/more")),
        "TOKEN=[masked: GitHub token]"
    );
}

#[test]
fn what_only_looks_like_a_mask_hides_nothing() {
    let token = ["gh", "p_", &noise(20)].concat();
    assert_eq!(
        masked(&format!("[masked: {token}]")),
        "[masked: [masked: GitHub token]]"
    );
}

/// What hostile texts are made of: everything that begins, joins or ends a secret.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("gh".to_owned()),
        Just("p_".to_owned()),
        Just("sk-".to_owned()),
        Just("ant-".to_owned()),
        Just("eyJ".to_owned()),
        Just("-----BEGIN ".to_owned()),
        Just("PRIVATE KEY-----".to_owned()),
        Just("-----END ".to_owned()),
        Just("password".to_owned()),
        Just("api_key".to_owned()),
        Just("Authorization: Bearer ".to_owned()),
        Just("https://u:".to_owned()),
        Just("@host".to_owned()),
        Just("[masked: ".to_owned()),
        Just("GitHub token]".to_owned()),
        Just("password]".to_owned()),
        Just("AKIA".to_owned()),
        "[=:.\"' \\\\\n@/-]{1,2}",
        "[A-Z0-9]{16}",
        "[a-zA-Z0-9+/_-]{1,40}",
        "[äß€😀]{1,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn masking_twice_is_masking_once(text in pieces()) {
        let once = masked(&text);
        prop_assert_eq!(masked(&once), once);
    }

    #[test]
    fn all_that_is_not_masked_stays_as_it_was(text in pieces()) {
        let masker = Masker::default();
        let found = masker.find(&text);
        let mut end = 0;
        for one in &found {
            prop_assert!(one.at.start >= end && one.at.end > one.at.start);
            prop_assert!(text.is_char_boundary(one.at.start) && text.is_char_boundary(one.at.end));
            end = one.at.end;
        }
        prop_assert_eq!(found.is_empty(), masker.text(&text).is_none());
    }

    #[test]
    fn any_text_can_be_masked(text in any::<String>()) {
        let once = masked(&text);
        prop_assert_eq!(masked(&once), once);
    }
}

/// Work that grew with the square of the length would take minutes. The deadline only guards against that.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    let seeds = [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN ",
        "-----END ",
        "token=",
        "token:",
        "token=\"",
        "password=a1",
        "--token--token ",
        "eyJaaaaaaaaaa.",
        "eyJ",
        "https://a:",
        "a://b:c@",
        "AKIAAAAAAAAAAAAAAAAA,",
        "[masked: ",
        "[masked: password]",
        "authorization: bearer ",
        "xoxb-",
        "sk-",
        "\\\\\\\"",
        "a",
        "--",
    ];
    let started = std::time::Instant::now();
    for seed in seeds {
        let text = seed.repeat(48 * 1024 / seed.len());
        let _ = masked(&text);
        let _ = masked(&format!("password=\"{text}"));
    }
    assert!(started.elapsed().as_secs() < 60);
}
