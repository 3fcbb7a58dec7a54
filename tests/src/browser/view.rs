//! A page in the state in which a test wants it.

use super::Browser;

/// A page, what shows that it is there, and what a person does then.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// For people.
    pub name: &'static str,
    /// Where it is, at a relay.
    pub path: &'static str,
    /// What is on it once there is something to see.
    pub shows: &'static str,
    click: &'static str,
    keys: &'static str,
    opens: &'static str,
}

impl View {
    /// A page as it is opened.
    #[must_use]
    pub const fn new(name: &'static str, path: &'static str, shows: &'static str) -> Self {
        let (click, keys, opens) = ("", "", "");
        Self {
            name,
            path,
            shows,
            click,
            keys,
            opens,
        }
    }

    /// Something is clicked.
    #[must_use]
    pub const fn after_click(self, click: &'static str) -> Self {
        Self { click, ..self }
    }

    /// Something is typed after that, wherever the focus is.
    #[must_use]
    pub const fn after_keys(self, keys: &'static str) -> Self {
        Self { keys, ..self }
    }

    /// By which this opens.
    #[must_use]
    pub const fn opens(self, opens: &'static str) -> Self {
        Self { opens, ..self }
    }
}

impl Browser {
    /// Goes to a view of the relay at this URL, and waits until it is as it should be.
    pub async fn visit(&self, relay: &str, view: &View) {
        self.go(&format!("{relay}{}", view.path)).await;
        self.until(view.shows).await;
        if !view.click.is_empty() {
            self.click(view.click).await;
        }
        if !view.keys.is_empty() {
            self.press(view.keys).await;
        }
        if !view.opens.is_empty() {
            self.until(view.opens).await;
        }
    }
}
