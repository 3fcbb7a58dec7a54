//! The picture of the map.

use pilothouse_shared::{Access, Millis};
use web_sys::{CanvasRenderingContext2d, Element};

use super::WAYS;
use crate::canvas::{Canvas, styled};
use crate::view::display::width::is_dropped;
use crate::view::files::layout::{Kind, Tile, tile_of};
use crate::view::files::squarify::Rect;
use crate::view::files::{Atlas, TRAIL_MS, glow};
use crate::view::number::decimal;

/// The strongest colour of a tile: its name stays readable on it.
const STRONGEST: f64 = 0.55;

/// How long a file that was just touched is framed, in milliseconds.
const FLASH_MS: Millis = 1_200;

/// Size of names, in pixels of the style, and how wide a character is, about.
const TEXT: f64 = 11.5;
const CHARACTER: f64 = 6.4;

/// Draws tiles in the colours of the legend.
pub(super) struct Painter {
    canvas: Canvas,
    legend: Vec<Element>,
    colours: Vec<String>,
    ink: String,
    line: String,
    family: String,
    scale: f64,
}

impl Painter {
    pub(super) fn new(canvas: Canvas, legend: Vec<Element>) -> Self {
        Self {
            canvas,
            legend,
            colours: Vec::new(),
            ink: String::new(),
            line: String::new(),
            family: String::new(),
            scale: 1.0,
        }
    }

    /// Reads the colours; whether they differ from those before.
    pub(super) fn dress(&mut self) -> bool {
        let node = &self.canvas.node;
        let colours = self
            .legend
            .iter()
            .map(|mark| styled(mark, "background-color"))
            .collect();
        let is_new = self.colours != colours;
        self.colours = colours;
        self.ink = styled(node, "color");
        self.line = styled(node, "border-top-color");
        self.family = styled(node, "font-family");
        is_new
    }

    /// Makes the picture as large as this, in device pixels.
    pub(super) fn fit(&mut self, width: f64, height: f64, scale: f64) {
        self.scale = scale;
        self.canvas.fit(width, height, scale);
        self.dress();
    }

    pub(super) fn draw(
        &self,
        atlas: &Atlas,
        tiles: &[Tile],
        now: Millis,
        is_calm: bool,
        tip: Option<&str>,
    ) {
        let (pen, node) = (&self.canvas.pen, &self.canvas.node);
        pen.clear_rect(0.0, 0.0, f64::from(node.width()), f64::from(node.height()));
        pen.set_line_width(self.scale);
        self.ground(pen, tiles);
        for tile in tiles.iter().filter(|tile| tile.kind != Kind::Folder) {
            self.warmth(pen, atlas, tile, now, is_calm);
        }
        self.names(pen, tiles);
        if let Some(tile) = tiles.iter().find(|tile| Some(tile.path.as_str()) == tip) {
            pen.set_stroke_style_str(&self.ink);
            pen.set_line_width(2.0 * self.scale);
            self.frame(pen, tile.rect);
        }
        if !is_calm {
            self.trail(pen, atlas, tiles, now);
        }
        pen.set_global_alpha(1.0);
    }

    /// Every tile as it is when nothing happens: in two strokes, however many there are.
    fn ground(&self, pen: &CanvasRenderingContext2d, tiles: &[Tile]) {
        pen.begin_path();
        for tile in tiles.iter().filter(|tile| tile.kind != Kind::Folder) {
            let rect = self.shrunk(tile.rect);
            pen.rect(rect.x, rect.y, rect.width, rect.height);
        }
        pen.set_fill_style_str(self.colours.last().map_or("", String::as_str));
        pen.fill();
        pen.set_stroke_style_str(&self.line);
        for tile in tiles.iter().filter(|tile| tile.kind != Kind::File) {
            self.frame(pen, tile.rect);
        }
    }

    fn warmth(
        &self,
        pen: &CanvasRenderingContext2d,
        atlas: &Atlas,
        tile: &Tile,
        now: Millis,
        is_calm: bool,
    ) {
        let files = atlas.files();
        let hottest = match tile.kind {
            Kind::File => files.get(&tile.path),
            _ => {
                let from = (
                    std::ops::Bound::Included(tile.path.as_str()),
                    std::ops::Bound::Unbounded,
                );
                let inside = files
                    .range::<str, _>(from)
                    .take_while(|(path, _)| path.starts_with(&tile.path));
                inside
                    .map(|(_, file)| file)
                    .max_by_key(|file| file.heat_at(now))
            }
        };
        let Some(file) = hottest else { return };
        let warmth = match (glow(file, now), is_calm) {
            (0.0, _) => return,
            (glow, true) => (glow * 4.0).ceil() / 4.0,
            (glow, false) => glow,
        };
        let rect = self.shrunk(tile.rect);
        pen.set_global_alpha(warmth * STRONGEST);
        pen.set_fill_style_str(self.colour(file.access));
        pen.fill_rect(rect.x, rect.y, rect.width, rect.height);
        let age = now.saturating_sub(file.at);
        if age < FLASH_MS && !is_calm {
            pen.set_global_alpha(1.0 - age as f64 / FLASH_MS as f64);
            pen.set_stroke_style_str(self.colour(file.access));
            pen.set_line_width(3.0 * self.scale);
            self.frame(pen, rect);
        }
        pen.set_global_alpha(1.0);
    }

