//! Where a relay is reached, by what it listens on and the addresses of its machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::Serialize;

use crate::config::is_home;

/// Most addresses that are told. A machine with many virtual networks has many.
const MAX_ADDRESSES: usize = 16;

/// Where the relay is reached.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(in crate::http) struct Reach {
    /// Starts of URLs, such as `http://192.168.1.5:8420`, at most 17: where people are said to reach the
    /// relay, if that is said, then the likeliest for another machine first.
    #[schema(example = json!(["http://192.168.1.5:8420"]))]
    pub(super) addresses: Vec<String>,
    /// Whether other machines reach them.
    pub(super) listens_beyond_loopback: bool,
}

impl Reach {
    /// Of a relay that listens here, speaks this and is known as `public`, on a machine with interfaces of
    /// these addresses.
    pub(super) fn of(
        listen: SocketAddr,
        scheme: &str,
        public: Option<&str>,
        interfaces: &[IpAddr],
    ) -> Self {
        let ip = listen.ip().to_canonical();
        let mut beyond: Vec<_> = if ip.is_unspecified() {
            // An IPv6 socket takes IPv4 too, as systems have it.
            let takes = |found: &IpAddr| found.is_ipv4() || listen.is_ipv6();
            let found = interfaces.iter().map(IpAddr::to_canonical);
            found.filter(takes).filter(is_reached_by_others).collect()
        } else {
            Vec::from_iter(Some(ip).filter(is_reached_by_others))
        };
        beyond.sort_by_key(|ip| (rank(ip), *ip));
        beyond.dedup();
        beyond.truncate(MAX_ADDRESSES);
        let is_public = public.is_some_and(|url| !is_home(url));
        let listens_beyond_loopback = is_public || !beyond.is_empty();
        if !listens_beyond_loopback {
            beyond.push(at_home(ip));
        }
        let url = |ip: IpAddr| format!("{scheme}://{}", SocketAddr::new(ip, listen.port()));
        let public = public.map(str::to_owned).into_iter();
        Self {
            addresses: public.chain(beyond.into_iter().map(url)).collect(),
            listens_beyond_loopback,
        }
    }
}

/// What this machine itself calls an address that no other reaches.
fn at_home(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

/// Link-local addresses of IPv6 need the name of an interface, which URLs of browsers do not have.
fn is_reached_by_others(ip: &IpAddr) -> bool {
    let is_of_link = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || is_of_link)
}

/// A phone is most often in the same home or office network: 192.168, then 10, then 172.16 to 31, where
/// virtual networks of containers are too; then what is public, then IPv6.
fn rank(ip: &IpAddr) -> u8 {
    match ip {
        IpAddr::V4(ip) => match ip.octets() {
            [192, 168, ..] => 0,
            [10, ..] => 1,
            _ if ip.is_private() => 2,
            _ => 3,
        },
        IpAddr::V6(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A laptop with containers.
    const INTERFACES: [&str; 9] = [
        "127.0.0.1",
        "172.17.0.1",
        "10.8.0.3",
        "192.168.1.5",
        "169.254.3.4",
        "203.0.113.9",
        "::1",
        "fe80::1",
        "2001:db8::5",
    ];

    fn reach(listen: &str) -> (Vec<String>, bool) {
        let interfaces = INTERFACES.map(|ip| ip.parse().unwrap());
        let reach = Reach::of(listen.parse().unwrap(), "http", None, &interfaces);
        (reach.addresses, reach.listens_beyond_loopback)
    }

    #[test]
    fn a_relay_for_its_own_machine_is_reached_there_alone() {
        for (listen, url) in [
            ("127.0.0.1:8420", "http://127.0.0.1:8420"),
            ("127.1.2.3:80", "http://127.1.2.3:80"),
            ("[::1]:8420", "http://[::1]:8420"),
            ("[::ffff:127.0.0.1]:8420", "http://127.0.0.1:8420"),
        ] {
            assert_eq!(reach(listen), (vec![url.to_owned()], false), "{listen}");
        }
    }

    #[test]
    fn one_that_listens_on_one_address_is_reached_there() {
        for (listen, url) in [
            ("192.168.1.5:8420", "http://192.168.1.5:8420"),
            ("[2001:db8::5]:1", "http://[2001:db8::5]:1"),
        ] {
            assert_eq!(reach(listen), (vec![url.to_owned()], true), "{listen}");
        }
    }

    #[test]
    fn one_that_listens_everywhere_is_reached_at_every_address_the_home_network_first() {
        let v4 = [
            "http://192.168.1.5:8420",
            "http://10.8.0.3:8420",
            "http://172.17.0.1:8420",
            "http://203.0.113.9:8420",
        ];
        let (addresses, beyond) = reach("0.0.0.0:8420");
        assert_eq!((&addresses[..], beyond), (&v4.map(str::to_owned)[..], true));
        let (addresses, beyond) = reach("[::]:8420");
        assert_eq!(addresses[..4], v4);
        assert_eq!(
            (&addresses[4..], beyond),
            (&["http://[2001:db8::5]:8420".to_owned()][..], true)
        );
    }

    #[test]
    fn one_that_listens_everywhere_on_a_machine_without_a_network_is_reached_there_alone() {
        for (listen, url) in [
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
        ] {
            let home = ["127.0.0.1".parse().unwrap(), "fe80::1".parse().unwrap()];
            let reach = Reach::of(listen.parse().unwrap(), "http", None, &home);
            assert_eq!(reach.addresses, [url]);
            assert!(!reach.listens_beyond_loopback);
        }
    }

    #[test]
    fn addresses_are_told_once_and_not_too_many() {
        let many: Vec<IpAddr> = (0..50).map(|n| IpAddr::from([10, 0, n / 2, 1])).collect();
        let reach = Reach::of("0.0.0.0:1".parse().unwrap(), "http", None, &many);
        assert_eq!(reach.addresses.len(), MAX_ADDRESSES);
        assert_eq!(reach.addresses[1], "http://10.0.1.1:1");
    }

    #[test]
    fn where_people_are_said_to_reach_it_comes_first() {
        let interfaces = [IpAddr::from([192, 168, 1, 5])];
        let of = |listen: &str, public: &str| {
            let listen = listen.parse().unwrap();
            let reach = Reach::of(listen, "https", Some(public), &interfaces);
            (reach.addresses, reach.listens_beyond_loopback)
        };
        let public = "https://relay.example".to_owned();
        let lan = "https://192.168.1.5:1".to_owned();
        let proxied = of("127.0.0.1:1", &public);
        assert_eq!(proxied, (vec![public.clone()], true));
        assert_eq!(of("0.0.0.0:1", &public), (vec![public.clone(), lan], true));
        let home = "http://localhost:9".to_owned();
        let own = "https://127.0.0.1:1".to_owned();
        assert_eq!(of("127.0.0.1:1", &home), (vec![home, own], false));
    }
}
