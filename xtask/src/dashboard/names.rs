//! Short names between a module and its script.
//!
//! wasm-bindgen names each import with a hash, which no compression makes shorter, in both files.

use std::collections::HashMap;

use serde::Deserialize;

/// What wasm-opt gave other names, as it prints it.
#[derive(Debug, Deserialize)]
pub(crate) struct Renamed {
    /// Module, name before, name now.
    imports: Vec<(String, String, String)>,
    /// Name before, name now.
    exports: Vec<(String, String)>,
}

/// The one name that wasm-opt has for every module that is imported from.
const MODULE: &str = "a";

/// How scripts reach what the module exports.
const EXPORTS: &str = "wasm.";

impl Renamed {
    /// The script that wasm-bindgen wrote, with the names of now.
    pub(crate) fn apply(&self, script: &str) -> String {
        let imports = self.imports.iter().map(|(_, old, new)| (&**old, &**new));
        let exports = self.exports.iter().map(|(old, new)| (&**old, &**new));
        let (imports, exports): (HashMap<_, _>, HashMap<_, _>) =
            (imports.collect(), exports.collect());
        let mut written = String::with_capacity(script.len());
        let mut rest = script;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(word_length(rest));
            let names = match written.ends_with(EXPORTS) {
                true => &exports,
                false => &imports,
            };
            written.push_str(names.get(word).unwrap_or(&word));
            let next = after.find(is_in_word).unwrap_or(after.len());
            written.push_str(&after[..next]);
            rest = &after[next..];
        }
        match self.imports.first() {
            Some((module, ..)) => {
                written.replace(&format!("\"{module}\""), &format!("\"{MODULE}\""))
            }
            None => written,
        }
    }
}

fn word_length(text: &str) -> usize {
    text.find(|letter| !is_in_word(letter))
        .unwrap_or(text.len())
}

fn is_in_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::Renamed;

    #[test]
    fn imports_exports_and_the_module_get_their_new_names_and_nothing_else_does() {
        let renamed: Renamed = serde_json::from_str(
            r#"{"imports": [["./p_bg.js", "__wbg_now_01", "b"]],
                "exports": [["memory", "c"], ["main", "d"]]}"#,
        )
        .unwrap();
        let script = r#"const memory = wasm.memory; wasm.main();
const import0 = { __wbg_now_01: function() { return my__wbg_now_01; } };
return { "./p_bg.js": import0 };"#;
        let expected = r#"const memory = wasm.c; wasm.d();
const import0 = { b: function() { return my__wbg_now_01; } };
return { "a": import0 };"#;
        assert_eq!(renamed.apply(script), expected);
    }
}