    fn colour(&self, access: Access) -> &str {
        let way = WAYS.iter().position(|way| *way == access);
        way.and_then(|way| self.colours.get(way))
            .map_or("", String::as_str)
    }

    fn shrunk(&self, rect: Rect) -> Rect {
        let gap = self.scale.min(rect.width.min(rect.height) / 6.0);
        rect.inside(gap, 0.0)
    }

    fn frame(&self, pen: &CanvasRenderingContext2d, rect: Rect) {
        let rect = rect.inside(self.scale, 0.0);
        pen.stroke_rect(rect.x, rect.y, rect.width, rect.height);
    }

    fn names(&self, pen: &CanvasRenderingContext2d, tiles: &[Tile]) {
        pen.set_fill_style_str(&self.ink);
        pen.set_text_baseline("middle");
        let size = decimal(TEXT * self.scale);
        let font = ["px ", &self.family].concat();
        for kind in [Kind::File, Kind::Bundle, Kind::Folder] {
            let weight = if kind == Kind::File { "" } else { "600 " };
            pen.set_font(&[weight, &size, &font].concat());
            for tile in tiles.iter().filter(|tile| tile.kind == kind) {
                self.name(pen, tile);
            }
        }
    }

    fn name(&self, pen: &CanvasRenderingContext2d, tile: &Tile) {
        let scale = self.scale;
        let room = tile.rect.width - 10.0 * scale;
        let fits = (room / (CHARACTER * scale)) as usize;
        if fits < 4 || tile.rect.height < 16.0 * scale {
            return;
        }
        let label = match tile.kind {
            Kind::Bundle => {
                let whole = format!("{} {}", tile.label, tile.n_files);
                match whole.len() > fits {
                    true => tile.label.trim_end_matches('/').to_owned(),
                    false => whole,
                }
            }
            _ => tile.label.clone(),
        };
        let label: String = cut(&label, fits);
        let (_, middle) = tile.rect.middle();
        let y = match tile.kind {
            Kind::Folder => tile.rect.y + 11.5 * scale,
            _ => middle,
        };
        let x = tile.rect.x + 5.0 * scale;
        let _ = pen.fill_text_with_max_width(&label, x, y, room);
    }

    /// The way from file to file, paler the longer ago.
    fn trail(&self, pen: &CanvasRenderingContext2d, atlas: &Atlas, tiles: &[Tile], now: Millis) {
        let stop = |(path, file): &(&str, &pilothouse_shared::FileEntry)| {
            Some((tile_of(tiles, path)?.rect.middle(), file.at, file.access))
        };
        let stops: Vec<_> = atlas.trail(now).iter().filter_map(stop).collect();
        let fresh = |at: Millis| 1.0 - now.saturating_sub(at) as f64 / TRAIL_MS as f64;
        pen.set_line_width(2.0 * self.scale);
        for pair in stops.windows(2) {
            let [((x0, y0), _, _), ((x1, y1), at, access)] = pair else {
                continue;
            };
            pen.set_global_alpha(0.8 * fresh(*at).max(0.0));
            pen.set_stroke_style_str(self.colour(*access));
            pen.begin_path();
            pen.move_to(*x0, *y0);
            // Bent to one side, so that there and back again are two lines.
            let bend = (
                (x0 + x1) / 2.0 + (y1 - y0) / 6.0,
                (y0 + y1) / 2.0 - (x1 - x0) / 6.0,
            );
            pen.quadratic_curve_to(bend.0, bend.1, *x1, *y1);
            pen.stroke();
        }
        if let Some(((x, y), at, access)) = stops.last() {
            let side = 7.0 * self.scale;
            pen.set_global_alpha(fresh(*at).max(0.0));
            pen.set_fill_style_str(self.colour(*access));
            pen.fill_rect(x - side / 2.0, y - side / 2.0, side, side);
        }
    }
}

/// A name of at most so many characters; its beginning tells most.
fn cut(label: &str, fits: usize) -> String {
    let n_chars = label.chars().count();
    let kept = label.chars().filter(|c| !is_dropped(*c));
    match n_chars > fits {
        true => kept.take(fits.saturating_sub(1)).chain(['…']).collect(),
        false => kept.collect(),
    }
}
