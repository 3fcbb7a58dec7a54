//! The relay as its clients meet it: real sockets, in this process.
//!
//! | module | behaviour |
//! |---|---|
//! | `access` | open mode's door: loopback names, own and allowed origins, security headers |
//! | `bounds` | every map and queue has a bound, and a refusal that says so |
//! | `closing` | closing is part of the protocol: codes, goodbye, shutdown, nothing lost |
//! | `document` | the OpenAPI document against the live relay |
//! | `encodings` | subprotocols, MessagePack, unknown things pass unchanged |
//! | `frames` | bad frames: a clear error, and the connection lives on |
//! | `fuzz` | random bytes at the socket and at every call never panic |
//! | `lines` | plain text is a message a line, while it comes |
//! | `operation` | health, readiness, metrics; a store that fails |
//! | `order` | seq and prev, each event exactly once, idempotent publishes |
//! | `presence` | counts follow the live connections, however they end |
//! | `privacy` | who may not see an event learns only its place |
//! | `requests` | bad HTTP requests: the right status, code and sentence |
//! | `resume` | `recovered` is said only when it is proved; restarts |
//! | `signals` | live values: versions, deltas, conflation |
//! | `slow` | a slow watcher is refilled, told of gaps, and delays nobody |
//! | `steering` | hints are delivered once, requests resolved once |

#![expect(clippy::unwrap_used, reason = "helpers of the tests below")]
#![expect(clippy::expect_used, reason = "helpers of the tests below")]

mod access;
mod bounds;
mod closing;
mod document;
mod encodings;
mod frames;
mod fuzz;
mod harness;
mod lines;
mod operation;
mod order;
mod presence;
mod privacy;
mod requests;
mod resume;
mod signals;
mod slow;
mod steering;
