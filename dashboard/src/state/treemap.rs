//! Areas in a rectangle: a squarified treemap (Bruls, Huizing, van Wijk, 2000).
//!
//! Rows of tiles are laid along the shorter side of what is free, as long as that makes the worst tile of the row squarer.

/// A rectangle in units of the caller's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tile {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// The least and the greatest of a row of areas, laid along `side`: how far its worst tile is from a square, at least 1.
fn worst(areas: &[f64], side: f64) -> f64 {
    let sum: f64 = areas.iter().sum();
    let thickness = sum / side;
    areas
        .iter()
        .map(|area| {
            let length = area / thickness;
            (length / thickness).max(thickness / length)
        })
        .fold(0.0, f64::max)
}

/// A tile for every value, with an area in proportion; values must be sorted from large to small. What is 0 or less has none.
pub fn squarify(values: &[f64], room: Tile) -> Vec<Tile> {
    let total: f64 = values.iter().filter(|value| **value > 0.0).sum();
    let mut tiles = vec![Tile::default(); values.len()];
    if !(total > 0.0 && room.width > 0.0 && room.height > 0.0) {
        return tiles;
    }
    let scale = room.width * room.height / total;
    let areas: Vec<(usize, f64)> =
        values.iter().enumerate().filter(|(_, value)| **value > 0.0).map(|(index, value)| (index, value * scale)).collect();
    let mut free = room;
    let mut from = 0;
    while from < areas.len() {
        let side = free.width.min(free.height);
        let mut to = from + 1;
        let mut row = vec![areas[from].1];
        while to < areas.len() {
            let before = worst(&row, side);
            row.push(areas[to].1);
            if worst(&row, side) > before {
                row.pop();
                break;
            }
            to += 1;
        }
        let sum: f64 = row.iter().sum();
        let thickness = sum / side;
        let mut along = 0.0;
        for (index, area) in &areas[from..to] {
            let length = area / thickness;
            tiles[*index] = if free.width >= free.height {
                Tile { x: free.x, y: free.y + along, width: thickness, height: length }
            } else {
                Tile { x: free.x + along, y: free.y, width: length, height: thickness }
            };
            along += length;
        }
        if free.width >= free.height {
            free = Tile { x: free.x + thickness, width: (free.width - thickness).max(0.0), ..free };
        } else {
            free = Tile { y: free.y + thickness, height: (free.height - thickness).max(0.0), ..free };
        }
        from = to;
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Tile = Tile { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    #[test]
    fn the_example_of_the_paper() {
        // Areas 6 6 4 3 2 2 1 in 6 × 4: two of 3 × 2 fill the left half.
        let tiles = squarify(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], ROOM);
        assert_eq!(tiles[0], Tile { x: 0.0, y: 0.0, width: 3.0, height: 2.0 });
        assert_eq!(tiles[1], Tile { x: 0.0, y: 2.0, width: 3.0, height: 2.0 });
    }

    #[test]
    fn areas_are_in_proportion_and_stay_inside() {
        let values: Vec<f64> = (1..=40).rev().map(f64::from).collect();
        let total: f64 = values.iter().sum();
        for (value, tile) in values.iter().zip(squarify(&values, ROOM)) {
            assert!((tile.width * tile.height - value / total * 24.0).abs() < 1e-9);
            assert!(tile.x >= 0.0 && tile.y >= 0.0 && tile.x + tile.width <= 6.0 + 1e-9 && tile.y + tile.height <= 4.0 + 1e-9);
        }
    }

    #[test]
    fn nothing_has_no_area() {
        assert_eq!(squarify(&[], ROOM), []);
        assert_eq!(squarify(&[0.0, -1.0], ROOM), [Tile::default(); 2]);
    }
}
