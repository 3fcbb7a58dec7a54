//! What a person has chosen about the page, as the browser keeps it.

use serde_json::{Value, json};

/// Longest name of a person, in bytes; the relay takes longer ones.
const LONGEST_NAME: usize = 64;

/// What a person has chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// Which colours.
    pub theme: Theme,
    /// How much room.
    pub density: Density,
    /// How the fleet is laid out.
    pub layout: Layout,
    /// Whether to tell of requests while the page is hidden.
    pub notify: bool,
}

/// Has a word for the browser's memory and one for people.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident => $word:literal, $title:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$each])* $variant),* }

        impl $name {
            /// Every choice, in the order of the page.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// For attributes and the browser's memory.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// For people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// The choice of this name, or the usual one.
            #[must_use]
            pub fn named(name: &str) -> Self {
                let mut all = Self::ALL.iter().copied();
                all.find(|choice| choice.name() == name).unwrap_or_default()
            }
        }
    };
}

choice! {
    /// Which colours.
    Theme {
        /// As the system has them.
        #[default]
        System => "system", "As the system";
        /// Light ones.
        Light => "light", "Light";
        /// Dark ones.
        Dark => "dark", "Dark";
    }
}

choice! {
    /// How much room.
    Density {
        /// Some.
        #[default]
        Comfortable => "comfortable", "Comfortable";
        /// As little as can be read.
        Compact => "compact", "Compact";
    }
}

choice! {
    /// How the fleet is laid out.
    Layout {
        /// As cards.
        #[default]
        Cards => "cards", "Cards";
        /// One line each.
        List => "list", "List";
    }
}

impl Settings {
    /// Reads what [`Self::text`] wrote; whatever makes no sense is as it usually is.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let kept: Value = serde_json::from_slice(text.as_bytes()).unwrap_or_default();
        let word = |name: &str| kept[name].as_str().unwrap_or_default().to_owned();
        Self {
            theme: Theme::named(&word("theme")),
            density: Density::named(&word("density")),
            layout: Layout::named(&word("layout")),
            notify: kept["notify"].as_bool().unwrap_or_default(),
        }
    }

    /// For the browser's memory.
    #[must_use]
    pub fn text(self) -> String {
        json!({
            "theme": self.theme.name(),
            "density": self.density.name(),
            "layout": self.layout.name(),
            "notify": self.notify,
        })
        .to_string()
    }
}

/// A person's name as others may see it; nothing when it is none.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let text = text.trim();
    // Marks that turn the direction would turn what stands beside the name as well.
    let is_odd =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_name = (1..=LONGEST_NAME).contains(&text.len()) && !text.chars().any(is_odd);
    is_name.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_are_read_as_they_were_kept() {
        for &theme in Theme::ALL {
            for &layout in Layout::ALL {
                let settings = Settings {
                    theme,
                    layout,
                    density: Density::Compact,
                    notify: true,
                };
                assert_eq!(Settings::read(&settings.text()), settings);
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_as_it_usually_is() {
        for garbage in [
            "",
            "[]",
            "null",
            "{",
            r#"{"theme":3,"notify":"yes"}"#,
            "{\"theme\":{}}",
        ] {
            assert_eq!(Settings::read(garbage), Settings::default(), "{garbage}");
        }
        let partly = Settings::read(r#"{"theme":"dark","density":"roomy"}"#);
        assert_eq!(
            (partly.theme, partly.density),
            (Theme::Dark, Density::Comfortable)
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_page(text in any::<String>()) {
            let _ = Settings::read(&text);
            if let Some(name) = name(&text) {
                prop_assert!(!name.is_empty() && name.len() <= LONGEST_NAME);
            }
        }
    }

    #[test]
    fn a_name_has_letters_and_no_tricks() {
        assert_eq!(name("  Ada ").as_deref(), Some("Ada"));
        let too_long = "a".repeat(65);
        for odd in ["", "  ", "a\nb", "a\u{202e}b", &too_long] {
            assert_eq!(name(odd), None, "{odd:?}");
        }
    }
}
