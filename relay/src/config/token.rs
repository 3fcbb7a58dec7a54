//! The token of a command: from the environment or a file, because a command line is seen by everybody on the
//! machine.

use crate::client::Credentials;

/// The environment variable.
const NAME: &str = "PILOTHOUSE_TOKEN";

/// The value of `PILOTHOUSE_TOKEN`, unless it is empty.
pub(super) fn from_environment() -> Option<Credentials> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the configuration, and clap would take the token as a flag too"
    )]
    let token = std::env::var(NAME).ok()?;
    (!token.is_empty()).then(|| Credentials::token(token))
}
