//! The HTTP API for machines: an OpenAPI document, made of what stands at the handlers.

pub(super) mod shapes;

use std::sync::LazyLock;

use axum::Json;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, Type,
};
use utoipa::{Modify, OpenApi as _};

use super::{
    addresses, asking, assets, channels, connected, events, export, health, hooks, leases, otlp,
    past, session, socket, steer, stream, tokens,
};

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "relay",
    responses((status = 200, description = "The document.", body = Object))
)]
pub(super) async fn document() -> Json<&'static OpenApi> {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(Document::openapi);
    Json(&DOCUMENT)
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Pilothouse",
        description = "Shows what AI agents do, live, and lets people steer them. What the fields \
            mean, and the frames of the WebSocket, are in shared/PROTOCOL.md. Every answer names \
            the member the caller is taken for in its header Pilothouse-Member."
    ),
    paths(
        session::show,
        session::begin,
        session::end,
        tokens::list,
        tokens::create,
        tokens::revoke,
        tokens::link,
        connected::list,
        channels::list,
        channels::create,
        channels::show,
        channels::remove,
        channels::join,
        channels::leave,
        events::publish,
        events::page,
        events::signal,
        past::snapshot,
        export::export,
        stream::stream,
        steer::hints,
        steer::acknowledge,
        asking::ask,
        asking::request,
        asking::resolve,
        leases::take,
        leases::deliver,
        leases::give_back,
        socket::any,
        socket::one,
        addresses::list,
        addresses::qr,
        health::alive,
        health::ready,
        health::metrics,
        hooks::claude_code,
        hooks::codex,
        hooks::any,
        otlp::logs,
        otlp::metrics,
        document,
        assets::page,
        shapes::channel_page,
        shapes::view_page,
        shapes::inbox_page,
        shapes::admin_page,
        assets::loader,
        assets::widget,
    ),
    components(schemas(shapes::ErrorBody)),
    modifiers(&Everywhere)
)]
struct Document;

/// What holds for every call: who may call, who calls, and the shape of a refusal.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut OpenApi) {
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                name_caller(operation);
                add_refusals(operation);
            }
        }
    }
}

fn name_caller(operation: &mut Operation) {
    let headers = [
        (
            "Pilothouse-Member",
            "Who calls; made by the relay when absent.",
        ),
        (
            "Pilothouse-Name",
            "What people call the caller, in UTF-8 or, behind `UTF-8''`, percent-encoded (RFC 8187); the start of its id when absent.",
        ),
        (
            "Pilothouse-Kind",
            "`agent` (the default; `human` for a socket) or `human`.",
        ),
    ];
    let parameters = headers.map(|(name, description)| {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build();
        RefOr::T(parameter)
    });
    operation
        .parameters
        .get_or_insert_default()
        .extend(parameters);
}

fn add_refusals(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let door = [
        (
            "401",
            "The relay wants to know who calls, or the token is none that it takes.",
        ),
        (
            "403",
            "The Host or the Origin may not use this relay, or the caller may not do this here.",
        ),
        (
            "422",
            "A header or a part of the path is against a rule; the message names it.",
        ),
    ];
    for (status, description) in door {
        let response = || RefOr::T(Response::new(description));
        responses.entry(status.to_owned()).or_insert_with(response);
    }
    let refusals = responses
        .iter_mut()
        .filter(|(status, _)| status.as_str() >= "400");
    for (_, response) in refusals {
        if let RefOr::T(response) = response {
            let body = Ref::from_schema_name("ErrorBody");
            let content = ContentBuilder::new().schema(Some(body)).build();
            response
                .content
                .insert("application/json".to_owned(), RefOr::T(content));
        }
    }
}

#[cfg(test)]
mod tests;
