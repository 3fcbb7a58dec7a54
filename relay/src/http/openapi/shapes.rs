//! How the shared types look from outside. They know nothing of OpenAPI, so they are described here,
//! as far as a generated client needs it; `shared/PROTOCOL.md` says the rest.

#![expect(
    dead_code,
    reason = "described, never made: the shared types are what travels"
)]

use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};

use crate::http::events::PublishedList;
use crate::http::lines::LinesPublished;

/// A refusal.
#[derive(ToSchema)]
pub(super) struct ErrorBody {
    error: Refusal,
}

/// Why it was refused: shared/PROTOCOL.md, section 14.
#[derive(ToSchema)]
struct Refusal {
    /// For programs.
    #[schema(example = "not_found")]
    code: String,
    /// For people: one sentence that says what to do.
    message: String,
}

/// An immutable record in a channel's history: shared/PROTOCOL.md, section 5.
#[derive(ToSchema)]
pub(in crate::http) struct Event {
    /// Its number in the channel, strictly increasing within an epoch.
    seq: u64,
    /// The seq before it; 0 for the first.
    prev: u64,
    /// Unique in the channel.
    id: String,
    /// When the relay accepted it, in milliseconds since the Unix epoch.
    at: u64,
    author: Author,
    /// Who may see it: `public` (the default), `agents`, or {`only`: [member]}.
    #[schema(value_type = Value, required = false)]
    visibility: Option<()>,
    body: Body,
}

/// A place in a channel: all a watcher has to remember.
#[derive(ToSchema)]
pub(in crate::http) struct Position {
    /// The run of seqs it belongs to; only compared.
    epoch: String,
    /// The last seq seen.
    seq: u64,
}

/// Who speaks.
#[derive(ToSchema)]
pub(in crate::http) struct Author {
    /// Stable id of the member.
    member: String,
    /// What people call it.
    name: String,
    /// `human` or `agent`.
    kind: String,
}

/// What happened: a map with a `type` and the fields of shared/PROTOCOL.md, section 9. A type that is
/// not in it is stored as it is.
#[derive(ToSchema)]
pub(in crate::http) struct Body {
    #[schema(example = "message")]
    r#type: String,
}

/// One body, or up to 1000.
pub(in crate::http) struct Bodies;

impl PartialSchema for Bodies {
    fn schema() -> RefOr<Schema> {
        let one = Ref::from_schema_name(Body::name());
        let several = utoipa::openapi::ArrayBuilder::new()
            .items(one.clone())
            .min_items(Some(1))
            .max_items(Some(1000));
        OneOfBuilder::new().item(one).item(several).into()
    }
}

impl ToSchema for Bodies {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Body::name().into_owned(), Body::schema()));
    }
}

/// What a publish answers: for bodies, or for text.
pub(in crate::http) struct Done;

impl PartialSchema for Done {
    fn schema() -> RefOr<Schema> {
        let forms = [PublishedList::name(), LinesPublished::name()];
        let either = OneOfBuilder::new();
        forms
            .into_iter()
            .fold(either, |either, name| {
                either.item(Ref::from_schema_name(name))
            })
            .into()
    }
}

impl ToSchema for Done {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        PublishedList::schemas(schemas);
        schemas.push((PublishedList::name().into_owned(), PublishedList::schema()));
        schemas.push((
            LinesPublished::name().into_owned(),
            LinesPublished::schema(),
        ));
    }
}

/// A change of a live value, exactly one of its fields: shared/PROTOCOL.md, section 8.
#[derive(ToSchema)]
pub(in crate::http) struct Op {
    /// Replaces the value.
    #[schema(value_type = Value, required = false)]
    set: Option<()>,
    /// Appends to a text.
    append: Option<String>,
    /// Replaces rows of a display: {`width`, `height`, `rows`}.
    #[schema(value_type = Option<Object>)]
    rows: Option<()>,
    /// True: removes the signal.
    clear: Option<bool>,
}

/// A hint as in the snapshot: shared/PROTOCOL.md, section 11.
#[derive(ToSchema)]
pub(in crate::http) struct Hint {
    /// Of the hint and of its event.
    id: String,
    /// Of its event.
    seq: u64,
    /// When it was given, in milliseconds since the Unix epoch.
    at: u64,
    author: Author,
    /// By its `kind`: `text`, `voice`, `click`, `parameter`, `cancel`.
    #[schema(value_type = Object)]
    hint: (),
    /// The one agent it is for; any when absent.
    to: Option<String>,
    /// The one session it is for; any when absent.
    session: Option<String>,
    /// When it expires if nobody took it, in milliseconds since the Unix epoch.
    expires_at: Option<u64>,
    /// `accepted`, `delivered`, `acknowledged` or `expired`.
    state: String,
}

/// A request as in the snapshot: shared/PROTOCOL.md, section 11.
#[derive(ToSchema)]
pub(in crate::http) struct Request {
    /// The id its asker chose.
    request: String,
    /// Of its event.
    seq: u64,
    /// When it was asked, in milliseconds since the Unix epoch.
    at: u64,
    author: Author,
    /// By its `kind`: `permission` or `question`.
    #[schema(value_type = Object)]
    ask: (),
    /// When it expires if nobody resolved it, in milliseconds since the Unix epoch.
    expires_at: Option<u64>,
    /// Whether it is withdrawn once its asker has been gone for a while.
    waits: Option<bool>,
    /// {`outcome`, `at`, `author`, …}; absent while it is open.
    #[schema(value_type = Option<Object>)]
    resolution: Option<()>,
}

/// The dashboard's page of one channel.
#[utoipa::path(
    get,
    path = "/c/{channel}",
    operation_id = "show_dashboard_of_channel",
    tag = "dashboard",
    params(("channel" = String, Path, description = "The channel's id.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
pub(super) fn channel_page() {}

/// The dashboard's page of one view of a channel.
#[utoipa::path(
    get,
    path = "/c/{channel}/{view}",
    operation_id = "show_dashboard_of_view",
    tag = "dashboard",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("view" = String, Path, description = "The view, such as `files`."),
    ),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
pub(super) fn view_page() {}

/// The dashboard's page of all that waits for a person.
#[utoipa::path(
    get,
    path = "/inbox",
    operation_id = "show_dashboard_of_requests",
    tag = "dashboard",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
pub(super) fn inbox_page() {}

/// The dashboard's page of who may come in.
#[utoipa::path(
    get,
    path = "/admin",
    operation_id = "show_dashboard_of_access",
    tag = "dashboard",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"))
)]
pub(super) fn admin_page() {}
