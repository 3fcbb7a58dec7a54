//! What is remembered of sessions between their calls. Only what may be forgotten: a relay that was
//! restarted finds everything else in the channel.

use std::collections::HashMap;

use pilothouse_shared::ChannelId;
use pilothouse_shared::limits::MAX_SAID_BYTES;

use super::{Call, place, trim};

/// Agents of sessions that are remembered; the one that called longest ago is forgotten first.
const MAX_AGENTS: usize = 1024;

/// Messages of one agent that may be under way at once; it has one.
const MAX_MESSAGES: usize = 2;

/// See the module. Holds at most [`MAX_AGENTS`].
#[derive(Debug, Default)]
pub(super) struct Memory {
    agents: HashMap<String, Agent>,
    n_calls: u64,
}

#[derive(Debug, Default)]
struct Agent {
    last_call: u64,
    channel: Option<ChannelId>,
    /// Ends of its turn in a row that only a hook kept from being the end.
    n_continued: u32,
    /// Oldest first; at most [`MAX_MESSAGES`], each of little more than twice [`MAX_SAID_BYTES`].
    messages: Vec<Spoken>,
}

/// As much of a message as was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) message: String,
    pub(super) text: String,
    /// What the last part added.
    pub(super) news: String,
    /// Whether it was heard from its beginning.
    pub(super) is_whole: bool,
}

impl Memory {
    fn agent(&mut self, call: &Call) -> &mut Agent {
        let agent = call.sub_agent().unwrap_or_default();
        let key = place::digest(&[call.vendor.slug(), call.session(), agent]);
        if self.agents.len() >= MAX_AGENTS && !self.agents.contains_key(&key) {
            let oldest = self.agents.iter().min_by_key(|(_, agent)| agent.last_call);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.map(|key| self.agents.remove(&key));
        }
        self.n_calls += 1;
        let agent = self.agents.entry(key).or_default();
        agent.last_call = self.n_calls;
        agent
    }

    pub(super) fn channel(&mut self, call: &Call) -> Option<ChannelId> {
        self.agent(call).channel.clone()
    }

    pub(super) fn keep_channel(&mut self, call: &Call, channel: &ChannelId) {
        self.agent(call).channel = Some(channel.clone());
    }

    /// Takes note of the end of a turn; how often in a row it was put off before, by whichever hook.
    pub(super) fn turn_ended(&mut self, call: &Call) -> u32 {
        let agent = self.agent(call);
        agent.n_continued = match call.is("stop_hook_active") {
            true => agent.n_continued.saturating_add(1),
            false => 0,
        };
        agent.n_continued
    }

    /// Takes a part of a message in; the message as far as it is known.
    pub(super) fn hear(&mut self, call: &Call) -> Option<Spoken> {
        let (message, part) = (call.text("message_id")?, call.value("delta")?.as_str()?);
        let messages = &mut self.agent(call).messages;
        let known = messages.iter().position(|held| held.message == message);
        let mut spoken = known.map_or_else(
            || Spoken {
                message: message.to_owned(),
                text: String::new(),
                news: String::new(),
                is_whole: call.number("index").unwrap_or(0) == 0,
            },
            |index| messages.remove(index),
        );
        // A little more than is kept, so that what is kept says that there was more.
        spoken.news = match spoken.text.len() <= MAX_SAID_BYTES {
            true => trim::text(part, MAX_SAID_BYTES),
            false => String::new(),
        };
        spoken.text.push_str(&spoken.news);
        if !call.is("final") {
            messages.push(spoken.clone());
            messages.drain(..messages.len().saturating_sub(MAX_MESSAGES));
        }
        Some(spoken)
    }
}

#[cfg(test)]
mod tests;
