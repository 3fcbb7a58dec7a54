//! Since when those who wait for the outcome of a request have been gone.

use std::collections::HashMap;

use pilothouse_shared::{Millis, RequestId};

/// Open requests whose asker is not connected. Holds no more than the open requests of the snapshot.
#[derive(Debug, Default)]
pub(in crate::channel) struct Absences {
    since: HashMap<RequestId, Millis>,
}

impl Absences {
    /// Looks at every open request whose asker said it waits, with whether that asker is connected now.
    /// Gives those whose asker has been gone for `grace` milliseconds. An asker that comes back in
    /// between begins anew.
    pub(super) fn look<'a>(
        &mut self,
        open: impl Iterator<Item = (&'a RequestId, bool)>,
        now: Millis,
        grace: Millis,
    ) -> Vec<RequestId> {
        let (mut gone, mut abandoned) = (HashMap::new(), Vec::new());
        for (request, is_here) in open {
            if is_here {
                continue;
            }
            let since = self.since.get(request).copied().unwrap_or(now);
            if now.saturating_sub(since) >= grace {
                abandoned.push(request.clone());
            }
            gone.insert(request.clone(), since);
        }
        self.since = gone;
        abandoned
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A request is abandoned exactly when every look within the grace before found its asker gone.
        #[test]
        fn an_asker_is_missed_only_after_the_whole_grace(
            looks in proptest::collection::vec((any::<bool>(), 0_u64..40), 1..40),
            grace in 1_u64..100,
        ) {
            let request = RequestId::new("q").unwrap();
            let (mut absences, mut now, mut gone_since) = (Absences::default(), 1_000, None);
            for (is_here, pause) in looks {
                now += pause;
                gone_since = if is_here { None } else { gone_since.or(Some(now)) };
                let is_missed = gone_since.is_some_and(|since| now - since >= grace);
                let abandoned = absences.look(std::iter::once((&request, is_here)), now, grace);
                prop_assert_eq!(!abandoned.is_empty(), is_missed);
            }
        }
    }

    #[test]
    fn what_is_no_longer_open_is_forgotten() {
        let mut absences = Absences::default();
        let request = RequestId::new("q").unwrap();
        absences.look(std::iter::once((&request, false)), 0, 10);
        absences.look(std::iter::empty(), 1, 10);
        assert!(absences.since.is_empty());
    }
}
