//! Which page an address names.

use pilothouse_shared::ChannelId;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Every channel.
    Overview,
    /// One channel.
    Channel(ChannelId),
    /// No page has this address.
    Unknown,
}

impl Route {
    /// The page at a path such as `/c/build-7`.
    #[must_use]
    pub fn at(path: &str) -> Self {
        if matches!(path, "/" | "" | "/index.html") {
            return Self::Overview;
        }
        let channel = path
            .strip_prefix("/c/")
            .map(|rest| rest.trim_end_matches('/'));
        match channel.and_then(|id| ChannelId::new(id).ok()) {
            Some(channel) => Self::Channel(channel),
            None => Self::Unknown,
        }
    }

    /// The path of this page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Channel(channel) => format!("/c/{channel}"),
            Self::Overview | Self::Unknown => "/".to_owned(),
        }
    }
}

/// The event id in a fragment such as `#e=018f…`.
#[must_use]
pub fn event_in(fragment: &str) -> Option<String> {
    let id = fragment.trim_start_matches('#').strip_prefix("e=")?;
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_again_at_its_own_path() {
        let channel = Route::at("/c/build-7.2/");
        assert_eq!(channel.path(), "/c/build-7.2");
        assert_eq!(Route::at(&channel.path()), channel);
        assert_eq!(Route::at("/"), Route::Overview);
    }

    #[test]
    fn an_address_without_a_page_is_unknown() {
        for path in ["/c/", "/c/a%20b", "/c/a/b", "/d"] {
            assert_eq!(Route::at(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn a_fragment_names_an_event() {
        assert_eq!(event_in("#e=abc-1").as_deref(), Some("abc-1"));
        assert_eq!(event_in("#e="), None);
        assert_eq!(event_in(""), None);
    }
}
