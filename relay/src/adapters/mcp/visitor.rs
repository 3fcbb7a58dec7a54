//! Who calls, when nothing but a client's name may be known.

use std::sync::Arc;

use pilothouse_shared::{Author, ChannelId, MemberId, MemberKind};
use rmcp::model::Implementation;
use rmcp::service::{RequestContext, RoleServer};

use super::backend::Fault;
use super::parcel::Slip;
use crate::access::{Access, Speaker};
use crate::name;

/// Longest part of a client's name that becomes part of an id.
const MAX_SLUG: usize = 40;

/// Characters of a session's id that tell two clients of one name apart.
const SESSION_CHARS: usize = 8;

/// What the transport knows of the one who calls; put into the request's extensions by it.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Its id, if it has said so.
    pub(crate) member: Option<MemberId>,
    /// Its name, if it has said so.
    pub(crate) name: Option<String>,
    /// Program or person.
    pub(crate) kind: MemberKind,
    /// Where it acts unless it says otherwise.
    pub(crate) channel: Option<ChannelId>,
    /// What tells two clients of one name apart, if anything does.
    pub(crate) session: Option<String>,
    /// What it may do.
    pub(crate) access: Access,
    /// What its result carries.
    pub(crate) slip: Slip,
}

impl Visitor {
    /// The one behind this request: over HTTP what the request brought, else what the pipe did.
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Result<Self, Fault> {
        let parts = context.extensions.get::<http::request::Parts>();
        let visitor = match parts {
            Some(parts) => parts.extensions.get(),
            None => context.extensions.get(),
        };
        let unknown = || Fault::Misused("nobody knows who calls".to_owned());
        visitor.cloned().ok_or_else(unknown)
    }

    /// Who speaks, and where unless it says otherwise.
    pub(super) fn identify(
        self,
        client: Option<&Implementation>,
    ) -> Result<(Arc<Speaker>, ChannelId, Slip), Fault> {
        let slug = slug(client.map_or("", |client| client.name.as_str()));
        let member = match self.member {
            Some(member) => member,
            None => MemberId::new(derived(&slug, self.session.as_deref()))?,
        };
        let name = self.name.or_else(|| client.and_then(called));
        let author = Author {
            name: name.unwrap_or_else(|| slug.clone()),
            member,
            kind: self.kind,
        };
        let channel = match self.channel {
            Some(channel) => channel,
            None => ChannelId::new(slug)?,
        };
        let access = self.access;
        Ok((Arc::new(Speaker { author, access }), channel, self.slip))
    }
}

fn called(client: &Implementation) -> Option<String> {
    let name = client.title.as_deref().unwrap_or(&client.name).trim();
    name::check(name).is_ok().then(|| name.to_owned())
}

fn derived(slug: &str, session: Option<&str>) -> String {
    let start = session.map(|session| session.chars().filter(char::is_ascii_alphanumeric));
    match start.map(|start| start.take(SESSION_CHARS).collect::<String>()) {
        Some(start) if !start.is_empty() => format!("{slug}-{start}"),
        _ => slug.to_owned(),
    }
}

/// A client's name as a channel's id can carry it.
fn slug(name: &str) -> String {
    let lower = name.chars().map(|c| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '-',
    });
    let mut slug = String::with_capacity(MAX_SLUG);
    for c in lower {
        if slug.len() < MAX_SLUG && !(c == '-' && (slug.is_empty() || slug.ends_with('-'))) {
            slug.push(c);
        }
    }
    match slug.trim_end_matches('-') {
        "" => "mcp".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::mcp::Parcel;

    fn visitor(member: Option<&str>, session: Option<&str>) -> Visitor {
        Visitor {
            member: member.map(|member| member.parse().unwrap()),
            name: None,
            kind: MemberKind::Agent,
            channel: None,
            access: Access::open(),
            session: session.map(str::to_owned),
            slip: Parcel::default().slip(),
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_client_is_called_there_is_a_channel_for_it(name in ".*") {
            let made = slug(&name);
            proptest::prop_assert!(ChannelId::new(made.as_str()).is_ok());
            proptest::prop_assert!(made.len() <= MAX_SLUG);
            proptest::prop_assert_eq!(slug(&made), made);
        }
    }

    #[test]
    fn a_name_becomes_what_a_channel_id_can_carry() {
        for (name, expected) in [
            ("claude-code", "claude-code"),
            ("Claude Code (VS Code)", "claude-code-vs-code"),
            ("  ../..  ", "mcp"),
            ("Ärger", "rger"),
            ("", "mcp"),
        ] {
            assert_eq!(slug(name), expected);
        }
        assert_eq!(slug(&"x".repeat(99)).len(), MAX_SLUG);
    }

    #[test]
    fn a_client_that_says_nothing_is_known_by_its_name_and_its_session() {
        let client = Implementation::new("Some Client", "1");
        let (author, channel, _) = visitor(None, None).identify(Some(&client)).unwrap();
        assert_eq!(author.member.as_str(), "some-client");
        assert_eq!(author.name, "Some Client");
        assert_eq!(channel.as_str(), "some-client");
        let session = visitor(None, Some("0d1e-2f3a4b5c6d"));
        let (author, channel, _) = session.identify(Some(&client)).unwrap();
        assert_eq!(author.member.as_str(), "some-client-0d1e2f3a");
        assert_eq!(channel.as_str(), "some-client");
    }

    #[test]
    fn a_client_that_says_who_it_is_is_believed() {
        let (author, channel, _) = visitor(Some("agent-7"), Some("x")).identify(None).unwrap();
        assert_eq!(author.member.as_str(), "agent-7");
        assert_eq!((author.name.as_str(), channel.as_str()), ("mcp", "mcp"));
    }
}
