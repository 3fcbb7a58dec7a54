//! The relay as its clients meet it: real sockets, in this process.
//!
//! | module | behaviour |
//! |---|---|
//! | `access` | open mode's door: loopback names, own and allowed origins, security headers |
//! | `addresses` | where the relay is reached, as text and as QR codes |
//! | `agent` | the client library: acknowledged, followed, kept up to date, across restarts |
//! | `attacks` | those who mean harm, and what comes of it |
//! | `boundaries` | where resuming is decided, over sockets, event streams and long-polls |
//! | `asking` | who waits for the outcome of a request, restarts, "always" |
//! | `bounds` | every map and queue has a bound, and a refusal that says so |
//! | `closing` | closing is part of the protocol: codes, goodbye, shutdown, nothing lost |
//! | `document` | the OpenAPI document against the live relay |
//! | `encodings` | subprotocols, MessagePack, unknown things pass unchanged |
//! | `export` | all that is kept of a channel, as a file |
//! | `frames` | bad frames: a clear error, and the connection lives on |
//! | `fuzz` | random bytes at the socket and at every call never panic |
//! | `handover` | hints over sockets, for sessions, cancellations; back when the agent is gone |
//! | `hooks` | agents' hooks: sessions become channels, hints and decisions come back |
//! | `limits` | who asks too much is slowed, or refused with when to come back |
//! | `lines` | plain text is a message a line, while it comes |
//! | `masking` | secrets are masked before anything is stored or told |
//! | `operation` | health, readiness, metrics; a store that fails |
//! | `order` | seq and prev, each event exactly once, idempotent publishes |
//! | `pages` | what browsers load: types, caching, policies, the widget in pages of others |
//! | `past` | what was known at any moment that is kept: the same that following it gives |
//! | `presence` | counts follow the live connections, however they end |
//! | `privacy` | who may not see an event learns only its place |
//! | `requests` | bad HTTP requests: the right status, code and sentence |
//! | `resume` | `recovered` is said only when it is proved; restarts |
//! | `revoking` | what was opened with a token ends with it, within a second |
//! | `rights` | every route, frame and body asks for its right and no other |
//! | `sessions` | links and cookies: how a browser gets in, and out again |
//! | `signals` | live values: versions, deltas, conflation |
//! | `slow` | a slow watcher is refilled, told of gaps, and delays nobody |
//! | `steering` | hints are delivered once, requests resolved once |
//! | `telemetry` | OpenTelemetry logs become usage and outcomes, each once |
//! | `tokens` | who is let in, as whom, and what nobody may see |
//! | `upgrade` | a history that an earlier relay left is read, whole |
//!
//! The invariants of the system, as far as the relay keeps them, and where each is shown:
//!
//! | invariant | test |
//! |---|---|
//! | seq only grows, every event names its prev | `order::many_publishers_make_one_unbroken_chain_…` |
//! | each event in the reply or after it, never neither, never twice | `order::a_subscriber_gets_each_event_…` |
//! | acknowledged means durable | `resume::what_is_acknowledged_is_in_the_files_…`, `closing::everything_acknowledged_…` |
//! | `recovered` only when proved | `boundaries`, `resume`; any schedule: `tests` in the library |
//! | a subscriber is a cursor, not a queue | `slow` |
//! | presence follows live connections | `presence`; half-open sockets beside `http::connection` |
//! | a hint is delivered once, a failed hand-over returns it | `steering::many_agents_…`, `handover` |
//! | a request is resolved once | `steering::the_first_answer_wins_…`, `steering::hints_and_requests_survive_…` |
//! | everything has a bound | `bounds`, `requests::more_than_1000_…` |
//! | the unknown passes through | `encodings::unknown_bodies_…` |
//! | output is text | `encodings::text_that_looks_like_a_page_…` |
//! | closing says what to do next | `closing` |

#![expect(clippy::unwrap_used, reason = "helpers of the tests below")]
#![expect(clippy::expect_used, reason = "helpers of the tests below")]

mod access;
mod addresses;
mod agent;
mod asking;
mod attacks;
mod boundaries;
mod bounds;
mod closing;
mod document;
mod encodings;
mod export;
mod frames;
mod fuzz;
mod handover;
mod harness;
mod hooks;
mod keyed;
mod leases;
mod limits;
mod lines;
mod masking;
mod operation;
mod order;
mod pages;
mod past;
mod presence;
mod privacy;
mod requests;
mod resume;
mod revoking;
mod rights;
mod sessions;
mod signals;
mod slow;
mod steering;
mod telemetry;
mod tokens;
mod transport;
mod upgrade;
