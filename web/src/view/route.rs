//! Which page an address names.

use pilothouse_shared::ChannelId;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Every channel.
    Fleet,
    /// Every open request.
    Inbox,
    /// Who may come in.
    Admin,
    /// One channel, in one of its views.
    Channel(ChannelId, View),
    /// No page has this address.
    Unknown,
}

/// A view of a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// What happens.
    #[default]
    Feed,
    /// The files that were touched, as a map.
    Files,
    /// Stages and the items in them.
    Pipeline,
    /// The terminals it streams.
    Display,
    /// Any past moment.
    History,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 5] = [
        Self::Feed,
        Self::Files,
        Self::Pipeline,
        Self::Display,
        Self::History,
    ];

    /// The word in its address; empty for the first.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Feed => "",
            Self::Files => "files",
            Self::Pipeline => "pipeline",
            Self::Display => "display",
            Self::History => "history",
        }
    }

    /// What people read.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Feed => "Feed",
            Self::Files => "Files",
            Self::Pipeline => "Pipeline",
            Self::Display => "Display",
            Self::History => "History",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }
}

impl Route {
    /// The page at a path such as `/c/build-7/files`.
    #[must_use]
    pub fn at(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" | "/index.html" => return Self::Fleet,
            "/inbox" => return Self::Inbox,
            "/admin" => return Self::Admin,
            _ => {}
        }
        let rest = path.strip_prefix("/c/").unwrap_or_default();
        let (id, view) = rest.split_once('/').unwrap_or((rest, ""));
        match (ChannelId::new(id), View::named(view.trim_end_matches('/'))) {
            (Ok(channel), Some(view)) => Self::Channel(channel, view),
            _ => Self::Unknown,
        }
    }

    /// A channel, as one comes to it.
    #[must_use]
    pub fn channel(channel: ChannelId) -> Self {
        Self::Channel(channel, View::default())
    }

    /// The path of this page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Channel(channel, View::Feed) => format!("/c/{channel}"),
            Self::Channel(channel, view) => format!("/c/{channel}/{}", view.name()),
            Self::Inbox => "/inbox".to_owned(),
            Self::Admin => "/admin".to_owned(),
            Self::Fleet | Self::Unknown => "/".to_owned(),
        }
    }
}

/// The event id in a fragment such as `#e=018f…`.
#[must_use]
pub fn event_in(fragment: &str) -> Option<String> {
    let id = fragment.trim_start_matches('#').strip_prefix("e=")?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// The seq in a fragment such as `#at=58`: a moment of the past.
#[must_use]
pub fn moment_in(fragment: &str) -> Option<u64> {
    fragment
        .trim_start_matches('#')
        .strip_prefix("at=")?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_again_at_its_own_path() {
        for view in View::ALL {
            let route = Route::Channel(ChannelId::new("build-7.2").unwrap(), view);
            assert_eq!(Route::at(&route.path()), route);
            assert_eq!(Route::at(&format!("{}/", route.path())), route);
        }
        assert_eq!(Route::at("/"), Route::Fleet);
        assert_eq!(Route::at(&Route::Inbox.path()), Route::Inbox);
        assert_eq!(Route::at(&Route::Admin.path()), Route::Admin);
    }

    #[test]
    fn an_address_without_a_page_is_unknown() {
        for path in ["/c/", "/c/a%20b", "/c/a/b", "/c/a/files/b", "/d"] {
            assert_eq!(Route::at(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn a_fragment_names_an_event() {
        assert_eq!(event_in("#e=abc-1").as_deref(), Some("abc-1"));
        assert_eq!(event_in("#e="), None);
        assert_eq!(event_in(""), None);
        assert_eq!(event_in("#at=58"), None);
    }

    #[test]
    fn a_fragment_names_a_moment() {
        assert_eq!(moment_in("#at=58"), Some(58));
        assert_eq!(moment_in("#at=soon"), None);
        assert_eq!(moment_in("#e=58"), None);
    }
}
