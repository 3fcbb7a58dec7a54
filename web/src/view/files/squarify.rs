//! Tiles of given areas that fill a rectangle and are as square as can be.
//!
//! The way of Bruls, Huizing and van Wijk, "Squarified treemaps" (2000): rows along the shorter side, each as
//! long as that makes its tiles squarer.

/// A rectangle, in device pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Extent to the right.
    pub width: f64,
    /// Extent to the bottom.
    pub height: f64,
}

impl Rect {
    /// Its area.
    #[must_use]
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Whether a point is on it.
    #[must_use]
    pub fn holds(&self, x: f64, y: f64) -> bool {
        let across = x >= self.x && x < self.x + self.width;
        across && y >= self.y && y < self.y + self.height
    }

    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// What is left without a margin all around and something at the top.
    #[must_use]
    pub fn inside(&self, margin: f64, top: f64) -> Self {
        Self {
            x: self.x + margin,
            y: self.y + margin + top,
            width: (self.width - 2.0 * margin).max(0.0),
            height: (self.height - 2.0 * margin - top).max(0.0),
        }
    }
}

/// One tile for each weight, in their order, each as large as its share. Weights are positive; tiles are
/// squarest when they fall.
#[must_use]
pub fn squarify(weights: &[f64], area: Rect) -> Vec<Rect> {
    let mut tiles = Vec::with_capacity(weights.len());
    let mut left = area;
    let mut sum: f64 = weights.iter().sum();
    let mut rest = weights;
    while !rest.is_empty() {
        let side = left.width.min(left.height);
        let scale = left.area() / sum;
        let n = row(rest, scale, side);
        let in_row: f64 = rest[..n].iter().sum();
        // The last row takes what is left, whatever rounding made of it.
        let share = if n == rest.len() { 1.0 } else { in_row / sum };
        left = place(&rest[..n], in_row, share, left, &mut tiles);
        sum -= in_row;
        rest = &rest[n..];
    }
    tiles
}

/// How many tiles the next row has: one more as long as the worst of them gets squarer.
fn row(weights: &[f64], scale: f64, side: f64) -> usize {
    let (mut sum, mut worst) = (0.0, f64::INFINITY);
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for (n, weight) in weights.iter().enumerate() {
        let area = weight * scale;
        (sum, least, most) = (sum + area, least.min(area), most.max(area));
        let thick = sum / side;
        let now = (thick * thick / least).max(most / (thick * thick));
        if now > worst {
            return n;
        }
        worst = now;
    }
    weights.len()
}

/// Lays a row along the shorter side, and returns what is left of the rectangle.
fn place(weights: &[f64], sum: f64, share: f64, area: Rect, tiles: &mut Vec<Rect>) -> Rect {
    let is_column = area.width >= area.height;
    let (thick, side) = match is_column {
        true => (area.width * share, area.height),
        false => (area.height * share, area.width),
    };
    let mut at = 0.0;
    for weight in weights {
        let long = weight / sum * side;
        tiles.push(match is_column {
            true => Rect {
                x: area.x,
                y: area.y + at,
                width: thick,
                height: long,
            },
            false => Rect {
                x: area.x + at,
                y: area.y,
                width: long,
                height: thick,
            },
        });
        at += long;
    }
    match is_column {
        true => Rect {
            x: area.x + thick,
            width: area.width - thick,
            ..area
        },
        false => Rect {
            y: area.y + thick,
            height: area.height - thick,
            ..area
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AREA: Rect = Rect {
        x: 10.0,
        y: 20.0,
        width: 600.0,
        height: 400.0,
    };

    /// How much of one lies on the other.
    fn shared(a: &Rect, b: &Rect) -> f64 {
        let wide = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
        let high = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
        wide.max(0.0) * high.max(0.0)
    }

    #[test]
    fn equal_tiles_are_nearly_square() {
        for tile in squarify(&[1.0; 24], AREA) {
            let ratio = tile.width / tile.height;
            assert!((0.5..2.0).contains(&ratio), "{tile:?}");
        }
    }

    #[test]
    fn nothing_has_no_tiles_and_one_takes_all() {
        assert_eq!(squarify(&[], AREA), []);
        assert_eq!(squarify(&[7.0], AREA), [AREA]);
    }

    proptest! {
        /// Tiles fill the area, each its share, and none lies on another.
        #[test]
        fn tiles_partition_the_area(weights in prop::collection::vec(1..1_000_u32, 1..60)) {
            let weights: Vec<_> = weights.into_iter().map(f64::from).collect();
            let sum: f64 = weights.iter().sum();
            let tiles = squarify(&weights, AREA);
            prop_assert_eq!(tiles.len(), weights.len());
            for (tile, weight) in tiles.iter().zip(&weights) {
                let wanted = weight / sum * AREA.area();
                prop_assert!((tile.area() - wanted).abs() < 1e-3, "{:?}: {}", tile, wanted);
                prop_assert!((shared(tile, &AREA) - tile.area()).abs() < 1e-3, "{:?} is outside", tile);
            }
            for (n, a) in tiles.iter().enumerate() {
                for b in &tiles[..n] {
                    prop_assert!(shared(a, b) < 1e-3, "{:?} on {:?}", a, b);
                }
            }
        }
    }
}
