//! Who may give a request which outcome.

use pilothouse_shared::{
    Ask, Author, ErrorCode, Outcome, PermissionResolved, QuestionAnswered, Refusal, RequestEntry,
    RequestId, Visibility,
};

use super::{Core, already_resolved, audience, not_found};

/// What may be said of a request of one kind.
struct Kind {
    is_permission: bool,
    /// What people decide.
    decided: &'static [Outcome],
    how: &'static str,
}

const PERMISSION: Kind = Kind {
    is_permission: true,
    decided: &[Outcome::Allowed, Outcome::Denied],
    how: "a permission is `allowed` or `denied`; its asker alone says `elsewhere` or `withdrawn`",
};

const QUESTION: Kind = Kind {
    is_permission: false,
    decided: &[Outcome::Answered],
    how: "a question is `answered`; its asker alone says `elsewhere` or `withdrawn`",
};

impl Core {
    /// Rules that would hold from now on are the asker's own: nobody widens them by answering.
    pub(super) fn permission_to_resolve(
        &self,
        body: &PermissionResolved,
        by: &Author,
    ) -> Result<Visibility, Refusal> {
        let (entry, visibility) =
            self.request_to_resolve(&body.request, by, &PERMISSION, body.outcome)?;
        let Ask::Permission { suggestions, .. } = &entry.ask else {
            return Ok(visibility);
        };
        let offered = suggestions.as_deref().unwrap_or_default();
        let mut chosen = body.suggestions.iter().flatten();
        match chosen.all(|one| body.outcome == Outcome::Allowed && offered.contains(one)) {
            true => Ok(visibility),
            false => Err(Refusal::new(
                ErrorCode::Invalid,
                "`suggestions` are some of the request's own, with the outcome `allowed`",
            )),
        }
    }

    pub(super) fn question_to_resolve(
        &self,
        body: &QuestionAnswered,
        by: &Author,
    ) -> Result<Visibility, Refusal> {
        let found = self.request_to_resolve(&body.request, by, &QUESTION, body.outcome)?;
        Ok(found.1)
    }

    fn request_to_resolve(
        &self,
        id: &RequestId,
        by: &Author,
        kind: &Kind,
        outcome: Outcome,
    ) -> Result<(&RequestEntry, Visibility), Refusal> {
        let requests = &self.replica().snapshot().requests;
        let entry = requests
            .iter()
            .find(|entry| entry.request == *id)
            .filter(|entry| {
                entry
                    .visibility
                    .allows(&entry.author.member, &by.member, by.kind)
            })
            .filter(|entry| matches!(entry.ask, Ask::Permission { .. }) == kind.is_permission)
            .ok_or_else(|| not_found("no such request, or it is too old to be resolved"))?;
        if !entry.is_open() {
            return Err(already_resolved());
        }
        let is_asker = by.member == entry.author.member;
        let may_say = match outcome {
            Outcome::Elsewhere | Outcome::Withdrawn => is_asker,
            outcome => kind.decided.contains(&outcome),
        };
        match may_say {
            true => Ok((entry, audience(&entry.visibility, &entry.author.member))),
            false => Err(Refusal::new(ErrorCode::Invalid, kind.how)),
        }
    }
}
