//! What program a request says it came with. A user agent is a claim: anybody can send any.
//!
//! Tools of AWS's world are found by a table of ours, first match wins; browsers by woothee. Versions of
//! Windows and macOS are not told: browsers say "Windows 10" on 11 and freeze macOS at 10.15.7.

use trailbell_text::{Phrase, Untrusted};

use crate::lang::{Both, Lang};
use crate::{template, words};

/// The program a user agent names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// What it is called, the same in both languages; `None` for one we cannot name.
    name: Option<&'static str>,
    version: Option<String>,
    /// The operation an AWS CLI of version 2 says it runs: `iam.create-access-key`.
    command: Option<Untrusted>,
    system: Option<&'static str>,
    note: Option<Both>,
    raw: Untrusted,
}

/// A tool is known by a text in the user agent; its version stands behind that text.
struct Tool {
    mark: &'static str,
    name: &'static str,
    note: Option<Both>,
}

const fn tool(mark: &'static str, name: &'static str) -> Tool {
    Tool { mark, name, note: None }
}

const fn attack(mark: &'static str, name: &'static str) -> Tool {
    Tool {
        mark,
        name,
        note: Some(Both::new(
            "a tool that attackers and security testers use",
            "攻撃者やセキュリティ診断でよく使われるツール",
        )),
    }
}

/// In order: what an attacker favours, what wraps another tool, the tools, then the libraries under them.
const TOOLS: &[Tool] = &[
    attack("Pacu", "Pacu"),
    attack("TruffleHog", "TruffleHog"),
    attack("stratus-red-team", "Stratus Red Team"),
    attack("S3 Browser", "S3 Browser"),
    attack("CloudFox", "CloudFox"),
    tool("OpenTofu/", "OpenTofu"),
    tool("Terraform/", "Terraform"),
    tool("terraform-provider-aws/", "Terraform AWS provider"),
    tool("Pulumi", "Pulumi"),
    tool("aws-cdk/", "AWS CDK"),
    tool("aws-sam-cli/", "AWS SAM CLI"),
    tool("Ansible/", "Ansible"),
    tool("eksctl/", "eksctl"),
    tool("aws-cli/", "AWS CLI"),
    tool("AWSPowerShell", "AWS Tools for PowerShell"),
    tool("AWSConsoleMobileApp", "AWS console mobile app"),
    tool("S3Console/", "S3 console"),
    tool("Boto3/", "Boto3 (Python)"),
    tool("Botocore/", "Botocore (Python)"),
    tool("aws-sdk-go-v2/", "AWS SDK for Go"),
    tool("aws-sdk-go/", "AWS SDK for Go"),
    tool("aws-sdk-java/", "AWS SDK for Java"),
    tool("aws-sdk-js/", "AWS SDK for JavaScript"),
    tool("aws-sdk-nodejs/", "AWS SDK for JavaScript"),
    tool("aws-sdk-rust/", "AWS SDK for Rust"),
    tool("aws-sdk-dotnet", "AWS SDK for .NET"),
    tool("aws-sdk-php/", "AWS SDK for PHP"),
    tool("aws-sdk-ruby", "AWS SDK for Ruby"),
    tool("aws-sdk-", "AWS SDK"),
    tool("Coral/", "AWS service or console (Coral)"),
    tool("aws-internal/", "AWS service or console"),
    attack("python-requests/", "python-requests"),
    tool("Python-urllib/", "Python"),
    tool("PostmanRuntime/", "Postman"),
    tool("curl/", "curl"),
    tool("Go-http-client/", "Go program"),
];

/// Systems that are themselves worth a word.
const ATTACKER_SYSTEMS: &[(&str, &str)] =
    &[("kali", "Kali Linux"), ("parrot", "Parrot OS"), ("pentoo", "Pentoo"), ("blackarch", "BlackArch")];

impl Client {
    /// Reads a `userAgent`.
    pub fn of(user_agent: Option<&str>) -> Self {
        let whole = user_agent.unwrap_or_default();
        // CloudTrail writes the agent of S3 and some others in brackets.
        let agent = whole.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(whole);
        // CloudTrail cuts at 1 KB; a longer one is no user agent worth reading.
        let agent = agent.get(..1024).unwrap_or(if agent.len() > 1024 { "" } else { agent });
        let mut client = Self {
            name: None,
            version: None,
            command: None,
            system: None,
            note: None,
            raw: Untrusted::from(whole),
        };
        if matches!(agent, "console.amazonaws.com" | "signin.amazonaws.com") {
            client.name = Some("AWS console");
        } else if agent == "AWS Internal" {
            client.name = Some("AWS service or console");
        } else if let Some((tool, at)) = TOOLS.iter().find_map(|tool| Some((tool, agent.find(tool.mark)?))) {
            client.name = Some(tool.name);
            client.note = tool.note;
            client.version = version(&agent[at + tool.mark.len()..]);
            client.command = command(agent);
            client.system = system(agent);
        } else if let Some(browser) = woothee::parser::Parser::new().parse(agent)
            && matches!(browser.category, "pc" | "smartphone" | "mobilephone")
            && let Some(name) = browser_name(browser.name)
        {
            client.name = Some(name);
            client.version =
                version(browser.version).map(|v| v.split('.').next().unwrap_or_default().to_owned());
            client.system = system_of_browser(browser.os);
        }
        if let Some((_, name)) = ATTACKER_SYSTEMS.iter().find(|(mark, _)| contains_ignoring_case(agent, mark))
        {
            client.system = Some(name);
            client.note = attack("", "").note;
        }
        client
    }

