//! The key of a model's endpoint: from the environment alone, because a command line is seen by everybody on
//! the machine.

use std::fmt;

/// The environment variable.
const NAME: &str = "PILOTHOUSE_API_KEY";

/// A secret that is sent and never printed.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// The value of `PILOTHOUSE_API_KEY`, unless it is empty.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the configuration, and clap would take the key as a flag too"
        )]
        let key = std::env::var(NAME).ok()?;
        (!key.is_empty()).then_some(Self(key))
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}
