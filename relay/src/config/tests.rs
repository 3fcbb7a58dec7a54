use clap::{Args, Command, FromArgMatches};

use super::*;

/// A setting of each kind: the long flag, a value to type, and how it looks in the file.
const SETTINGS: [(&str, &str, &str); 27] = [
    ("listen", "127.0.0.1:1", "listen = \"127.0.0.1:1\""),
    ("data-dir", "/typed", "data-dir = \"/typed\""),
    ("durability", "normal", "durability = \"normal\""),
    ("allow-origin", "http://a", "allow-origin = [\"http://a\"]"),
    (
        "public-url",
        "http://localhost",
        "public-url = \"http://localhost\"",
    ),
    ("trusted-proxy", "::1", "trusted-proxy = [\"::1\"]"),
    ("tls-cert", "/c", "tls-cert = \"/c\""),
    ("tls-key", "/k", "tls-key = \"/k\""),
    ("tls-self-signed", "true", "tls-self-signed = true"),
    ("max-connections", "1", "max-connections = 1"),
    (
        "max-connections-per-address",
        "1",
        "max-connections-per-address = 1",
    ),
    ("request-within", "1", "request-within = 1"),
    (
        "issuer",
        "https://i=/keys.json",
        "issuer = \"https://i=/keys.json\"",
    ),
    ("issuer-audience", "us", "issuer-audience = \"us\""),
    ("log-format", "json", "log-format = \"json\""),
    ("grace", "1", "grace = 1"),
    ("asker-grace", "1", "asker-grace = 1"),
    ("keep-events", "2", "keep-events = 2"),
    ("keep-days", "forever", "keep-days = \"forever\""),
    ("mask", "off", "mask = \"off\""),
    ("mask-pattern", "a+", "mask-pattern = [\"a+\"]"),
    ("mask-except", "b+", "mask-except = [\"b+\"]"),
    ("max-frames-per-second", "1", "max-frames-per-second = 1"),
    ("max-bytes-per-second", "1", "max-bytes-per-second = 1"),
    ("max-hints-per-minute", "1", "max-hints-per-minute = 1"),
    (
        "max-requests-per-minute",
        "1",
        "max-requests-per-minute = 1",
    ),
    (
        "max-channels-per-minute",
        "1",
        "max-channels-per-minute = 1",
    ),
];

fn command() -> Command {
    ServeArgs::augment_args(Command::new("serve"))
}

fn typed(args: &[&str]) -> Result<ServeArgs, clap::Error> {
    let matches = command().try_get_matches_from(["serve"].iter().chain(args))?;
    ServeArgs::from_arg_matches(&matches)
}

fn config(args: &[&str]) -> Result<Config, ConfigError> {
    Config::try_from(typed(args).unwrap())
}

/// What is typed besides, so that the setting means something.
fn with(flag: &str) -> &'static [&'static str] {
    match flag {
        "tls-cert" => &["--tls-key", "/k"],
        "tls-key" => &["--tls-cert", "/c"],
        _ => &[],
    }
}

fn with_file(text: &str, args: &[&str]) -> Result<Config, ConfigError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().to_str().unwrap();
    config(&[&["--config", path], args].concat())
}

fn refusal(args: &[&str]) -> String {
    config(args).unwrap_err().to_string()
}

