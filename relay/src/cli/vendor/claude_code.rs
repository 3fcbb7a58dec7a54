//! Claude Code's hooks: <https://code.claude.com/docs/en/hooks>.

use super::{ASK_SECONDS, Handler, Hook, SECONDS};

/// Tools that are questions to a person, whom their hook waits for.
const QUESTIONS: &str = "AskUserQuestion|ExitPlanMode";

/// All the others. A matcher that is more than names is a JavaScript expression.
const OTHERS: &str = "^(?!(AskUserQuestion|ExitPlanMode)$)";

/// The end of a session shares a second and a half among its hooks, or takes the longest of their own.
const END_SECONDS: u64 = 3;

/// What is worth showing, and where hints get in. Left out on purpose: `WorktreeCreate`, whose hook has
/// to return a path; `MessageDisplay`, which holds back every line until its hook has answered, while
/// `Stop` brings the text as well; and what says nothing to a person, such as `InstructionsLoaded`.
const EVENTS: [(&str, u64); 18] = [
    ("UserPromptSubmit", SECONDS),
    ("PermissionRequest", ASK_SECONDS),
    ("PermissionDenied", SECONDS),
    ("PostToolUse", SECONDS),
    ("PostToolUseFailure", SECONDS),
    ("PostToolBatch", SECONDS),
    ("Notification", SECONDS),
    ("SubagentStart", SECONDS),
    ("SubagentStop", SECONDS),
    ("TaskCreated", SECONDS),
    ("TaskCompleted", SECONDS),
    ("ConfigChange", SECONDS),
    ("CwdChanged", SECONDS),
    ("PreCompact", SECONDS),
    ("PostCompact", SECONDS),
    ("Stop", SECONDS),
    ("StopFailure", SECONDS),
    ("SessionEnd", END_SECONDS),
];

/// Its hooks, over HTTP where there is a URL, but for the start of a session, where only commands are allowed.
pub(super) fn hooks(url: Option<&str>, command: &str) -> Vec<Hook> {
    let run = |timeout| Handler::Command {
        command: command.to_owned(),
        timeout,
    };
    let tell = |event, matcher, timeout| Hook {
        event,
        matcher,
        handler: match url {
            Some(url) => Handler::Http {
                url: url.to_owned(),
                timeout,
            },
            None => run(timeout),
        },
    };
    let start = Hook {
        event: "SessionStart",
        matcher: None,
        handler: run(SECONDS),
    };
    let tools = [
        tell("PreToolUse", Some(OTHERS), SECONDS),
        tell("PreToolUse", Some(QUESTIONS), ASK_SECONDS),
    ];
    let others = EVENTS.map(|(event, timeout)| tell(event, None, timeout));
    [start].into_iter().chain(tools).chain(others).collect()
}
