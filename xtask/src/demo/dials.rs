//! Where people have set the parameters of a played agent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Values by name, at most [`MOST`], shared by the thread that takes hints and the one that plays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dials(Arc<Mutex<BTreeMap<String, f64>>>);

/// Names kept at most.
const MOST: usize = 32;

impl Dials {
    /// Takes a value over.
    pub(crate) fn set(&self, name: &str, value: f64) {
        let mut dials = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if dials.len() < MOST || dials.contains_key(name) {
            dials.insert(name.to_owned(), value);
        }
    }

    /// The value, once somebody has set it.
    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        let dials = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        dials.get(name).copied()
    }
}
