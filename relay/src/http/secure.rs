//! Headers that keep a page to itself, and what the widget is free of, because it lives in pages of others.

use std::sync::LazyLock;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::assets;
use crate::Server;

/// What every answer carries.
const EVERYWHERE: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "microphone=(self), camera=(), geolocation=()",
    ),
];

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What keeps the dashboard out of other pages.
const AT_HOME: [(HeaderName, &str); 2] = [
    (header::X_FRAME_OPTIONS, "DENY"),
    (RESOURCE_POLICY, "same-origin"),
];

/// What lets the widget's own files into other pages. They say nothing of any channel.
const ABROAD: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (RESOURCE_POLICY, "cross-origin"),
];

/// What both pages may: their own files and their own relay. Styles and scripts in the page itself are
/// nothing, whoever has put them there, but for the start script that the build makes.
const OWN: &str = "style-src 'self'; img-src 'self' data:; font-src 'none'; connect-src 'self'; \
                   object-src 'none'; base-uri 'none'; form-action 'none'";

/// Whether the path is one of the widget's: its loader, its files, its page for frames.
pub(super) fn is_widget(path: &str) -> bool {
    path == "/embed.js" || path.starts_with("/embed/")
}

/// Puts the headers on every answer, refusals too.
pub(super) async fn secure(State(server): State<Server>, request: Request, next: Next) -> Response {
    let is_widget = is_widget(request.uri().path());
    let mut response = next.run(request).await;
    let (kept, policy) = if is_widget {
        (ABROAD, widget(&server.config.allow_origin))
    } else {
        (AT_HOME, DASHBOARD.clone())
    };
    let headers = response.headers_mut();
    for (name, value) in EVERYWHERE.into_iter().chain(kept) {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The content security policy of the dashboard. Nobody may put it into a frame.
static DASHBOARD: LazyLock<HeaderValue> = LazyLock::new(|| {
    let rest = "manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'";
    policy(assets::INDEX, rest)
});

/// That of the widget's page. Who frames it can lead somebody's finger to its buttons, and they allow what
/// agents ask for: only pages that may use the relay may.
fn widget(allowed: &[String]) -> HeaderValue {
    static OTHERWISE: LazyLock<String> = LazyLock::new(|| directives(assets::EMBED));
    let mut ancestors = vec!["'self'"];
    ancestors.extend(allowed.iter().map(String::as_str));
    let ancestors = ancestors.join(" ");
    header_value(&format!("{}; frame-ancestors {ancestors}", *OTHERWISE))
}

fn policy(page: &str, rest: &str) -> HeaderValue {
    header_value(&format!("{}; {rest}", directives(page)))
}

/// A policy that cannot be said forbids everything.
fn header_value(policy: &str) -> HeaderValue {
    HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Own files only, and the inline scripts of this page by hash.
fn directives(page: &str) -> String {
    let page = assets::content(page);
    let hashes: String = inline_scripts(&String::from_utf8_lossy(&page))
        .iter()
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    format!("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; {OWN}")
}

/// The content of every script element without a source.
fn inline_scripts(page: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, body)) = after.split_once('>') else {
            break;
        };
        let Some((script, after)) = body.split_once("</script>") else {
            break;
        };
        if !attributes.contains("src=") {
            scripts.push(script);
        }
        rest = after;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::{inline_scripts, is_widget};

    #[test]
    fn only_inline_scripts_are_hashed() {
        let page = "<script src=\"a.js\"></script><script type=\"module\">\nx\n</script><p>";
        assert_eq!(inline_scripts(page), ["\nx\n"]);
    }

    #[test]
    fn only_the_widget_leaves_home() {
        for path in ["/embed.js", "/embed/c", "/embed/a/b.wasm", "/embed/"] {
            assert!(is_widget(path), "{path}");
        }
        for path in [
            "/",
            "/embed",
            "/embed.jsx",
            "/embedded",
            "/api/embed/c",
            "//embed/c",
        ] {
            assert!(!is_widget(path), "{path}");
        }
    }
}
