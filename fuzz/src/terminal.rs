//! What a command writes to its terminal, as `pilothouse run` shows it.

pub(crate) use shown::run;

/// The screen of the command line, which is no part of the library.
#[path = "../../relay/src/cli/run"]
mod shown {
    #[expect(dead_code, reason = "only the frames of a screen are tried here")]
    mod frames;
    mod screen;

    use frames::{Frames, Size};
    use pilothouse_shared::limits::MAX_SIGNAL_BYTES;
    use screen::Screen;

    /// Output, parted by empty lines, with a change of size between the parts. Every frame fits a signal,
    /// and a screen that did not change makes none.
    pub(crate) fn run(input: &[u8]) {
        for has_colour in [true, false] {
            let mut screen = Screen::new(Size::new(40, 12), has_colour);
            let mut frames = Frames::default();
            for part in crate::parts(input) {
                screen.process(part);
                let op = frames.next(screen.grid());
                let bytes = op.map_or(0, |op| serde_json::to_vec(&op).map_or(0, |op| op.len()));
                assert!(bytes <= MAX_SIGNAL_BYTES, "a frame of {bytes} bytes");
                assert_eq!(frames.next(screen.grid()), None);
                // Small, so that many inputs are tried.
                let width = part.first().map_or(1, |byte| byte % 50);
                let height = part.last().map_or(1, |byte| byte % 20);
                screen.resize(Size::new(width.into(), height.into()));
            }
        }
    }
}
