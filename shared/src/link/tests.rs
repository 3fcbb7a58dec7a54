//! Each rule as a sentence, and all of them together against a model relay.

mod connection;
mod model;
mod outbox;
mod properties;
mod rig;
mod subscriptions;
mod world;
