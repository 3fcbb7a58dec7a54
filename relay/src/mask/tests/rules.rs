//! What is recognised and what is not.

use super::*;

fn key(kind: &str) -> String {
    let line = noise(64);
    let (begin, end) = ("-----BEGIN ", "-----END ");
    format!(
        "{begin}{kind}PRIVATE KEY-----\n{line}\n{line}\n{}==\n{end}{kind}PRIVATE KEY-----",
        noise(20)
    )
}

/// A text, and what becomes of it.
fn secrets() -> Vec<(String, String)> {
    let n = noise;
    let jwt = ["ey", "JhbGciOiJFZERTQSJ9.", "ey", "JzdWIiOiJhIn0.", &n(43)].concat();
    let whole = |kind: &str, pieces: &[&str]| (pieces.concat(), format!("[masked: {kind}]"));
    let within = |text: &str, secret: &str, kind: &str| {
        let mask = format!("[masked: {kind}]");
        (text.replace('§', secret), text.replace('§', &mask))
    };
    vec![
        whole("private key", &[&key("")]),
        whole("private key", &[&key("RSA ")]),
        whole("private key", &[&key("OPENSSH ")]),
        whole("private key", &[&key("EC ").replace('\n', "\\n")]),
        within("cut: §", &key("")[..120], "private key"),
        whole("AWS access key", &["AK", "IA", "QX7ZK2R9L4W8B1V6"]),
        within("aws_secret_access_key = §", &n(40), "secret"),
        within("export AWS_SECRET_ACCESS_KEY=§", &n(40), "secret"),
        within(r#"{"SecretAccessKey": "§"}"#, &n(40), "secret"),
        whole("GitHub token", &["gh", "p_", &n(36)]),
        whole("GitHub token", &["gh", "s_", &n(36)]),
        whole("GitHub token", &["github", "_pat_", &n(22), "_", &n(59)]),
        within(
            "https://§@github.com/a/b",
            &["gh", "o_", &n(36)].concat(),
            "GitHub token",
        ),
        whole("GitLab token", &["gl", "pat-", &n(20)]),
        whole(
            "Slack token",
            &["xo", "xb-", "123456789012-123456789012-", &n(24)],
        ),
        within(
            "https://hooks.slack.com/services/§",
            &["T0000/B0000/", &n(24)].concat(),
            "Slack token",
        ),
        whole("Stripe key", &["sk", "_live_", &n(24)]),
        whole("Stripe key", &["rk", "_test_", &n(24)]),
        whole("Anthropic key", &["sk", "-ant-api03-", &n(93)]),
        whole("OpenAI key", &["sk", "-proj-", &n(48)]),
        whole("OpenAI key", &["sk-", &n(48)]),
        whole("Google key", &["AI", "za", &n(35)]),
        whole("Google key", &["ya", "29.", &n(60)]),
        whole("npm token", &["np", "m_", &n(36)]),
        whole("PyPI token", &["py", "pi-", "AgE", &n(60)]),
        whole("access token", &["h", "f_", &n(34)]),
        whole("JWT", &[&jwt]),
        within("Authorization: Bearer §", &n(32), "authorization"),
        within(
            "-H 'authorization: Basic §'",
            "dXNlcjpwYXNz",
            "authorization",
        ),
        within(r#"{"Authorization":"Bearer §"}"#, &n(32), "authorization"),
        within("Authorization: Bearer §", &jwt, "JWT"),
        within("use bearer § there", &n(20), "authorization"),
        within("Set-Cookie: session=§; Path=/", &n(32), "cookie"),
        within(
            "postgres://app:§@db.internal:5432/app",
            "hunter-2",
            "password",
        ),
        within("https://:§@host/", "pw", "password"),
        within("DB_PASSWORD=§", "correct-horse", "password"),
        within("password: §\nuser: me", "hunter22", "password"),
        within(r#"{"user":"me","password":"§"}"#, "abcd", "password"),
        within(r#"{\"password\": \"§\"}"#, "abcd", "password"),
        within("mysql --password=§ -u me", "hunter2", "password"),
        within("login --token § --yes", &n(24), "secret"),
        within("api_key: \"§\"", &n(24), "secret"),
        within("api-key = '§'", &n(24), "secret"),
        within("?access_token=x&client_secret=§&b=1", &n(24), "secret"),
    ]
}

#[test]
fn credentials_are_masked_and_nothing_around_them() {
    for (text, expected) in secrets() {
        assert_eq!(masked(&text), expected, "of {text}");
        let around = format!("before\n{text}\nafter");
        assert_eq!(masked(&around), format!("before\n{expected}\nafter"));
    }
}

#[test]
fn every_kind_is_short_and_known_to_be_one() {
    for kind in crate::mask::rules::kinds().chain([CONFIGURED]) {
        assert!(
            kind.len() <= MAX_KIND_BYTES && !kind.contains(']'),
            "{kind}"
        );
        let mask = format!("{OPEN}{kind}]");
        assert_eq!(masked(&mask), mask);
        assert_eq!(shown::last_kind(&mask), Some(kind));
    }
}

#[test]
fn a_secret_beside_its_id_is_masked_without_a_name() {
    let (id, secret) = (["AK", "IA", "QX7ZK2R9L4W8B1V6"].concat(), noise(40));
    assert_eq!(
        masked(&format!("{id},{secret}\n")),
        "[masked: AWS access key],[masked: AWS secret key]\n"
    );
}

#[test]
fn what_is_no_secret_stays() {
    let base64 = noise(4000);
    let stay = [
        "commit 3f786850e387550fdab836ed7e6dc881de23001b".to_owned(),
        "550e8400-e29b-41d4-a716-446655440000".to_owned(),
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned(),
        format!("data:image/png;base64,iVBORw0KGgo{base64}=="),
        format!("0x{}", "deadbeef".repeat(16)),
        "input_tokens: 123456, output_tokens=7890, max_tokens: 4096".to_owned(),
        "the next token is: identifier".to_owned(),
        "token: 1234567890123".to_owned(),
        "fn token(&self) -> Token { self.token }".to_owned(),
        "let password = read_password()?;".to_owned(),
        "password: String,".to_owned(),
        "const { password } = req.body".to_owned(),
        "token = os.environ[\"GITHUB_TOKEN\"]".to_owned(),
        "password=$DB_PASSWORD".to_owned(),
        "password: ${{ secrets.DB_PASSWORD2 }}".to_owned(),
        "PASSWORD=<your password>".to_owned(),
        "password: ********".to_owned(),
        "connect(password=password)".to_owned(),
        "secret = sha256(message)".to_owned(),
        "api_key=YOUR_API_KEY".to_owned(),
        "<input type=\"password\" name=\"password\">".to_owned(),
        "Password: ".to_owned(),
        "\"token\": \"identifier\"".to_owned(),
        "git@github.com:owner/name.git".to_owned(),
        "http://localhost:8420/@scope/name".to_owned(),
        "https://${USER}:${PASS}@host".to_owned(),
        "ssh://git@host:22/name".to_owned(),
        "a task-list, a disk-image, sk-learn and risk-assessment-of-the-project".to_owned(),
        "task-ant-colony-optimisation-in-a-nutshell".to_owned(),
        "npm_config_registry and npm_lifecycle_event".to_owned(),
        "bearer authentication, the bearer of this, Bearer token".to_owned(),
        "Basic understanding of authorization: none".to_owned(),
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned(),
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----".to_owned(),
        "if line.starts_with(\"-----BEGIN PRIVATE KEY-----\") {".to_owned(),
        "AKIA is how ids begin, and eyJ is how JSON does".to_owned(),
        "/home/me/src/token/secret.rs:12:34".to_owned(),
        "Southeast Asia".to_owned(),
    ];
    for text in stay {
        assert_eq!(masked(&text), text);
    }
}
