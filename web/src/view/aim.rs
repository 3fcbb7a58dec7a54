//! Whom words are for: a hint for an agent, or a message for those who may see it.

use super::live::Present;
use pilothouse_shared::MemberKind;

/// Whom words are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Aim {
    /// A hint for whichever agent takes it first.
    #[default]
    AnyAgent,
    /// A hint for one agent; everybody sees it.
    Agent(String),
    /// A hint for one agent that nobody else sees.
    AgentAlone(String),
    /// A message for everybody.
    Everybody,
    /// A message for agents.
    Agents,
    /// A message that one member sees.
    Member(String),
}

/// Aims of one kind, each with what people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub title: &'static str,
    /// The aims.
    pub aims: Vec<(Aim, String)>,
}

impl Aim {
    /// For the page's controls; [`Aim::named`] finds it again.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::AnyAgent => "hint".to_owned(),
            Self::Agent(member) => format!("hint {member}"),
            Self::AgentAlone(member) => format!("quiet {member}"),
            Self::Everybody => "say".to_owned(),
            Self::Agents => "agents".to_owned(),
            Self::Member(member) => format!("only {member}"),
        }
    }

    /// The aim of a name; for any agent when there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name.split_once(' ') {
            Some(("hint", member)) => Self::Agent(member.to_owned()),
            Some(("quiet", member)) => Self::AgentAlone(member.to_owned()),
            Some(("only", member)) => Self::Member(member.to_owned()),
            _ if name == "say" => Self::Everybody,
            _ if name == "agents" => Self::Agents,
            _ => Self::AnyAgent,
        }
    }

    /// Whether an agent is handed it.
    #[must_use]
    pub fn is_hint(&self) -> bool {
        matches!(self, Self::AnyAgent | Self::Agent(_) | Self::AgentAlone(_))
    }

    /// The one it names.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Agent(member) | Self::AgentAlone(member) | Self::Member(member) => Some(member),
            _ => None,
        }
    }
}

/// What can be chosen among these members. The chosen one stays, even when its member has left: words must
/// not turn public by themselves.
#[must_use]
pub fn aims(members: &[Present], chosen: &Aim) -> Vec<Group> {
    let agents = || members.iter().filter(|one| one.kind == MemberKind::Agent);
    let mut hints = vec![(Aim::AnyAgent, "Hint to any agent".to_owned())];
    for one in agents() {
        let aim = Aim::Agent(one.member.clone());
        hints.push((aim, format!("Hint to {}", one.name)));
    }
    for one in agents() {
        let aim = Aim::AgentAlone(one.member.clone());
        hints.push((aim, format!("Hint to {}, seen by nobody else", one.name)));
    }
    let mut messages = vec![
        (Aim::Everybody, "Message to everybody".to_owned()),
        (Aim::Agents, "Message to agents only".to_owned()),
    ];
    for one in members {
        let aim = Aim::Member(one.member.clone());
        messages.push((aim, format!("Message to {} only", one.name)));
    }
    let home = if chosen.is_hint() {
        &mut hints
    } else {
        &mut messages
    };
    if !home.iter().any(|(aim, _)| aim == chosen) {
        let name = chosen.member().unwrap_or_default();
        home.push((chosen.clone(), format!("{name} (gone)")));
    }
    vec![
        Group {
            title: "An agent is handed it",
            aims: hints,
        },
        Group {
            title: "It stands in the feed",
            aims: messages,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, kind: MemberKind) -> Present {
        Present {
            member: name.to_lowercase(),
            name: name.to_owned(),
            kind,
        }
    }

    #[test]
    fn an_aim_is_found_again_by_its_name() {
        let here = [
            member("Claude", MemberKind::Agent),
            member("Ada", MemberKind::Human),
        ];
        for group in aims(&here, &Aim::default()) {
            for (aim, _) in group.aims {
                assert_eq!(Aim::named(&aim.name()), aim);
            }
        }
        assert_eq!(Aim::named("nonsense"), Aim::AnyAgent);
    }

    #[test]
    fn hints_are_for_agents_and_messages_for_all() {
        let here = [
            member("Claude", MemberKind::Agent),
            member("Ada", MemberKind::Human),
        ];
        let groups = aims(&here, &Aim::default());
        let sizes: Vec<_> = groups.iter().map(|group| group.aims.len()).collect();
        assert_eq!(sizes, [3, 4]);
    }

    #[test]
    fn what_was_chosen_stays_when_its_member_leaves() {
        for chosen in [
            Aim::Agent("claude".to_owned()),
            Aim::AgentAlone("claude".to_owned()),
            Aim::Member("ada".to_owned()),
        ] {
            let found = aims(&[], &chosen);
            let mut all = found.iter().flat_map(|group| &group.aims);
            assert!(all.any(|(aim, _)| *aim == chosen), "{chosen:?}");
        }
    }
}
