//! What the page says, as plain functions of what is known: no browser, no clock, no framework.

pub mod age;
pub mod ask;
pub mod card;
pub mod detail;
pub mod feed;
pub mod head;
pub mod heights;
pub mod live;
pub mod markdown;
pub mod news;
pub mod number;
pub mod receipt;
pub mod route;
pub mod row;
pub mod standing;
pub mod summary;
