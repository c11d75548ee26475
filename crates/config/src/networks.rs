//! Files of the user's that say more of addresses than what is compiled in. Only their paths are read here.

use std::path::PathBuf;

use trailbell_text::Span;
use trailbell_yaml::Node;

use crate::keys::NETWORKS;
use crate::reader::Reader;

/// Files in MaxMind's format (`.mmdb`), by what they are there to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkFiles {
    /// The country of an address.
    pub country: Option<NetworkFile>,
    /// The number and name of its network.
    pub asn: Option<NetworkFile>,
    /// Where about its users are.
    pub city: Option<NetworkFile>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFile {
    /// As it is written: from the configuration's folder on.
    pub path: PathBuf,
    /// Where it is written, for who opens it and finds something wrong.
    pub place: Span,
}

impl NetworkFiles {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> NetworkFiles {
    let fields = reader.fields(node, NETWORKS, "`networks`");
    let mut file = |key: &str| {
        let node = fields.get(key)?;
        let path = reader.text(node, &format!("`{key}`"))?;
        Some(NetworkFile { path: path.into(), place: node.span })
    };
    let files = NetworkFiles { country: file("country"), asn: file("asn"), city: file("city") };
    if reader.refuses_plain && !files.is_empty() {
        reader.warn(
            node.span,
            "The function carries no such files: it tells countries by the registries, and no owners of networks",
            "nothing to do; `run` and `scan` use the files where they are",
        );
    }
    files
}
