//! What the command palette offers, and in which order.

use pilothouse_shared::ChannelId;

use super::fuzzy::fit;
use super::route::{Route, View};

/// Commands shown at once.
pub const MOST_SHOWN: usize = 30;

/// Commands remembered as used.
pub const MOST_RECENT: usize = 8;

/// Something one may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Stable, and unique among commands.
    pub id: String,
    /// What it does, beginning with a verb; of a channel, its name.
    pub title: String,
    /// What it is about, in a word or two.
    pub about: String,
    /// The keys that do the same.
    pub keys: &'static str,
    /// What it does.
    pub does: Does,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Goes to a page.
    Go(Route),
    /// Loads a file.
    Load(String),
    /// Presses the control that matches, or puts the focus there when one can write in it; offered only when
    /// there is one.
    Press(&'static str),
    /// Puts the page's address on the clipboard.
    CopyLink,
    /// Shows all keys.
    Keys,
    /// Shows how to open the page on a phone.
    Phone,
}

fn command(id: &str, title: &str, about: &str, keys: &'static str, does: Does) -> Command {
    Command {
        id: id.to_owned(),
        title: title.to_owned(),
        about: about.to_owned(),
        keys,
        does,
    }
}

/// Everything one may ask for on a page; `channels` are ids and names.
#[must_use]
pub fn commands(here: &Route, channels: &[(ChannelId, String)]) -> Vec<Command> {
    let mut all = Vec::new();
    if let Route::Channel(channel, shown) = here {
        let views = View::ALL.into_iter().enumerate();
        all.extend(
            views
                .filter(|(_, view)| view != shown)
                .map(|(index, view)| {
                    let title = format!("Show {}", view.title().to_ascii_lowercase());
                    let keys = ["1", "2", "3", "4", "5"].get(index).copied();
                    let route = Route::Channel(channel.clone(), view);
                    let id = format!("view {}", view.title());
                    command(
                        &id,
                        &title,
                        "View",
                        keys.unwrap_or_default(),
                        Does::Go(route),
                    )
                }),
        );
        let file = format!("/api/channels/{channel}/export?format=ndjson");
        all.extend([
            command(
                "hint",
                "Write a hint",
                "Action",
                "h",
                Does::Press("[aria-keyshortcuts=h]"),
            ),
            command(
                "pause",
                "Pause the feed, or go on",
                "Action",
                "p",
                Does::Press("[aria-keyshortcuts=p]"),
            ),
            command(
                "stop",
                "Ask the agent to stop",
                "Action",
                "",
                Does::Press(".head__stop"),
            ),
            command(
                "export",
                "Export this channel as NDJSON",
                "Action",
                "",
                Does::Load(file),
            ),
        ]);
    }
    all.extend([
        command(
            "fleet",
            "Go to all channels",
            "Page",
            "g f",
            Does::Go(Route::Fleet),
        ),
        command(
            "inbox",
            "Answer the next request",
            "Inbox",
            "g i",
            Does::Go(Route::Inbox),
        ),
        command("admin", "Manage access", "Page", "", Does::Go(Route::Admin)),
        command(
            "search",
            "Search or filter",
            "Action",
            "/",
            Does::Press("[aria-keyshortcuts='/']"),
        ),
        command(
            "settings",
            "Change settings and theme",
            "Action",
            "",
            Does::Press("[data-command=settings]"),
        ),
        command(
            "copy",
            "Copy the link to this page",
            "Action",
            "",
            Does::CopyLink,
        ),
        command("phone", "Open on your phone", "Action", "", Does::Phone),
        command("keys", "Show all keys", "Action", "?", Does::Keys),
    ]);
    let channel = |(id, name): &(ChannelId, String)| {
        let about = if name == id.as_str() {
            "Channel"
        } else {
            id.as_str()
        };
        command(
            &format!("channel {id}"),
            name,
            about,
            "",
            Does::Go(Route::channel(id.clone())),
        )
    };
    all.extend(
        channels
            .iter()
            .filter(|(id, _)| *here != Route::channel(id.clone()))
            .map(channel),
    );
    all
}

/// What fits, the best first; without a query what was used last, then everything as it is.
#[must_use]
pub fn found(all: Vec<Command>, query: &str, recent: &[String]) -> Vec<Command> {
    let used = |command: &Command| recent.iter().position(|id| *id == command.id);
    let fits = all.into_iter().filter_map(|command| {
        // What it is called counts for more than what it is about.
        let title = fit(query, &command.title).map(|fit| fit + 2);
        let fit = title.or_else(|| fit(query, &format!("{} {}", command.title, command.about)))?;
        Some(((-fit, used(&command).unwrap_or(usize::MAX)), command))
    });
    // Put in place one by one: a sort of their own type would cost the page kilobytes.
    let mut best: Vec<((i32, usize), Command)> = Vec::new();
    for (rank, command) in fits {
        let place = best.partition_point(|(before, _)| *before <= rank);
        best.insert(place, (rank, command));
        best.truncate(MOST_SHOWN);
    }
    best.into_iter().map(|(_, command)| command).collect()
}

/// Remembers that a command was used last.
pub fn remember(recent: &mut Vec<String>, id: &str) {
    recent.retain(|known| known != id);
    recent.insert(0, id.to_owned());
    recent.truncate(MOST_RECENT);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(id: &str, name: &str) -> (ChannelId, String) {
        (ChannelId::new(id).unwrap(), name.to_owned())
    }

    fn titles(here: &Route, query: &str, recent: &[String]) -> Vec<String> {
        let channels = [
            channel("build-7", "Fix the flaky login"),
            channel("notes", "notes"),
        ];
        let found = found(commands(here, &channels), query, recent);
        found.into_iter().map(|command| command.title).collect()
    }

    #[test]
    fn a_channel_is_found_by_its_name_and_by_its_id() {
        assert_eq!(
            titles(&Route::Fleet, "flaky", &[])[0],
            "Fix the flaky login"
        );
        assert_eq!(
            titles(&Route::Fleet, "build-7", &[]),
            ["Fix the flaky login"]
        );
        assert_eq!(titles(&Route::Fleet, "notes", &[])[0], "notes");
    }

    #[test]
    fn what_was_used_last_comes_first_when_nothing_is_typed() {
        let mut recent = Vec::new();
        for id in ["copy", "channel notes", "copy"] {
            remember(&mut recent, id);
        }
        let titles = titles(&Route::Fleet, "", &recent);
        assert_eq!(titles[..2], ["Copy the link to this page", "notes"]);
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut recent = Vec::new();
        (0..2 * MOST_RECENT).for_each(|n| remember(&mut recent, &n.to_string()));
        assert_eq!(recent.len(), MOST_RECENT);
        assert_eq!(recent[0], "15");
    }

    #[test]
    fn views_and_hints_are_offered_in_a_channel_only() {
        let here = Route::Channel(ChannelId::new("notes").unwrap(), View::Files);
        assert_eq!(titles(&here, "show pipeline", &[]), ["Show pipeline"]);
        assert!(!titles(&here, "show", &[]).contains(&"Show files".to_owned()));
        assert!(!titles(&Route::Fleet, "", &[]).contains(&"Write a hint".to_owned()));
    }

    #[test]
    fn no_two_commands_have_the_same_id() {
        let here = Route::channel(ChannelId::new("notes").unwrap());
        let mut ids: Vec<_> = commands(&here, &[channel("copy", "copy")])
            .into_iter()
            .map(|command| command.id)
            .collect();
        let n_ids = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), n_ids);
    }
}
