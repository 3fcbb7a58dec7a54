use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;

const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "203.0.113.9";

fn config() -> Config {
    Config {
        trusted_proxy: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        public_url: Some("https://relay.example".to_owned()),
        ..Config::default()
    }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn peer(socket: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
    let peer = Peer::of(socket.parse().unwrap(), false, &headers(lines), &config());
    (peer.address.to_string(), peer.is_secure)
}

#[test]
fn nobody_is_believed_but_trusted_proxies() {
    let lines = [
        ("x-forwarded-for", CLIENT),
        ("x-forwarded-proto", "https"),
        ("forwarded", "for=203.0.113.9;proto=https"),
    ];
    assert_eq!(peer("192.0.2.1", &lines), ("192.0.2.1".to_owned(), false));
    assert_eq!(peer(PROXY, &lines), (CLIENT.to_owned(), true));
    let trustless = Config::default();
    let nobody = Peer::of(PROXY.parse().unwrap(), true, &headers(&lines), &trustless);
    assert_eq!(
        (nobody.address.to_string().as_str(), nobody.is_secure),
        (PROXY, true)
    );
}

#[test]
fn a_list_is_read_from_its_end_up_to_the_first_that_is_no_trusted_proxy() {
    for (list, client) in [
        (&["203.0.113.9"][..], CLIENT),
        (&["1.1.1.1, 203.0.113.9"], CLIENT),
        (&["1.1.1.1", "203.0.113.9"], CLIENT),
        (&["127.0.0.1, 203.0.113.9, 10.9.9.9"], CLIENT),
        (&["203.0.113.9", "fd00::1"], CLIENT),
        (&["203.0.113.9:5555"], CLIENT),
        (&["::ffff:203.0.113.9"], CLIENT),
        (&["[2001:db8::1]:5"], "2001:db8::1"),
        (&["[2001:db8::1]"], "2001:db8::1"),
        (&["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
        (&["203.0.113.9, unknown"], PROXY),
        (&["203.0.113.9, "], PROXY),
        (&["203.0.113.9", ""], PROXY),
        (&["203.0.113.9, nonsense, 10.9.9.9"], "10.9.9.9"),
    ] {
        let lines: Vec<_> = list.iter().map(|line| ("x-forwarded-for", *line)).collect();
        assert_eq!(peer(PROXY, &lines).0, client, "{list:?}");
    }
}

#[test]
fn a_proxy_that_writes_the_standard_header_is_understood() {
    for (line, client, is_secure) in [
        ("for=203.0.113.9;proto=https;by=x", CLIENT, true),
        ("For=\"203.0.113.9:80\" ; Proto=HTTPS", CLIENT, true),
        ("for=\"[2001:db8::1]:80\"", "2001:db8::1", false),
        (
            "for=1.1.1.1;proto=https, for=203.0.113.9;proto=http",
            CLIENT,
            false,
        ),
        ("for=1.1.1.1, for=_hidden", PROXY, false),
        ("proto=https", PROXY, true),
        ("nonsense", PROXY, false),
    ] {
        let found = peer(PROXY, &[("forwarded", line)]);
        assert_eq!(found, (client.to_owned(), is_secure), "{line}");
    }
}

/// A proxy that writes `X-Forwarded-For` often passes `Forwarded` on as its client wrote it.
#[test]
fn the_standard_header_counts_only_where_the_usual_ones_are_absent() {
    let forged = ("forwarded", "for=127.0.0.1;proto=https");
    let found = peer(PROXY, &[forged, ("x-forwarded-for", CLIENT)]);
    assert_eq!(found, (CLIENT.to_owned(), false));
    let found = peer(PROXY, &[forged, ("x-forwarded-proto", "http")]);
    assert_eq!(found, (PROXY.to_owned(), false));
}

/// A proxy that says nothing is known by the name that people come by.
#[test]
fn who_names_the_public_host_came_encrypted_unless_a_proxy_says_otherwise() {
    let by = ("host", "Relay.example");
    for (socket, lines, is_secure) in [
        ("127.0.0.1", &[by][..], true),
        ("127.0.0.1", &[("host", "relay.example:8420")], false),
        ("127.0.0.1", &[("host", "127.0.0.1")], false),
        (PROXY, &[by], true),
        (PROXY, &[by, ("x-forwarded-proto", "http")], false),
        ("127.0.0.1", &[by, ("x-forwarded-proto", "http")], true),
    ] {
        assert_eq!(peer(socket, lines).1, is_secure, "{socket} {lines:?}");
    }
}

proptest! {
    #[test]
    fn what_a_client_writes_before_what_its_proxy_writes_changes_nothing(
        forged in "[ -~]{0,60}",
        is_same_line in any::<bool>(),
    ) {
        let joined = format!("{forged}, {CLIENT}");
        let lines = match is_same_line {
            true => vec![("x-forwarded-for", joined.as_str())],
            false => vec![("x-forwarded-for", forged.as_str()), ("x-forwarded-for", CLIENT)],
        };
        prop_assert_eq!(peer(PROXY, &lines).0, CLIENT);
    }

    #[test]
    fn nothing_that_is_written_ends_the_relay(line in "[ -~]{0,60}", usual in any::<bool>()) {
        let name = if usual { "x-forwarded-for" } else { "forwarded" };
        peer(PROXY, &[(name, &line)]);
    }
}
