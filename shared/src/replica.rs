//! The fold.
/// x
#[derive(Debug)]
pub struct Replica;
/// x
#[derive(Debug)]
pub struct Applied;
