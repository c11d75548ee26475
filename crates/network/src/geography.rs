//! How far apart two places are at the least, so that whoever compares can tell what no traveller does.
//!
//! Nobody may be accused wrongly: from the nearest borders, neighbours are no distance apart, and every doubt makes it smaller. The
//! table is `data/geography.bin`, made by `scripts/make-geography.py`: the number of countries and the step in kilometres, one byte
//! each; the codes, ascending; then for each country its distances to those before it, in steps.

use std::fmt;

static TABLE: &[u8] = include_bytes!("../data/geography.bin");

/// Kilometres to either side where a file says where and not how surely.
const UNSURE: u16 = 250;
/// What a file's own radius is doubled to at least: it holds two thirds of the users.
const SUREST: u16 = 100;

/// Where on earth, and within how many kilometres of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// In hundredths of a degree north and east: no file knows more.
    latitude: i16,
    longitude: i16,
    within: u16,
}

impl Spot {
    /// Of degrees, and the radius a file gives. `None` where that is no place on earth.
    pub fn new(latitude: f64, longitude: f64, radius: Option<u16>) -> Option<Self> {
        let within = radius.map_or(UNSURE, |radius| radius.saturating_mul(2).max(SUREST));
        Some(Self { latitude: hundredths(latitude, 90.0)?, longitude: hundredths(longitude, 180.0)?, within })
    }

    fn parse(text: &str) -> Option<Self> {
        let (place, within) = text.split_once('~')?;
        let (latitude, longitude) = place.split_once(',')?;
        Some(Self {
            latitude: hundredths(latitude.parse().ok()?, 90.0)?,
            longitude: hundredths(longitude.parse().ok()?, 180.0)?,
            within: within.parse().ok()?,
        })
    }

    /// Kilometres between the circles.
    fn least_to(self, other: Self) -> u32 {
        let radians = |hundredths: i16| (f64::from(hundredths) / 100.0).to_radians();
        let (north, other_north) = (radians(self.latitude), radians(other.latitude));
        let east = radians(self.longitude) - radians(other.longitude);
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(north - other_north) + north.cos() * other_north.cos() * half(east);
        let kilometres = 2.0 * 6_371.0 * chord.clamp(0.0, 1.0).sqrt().asin();
        let between = kilometres - f64::from(self.within) - f64::from(other.within);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 20,016")]
        let between = between.max(0.0) as u32;
        between
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let degrees = |hundredths: i16| f64::from(hundredths) / 100.0;
        write!(f, "{:.2},{:.2}~{}", degrees(self.latitude), degrees(self.longitude), self.within)
    }
}

fn hundredths(degrees: f64, most: f64) -> Option<i16> {
    #[expect(clippy::cast_possible_truncation, reason = "18,000 at most")]
    (degrees.abs() <= most).then(|| (degrees * 100.0).round() as i16)
}

/// The least distance in kilometres there can be between two places: keys of [`crate::Network::place`] or of [`crate::Network::whereabouts`].
///
/// Of countries it is the one between their nearest borders in coarse steps, cut down; 0 between neighbours, and between a
/// territory and its sovereign. Where both say about where in them, that may make it more, also within one country. `None` where a
/// place is no country: a rented machine, `EU`.
pub fn distance_km(one: &str, other: &str) -> Option<u32> {
    let ((one, one_spot), (other, other_spot)) = (parts(one), parts(other));
    let of_borders = borders(one, other)?;
    let of_spots = one_spot.zip(other_spot).map_or(0, |(one, other)| one.least_to(other));
    Some(of_borders.max(of_spots))
}

fn parts(place: &str) -> (&str, Option<Spot>) {
    match place.split_once('@') {
        Some((place, spot)) => (place, Spot::parse(spot)),
        None => (place, None),
    }
}

