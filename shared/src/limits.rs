//! Every bound of the wire, in one place. A relay may be configured tighter, never looser.

/// Largest frame a relay accepts, in bytes of its encoding. (Its own replies may be larger: a
/// `subscribed` has up to [`MAX_REPLY_BYTES`] of events, [`MAX_SIGNALS_BYTES`] of signals, and a
/// snapshot.) Fits a long tool output; a malicious peer
/// costs a relay no more than this per connection.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;

/// Largest body of one event, in bytes of JSON: a frame less its envelope, so that any stored event
/// can be delivered.
pub const MAX_BODY_BYTES: usize = MAX_FRAME_BYTES - 8 * 1024;

/// Largest value of one signal, in bytes of JSON; the same reasoning as [`MAX_BODY_BYTES`].
pub const MAX_SIGNAL_BYTES: usize = MAX_BODY_BYTES;

/// Most bytes of all signals of one channel together, in JSON.
pub const MAX_SIGNALS_BYTES: usize = 4 * 1024 * 1024;

/// Largest `events` of one reply, in bytes of JSON; the oldest (or the rest) stay for another page.
pub const MAX_REPLY_BYTES: usize = 1024 * 1024;

/// Largest HTTP request body, in bytes: a batch of events.
pub const MAX_HTTP_BYTES: usize = 4 * 1024 * 1024;

/// Largest call of a hook, in bytes: some have an image in them. Little of it is kept.
pub const MAX_HOOK_BYTES: usize = 16 * 1024 * 1024;

/// Most events in one HTTP publish.
pub const MAX_BATCH: usize = 1000;

/// Longest id of any kind, in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// Longest signal key, in bytes: a reserved prefix and an id.
pub const MAX_KEY_BYTES: usize = 192;

/// Longest display name of a member or a channel, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// Most subscriptions of one connection.
pub const MAX_SUBSCRIPTIONS: usize = 128;

/// Most channels one relay holds.
pub const MAX_CHANNELS: usize = 10_000;

/// Most signals one channel holds.
pub const MAX_SIGNALS: usize = 1024;

/// Most members listed in the `presence` signal; the counts go on above it.
pub const MAX_PRESENT_MEMBERS: usize = 100;

/// Events in a `subscribed` reply when none were asked for.
pub const DEFAULT_HISTORY: usize = 50;

/// Most events in one `subscribed` or `history` reply.
pub const MAX_HISTORY: usize = 1000;

/// Longest a long poll waits, in seconds.
pub const MAX_WAIT_SECONDS: u64 = 60;

/// How long `typing/<member>` lives after its last set, in milliseconds.
pub const TYPING_MS: u64 = 5_000;

/// How often the relay pings, in milliseconds.
pub const PING_EVERY_MS: u64 = 25_000;

/// How long the relay waits for anything after a ping before it closes, in milliseconds.
pub const PONG_WITHIN_MS: u64 = 10_000;

/// How long an idle client waits before it pings, in milliseconds.
pub const CLIENT_PING_AFTER_MS: u64 = 30_000;

/// How long a connection may stay unauthenticated, in milliseconds.
pub const HELLO_WITHIN_MS: u64 = 10_000;

/// Deepest nesting of arrays and maps in a frame.
pub const MAX_DEPTH: usize = 64;

/// Longest text of a body's short fields, in bytes: names, paths, statuses; everything but what is
/// listed in [`LONG_FIELDS`].
pub const MAX_LABEL_BYTES: usize = 4096;

/// Longest text that adapters keep of what a tool took or gave, in bytes; what is longer keeps its beginning
/// and its end.
pub const MAX_TOOL_TEXT_BYTES: usize = 8 * 1024;

/// Most that adapters keep of what a tool took or gave in all, in bytes before JSON escapes any: with
/// six bytes for each it still fits a body.
pub const MAX_TOOL_BYTES: usize = 32 * 1024;

/// Longest text that adapters keep of what an agent or its user said, in bytes; the same reasoning.
pub const MAX_SAID_BYTES: usize = 32 * 1024;

/// Fields of bodies that may be as long as a body.
pub const LONG_FIELDS: [&str; 9] = [
    "text",
    "error",
    "message",
    "note",
    "answer",
    "input",
    "output",
    "updated_input",
    "data",
];

/// Entries a snapshot keeps of each kind; the oldest leave first.
pub mod snapshot {
    /// Bytes of the messages, of the hints and of the requests, each.
    pub const LIST_BYTES: usize = 256 * 1024;
    /// Messages.
    pub const MESSAGES: usize = 200;
    /// Hints, open ones last to leave.
    pub const HINTS: usize = 100;
    /// Requests, open ones last to leave.
    pub const REQUESTS: usize = 100;
    /// Members that joined.
    pub const MEMBERS: usize = 200;
    /// Tools running at once.
    pub const TOOLS: usize = 64;
    /// Files, the least recently touched leave first.
    pub const FILES: usize = 1000;
    /// Parameters.
    pub const PARAMETERS: usize = 100;
    /// Stages of the pipeline.
    pub const STAGES: usize = 32;
    /// Items of all stages together.
    pub const ITEMS: usize = 1000;
    /// Events a replica keeps for its feed.
    pub const RECENT: usize = 1000;
    /// Gaps a replica remembers.
    pub const GAPS: usize = 16;
}
