//! The tools, as a model finds them.

use std::sync::Arc;

use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{JsonObject, Tool as Description, ToolAnnotations};

use super::arguments;

/// One tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Report,
    ReportFileAccess,
    CheckHints,
    WaitForHint,
    AcknowledgeHint,
    AskPermission,
    AskQuestion,
    SendMessage,
    Listen,
    Channel,
}

const ALL: [Tool; 10] = [
    Tool::Report,
    Tool::ReportFileAccess,
    Tool::CheckHints,
    Tool::WaitForHint,
    Tool::AcknowledgeHint,
    Tool::AskPermission,
    Tool::AskQuestion,
    Tool::SendMessage,
    Tool::Listen,
    Tool::Channel,
];

impl Tool {
    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// Every name, for one who named another.
    pub(super) fn names() -> String {
        let names: Vec<_> = ALL.into_iter().map(Self::name).collect();
        format!("there are {}", names.join(", "))
    }

    pub(super) fn descriptions() -> Vec<Description> {
        ALL.into_iter().map(Self::description).collect()
    }

    pub(super) fn description(self) -> Description {
        Description::new(self.name(), self.purpose(), self.schema())
            .with_title(self.title())
            .with_annotations(self.annotations())
    }

    /// Whether hints ride on its result. Not on that of a permission, which a program reads, nor on
    /// those that hand hints over themselves.
    pub(super) fn carries_hints(self) -> bool {
        !matches!(
            self,
            Self::AskPermission | Self::CheckHints | Self::WaitForHint
        )
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::ReportFileAccess => "report_file_access",
            Self::CheckHints => "check_hints",
            Self::WaitForHint => "wait_for_hint",
            Self::AcknowledgeHint => "acknowledge_hint",
            Self::AskPermission => "ask_permission",
            Self::AskQuestion => "ask_question",
            Self::SendMessage => "send_message",
            Self::Listen => "listen",
            Self::Channel => "channel",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Report => "Report progress",
            Self::ReportFileAccess => "Report a file access",
            Self::CheckHints => "Check for hints",
            Self::WaitForHint => "Wait for a hint",
            Self::AcknowledgeHint => "Acknowledge a hint",
            Self::AskPermission => "Ask for permission",
            Self::AskQuestion => "Ask a question",
            Self::SendMessage => "Send a message",
            Self::Listen => "Listen to a channel",
            Self::Channel => "Manage channels",
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Self::Report => {
                "Shows people what you are doing and how far you are. Call it when you begin \
                 something, when you are noticeably further, and with `done` when it is over."
            }
            Self::ReportFileAccess => {
                "Shows people that you read, wrote or searched a file. Call it for files you touch \
                 by means that the dashboard cannot see by itself."
            }
            Self::CheckHints => {
                "Returns the hints people have left for you, each once. Hints also ride on the \
                 results of the other tools, so call this only before a decision a person may have \
                 an opinion on."
            }
            Self::WaitForHint => {
                "Waits until a person leaves a hint, or until the time is over. Call it when you are \
                 done and would like to know whether there is more to do."
            }
            Self::AcknowledgeHint => {
                "Tells the person who gave a hint that you have it, and what you made of it. Call it \
                 for every hint you receive, also for one you do not follow."
            }
            Self::AskPermission => {
                "Asks people whether you may do something, and waits for their answer. Returns JSON: \
                 {\"behavior\":\"allow\",\"updatedInput\":…}, whose input may differ from yours and is \
                 the one to use, or {\"behavior\":\"deny\",\"message\":…}. Works as Claude Code's \
                 permission prompt tool."
            }
            Self::AskQuestion => {
                "Asks people a question and waits for their answer. Call it when only a person can \
                 decide, not for what you can find out."
            }
            Self::SendMessage => {
                "Says something to the agents and people of a channel, and joins it if need be. \
                 Returns where the message is."
            }
            Self::Listen => {
                "Returns what others have said in a channel since you last listened, oldest first, \
                 and joins it if need be. Your own messages are left out. Of more than 500 only the \
                 newest are returned, and `evicted` says how many are missing."
            }
            Self::Channel => {
                "Lists, creates, joins and leaves channels, pages through what was said in one, or \
                 says how it stands. Use `send_message` and `listen` to talk in one."
            }
        }
    }

    fn annotations(self) -> ToolAnnotations {
        let reads = matches!(self, Self::CheckHints | Self::WaitForHint | Self::Listen);
        let is_idempotent = matches!(self, Self::Report | Self::AcknowledgeHint | Self::Channel);
        ToolAnnotations::with_title(self.title())
            .read_only(reads)
            .destructive(false)
            .idempotent(is_idempotent)
            .open_world(false)
    }

    fn schema(self) -> Arc<JsonObject> {
        let schema = match self {
            Self::Report => schema_for_input::<arguments::Report>(),
            Self::ReportFileAccess => schema_for_input::<arguments::ReportFileAccess>(),
            Self::CheckHints => schema_for_input::<arguments::CheckHints>(),
            Self::WaitForHint => schema_for_input::<arguments::WaitForHint>(),
            Self::AcknowledgeHint => schema_for_input::<arguments::AcknowledgeHint>(),
            Self::AskPermission => schema_for_input::<arguments::AskPermission>(),
            Self::AskQuestion => schema_for_input::<arguments::AskQuestion>(),
            Self::SendMessage => schema_for_input::<arguments::SendMessage>(),
            Self::Listen => schema_for_input::<arguments::Listen>(),
            Self::Channel => schema_for_input::<arguments::Channel>(),
        };
        // Only a type that is no object has none; a test sees every schema.
        schema.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_and_every_argument_says_what_it_is_for() {
        for tool in Tool::descriptions() {
            assert!(
                tool.description.as_ref().unwrap().len() > 40,
                "{}",
                tool.name
            );
            let properties = tool.input_schema["properties"].as_object().unwrap();
            for (name, property) in properties {
                let description = property["description"].as_str();
                assert!(
                    description.is_some_and(|text| !text.is_empty()),
                    "{} {name}",
                    tool.name
                );
                assert!(property.get("$ref").is_none(), "{} {name}", tool.name);
            }
            assert_eq!(tool.annotations.unwrap().destructive_hint, Some(false));
        }
    }

    #[test]
    fn a_tool_is_found_by_its_name() {
        for tool in ALL {
            assert_eq!(Tool::named(tool.name()), Some(tool));
        }
        assert_eq!(Tool::named("Report"), None);
        assert!(Tool::names().ends_with("listen, channel"));
    }
}
