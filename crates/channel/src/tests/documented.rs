//! Every example of `docs/channels.md` is read by the settings' reader and opens.

use trailbell_config::{Lookups, SecretFile, parse};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/channels.md");

/// The YAML blocks, the entries of each apart: an entry begins with a name at the left edge.
fn examples(document: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for block in document.split("```yaml\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        // The first block has the key above its entries.
        let (block, indent) = block.strip_prefix("channels:\n").map_or((block, ""), |block| (block, "  "));
        for line in block.lines() {
            let line = line.strip_prefix(indent).unwrap_or(line);
            if !line.starts_with(' ') {
                entries.push(String::new());
            }
            if let Some(entry) = entries.last_mut() {
                *entry += &["  ", line, "\n"].concat();
            }
        }
    }
    entries
}

/// What the examples' variables could hold.
fn variable(name: &str) -> Option<String> {
    let webhook = |url: &str| Some(url.to_owned());
    match name {
        "LINE_URL" => webhook("line://token@U0123456789abcdef0123456789abcdef"),
        "SLACK_WEBHOOK" => webhook("https://hooks.slack.com/services/T0/B0/key"),
        "TEAMS_WEBHOOK" => webhook("https://prod-00.westeurope.logic.azure.com/workflows/1/triggers/x?sig=y"),
        "DISCORD_WEBHOOK" => webhook("https://discord.com/api/webhooks/1/token"),
        "GOOGLE_CHAT_WEBHOOK" => webhook("https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t"),
        "TELEGRAM_TOKEN" => Some("123456:token".to_owned()),
        "WEBHOOK_SECRET" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        _ => Some("0123456789abcdef0123456789abcdef".to_owned()),
    }
}

#[test]
fn every_example_of_the_document_opens() {
    let document = std::fs::read_to_string(DOCUMENT).expect("docs/channels.md of this repository");
    let examples = examples(&document);
    assert!(examples.len() > 25, "{}", examples.len());
    let secret = |_: &str| Ok(SecretFile { text: "secret".to_owned(), open_to_others: false });
    let lookups = Lookups { environment: &variable, file: &secret, ..Lookups::none() };
    for example in examples {
        let text = format!("channels:\n{example}");
        let loaded = parse(&text, &[], lookups)
            .unwrap_or_else(|invalid| panic!("{}", invalid.render("example", &text)));
        let [channel] = loaded.settings.channels.as_slice() else { panic!("one channel: {text}") };
        if let Err(error) = crate::open(channel, super::http()) {
            panic!("{error}\n{text}");
        }
    }
}
