//! The Model Context Protocol: tools by which a model says what it does, hears people and asks them.
//!
//! The tools are written once, against [`Backend`]: the relay's own API, called without a socket in
//! the relay, and over HTTP by `pilothouse mcp`. The protocol itself, both of its revisions, is rmcp's.

mod api;
mod arguments;
mod ask;
mod asked;
mod backend;
mod call;
mod channels;
mod hints;
mod listen;
mod memory;
mod parcel;
mod report;
pub mod stdio;
mod tool;
mod visitor;

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};

pub(crate) use api::{ApiCall, answered};
pub(crate) use backend::{Backend, Fault, Here, Published, Taken, unreadable};
pub(crate) use parcel::{Held, Lease, Parcel};
pub(crate) use visitor::Visitor;

use call::Call;
use memory::Memory;
use tool::Tool;

/// By which path hints are handed over, as their receipts say.
pub(crate) const VIA: &str = "mcp";

const INSTRUCTIONS: &str = "\
Pilothouse shows people what you do, live, and lets them steer you while you work. Call `report` when \
you begin something, when you are noticeably further, and when you are done. People may leave hints; \
they ride on the results of these tools, and `acknowledge_hint` tells their author what you made of \
them. Ask with `ask_permission` or `ask_question` when only a person can decide.";

/// The server side of the protocol. Cheap to clone; clones share what is remembered of members.
#[derive(Debug)]
pub(crate) struct Tools<B> {
    backend: Arc<B>,
    memory: Arc<Memory>,
}

impl<B> Tools<B> {
    pub(crate) fn new(backend: B) -> Self {
        Self {
            backend: Arc::new(backend),
            memory: Arc::default(),
        }
    }
}

impl<B> Clone for Tools<B> {
    fn clone(&self) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            memory: Arc::clone(&self.memory),
        }
    }
}

impl<B: Backend> ServerHandler for Tools<B> {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let server = Implementation::new("pilothouse", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities)
            .with_server_info(server.with_title("Pilothouse"))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(Tool::descriptions()))
    }

    fn get_tool(&self, name: &str) -> Option<rmcp::model::Tool> {
        Tool::named(name).map(Tool::description)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let result = match self.prepare(&request.name, &context) {
            Ok((tool, call)) => call.run(tool, arguments).await,
            Err(fault) => failed(&fault),
        };
        Ok(result.into())
    }
}

impl<B: Backend> Tools<B> {
    fn prepare<'a>(
        &'a self,
        name: &str,
        context: &'a RequestContext<RoleServer>,
    ) -> Result<(Tool, Call<'a, B>), Fault> {
        let unknown = || Fault::Misused(format!("there is no tool `{name}`; {}", Tool::names()));
        let tool = Tool::named(name).ok_or_else(unknown)?;
        Ok((tool, Call::new(&self.backend, &self.memory, context)?))
    }
}

/// A failure the model can act on, as opposed to one of the protocol, which it may never see.
fn failed(fault: &Fault) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(fault.to_string())])
}
