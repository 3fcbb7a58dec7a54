//! Credentials that are known by their look. Each prefix and alphabet is what its issuer documents; the
//! lengths are lower than the real ones, so that one that was cut short is recognised too.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::{Found, assigned, key};

/// What is looked for where one of the words stands.
struct Look {
    kind: &'static str,
    /// One of these is in every match, in any case.
    words: &'static [&'static str],
    /// The secret is the first group, or all of it.
    pattern: &'static str,
    /// What a match must be besides.
    check: fn(&str) -> bool,
}

/// Those that come first name the kind where two begin together.
const LOOKS: [Look; 17] = [
    Look {
        kind: "AWS access key",
        words: &["akia", "asia", "abia", "acca"],
        pattern: r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
        check: always,
    },
    Look {
        kind: "AWS secret key",
        words: &["akia", "asia"],
        // Beside its id, as in a table or on the next line.
        pattern: r"\b(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9/+]{1,16}(?:[A-Za-z_ ]{1,32}[^A-Za-z0-9/+]{1,8})?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)",
        check: always,
    },
    Look {
        kind: "GitHub token",
        words: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        pattern: r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}",
        check: always,
    },
    Look {
        kind: "GitLab token",
        words: &[
            "glpat-", "gloas-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-",
        ],
        pattern: r"gl(?:pat|oas|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_\-]{16,}(?:\.[A-Za-z0-9_\-.]+)?",
        check: always,
    },
    Look {
        kind: "Slack token",
        words: &["xox", "xapp-", "hooks.slack.com"],
        pattern: r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{16,})",
        check: always,
    },
    Look {
        kind: "Stripe key",
        words: &["k_live_", "k_test_", "whsec_"],
        pattern: r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}",
        check: always,
    },
    Look {
        kind: "Anthropic key",
        words: &["sk-ant-"],
        pattern: r"\bsk-ant-[A-Za-z0-9_-]{16,}",
        check: has_digit,
    },
    Look {
        kind: "OpenAI key",
        words: &["sk-"],
        pattern: r"\bsk-(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{32,}",
        check: has_digit,
    },
    Look {
        kind: "Google key",
        words: &["aiza", "ya29.", "gocspx-"],
        pattern: r"\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{16,}",
        check: always,
    },
    Look {
        kind: "npm token",
        words: &["npm_"],
        pattern: r"\bnpm_[A-Za-z0-9]{30,}",
        check: always,
    },
    Look {
        kind: "PyPI token",
        words: &["pypi-age"],
        pattern: r"\bpypi-AgE[A-Za-z0-9_-]{20,}",
        check: always,
    },
    Look {
        kind: "access token",
        words: &[
            "hf_",
            "dckr_pat_",
            "_v1_",
            "hvs.",
            "hvb.",
            "sg.",
            "age-secret-key-",
            "shpat_",
            "dapi",
        ],
        pattern: r"\bhf_[A-Za-z0-9]{30,}|\bdckr_pat_[A-Za-z0-9_-]{16,}|\bdo[opr]_v1_[a-f0-9]{40,}|\bhv[sb]\.[A-Za-z0-9_-]{20,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bAGE-SECRET-KEY-1[A-Z0-9]{30,}|\bshpat_[a-f0-9]{30,}|\bdapi[a-f0-9]{32}\b",
        check: always,
    },
    Look {
        kind: "JWT",
        words: &["eyj"],
        pattern: r"\beyJ[A-Za-z0-9_-]{10,}\.(?:[A-Za-z0-9_-]{10,}|\.[A-Za-z0-9_-]{10,})(?:\.[A-Za-z0-9_-]*){0,3}",
        check: always,
    },
    Look {
        kind: "authorization",
        words: &["authorization"],
        pattern: r#"(?i)\bauthorization\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?(?:(?:bearer|basic|token|digest|negotiate|apikey)\s{1,3})([^\s"',;\\<>\[\](){}$*]{6,})"#,
        check: always,
    },
    Look {
        kind: "authorization",
        words: &["bearer"],
        pattern: r"(?i)\bbearer\s{1,3}([A-Za-z0-9._~+/=-]{16,})",
        check: has_digit,
    },
    Look {
        kind: "cookie",
        words: &["cookie"],
        pattern: r#"(?i)\b(?:set-)?cookie\\{0,3}["']?\s{0,3}:\s{0,3}\\{0,3}["']?[A-Za-z0-9_.-]{1,64}=([^\s"',;\\<>\[\](){}$*]{16,})"#,
        check: always,
    },
    Look {
        kind: "password",
        words: &["://"],
        pattern: r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@"'<>\[\]\\]*:([^\s/@"'<>\[\]\\]+)@"#,
        check: is_no_placeholder,
    },
];