fn borders(one: &str, other: &str) -> Option<u32> {
    let (header, rest) = TABLE.split_at_checked(2)?;
    let (codes, steps) = rest.split_at_checked(2 * usize::from(header[0]))?;
    let index = |code: &str| codes.chunks_exact(2).position(|known| known == code.as_bytes());
    let (one, other) = (index(one)?, index(other)?);
    let (low, high) = (one.min(other), one.max(other));
    if low == high {
        return Some(0);
    }
    let steps = steps.get(high * (high - 1) / 2 + low)?;
    Some(u32::from(*steps) * u32::from(header[1]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes() -> Vec<&'static str> {
        TABLE[2..2 + 2 * usize::from(TABLE[0])]
            .chunks_exact(2)
            .map(|code| std::str::from_utf8(code).unwrap())
            .collect()
    }

    #[test]
    fn the_table_has_every_pair_and_nothing_else() {
        let countries = usize::from(TABLE[0]);
        assert_eq!(TABLE.len(), 2 + 2 * countries + countries * (countries - 1) / 2);
        assert!(codes().is_sorted() && countries == 250);
        assert!(TABLE.len() < 60_000);
    }

    #[test]
    fn far_is_far_and_neighbours_are_no_distance_apart() {
        for (one, other, at_least, at_most) in [
            ("JP", "NL", 7_000, 8_500),
            ("JP", "US", 2_000, 2_200),
            ("JP", "BR", 13_000, 17_000),
            ("DE", "JP", 7_000, 8_200),
            ("AU", "GB", 9_000, 14_000),
            ("NZ", "ES", 15_000, 19_999),
            ("JP", "KR", 0, 50),
            ("AU", "NZ", 500, 2_000),
            ("FR", "DE", 0, 0),
            ("US", "CA", 0, 0),
            ("US", "RU", 0, 0),
            ("GB", "IE", 0, 0),
            ("SG", "MY", 0, 0),
            ("HK", "CN", 0, 0),
            ("JP", "JP", 0, 0),
        ] {
            let distance = distance_km(one, other).unwrap();
            assert!((at_least..=at_most).contains(&distance), "{one} {other} {distance}");
            assert_eq!(distance_km(other, one), Some(distance));
        }
    }

    #[test]
    fn a_territory_is_no_way_from_its_sovereign_and_no_farther_from_others_than_that_is() {
        for (whole, part) in
            [("FR", "RE"), ("FR", "GF"), ("US", "GU"), ("GB", "FK"), ("NL", "CW"), ("DK", "GL")]
        {
            assert_eq!(distance_km(whole, part), Some(0), "{part}");
            for other in codes() {
                assert!(distance_km(part, other) <= distance_km(whole, other), "{part} {other}");
            }
        }
        // French Guiana is French, and it borders on Brazil.
        assert_eq!(distance_km("FR", "BR"), Some(0));
    }

    #[test]
    fn what_is_no_country_has_no_distance() {
        for place in
            ["aws:ap-northeast-1", "cloud:gcp", "EU", "AP", "ZZ", "", "jp", "JPN", "日本", "@", "JP "]
        {
            assert_eq!(distance_km(place, "JP"), None, "{place}");
        }
    }

    #[test]
    fn coordinates_tell_of_distances_within_a_country_less_both_radii() {
        let at = |code: &str, latitude, longitude, radius| {
            format!("{code}@{}", Spot::new(latitude, longitude, radius).unwrap())
        };
        let san_francisco = at("US", 37.77, -122.42, Some(20));
        let new_york = at("US", 40.71, -74.01, Some(20));
        let somewhere = at("US", 37.75, -97.82, Some(1_000));
        assert_eq!(san_francisco, "US@37.77,-122.42~100");
        // 4,130 kilometres between the two.
        assert_eq!(distance_km(&san_francisco, &new_york), Some(3_929));
        assert_eq!(distance_km(&san_francisco, &somewhere), Some(56));
        assert_eq!(distance_km("US", &new_york), Some(0));
        // Borders hold where only one of them is known better, and where both are vague.
        assert_eq!(distance_km(&new_york, "JP"), distance_km("US", "JP"));
        let vague = at("US", 37.75, -97.82, Some(u16::MAX));
        assert_eq!(distance_km(&vague, &at("JP", 35.69, 139.69, None)), distance_km("US", "JP"));
        assert_eq!(Spot::new(91.0, 0.0, None), None);
        assert_eq!(Spot::new(f64::NAN, 0.0, None), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_the_way_back_is_as_long(one in any::<String>(), other in "[A-Z]{2}(@[0-9.,~-]*)?") {
            prop_assert_eq!(distance_km(&one, &other), distance_km(&other, &one));
            prop_assert_eq!(distance_km("JP", &other), distance_km(&other, "JP"));
        }
    }
}
