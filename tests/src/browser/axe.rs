//! What keeps people from using the page, as axe-core finds it.

use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use super::Browser;
use crate::{environment, npm};

const PACKAGE: &str = "axe-core@4.14.1";

/// All rules, those of best practice too; one line for each rule that is broken.
const RUN: &str = "
    const element = (node) => `${node.target.join(' ')}: ${node.failureSummary}`;
    const broken = ({ id, impact, help, nodes }) => [id, impact, help, nodes.map(element)];
    return axe.run(document, { resultTypes: ['violations'] })
        .then(({ violations }) => violations.map(broken));";

/// A rule that the page breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's id, such as `color-contrast`.
    pub rule: String,
    /// How much it hinders: `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// The rule.
    pub help: String,
    /// The elements, as selectors, and what to mend.
    pub elements: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            impact,
            help,
            elements,
        } = self;
        write!(f, "{rule} ({impact}): {help}\n  {}", elements.join("\n  "))
    }
}

impl Browser {
    /// Asks axe-core about the page, open shadow roots too, once it is settled: a colour half way between two
    /// themes is nobody's fault.
    pub async fn axe(&self) -> Vec<Violation> {
        if self.ask("return typeof window.axe", &[]).await == "undefined" {
            self.ask(source(), &[]).await;
        }
        self.settled().await;
        let found = self.ask(RUN, &[]).await;
        found.as_array().unwrap().iter().map(violation).collect()
    }
}

fn source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let modules = npm::modules(PACKAGE, environment::AXE_CORE);
        std::fs::read_to_string(modules.join("axe-core/axe.min.js")).unwrap()
    })
}

fn violation(found: &Value) -> Violation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Violation {
        rule: text(&found[0]),
        impact: text(&found[1]),
        help: text(&found[2]),
        elements: found[3]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect(),
    }
}
