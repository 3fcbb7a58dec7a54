//! The lines of the feed: rows grouped by turn, with what is done folded into one line.

use std::collections::VecDeque;
use std::sync::Arc;

use pilothouse_shared::{Body, Hint, MemberKind, Millis, Role};

use super::number::counted;
use super::row::{Row, Tone};

/// So many rows are worth a line in their place.
const WORTH_FOLDING: usize = 3;

/// Rows of the work that goes on now that stay as they are: one wants to see what just happened.
const STAY: usize = 4;

/// Tools named on the line of a fold.
const NAMED: usize = 4;

/// A line of the feed.
#[derive(Debug, Clone)]
pub struct Line {
    /// Grows down the feed; unique in it.
    pub id: u64,
    /// What it shows.
    pub what: What,
}

/// What a line shows.
#[derive(Debug, Clone)]
pub enum What {
    /// The head of a turn.
    Turn(Turn),
    /// Work that is done, and whether its rows follow.
    Fold(Vec<Arc<Row>>, bool),
    /// A row, and whether it belongs to the fold above it.
    Row(Arc<Row>, bool),
}

/// What became of something that a person said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// When it was said.
    pub at: Millis,
    /// Tools that were called.
    pub n_tools: u64,
    /// Those that failed.
    pub n_failed: u64,
    /// From then to the last thing that happened.
    pub took: Millis,
}

/// A sort of rows to look at alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Messages.
    Talk,
    /// Calls of tools and what they print.
    Tools,
    /// Files that were touched.
    Files,
    /// Hints, requests, what people may change.
    Steering,
    /// The rest.
    Other,
}

/// How the feed is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Only these; all when empty.
    pub sorts: Vec<Sort>,
    /// Only rows with these words; all when empty.
    pub words: String,
    /// Seqs of rows whose fold is open.
    pub unfolded: Vec<u64>,
    /// The last seq to show.
    pub until: Option<u64>,
    /// The newest seq when somebody began to read: nothing up to it folds from then on.
    pub read_from: Option<u64>,
}

impl Sort {
    /// Every sort, in the order of their buttons.
    pub const ALL: [Self; 5] = [
        Self::Talk,
        Self::Tools,
        Self::Files,
        Self::Steering,
        Self::Other,
    ];

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Talk => "Talk",
            Self::Tools => "Tools",
            Self::Files => "Files",
            Self::Steering => "Steering",
            Self::Other => "Other",
        }
    }

    /// The sort of a row.
    #[must_use]
    pub fn of(row: &Row) -> Self {
        match row.kind.as_str() {
            "message" if is_of_tool(row) => Self::Tools,
            "message" => Self::Talk,
            "tool" => Self::Tools,
            "file_accessed" => Self::Files,
            "cancel_requested" | "parameters_declared" => Self::Steering,
            kind if ["hint", "permission_", "question_"]
                .iter()
                .any(|begin| kind.starts_with(begin)) =>
            {
                Self::Steering
            }
            _ => Self::Other,
        }
    }
}

impl Look {
    /// Whether rows may be left out.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.sorts.is_empty() || !self.words.is_empty()
    }

    fn shows(&self, row: &Row, words: &str) -> bool {
        let has = |text: &str| text.to_ascii_lowercase().contains(words);
        let author = row.author.as_ref().map(|author| author.name.as_str());
        let texts = [
            Some(row.title.as_str()),
            Some(&row.subject),
            row.text.as_deref(),
            author,
        ];
        let is_of_sort = self.sorts.is_empty() || self.sorts.contains(&Sort::of(row));
        is_of_sort && (words.is_empty() || texts.into_iter().flatten().any(has))
    }
}

impl Line {
    /// The line of the row with this seq.
    #[must_use]
    pub fn id_of(seq: u64) -> u64 {
        seq * 4 + 2
    }

    /// Changes when the line has to be drawn anew. A channel that was made again has other events under the
    /// same seqs, of another time.
    #[must_use]
    pub fn key(&self) -> String {
        let id = self.id;
        match &self.what {
            What::Turn(turn) => {
                let Turn {
                    at,
                    n_tools,
                    n_failed,
                    took,
                } = turn;
                format!("{id} {at} {n_tools} {n_failed} {took}")
            }
            What::Fold(rows, is_open) => {
                let at = rows.first().map_or(0, |row| row.at);
                format!("{id} {at} {} {is_open}", rows.len())
            }
            What::Row(row, is_within) => format!("{id} {} {} {is_within}", row.at, row.revision),
        }
    }
}

/// The lines of these rows, top to bottom.
#[must_use]
pub fn lines(rows: &VecDeque<Arc<Row>>, look: &Look) -> Vec<Line> {
    let until = look.until.unwrap_or(u64::MAX);
    let rows = rows.iter().take_while(|row| row.seq <= until);
    if look.is_filtered() {
        let words = look.words.to_ascii_lowercase();
        let shown = rows.filter(|row| look.shows(row, &words));
        return shown.map(|row| plain(row, false)).collect();
    }
    let mut writing = Writing {
        look,
        lines: Vec::new(),
        work: Vec::new(),
        turn: None,
    };
    for row in rows {
        writing.take(row);
    }
    writing.put_work(true);
    let is_worth = |line: &Line| !matches!(&line.what, What::Turn(turn) if turn.n_tools == 0);
    writing.lines.retain(is_worth);
    writing.lines
}

