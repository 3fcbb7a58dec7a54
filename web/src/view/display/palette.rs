//! What the 256 colours of terminals are, and the shapes that are drawn without a font.

use super::sgr::Colour;

/// The first 16 on a light ground: each readable on it, so that white is a grey.
const LIGHT: [u32; 16] = [
    0x10243a, 0xb0261c, 0x1a6f38, 0x8a5200, 0x0a5bb8, 0x8a2f8f, 0x08706c, 0x5b6b7b, 0x44586c,
    0xc7362b, 0x237f44, 0x98600a, 0x1f6fd0, 0xa043a6, 0x0e807b, 0x51667b,
];

/// The first 16 on a dark ground.
const DARK: [u32; 16] = [
    0x4a6076, 0xff8272, 0x7ad296, 0xf0c05a, 0x86bdff, 0xdca0e6, 0x57d0c4, 0xc3d0dc, 0x7d93a8,
    0xff9c8f, 0x98e3b0, 0xf9d68a, 0xaad2ff, 0xecc0f2, 0x86e3da, 0xf4f8fb,
];

/// Red, green and blue of a colour, unless it is that of the page.
#[must_use]
pub fn rgb(colour: Colour, is_dark: bool) -> Option<u32> {
    let level = |n: u8| match n {
        0 => 0,
        n => 55 + 40 * u32::from(n),
    };
    match colour {
        Colour::Default => None,
        Colour::Rgb(r, g, b) => Some(u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b)),
        Colour::Indexed(n @ 0..16) if is_dark => Some(DARK[usize::from(n)]),
        Colour::Indexed(n @ 0..16) => Some(LIGHT[usize::from(n)]),
        Colour::Indexed(n @ 16..232) => {
            let n = n - 16;
            Some(level(n / 36) << 16 | level(n / 6 % 6) << 8 | level(n % 6))
        }
        Colour::Indexed(n) => Some((8 + 10 * u32::from(n - 232)) * 0x01_01_01),
    }
}

/// The part of its cell that a block element (U+2580 to U+258F) fills: left, top, width and height as shares.
#[must_use]
pub fn block(text: &str) -> Option<[f64; 4]> {
    let mut chars = text.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return None;
    };
    let eighths = |n: u32| f64::from(n) / 8.0;
    match c as u32 {
        0x2580 => Some([0.0, 0.0, 1.0, 0.5]),
        n @ 0x2581..=0x2588 => {
            let high = eighths(n - 0x2580);
            Some([0.0, 1.0 - high, 1.0, high])
        }
        n @ 0x2589..=0x258f => Some([0.0, 0.0, eighths(0x2590 - n), 1.0]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_256_colours_are_those_of_terminals() {
        let said = [16, 21, 196, 231, 232, 255].map(|n| rgb(Colour::Indexed(n), true));
        let expected = [0, 0x0000ff, 0xff0000, 0xffffff, 0x080808, 0xeeeeee];
        assert_eq!(said, expected.map(Some));
        assert_eq!(rgb(Colour::Default, true), None);
    }

    #[test]
    fn blocks_fill_their_part() {
        assert_eq!(block("█"), Some([0.0, 0.0, 1.0, 1.0]));
        assert_eq!(block("▄"), Some([0.0, 0.5, 1.0, 0.5]));
        assert_eq!(block("▌"), Some([0.0, 0.0, 0.5, 1.0]));
        assert_eq!(block("x"), None);
    }
}