#[test]
fn nothing_typed_means_the_documented_defaults() {
    let config = config(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8420");
    assert_eq!(config.durability, Durability::Full);
    assert!(config.data_dir.unwrap().ends_with("pilothouse"));
    assert_eq!(config.asker_grace.as_secs(), 30);
    let rest = (config.grace.as_secs(), config.log_format);
    assert_eq!(rest, (10, LogFormat::Text));
    assert_eq!(config.keep_events, 100_000);
    assert_eq!(config.keep_for.as_secs(), 30 * 86_400);
}

#[test]
fn every_flag_has_an_environment_variable_of_its_name() {
    for arg in command().get_arguments() {
        let long = arg.get_long().unwrap();
        let expected = format!("PILOTHOUSE_{}", long.to_uppercase().replace('-', "_"));
        assert_eq!(arg.get_env().unwrap(), expected.as_str());
    }
}

#[test]
fn every_flag_but_the_file_itself_is_a_key_of_the_file_and_means_the_same() {
    let flags: Vec<_> = command()
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .filter(|long| long != "config")
        .collect();
    assert_eq!(flags, SETTINGS.map(|(flag, ..)| flag));
    for (flag, value, line) in SETTINGS {
        let besides = with(flag);
        let setting = format!("--{flag}");
        let typed = config(&[&[&*setting, value], besides].concat()).unwrap();
        assert_ne!(typed, config(&[]).unwrap(), "{flag}");
        assert_eq!(typed, with_file(line, besides).unwrap(), "{flag}");
    }
}

#[test]
fn what_is_typed_wins_over_the_file_and_the_file_over_the_default() {
    let file = "grace = 3\nkeep-events = 5\nallow-origin = [\"http://file\"]";
    let args = ["--grace", "4", "--allow-origin", "http://typed"];
    let config = with_file(file, &args).unwrap();
    assert_eq!(config.grace, Duration::from_secs(4));
    assert_eq!(config.allow_origin, ["http://typed"]);
    assert_eq!(config.keep_events, 5);
    assert_eq!(config.log_format, LogFormat::Text);
}

#[test]
fn a_key_nobody_knows_is_refused_by_name() {
    for text in [
        "listem = \"127.0.0.1:1\"",
        "config = \"other.toml\"",
        "data_dir = \"/x\"",
    ] {
        let refused = with_file(text, &[]).unwrap_err().to_string();
        let key = text.split(' ').next().unwrap();
        assert!(refused.contains(key), "{refused}");
    }
}

#[test]
fn a_malformed_value_is_refused_wherever_it_stands() {
    for (flag, line) in [
        ("--listen=localhost", "listen = \"localhost\""),
        ("--durability=most", "durability = \"most\""),
        ("--grace=soon", "grace = \"soon\""),
        ("--keep-events=-1", "keep-events = -1"),
        ("--keep-days=0.5", "keep-days = 0.5"),
        ("--keep-days=never", "keep-days = \"never\""),
        ("--max-connections=0", "max-connections = 0"),
        ("--request-within=0", "request-within = 0"),
        ("--tls-self-signed=perhaps", "tls-self-signed = \"perhaps\""),
        ("--mask=maybe", "mask = \"maybe\""),
        ("--mask-pattern=a(", "mask-pattern = [\"a(\"]"),
        ("--mask-except=b*", "mask-except = [\"b*\"]"),
    ] {
        assert!(typed(&[flag]).is_err(), "{flag}");
        assert!(with_file(line, &[]).is_err(), "{line}");
    }
    assert!(refusal(&["--config", "/nowhere.toml"]).contains("/nowhere.toml"));
}

#[test]
fn history_is_kept_by_number_by_age_or_forever() {
    let both = config(&["--keep-events", "1", "--keep-days", "2"]).unwrap();
    assert_eq!((both.keep_events, both.keep_for.as_secs()), (1, 2 * 86_400));
    let forever = config(&["--keep-events", "forever", "--keep-days", "forever"]).unwrap();
    assert_eq!(forever.keep_events, u64::MAX);
    assert_eq!(forever.keep_for, Duration::MAX);
    let most = with_file("keep-days = 9223372036854775807", &[]).unwrap();
    assert_eq!(
        most.keep_for.as_secs(),
        u64::MAX,
        "longer than anything is no error"
    );
}

#[test]
fn keeping_nothing_is_refused_with_the_reason_and_the_way_to_keep_everything() {
    for setting in ["keep-events", "keep-days"] {
        let flag = typed(&[&format!("--{setting}=0")]).unwrap_err().to_string();
        let line = with_file(&format!("{setting} = 0"), &[]).unwrap_err();
        for refused in [flag, line.to_string()] {
            assert!(refused.contains("no history to resume from"), "{refused}");
            assert!(refused.contains("or forever"), "{refused}");
        }
    }
}

#[test]
fn an_address_others_can_reach_is_refused_with_the_reason_and_the_way_out() {
    for address in [
        "0.0.0.0:8420",
        "[::]:8420",
        "192.0.2.7:8420",
        "[::ffff:192.0.2.7]:8420",
    ] {
        let refused = refusal(&["--listen", address]);
        assert!(refused.contains("steer the agents"), "{refused}");
        assert!(refused.contains("ssh -L 8420:127.0.0.1:8420"), "{refused}");
        assert!(refused.contains("pilothouse token create"), "{refused}");
    }
}

#[test]
fn every_loopback_address_will_do() {
    for address in [
        "127.0.0.1:0",
        "127.8.8.8:1",
        "[::1]:1",
        "[::ffff:127.0.0.1]:1",
    ] {
        assert_eq!(
            config(&["--listen", address]).unwrap().listen.to_string(),
            address
        );
    }
}

#[test]
fn a_name_that_others_use_is_refused_without_keys() {
    let refused = refusal(&["--public-url", "https://relay.example/"]);
    assert!(refused.contains("https://relay.example:"), "{refused}");
    assert!(refused.contains("pilothouse token create"), "{refused}");
    for home in ["http://localhost:1", "https://127.0.0.1", "http://[::1]:8"] {
        let config = config(&["--public-url", home]).unwrap();
        assert_eq!(config.public_url.as_deref(), Some(home));
    }
}

#[test]
fn what_is_no_place_of_a_relay_is_refused() {
    for text in ["relay.example", "https://h/relay", "ws://h", "https://u@h"] {
        let refused = refusal(&["--public-url", text]);
        assert!(
            refused.contains("is not where a relay is reached"),
            "{text}"
        );
    }
}

#[test]
fn proxies_are_addresses_and_networks() {
    let typed = ["--trusted-proxy", "127.0.0.1,10.0.0.0/8, fd00::/8"];
    let proxies = config(&typed).unwrap().trusted_proxy;
    let proxies: Vec<_> = proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
    for text in ["proxy.example", "10.0.0.0/33", "*", ""] {
        let refused = refusal(&["--trusted-proxy", text]);
        assert!(refused.contains("is not an address or a network"), "{text}");
    }
}

#[test]
fn a_certificate_is_named_whole_or_made_but_not_both() {
    let (cert, key) = (["--tls-cert", "/c"], ["--tls-key", "/k"]);
    for half in [cert, key] {
        assert!(refusal(&half).contains("go together"));
        let both = [&half[..], &["--tls-self-signed"]].concat();
        assert!(refusal(&both).contains("leave out one or the other"));
    }
    let files = config(&[cert, key].concat()).unwrap().tls;
    assert!(matches!(files, Some(Tls::Files { .. })));
    let made = config(&["--tls-self-signed", "--grace", "1"]).unwrap().tls;
    assert_eq!(made, Some(Tls::SelfSigned));
    assert_eq!(config(&["--tls-self-signed=false"]).unwrap().tls, None);
}

#[test]
fn memory_uses_no_folder_even_when_one_is_named() {
    let config = config(&["--durability", "memory", "--data-dir", "/x"]).unwrap();
    assert_eq!(config.data_dir, None);
}

#[test]
fn origins_are_kept_as_browsers_write_them() {
    let args = [
        "--allow-origin",
        "HTTPS://Example.ORG:443,http://localhost:3000/",
    ];
    let config = config(&args).unwrap();
    assert_eq!(
        config.allow_origin,
        ["https://example.org", "http://localhost:3000"]
    );
}

#[test]
fn what_is_no_origin_is_refused() {
    for text in [
        "*",
        "null",
        "",
        "example.org",
        "file:///x",
        "https://h/path",
        "https://u@h",
    ] {
        assert!(
            refusal(&["--allow-origin", text]).contains("is not an origin"),
            "{text}"
        );
    }
}
