//! How many connections there may be, in total and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Config;
use crate::http::peer::is_trusted;

/// Connections from one address that is not this machine, unless told otherwise: an office behind one
/// address has a few dozen pages open, a page of its own has one socket and up to six requests.
const DEFAULT_PER_ADDRESS: usize = 256;

/// Places for connections.
#[derive(Debug)]
pub(super) struct Places {
    /// At most this many are taken.
    total: usize,
    per_address: usize,
    /// Whether this machine itself counts as an address like any other.
    counts_home: bool,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    n: usize,
    /// Addresses with connections that are counted, so at most as many as there are places.
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place; it is free when dropped.
#[derive(Debug)]
pub(in crate::http) struct Place {
    places: Arc<Places>,
    counted: Option<IpAddr>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// Nobody gets one.
    Relay,
    /// Who comes from this address has as many as it may.
    Address,
}

impl Places {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        let per_address = config.max_connections_per_address;
        Arc::new(Self {
            total: config.max_connections,
            per_address: per_address.unwrap_or(DEFAULT_PER_ADDRESS),
            counts_home: per_address.is_some(),
            taken: Mutex::default(),
        })
    }

    /// A place for who comes from here.
    pub(super) fn take(self: &Arc<Self>, from: IpAddr, config: &Config) -> Result<Place, Full> {
        let is_counted = match from {
            from if is_trusted(from, &config.trusted_proxy) => false,
            from => self.counts_home || !from.is_loopback(),
        };
        let counted = is_counted.then(|| household(from));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.n >= self.total {
            return Err(Full::Relay);
        }
        if let Some(address) = counted {
            let n = taken.by_address.entry(address).or_default();
            if *n >= self.per_address {
                return Err(Full::Address);
            }
            *n += 1;
        }
        taken.n += 1;
        drop(taken);
        Ok(Place {
            places: Arc::clone(self),
            counted,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = &mut *self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.n -= 1;
        let Some(address) = self.counted else { return };
        if let Some(n) = taken.by_address.get_mut(&address) {
            *n -= 1;
            if *n == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// What one household has to itself: an address, or of IPv6 a network of 64 bits (RFC 6177, section 2).
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(total: usize, per_address: Option<usize>) -> Config {
        Config {
            max_connections: total,
            max_connections_per_address: per_address,
            trusted_proxy: vec!["10.0.0.0/8".parse().unwrap()],
            ..Config::default()
        }
    }

    fn take(places: &Arc<Places>, config: &Config, from: &str) -> Result<Place, Full> {
        places.take(from.parse().unwrap(), config)
    }

    #[test]
    fn an_address_has_its_number_and_leaves_the_rest_to_others() {
        let config = config(100, Some(2));
        let places = Places::new(&config);
        let kept = [(); 2].map(|()| take(&places, &config, "192.0.2.1").unwrap());
        assert_eq!(
            take(&places, &config, "192.0.2.1").unwrap_err(),
            Full::Address
        );
        let other = take(&places, &config, "192.0.2.2").unwrap();
        drop(kept);
        let again = take(&places, &config, "192.0.2.1").unwrap();
        drop((other, again));
        let taken = places.taken.lock().unwrap();
        assert_eq!((taken.n, taken.by_address.len()), (0, 0));
    }

    #[test]
    fn all_together_have_the_total_whoever_they_are() {
        let config = config(3, None);
        let places = Places::new(&config);
        let kept = ["127.0.0.1", "10.0.0.1", "192.0.2.1"]
            .map(|from| take(&places, &config, from).unwrap());
        for from in ["127.0.0.1", "10.0.0.1", "192.0.2.2"] {
            assert_eq!(take(&places, &config, from).unwrap_err(), Full::Relay);
        }
        drop(kept);
        assert!(take(&places, &config, "192.0.2.2").is_ok());
    }

    #[test]
    fn addresses_of_one_household_count_together() {
        let config = config(100, Some(1));
        let places = Places::new(&config);
        let _kept = take(&places, &config, "2001:db8:1:2::3").unwrap();
        assert_eq!(
            take(&places, &config, "2001:db8:1:2:ffff::1").unwrap_err(),
            Full::Address
        );
        assert!(take(&places, &config, "2001:db8:1:3::3").is_ok());
    }

    #[test]
    fn trusted_proxies_are_not_counted_and_this_machine_only_if_told() {
        for (per_address, from, is_counted) in [
            (None, "127.0.0.1", false),
            (None, "::1", false),
            (Some(1), "127.0.0.1", true),
            (Some(1), "10.0.0.1", false),
        ] {
            let config = config(1000, per_address);
            let places = Places::new(&config);
            let n = DEFAULT_PER_ADDRESS + 1;
            let kept: Vec<_> = (0..n).map(|_| take(&places, &config, from)).collect();
            assert_eq!(kept.iter().any(Result::is_err), is_counted, "{from}");
        }
    }
}