    /// The program's name without version, to compare with earlier ones; `None` where it cannot be told.
    pub fn family(&self) -> Option<&'static str> {
        self.name
    }

    /// What it is called in a list of programs, whatever its version: the family, or what an unknown one says of itself.
    pub fn label(&self, lang: Lang) -> Phrase {
        match self.name {
            Some(name) => Phrase::ours(name),
            None => self.phrase(lang),
        }
    }

    /// "Chrome 131 on Windows", "AWS CLI 2.22.0 (iam create-access-key) on macOS".
    pub(crate) fn phrase(&self, lang: Lang) -> Phrase {
        let mut phrase = Phrase::new();
        match self.name {
            Some(name) => {
                phrase.push(name);
            }
            None if self.raw.is_empty() => return Phrase::ours(lang.pick("not recorded", "記録なし")),
            None if self.raw.raw().ends_with(".amazonaws.com") => {
                phrase.push(lang.pick("the AWS service ", "AWS サービス ")).push(self.raw.clone());
            }
            None => {
                phrase.push(self.raw.clone());
            }
        }
        if let Some(version) = &self.version {
            phrase.push_ours(format!(" {version}"));
        }
        let system = self.system.map(Phrase::ours);
        let command = self.command.as_ref().and_then(words::known);
        let template = match (lang, &command, &system) {
            (Lang::En, ..) => "[ ({command})][ on {system}]",
            (Lang::Ja, Some(_), Some(_)) => "({command}、{system})",
            (Lang::Ja, ..) => "[({command})][({system})]",
        };
        phrase.append(template::fill(template, &|key| {
            if key == "system" { system.clone() } else { command.clone() }
        }));
        if let Some(note) = self.note {
            phrase.push(lang.pick("; ", "。")).push(note.get(lang));
        }
        phrase
    }
}

/// The digits and dots a version starts with.
fn version(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['/', ' ', 'v']);
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let version = text[..end.min(20)].trim_end_matches('.');
    (!version.is_empty()).then(|| version.to_owned())
}

/// `md/command#iam.create-access-key` of today's AWS CLI, `command/iam.create-access-key` of older ones.
fn command(agent: &str) -> Option<Untrusted> {
    let word = agent
        .split(' ')
        .find_map(|word| word.strip_prefix("md/command#").or_else(|| word.strip_prefix("command/")))?;
    Some(Untrusted::new(word.replacen('.', " ", 1)))
}

/// The operating system in an AWS tool's user agent.
fn system(agent: &str) -> Option<&'static str> {
    let of_marks: &[(&str, &str)] = &[
        ("exec-env/CloudShell", "AWS CloudShell"),
        ("exec-env/AWS_Lambda", "AWS Lambda"),
        ("exec-env/AWS_ECS", "Amazon ECS"),
        ("os/macos", "macOS"),
        ("Darwin/", "macOS"),
        ("os/windows", "Windows"),
        ("Windows/", "Windows"),
        ("os/linux", "Linux"),
        ("Linux/", "Linux"),
    ];
    of_marks.iter().find(|(mark, _)| contains_ignoring_case(agent, mark)).map(|(_, name)| *name)
}

/// The browsers woothee names, by names of ours: its own come from the user agent's world.
fn browser_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "Chrome" => "Chrome",
        "Firefox" => "Firefox",
        "Safari" => "Safari",
        "Edge" => "Edge",
        "Opera" => "Opera",
        "Vivaldi" => "Vivaldi",
        "Internet Explorer" => "Internet Explorer",
        "SamsungBrowser" => "Samsung Internet",
        "Yandex Browser" => "Yandex Browser",
        "Sleipnir" => "Sleipnir",
        "Webview" => "an in-app browser",
        _ => return None,
    })
}

fn system_of_browser(os: &str) -> Option<&'static str> {
    Some(match os {
        "iPhone" => "iPhone",
        "iPad" => "iPad",
        "Mac OSX" => "macOS",
        "Android" => "Android",
        "Linux" => "Linux",
        "ChromeOS" => "ChromeOS",
        os if os.starts_with("Windows") => "Windows",
        _ => return None,
    })
}

fn contains_ignoring_case(text: &str, mark: &str) -> bool {
    text.as_bytes().windows(mark.len()).any(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use trailbell_text::Channel;

    use super::*;

    fn shown(agent: &str) -> String {
        Client::of(Some(agent)).phrase(Lang::En).render(Channel::Terminal)
    }

    #[test]
    fn tools_and_browsers_are_named() {
        for (agent, expected) in [
            (
                "aws-cli/2.22.0 md/awscrt#0.22.0 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.12.6 md/pyimpl#CPython md/command#iam.create-access-key",
                "AWS CLI 2.22.0 (iam create-access-key) on macOS",
            ),
            (
                "[aws-cli/1.29.0 Python/3.11 Linux/5.15.0-kali3 botocore/1.31.0]",
                "AWS CLI 1.29.0 on Kali Linux; a tool that attackers and security testers use",
            ),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.70.0",
                "Terraform 1.9.8",
            ),
            ("Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux#6.1", "Boto3 (Python) 1.35.0 on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome 131 on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari 18 on macOS",
            ),
            ("console.amazonaws.com", "AWS console"),
            ("cloudformation.amazonaws.com", "the AWS service cloudformation.amazonaws.com"),
            ("something new", "something new"),
            ("", "not recorded"),
        ] {
            assert_eq!(shown(agent), expected);
        }
    }

    #[test]
    fn an_odd_or_huge_user_agent_is_no_trouble() {
        for agent in
            ["あ".repeat(100_000), "aws-cli/".into(), "[".into(), "Pacu".into(), "md/command#".into()]
        {
            let _ = shown(&agent);
        }
    }
}
