//! A model relay.