/// The kinds that stand for themselves: [`key`] and [`assigned`].
const ITEMS: usize = LOOKS.len() + 2;

struct Tables {
    words: AhoCorasick,
    /// The item that each word is of.
    items: Vec<usize>,
    patterns: Vec<Regex>,
}

#[expect(clippy::expect_used, reason = "what is written above is tested")]
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let looks = LOOKS.iter().map(|look| look.words);
    let all = looks.chain([key::WORDS, assigned::WORDS]).enumerate();
    let words: Vec<_> = all
        .flat_map(|(item, words)| words.iter().map(move |word| (item, *word)))
        .collect();
    let texts = words.iter().map(|(_, word)| word);
    let patterns = LOOKS.iter().map(|look| Regex::new(look.pattern));
    Tables {
        words: AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(texts)
            .expect("these words"),
        items: words.iter().map(|(item, _)| *item).collect(),
        patterns: patterns.collect::<Result<_, _>>().expect("these patterns"),
    }
});

/// Every kind of secret that the relay knows by itself.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    LOOKS
        .iter()
        .map(|look| look.kind)
        .chain([key::KIND, assigned::PASSWORD, assigned::SECRET])
}

/// Every secret of a text, in no order; some may overlap.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for item in items(text) {
        match item.checked_sub(LOOKS.len()) {
            None => look(text, item, &mut found),
            Some(0) => found.extend(key::find(text).map(|at| Found {
                at,
                kind: key::KIND,
            })),
            Some(_) => assigned::find(text, &mut found),
        }
    }
    found
}

/// Of what there may be secrets, judged by the words alone.
fn items(text: &str) -> impl Iterator<Item = usize> {
    let mut has = [false; ITEMS];
    let tables = &*TABLES;
    // Overlapping: a word may be in another.
    for hit in tables.words.find_overlapping_iter(text) {
        has[tables.items[hit.pattern().as_usize()]] = true;
    }
    (0..ITEMS).filter(move |item| has[*item])
}

fn look(text: &str, item: usize, found: &mut Vec<Found>) {
    let (Look { kind, check, .. }, pattern) = (&LOOKS[item], &TABLES.patterns[item]);
    let mut take = |at: Range<usize>| {
        if check(&text[at.clone()]) {
            found.push(Found { at, kind });
        }
    };
    if pattern.captures_len() == 1 {
        return pattern.find_iter(text).for_each(|hit| take(hit.range()));
    }
    for hit in pattern.captures_iter(text) {
        if let Some(secret) = hit.get(1).or_else(|| hit.get(0)) {
            take(secret.range());
        }
    }
}

fn always(_: &str) -> bool {
    true
}

pub(super) fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether it is meant as it stands: not to be filled in by a shell or a reader.
pub(super) fn is_no_placeholder(text: &str) -> bool {
    let first = text.chars().next().unwrap_or('$');
    let is_dotted = text
        .chars()
        .all(|c| matches!(c, '*' | '.' | 'x' | 'X' | '•' | '…' | '-' | '_'));
    !matches!(first, '$' | '%' | '{' | '<' | '[' | '(' | '*' | '…' | '#') && !is_dotted
}
