//! The parts of the pages.

pub(crate) mod announcer;
pub(crate) mod badge;
pub(crate) mod banner;
pub(crate) mod bar;
pub(crate) mod card;
pub(crate) mod chips;
pub(crate) mod composer;
pub(crate) mod display;
pub(crate) mod empty;
pub(crate) mod feed;
pub(crate) mod files;
pub(crate) mod gauge;
pub(crate) mod head;
pub(crate) mod history;
pub(crate) mod icon;
pub(crate) mod markdown;
pub(crate) mod parameters;
pub(crate) mod pipeline;
pub(crate) mod receipts;
pub(crate) mod requests;
pub(crate) mod side;
pub(crate) mod tabs;
pub(crate) mod time;
