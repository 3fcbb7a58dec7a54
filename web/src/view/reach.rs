//! Where a relay is reached.

use pilothouse_shared::read_fields;

/// Where a relay is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Starts of URLs, the likeliest for another machine first.
    pub addresses: Vec<String>,
    /// Whether other machines reach them.
    pub listens_beyond_loopback: bool,
}

read_fields!(Reach {
    required: [addresses, listens_beyond_loopback],
    optional: []
});

impl Reach {
    /// The address to give to another machine: the one that this page came from, when it is among them.
    #[must_use]
    pub fn likeliest(&self, origin: &str) -> Option<String> {
        if !self.listens_beyond_loopback {
            return None;
        }
        let own = self.addresses.iter().find(|address| *address == origin);
        own.or(self.addresses.first()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(listens_beyond_loopback: bool) -> Reach {
        let addresses = ["http://192.168.1.5:8420", "http://10.0.0.2:8420"];
        Reach {
            addresses: addresses.map(str::to_owned).to_vec(),
            listens_beyond_loopback,
        }
    }

    #[test]
    fn the_address_that_works_here_is_the_one_to_give_away() {
        let reach = reach(true);
        assert_eq!(
            reach.likeliest("http://10.0.0.2:8420"),
            Some(reach.addresses[1].clone())
        );
        assert_eq!(
            reach.likeliest("http://localhost:8420"),
            Some(reach.addresses[0].clone())
        );
    }

    #[test]
    fn a_relay_on_its_own_machine_has_none_to_give_away() {
        assert_eq!(reach(false).likeliest("http://127.0.0.1:8420"), None);
    }
}
