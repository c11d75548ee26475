//! Small files in MaxMind's format, written by tests: nobody's data need lie beside them.

/// A file: networks and what it says of each.
#[derive(Debug, Clone)]
pub struct Mmdb {
    made: String,
    networks: Vec<(u128, u8, Value)>,
}

/// What a file says.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number of four bytes.
    Number(u32),
    /// A number of eight bytes.
    Long(u64),
    /// A number of two bytes.
    Short(u16),
    /// A number with a fraction.
    Double(f64),
    /// Fields.
    Map(Vec<(String, Self)>),
    /// A list of nothing.
    Nothing,
}

impl Value {
    /// Text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Fields.
    pub fn map<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                control(2, text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::Double(number) => {
                control(3, 8, out);
                out.extend(number.to_be_bytes());
            }
            Self::Short(number) => {
                control(5, 2, out);
                out.extend(number.to_be_bytes());
            }
            Self::Number(number) => {
                control(6, 4, out);
                out.extend(number.to_be_bytes());
            }
            // Extended types: 9 is 7 and 2, 11 is 7 and 4.
            Self::Long(number) => {
                out.extend([8, 2]);
                out.extend(number.to_be_bytes());
            }
            Self::Nothing => out.extend([0, 4]),
            Self::Map(fields) => {
                control(7, fields.len(), out);
                for (name, value) in fields {
                    Self::text(name).write(out);
                    value.write(out);
                }
            }
        }
    }
}

/// The byte or two in front of a value: its type and size.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let size = u8::try_from(size).unwrap_or(u8::MAX);
    if size < 29 {
        out.push(kind << 5 | size);
    } else {
        out.extend([kind << 5 | 0b1_1101, size - 29]);
    }
}

impl Mmdb {
    /// A file that says it is of this type.
    pub fn new(made: &str) -> Self {
        Self { made: made.to_owned(), networks: Vec::new() }
    }

    /// The same with a network such as `145.53.0.0/16`. One that is no network is left out.
    #[must_use]
    pub fn network(mut self, network: &str, value: Value) -> Self {
        let parsed = network.split_once('/').and_then(|(address, length)| {
            let length: u8 = length.parse().ok()?;
            Some(match address.parse().ok()? {
                std::net::IpAddr::V4(v4) => (u128::from(u32::from(v4)), length + 96),
                std::net::IpAddr::V6(v6) => (u128::from(v6), length),
            })
        });
        self.networks.extend(parsed.map(|(first, length)| (first, length, value)));
        self
    }

    /// The file: a tree of addresses of 128 bits with records of 24, the data, and what it says of itself.
    pub fn bytes(&self) -> Vec<u8> {
        #[derive(Clone, Copy)]
        enum Side {
            Nothing,
            Node(usize),
            Data(usize),
        }
        let mut nodes = vec![[Side::Nothing; 2]];
        let mut data = Vec::new();
        for (first, length, value) in &self.networks {
            let start = data.len();
            value.write(&mut data);
            let mut at = 0;
            for bit in 0..*length {
                let side = usize::from(first >> (127 - bit) & 1 == 1);
                if bit + 1 == *length {
                    nodes[at][side] = Side::Data(start);
                } else if let Side::Node(next) = nodes[at][side] {
                    at = next;
                } else {
                    nodes.push([Side::Nothing; 2]);
                    nodes[at][side] = Side::Node(nodes.len() - 1);
                    at = nodes.len() - 1;
                }
            }
        }
        let mut out = Vec::new();
        for side in nodes.iter().flatten() {
            let record = match side {
                Side::Nothing => nodes.len(),
                Side::Node(node) => *node,
                Side::Data(start) => nodes.len() + 16 + start,
            };
            out.extend(&(record as u64).to_be_bytes()[5..]);
        }
        out.extend([0; 16]);
        out.extend(data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        Value::map([
            ("binary_format_major_version", Value::Short(2)),
            ("binary_format_minor_version", Value::Short(0)),
            ("build_epoch", Value::Long(1_790_000_000)),
            ("database_type", Value::text(&self.made)),
            ("description", Value::map([("en", Value::text("made by a test"))])),
            ("ip_version", Value::Short(6)),
            ("languages", Value::Nothing),
            ("node_count", Value::Number(u32::try_from(nodes.len()).unwrap_or(u32::MAX))),
            ("record_size", Value::Short(24)),
        ])
        .write(&mut out);
        out
    }
}
