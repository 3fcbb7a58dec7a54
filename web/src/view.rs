//! What the page says, as plain functions of what is known: no browser, no clock, no framework.

pub mod age;
pub mod ask;
pub mod card;
pub mod command;
pub mod detail;
pub mod feed;
pub mod fuzzy;
pub mod head;
pub mod heights;
pub mod keys;
pub mod live;
pub mod mark;
pub mod markdown;
pub mod news;
pub mod number;
pub mod playback;
pub mod reach;
pub mod receipt;
pub mod route;
pub mod row;
pub mod standing;
pub mod stretch;
pub mod summary;