struct Writing<'a> {
    look: &'a Look,
    lines: Vec<Line>,
    /// Work without anything else between.
    work: Vec<&'a Arc<Row>>,
    /// Where the head of the turn is.
    turn: Option<usize>,
}

impl<'a> Writing<'a> {
    fn take(&mut self, row: &'a Arc<Row>) {
        if begins_turn(row) {
            self.put_work(false);
            self.turn = Some(self.lines.len());
            let turn = Turn {
                at: row.at,
                ..Turn::default()
            };
            self.lines.push(Line {
                id: row.seq * 4,
                what: What::Turn(turn),
            });
        }
        self.count(row);
        if matches!(row.kind.as_str(), "tool" | "file_accessed" | "usage") {
            self.work.push(row);
        } else {
            self.put_work(false);
            self.lines.push(plain(row, false));
        }
    }

    fn count(&mut self, row: &Row) {
        let head = self.turn.and_then(|turn| self.lines.get_mut(turn));
        let Some(What::Turn(turn)) = head.map(|head| &mut head.what) else {
            return;
        };
        if row.kind == "tool" {
            turn.n_tools += 1;
            turn.n_failed += u64::from(row.tone == Tone::Failed);
        }
        let end = row.at + row.took.unwrap_or_default();
        turn.took = turn.took.max(end.saturating_sub(turn.at));
    }

    /// What goes on at the end of the feed keeps its last rows, and so does what is being read.
    fn put_work(&mut self, is_last: bool) {
        let work = std::mem::take(&mut self.work);
        let (Some(first), Some(last)) = (work.first(), work.last()) else {
            return;
        };
        let read_from = self
            .look
            .read_from
            .filter(|seq| (first.seq..=last.seq).contains(seq));
        let n_past = match read_from {
            Some(seq) => work.partition_point(|row| row.seq <= seq),
            None => work.len(),
        };
        let n_stay = if is_last || read_from.is_some() {
            STAY
        } else {
            0
        };
        let (past, rest) = work.split_at(n_past.saturating_sub(n_stay));
        let is_done = |row: &&&Arc<Row>| !matches!(row.tone, Tone::Running | Tone::Failed);
        let done: Vec<_> = past.iter().filter(is_done).collect();
        if done.len() < WORTH_FOLDING {
            self.lines.extend(work.iter().map(|row| plain(row, false)));
            return;
        }
        let is_here = |seq: &u64| (first.seq..=last.seq).contains(seq);
        let is_open = self.look.unfolded.iter().any(is_here);
        self.lines.push(Line {
            id: first.seq * 4 + 1,
            what: What::Fold(past.iter().map(|row| Arc::clone(row)).collect(), is_open),
        });
        let shown = past.iter().filter(|row| is_open || !is_done(row));
        self.lines.extend(shown.map(|row| plain(row, is_open)));
        self.lines.extend(rest.iter().map(|row| plain(row, false)));
    }
}

fn plain(row: &Arc<Row>, is_within: bool) -> Line {
    Line {
        id: Line::id_of(row.seq),
        what: What::Row(Arc::clone(row), is_within),
    }
}

fn is_of_tool(row: &Row) -> bool {
    let said = row.events.first().map(|event| &event.body);
    matches!(said, Some(Body::Message(message)) if message.role == Role::Tool)
}

/// A person said something to go by.
fn begins_turn(row: &Row) -> bool {
    let Some(event) = row.events.first() else {
        return false;
    };
    match &event.body {
        Body::Message(message) => {
            let is_by_person = event.author.kind == MemberKind::Human;
            message.role == Role::User || is_by_person && message.role != Role::Tool
        }
        Body::HintGiven(given) => !matches!(given.hint, Hint::Parameter { .. }),
        _ => false,
    }
}

/// What a fold says: `12 tools: Read 5, Edit 3, Bash 4`, and how many failed.
#[must_use]
pub fn fold_title(rows: &[Arc<Row>]) -> (String, u64) {
    let of = |kind: &str| rows.iter().filter(|row| row.kind == kind).count() as u64;
    let (n_tools, n_files) = (of("tool"), of("file_accessed"));
    let (kind, whole) = match n_tools {
        0 => ("file_accessed", counted(n_files, "file access")),
        _ => ("tool", counted(n_tools, "tool")),
    };
    let mut names: Vec<(&str, u64)> = Vec::new();
    for row in rows.iter().filter(|row| row.kind == kind) {
        match names.iter_mut().find(|(name, _)| *name == row.title) {
            Some((_, n)) => *n += 1,
            None => names.push((&row.title, 1)),
        }
    }
    let mut title = whole;
    let mut mark = ": ";
    // By hand: a sort for a handful would cost more bytes than the rest of this.
    for _ in 0..NAMED.min(names.len()) {
        let most = names.iter().map(|(_, n)| *n).max().unwrap_or_default();
        let first = names.iter().position(|(_, n)| *n == most);
        let (name, n) = names.remove(first.unwrap_or_default());
        title = title + mark + name + " " + &n.to_string();
        mark = ", ";
    }
    if !names.is_empty() {
        title = title + ", " + &names.len().to_string() + " more";
    }
    let failed = rows.iter().filter(|row| row.tone == Tone::Failed).count();
    (title, failed as u64)
}

#[cfg(test)]
mod tests;
