//! What needs which right.

/// Who may ask.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    /// Everybody who comes through the door.
    Nothing,
    /// Somebody with a token, whatever it allows.
    Token,
    /// One of these rights in the channel.
    AnyOf(&'static [&'static str]),
    /// The right to admin in all channels.
    Admin,
}

use Need::{Admin, AnyOf, Nothing, Token};

const WATCH: Need = AnyOf(&["watch"]);
const PUBLISH: Need = AnyOf(&["publish"]);
const STEER: Need = AnyOf(&["steer"]);
const APPROVE: Need = AnyOf(&["approve"]);
const RESOLVE_ELSEWHERE: Need = AnyOf(&["publish", "approve"]);

/// Every route: method, path, body, need.
pub(super) const ROUTES: [(&str, &str, &str, Need); 48] = [
    ("get", "/", "", Nothing),
    ("get", "/inbox", "", Nothing),
    ("get", "/admin", "", Nothing),
    ("get", "/c/{channel}", "", Nothing),
    ("get", "/c/{channel}/{view}", "", Nothing),
    ("get", "/embed.js", "", Nothing),
    ("get", "/embed/{channel}", "", Nothing),
    ("get", "/health", "", Nothing),
    ("get", "/ready", "", Nothing),
    ("get", "/openapi.json", "", Nothing),
    ("get", "/metrics", "", Admin),
    // A stranger's socket is opened, and closed unless its `hello` has a token: see below.
    ("get", "/ws", "", Nothing),
    ("get", "/ws/{channel}", "", Nothing),
    (
        "post",
        "/mcp",
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
        Token,
    ),
    ("post", "/hooks/claude-code", HOOK, PUBLISH),
    ("post", "/hooks/codex", HOOK, PUBLISH),
    ("post", "/hooks/json", r#"{"channel":"c"}"#, PUBLISH),
    // A record of what is refused in its channel is not taken, and said to be so: no refusal of the call.
    ("post", "/v1/logs", "{}", Token),
    ("post", "/v1/metrics", "{}", Token),
    ("get", "/api/addresses", "", Admin),
    ("get", "/api/addresses/qr.svg", "", Admin),
    ("get", "/api/session", "", Token),
    ("post", "/api/session", "{}", Nothing),
    ("delete", "/api/session", "", Token),
    ("get", "/api/tokens", "", Admin),
    ("post", "/api/tokens", NEW, Admin),
    ("delete", "/api/tokens/{token}", "", Admin),
    ("post", "/api/links", NEW, Admin),
    ("get", "/api/connections", "", Admin),
    ("get", "/api/channels", "", Token),
    (
        "post",
        "/api/channels",
        r#"{"id":"new","name":"New"}"#,
        AnyOf(&["publish", "admin"]),
    ),
    ("get", "/api/channels/{channel}", "", WATCH),
    ("delete", "/api/channels/{channel}", "", AnyOf(&["admin"])),
    (
        "post",
        "/api/channels/{channel}/join",
        "",
        AnyOf(&["publish", "steer"]),
    ),
    (
        "post",
        "/api/channels/{channel}/leave",
        "",
        AnyOf(&["publish", "steer"]),
    ),
    ("get", "/api/channels/{channel}/events", "", WATCH),
    (
        "post",
        "/api/channels/{channel}/events",
        r#"{"type":"operation_finished","ok":true}"#,
        PUBLISH,
    ),
    ("get", "/api/channels/{channel}/snapshot", "", WATCH),
    ("get", "/api/channels/{channel}/export", "", WATCH),
    ("get", "/api/channels/{channel}/stream", "", WATCH),
    (
        "put",
        "/api/channels/{channel}/signals/{key}",
        r#"{"set":1}"#,
        PUBLISH,
    ),
    ("get", "/api/channels/{channel}/hints", "", PUBLISH),
    ("post", "/api/channels/{channel}/leases", "", PUBLISH),
    (
        "delete",
        "/api/channels/{channel}/leases/{lease}",
        "",
        PUBLISH,
    ),
    (
        "post",
        "/api/channels/{channel}/leases/{lease}/deliver",
        r#"{"via":"test"}"#,
        PUBLISH,
    ),
    (
        "post",
        "/api/channels/{channel}/hints/{hint}/acknowledge",
        "",
        PUBLISH,
    ),
    (
        "post",
        "/api/channels/{channel}/requests",
        r#"{"type":"question_asked","request":"q","text":"?"}"#,
        PUBLISH,
    ),
    (
        "get",
        "/api/channels/{channel}/requests/{request}",
        "",
        AnyOf(&["watch", "publish", "approve"]),
    ),
];

/// Beside the one above, which decides.
pub(super) const RESOLUTIONS: [(&str, Need); 5] = [
    ("allowed", APPROVE),
    ("denied", APPROVE),
    ("answered", APPROVE),
    ("elsewhere", RESOLVE_ELSEWHERE),
    ("withdrawn", RESOLVE_ELSEWHERE),
];

pub(super) const RESOLVE: &str = "/api/channels/{channel}/requests/{request}/resolve";

/// By the subject of a token that speaks for whom the hooks speak.
const HOOK: &str =
    r#"{"hook_event_name":"Stop","session_id":"00000000-0000-4000-8000-000000000000","cwd":"/c"}"#;

const NEW: &str = r#"{"name":"Phone","role":"observer"}"#;

/// Every type of body, by the name of its golden file without the ending.
pub(super) const BODIES: [(&str, Need); 48] = [
    ("cancel_requested", STEER),
    ("cancel_requested.to", STEER),
    ("channel_created", PUBLISH),
    ("config_changed", PUBLISH),
    ("custom", PUBLISH),
    ("file_accessed", PUBLISH),
    ("file_accessed.analyze", PUBLISH),
    ("file_accessed.create", PUBLISH),
    ("file_accessed.delete", PUBLISH),
    ("file_accessed.search", PUBLISH),
    ("file_accessed.write", PUBLISH),
    ("hint", STEER),
    ("hint.click", STEER),
    ("hint.parameter", STEER),
    ("hint.unknown_kind", STEER),
    ("hint.voice", STEER),
    ("hint_acknowledged", PUBLISH),
    ("hint_delivered", PUBLISH),
    ("hint_expired", PUBLISH),
    ("joined", PUBLISH),
    ("left", PUBLISH),
    ("message", PUBLISH),
    ("message.system", PUBLISH),
    ("message.tool_result", PUBLISH),
    ("message.user", AnyOf(&["publish", "steer"])),
    ("operation_finished", PUBLISH),
    ("operation_started", PUBLISH),
    ("parameters_declared", PUBLISH),
    ("permission_requested", PUBLISH),
    ("permission_resolved", APPROVE),
    ("permission_resolved.always", APPROVE),
    ("permission_resolved.denied", APPROVE),
    ("permission_resolved.elsewhere", RESOLVE_ELSEWHERE),
    ("permission_resolved.expired", RESOLVE_ELSEWHERE),
    ("permission_resolved.unknown_outcome", APPROVE),
    ("pipeline", PUBLISH),
    ("question_answered", APPROVE),
    ("question_answered.withdrawn", RESOLVE_ELSEWHERE),
    ("question_asked", PUBLISH),
    ("reconciliation_progress", PUBLISH),
    ("session_ended", PUBLISH),
    ("session_started", PUBLISH),
    ("tool_finished", PUBLISH),
    ("tool_finished.failed", PUBLISH),
    ("tool_started", PUBLISH),
    ("unknown", PUBLISH),
    ("usage", PUBLISH),
    ("work_item_changed", PUBLISH),
];

/// Every type of frame, with an example.
pub(super) const FRAMES: [(&str, &str, Need); 8] = [
    ("hello", r#"{"type":"hello"}"#, Token),
    (
        "subscribe",
        r#"{"type":"subscribe","ref":"1","channel":"c"}"#,
        WATCH,
    ),
    (
        "unsubscribe",
        r#"{"type":"unsubscribe","ref":"1","channel":"c"}"#,
        Token,
    ),
    (
        "publish",
        r#"{"type":"publish","ref":"1","channel":"c","body":{"type":"operation_finished","ok":true}}"#,
        PUBLISH,
    ),
    (
        "signal",
        r#"{"type":"signal","channel":"c","key":"k","op":{"set":1}}"#,
        PUBLISH,
    ),
    (
        "history",
        r#"{"type":"history","ref":"1","channel":"c"}"#,
        WATCH,
    ),
    (
        "take_hints",
        r#"{"type":"take_hints","ref":"1","channel":"c"}"#,
        PUBLISH,
    ),
    ("ping", r#"{"type":"ping"}"#, Token),
];

/// Signals that are more than an agent's.
pub(super) const SIGNALS: [(&str, Need); 4] = [
    ("typing/one", AnyOf(&["publish", "steer"])),
    ("parameter/speed", AnyOf(&["publish", "steer"])),
    ("activity/one", PUBLISH),
    ("display/main", PUBLISH),
];

impl Need {
    pub(super) fn allows(self, rights: &[&str], is_admin: bool) -> bool {
        match self {
            Nothing | Token => true,
            AnyOf(any) => rights.iter().any(|right| any.contains(right)),
            Admin => is_admin,
        }
    }
}
