//! What this machine is called.

use std::sync::LazyLock;

/// Its names in its own network, lower case; without a network only `localhost`.
pub(crate) fn names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| named(host_name().as_deref()));
    &NAMES
}

fn named(host: Option<&str>) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let host = host.map(str::to_ascii_lowercase);
    let host = host.filter(|host| !host.is_empty() && host.chars().all(is_of_names));
    if let Some(host) = host.filter(|host| host != "localhost") {
        if !host.contains('.') {
            // What machines in the same network call it (RFC 6762).
            names.push(format!("{host}.local"));
        }
        names.push(host);
    }
    names
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let system = rustix::system::uname();
    system.nodename().to_str().ok().map(str::to_owned)
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_machine_is_called_as_its_network_calls_it() {
        assert_eq!(named(None), ["localhost"]);
        for odd in ["", "localhost", "a b", "a:1", "h\u{e4}fen"] {
            assert_eq!(named(Some(odd)), ["localhost"], "{odd}");
        }
        let names = named(Some("Harbour"));
        assert_eq!(names, ["localhost", "harbour.local", "harbour"]);
        assert_eq!(named(Some("a.example")), ["localhost", "a.example"]);
    }
}
