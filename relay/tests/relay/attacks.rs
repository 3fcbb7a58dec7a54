//! Those who mean harm, and what comes of it.
//!
//! | attack | played by |
//! |---|---|
//! | forms of another site, with the cookie and without | `pages::a_form_of_another_site_…`, `sessions::a_cookie_serves_…` |
//! | sockets of another site | `pages::a_page_of_another_site_opens_no_socket_…`, `access::a_page_of_another_site_…` |
//! | a name rebound to this machine | `pages::a_name_that_was_rebound_…`, `access::a_name_that_was_rebound_…`; rules: `http::door::tests` |
//! | a cookie that was planted | `pages::a_cookie_that_was_planted_…` |
//! | a token or code in a `Referer` | `pages::no_answer_lets_a_browser_tell_others_…`, `access::every_answer_carries_…` |
//! | a token in logs | end to end: `secrets` |
//! | another algorithm, expired, not valid yet, for others, cut, forged | `tokens::a_forged_or_outdated_token_…`, `tokens::tokens_of_another_issuer_…` |
//! | a link opened twice, and by many at once | `sessions::a_link_is_exchanged_once_…`, `narrow::of_many_who_open_a_link_…` |
//! | a token used after it was taken back: sockets, streams, long-polls | `revoking`; not an export that is under way |
//! | tricks with a channel's id | `paths` |
//! | the audit trail by another spelling | `paths::the_audit_trail_…` |
//! | what is private, by history, snapshots, pages, streams, summaries | `privacy` |
//! | the same by exports, metrics, lists, presence | `hidden::an_exported_page_and_the_metrics_…` |
//! | the same by search | none in the relay: the page searches what it was sent |
//! | a private event, hint or request guessed by its id | `hidden::who_guesses_an_id_…`, `hidden::nobody_acknowledges_…` |
//! | channels of others, by anything a narrow token can call | `hidden::a_token_for_other_channels_…`, `rights` |
//! | the same by MCP, with a session of somebody else, by telemetry, by hooks | `narrow`, `tokens::an_attachment_speaks_for_…` |
//! | scripts in what is shown | end to end: `dashboard::hostile`, `widget`; exported page: `export::one_file_plays_…` |
//! | frames around the app and the widget | `pages::no_page_of_another_frames_…` |
//! | requests that come byte by byte | end to end: `doors::limits`; bodies: `http::listener::timed` |
//! | WebSocket frames that come byte by byte, before a `hello` | `http::connection::tests` |
//! | floods of pings, of fragments, of empty fragments, endless frames | `floods` |
//! | packed bombs | `bombs::what_is_packed_…`, `limits::packed_messages_…` |
//! | 10,000 handshakes that go no further | `floods::ten_thousand_handshakes_…`; of TLS: end to end `doors` |
//! | deep JSON, large numbers, at every door | `bombs` |
//! | names that hide something | `names`, `name::tests` |
//! | anything at all | `fuzz`, and the fuzz targets |

mod bombs;
mod floods;
mod hidden;
mod names;
mod narrow;
mod pages;
mod paths;
