//! Input for tests that is random, and the same each time.
//!
//! A property is checked with one source after the other; when it does not hold,
//! the source's seed is told, and `PORTCULLIS_SEED` has it checked with that one
//! alone. What the sources give leans towards what parsers stumble over: empty
//! and long texts, escapes, characters of several bytes, brackets that do not
//! match.

/// Parts of texts that mean something to somebody.
const PARTS: &[&str] = &[
    "",
    " ",
    "\t",
    "\0",
    "\u{7f}",
    "\u{e9}",
    "\u{1f512}",
    "\u{feff}",
    "\u{2028}",
    "\\",
    "\"",
    "'",
    "/",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ".",
    "-",
    "+",
    "=",
    "?",
    "*",
    "%",
    "null",
    "true",
    "0",
    "1",
    "-1",
    "1e400",
    "18446744073709551616",
    "..",
    "a",
    "z",
    "{a}",
    "{+b}",
    "=?base64?",
    "?=",
    "//",
];

/// Random bytes from a seed (SplitMix64).
pub struct Seeded(u64);

/// Checks a property with as many sources.
#[track_caller]
pub fn check(times: u64, property: impl Fn(&mut Seeded)) {
    let only = std::env::var("PORTCULLIS_SEED").ok();
    let only = only.and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..times, |seed: u64| seed..seed + 1);
    for seed in seeds {
        let _told = Told(seed);
        property(&mut Seeded::new(seed));
    }
}

/// Tells the seed if the property does not hold.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with PORTCULLIS_SEED={}", self.0);
        }
    }
}

impl Seeded {
    /// The source of this seed.
    pub fn new(seed: u64) -> Self {
        // Seeds that are close to each other give nothing alike.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one; 0 below 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.number() % end).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these, of which there has to be one.
    pub fn one_of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Any bytes, at most so many.
    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length)
            .map(|_| self.number().to_le_bytes()[0])
            .collect()
    }

    /// Any text, of at most so many parts.
    pub fn text(&mut self, most: usize) -> String {
        let length = self.below(most + 1);
        (0..length).map(|_| self.one_of(PARTS)).collect()
    }

    /// A JSON text, with at most so many levels below it.
    pub fn json(&mut self, levels: usize) -> String {
        match self.below(if levels == 0 { 5 } else { 7 }) {
            0 => "null".to_owned(),
            1 => self.one_of(&["true", "false"]).to_owned(),
            2 => self
                .one_of(&["0", "-0", "1.50", "1e2", "-7", "12345678901234567890123"])
                .to_owned(),
            3 => "\"\\u00e9\\n\\ud83d\\udd12\"".to_owned(),
            4 => self.json_string(),
            5 => {
                let values: Vec<_> = (0..self.below(9)).map(|_| self.json(levels - 1)).collect();
                format!("[{}]", values.join(" , "))
            }
            _ => self.json_object(levels),
        }
    }

    /// A JSON object, which may have a name twice.
    pub fn json_object(&mut self, levels: usize) -> String {
        let member = |source: &mut Self| {
            let value = source.json(levels.saturating_sub(1));
            format!("{}: {value}", source.json_string())
        };
        let members: Vec<_> = (0..self.below(5)).map(|_| member(self)).collect();
        format!("{{{}}}", members.join(","))
    }

    /// A JSON string.
    pub fn json_string(&mut self) -> String {
        let mut quoted = String::from("\"");
        for character in self.text(4).chars() {
            match character {
                '"' | '\\' => quoted.extend(['\\', character]),
                '\0'..='\u{1f}' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
                _ => quoted.push(character),
            }
        }
        quoted.push('"');
        quoted
    }

    /// These bytes, changed in a few places.
    pub fn changed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(changed.len() + 1);
            let end = at + self.below((changed.len() - at).min(8) + 1);
            let instead = match self.below(4) {
                0 => Vec::new(),
                1 => self.bytes(3),
                2 => changed[at..end].repeat(2),
                _ => self.one_of(PARTS).as_bytes().to_vec(),
            };
            changed.splice(at..end, instead);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::Seeded;

    #[test]
    fn a_seed_gives_the_same_each_time_and_another_gives_another() {
        let of = |seed| Seeded::new(seed).text(50);
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    #[test]
    fn everything_stays_within_its_bounds() {
        let mut source = Seeded::new(1);
        for end in [0, 1, 2, 7] {
            assert!((0..100).all(|_| source.below(end) < end.max(1)));
        }
        assert!((0..100).all(|_| source.bytes(3).len() <= 3));
        assert!((0..100).all(|_| source.json_object(3).starts_with('{')));
    }
}
