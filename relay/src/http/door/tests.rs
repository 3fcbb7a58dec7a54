use super::*;

const HOME: &str = "127.0.0.1";
const AWAY: &str = "192.0.2.7";

fn peer(address: &str, is_secure: bool) -> Peer {
    Peer {
        address: address.parse().unwrap(),
        is_secure,
    }
}

fn with_rules<T>(is_open: bool, look: impl FnOnce(Rules<'_>) -> T) -> T {
    let names = ["harbour".to_owned(), "harbour.local".to_owned()];
    let allowed = ["https://docs.example".to_owned()];
    look(Rules {
        is_open,
        public_url: Some("https://relay.example"),
        names: &names,
        allow_origin: &allowed,
    })
}

fn admits(is_open: bool, from: &str, host: &str) -> bool {
    with_rules(is_open, |rules| rules.host(peer(from, false), host).is_ok())
}

/// Host, and whether it is let in: in open mode, with keys.
const HOSTS: [(&str, bool, bool); 22] = [
    ("localhost", true, true),
    ("LocalHost:8420", true, true),
    ("127.0.0.1:1", true, true),
    ("127.9.9.9", true, true),
    ("[::1]:8420", true, true),
    ("10.0.0.1", false, true),
    ("192.168.1.5:8420", false, true),
    ("[2001:db8::1]", false, true),
    ("0.0.0.0:8420", false, true),
    ("harbour:8420", false, true),
    ("Harbour.Local", false, true),
    ("relay.example", false, true),
    ("RELAY.example:443", false, true),
    ("evil.example", false, false),
    ("127.0.0.1.evil.example", false, false),
    ("localhost.evil:1", false, false),
    ("relay.example.evil", false, false),
    ("evil.relay.example", false, false),
    ("localhost@evil.example", false, false),
    ("evil@localhost", false, false),
    ("", false, false),
    ("a b", false, false),
];

#[test]
fn a_relay_is_named_by_what_no_other_site_can_be() {
    for (host, in_open_mode, with_keys) in HOSTS {
        assert_eq!(admits(true, HOME, host), in_open_mode, "open: {host}");
        assert_eq!(admits(false, HOME, host), with_keys, "keys: {host}");
        assert_eq!(admits(false, AWAY, host), with_keys, "keys, away: {host}");
    }
}

#[test]
fn open_mode_is_for_nobody_else_whatever_a_proxy_calls_it() {
    for (host, ..) in HOSTS {
        assert!(!admits(true, AWAY, host), "{host}");
    }
}

#[test]
fn only_own_pages_and_those_that_are_allowed_use_the_relay() {
    for (is_secure, host, origin, may) in [
        (false, "localhost:8420", "http://localhost:8420", true),
        (false, "localhost:8420", "http://localhost", false),
        (false, "localhost:8420", "http://127.0.0.1:8420", false),
        (false, "localhost:8420", "https://localhost:8420", false),
        // Who can change what is not encrypted could be any page there.
        (true, "10.0.0.1:8420", "http://10.0.0.1:8420", false),
        (true, "10.0.0.1:8420", "https://10.0.0.1:8420", true),
        (true, "relay.example", "https://relay.example", true),
        // Behind a proxy that names itself by its own address.
        (false, "127.0.0.1:8420", "https://relay.example", true),
        (false, "127.0.0.1:8420", "http://relay.example", false),
        (false, "127.0.0.1:8420", "https://docs.example", true),
        (false, "127.0.0.1:8420", "https://docs.example.evil", false),
        (false, "127.0.0.1:8420", "null", false),
        (false, "127.0.0.1:8420", "", false),
    ] {
        for is_open in [true, false] {
            let verdict = with_rules(is_open, |rules| {
                rules.origin(peer(HOME, is_secure), host, origin)
            });
            assert_eq!(verdict.is_ok(), may, "{is_secure} {host} {origin}");
        }
    }
}
