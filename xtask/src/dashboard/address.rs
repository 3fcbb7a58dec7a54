//! Addresses that say what is behind them: browsers keep a file whose name has a hash for good.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use crate::failure::Failure;

/// `text` hashed, as it stands in the name of a file.
pub(super) fn hashed(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Gives a module of `dist` and its script a name after what is in them now: trunk named them after what
/// they were, and the two fit each other only.
pub(super) fn renew(dist: &Path, module: &Path, script: &Path) -> Result<(), Failure> {
    let stem = script.file_stem().unwrap_or_default().to_string_lossy();
    let Some((name, _)) = stem.rsplit_once('-') else {
        return Err(Failure::Missing(format!(
            "`{stem}` has no hash in its name"
        )));
    };
    let mut both = fs::read(module).map_err(Failure::file(module))?;
    both.extend(fs::read(script).map_err(Failure::file(script))?);
    let new = format!("{name}-{}", hashed(&both));
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).map_err(Failure::file(&page))?;
    fs::write(&page, html.replace(&*stem, &new)).map_err(Failure::file(&page))?;
    for (file, end) in [(script, ".js"), (module, "_bg.wasm")] {
        let to = file.with_file_name(format!("{new}{end}"));
        fs::rename(file, to).map_err(Failure::file(file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::renew;

    #[test]
    fn a_module_and_its_script_are_named_after_both_in_the_page_too() {
        let dist = tempfile::tempdir().unwrap();
        let file = |name: &str| dist.path().join(name);
        let named = |content: &str| {
            fs::write(file("p-web-01.js"), content).unwrap();
            fs::write(file("p-web-01_bg.wasm"), "module").unwrap();
            let html = "import '/p-web-01.js'; init('/p-web-01_bg.wasm')";
            fs::write(file("index.html"), html).unwrap();
            renew(dist.path(), &file("p-web-01_bg.wasm"), &file("p-web-01.js")).unwrap();
            fs::read_to_string(file("index.html")).unwrap()
        };
        let html = named("script");
        let (_, name) = html.split_once("init('/").unwrap();
        let name = name.trim_end_matches("_bg.wasm')");
        assert_ne!(name, "p-web-01");
        assert_eq!(
            html,
            format!("import '/{name}.js'; init('/{name}_bg.wasm')")
        );
        assert_eq!(
            fs::read_to_string(file(&format!("{name}.js"))).unwrap(),
            "script"
        );
        assert_ne!(named("another script"), html);
    }
}
