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
            "攻撃者やセキュリティ診断の担当者が使うツール",
        )),
    }
}

const fn agent(mark: &'static str, name: &'static str) -> Tool {
    Tool {
        mark,
        name,
        note: Some(Both::new("AI agents act through it", "AI エージェントが操作に使うツール")),
    }
}

/// In order: what an attacker favours, what lets an agent act, what wraps another tool, the tools, then the libraries under them.
const TOOLS: &[Tool] = &[
    attack("Pacu", "Pacu"),
    attack("TruffleHog", "TruffleHog"),
    attack("stratus-red-team", "Stratus Red Team"),
    attack("exec-env/grimoire", "Grimoire"),
    attack("S3 Browser", "S3 Browser"),
    attack("CloudFox", "CloudFox"),
    attack("Scout Suite/", "Scout Suite"),
    attack("Prowler/", "Prowler"),
    agent("aws-mcp.amazonaws.com", "AWS MCP Server"),
    agent(AWS_LABS, "AWS Labs MCP server"),
    agent("awslabs/mcp/", "AWS Labs MCP server"),
    agent("AmazonQ-For-CLI", "Amazon Q Developer CLI"),
    agent("AmazonQ-For-IDE", "Amazon Q Developer"),
    tool("configure-aws-credentials-for-github-actions", "GitHub Actions (configure-aws-credentials)"),
    tool("aws-internal/", SERVICE_OR_CONSOLE),
    tool("OpenTofu/", "OpenTofu"),
    tool("PulumiAwsNative/", "Pulumi"),
    tool("Pulumi", "Pulumi"),
    tool("crossplane-provider-aws", "Crossplane"),
    tool("aws-controllers-k8s/", "AWS Controllers for Kubernetes"),
    tool("Packer/", "Packer"),
    tool("Terraform/", "Terraform"),
    tool("terraform-provider-aws/", "Terraform AWS provider"),
    tool("aws-cdk/", "AWS CDK"),
    tool("aws-sam-cli/", "AWS SAM CLI"),
    tool("aws-copilot", "AWS Copilot"),
    tool("Ansible/", "Ansible"),
    tool("eksctl/", "eksctl"),
    tool("cloud-custodian/", "Cloud Custodian"),
    tool("Steampipe/", "Steampipe"),
    tool("amazon-ssm-agent/", "Amazon SSM Agent"),
    tool("AWS-Toolkit-For-VSCode", "AWS Toolkit for Visual Studio Code"),
    tool("AWS-Toolkit-For-JetBrains", "AWS Toolkit for JetBrains"),
    tool("AWS-Toolkit-For-VisualStudio", "AWS Toolkit for Visual Studio"),
    tool("aws-cli/", "AWS CLI"),
    tool("AWSPowerShell", "AWS Tools for PowerShell"),
    tool("AWSConsoleMobileApp", "AWS console mobile app"),
    tool("S3Console/", CONSOLE),
    tool("Boto3/", "Boto3 (Python)"),
    tool("Botocore/", "Botocore (Python)"),
    tool("Boto/", "Boto 2 (Python)"),
    tool("aws-sdk-go-v2/", "AWS SDK for Go"),
    tool("aws-sdk-go/", "AWS SDK for Go"),
    tool("aws-sdk-java/", "AWS SDK for Java"),
    tool("aws-sdk-kotlin/", "AWS SDK for Kotlin"),
    tool("aws-sdk-js/", "AWS SDK for JavaScript"),
    tool("aws-sdk-nodejs/", "AWS SDK for JavaScript"),
    tool("aws-sdk-rust/", "AWS SDK for Rust"),
    tool("aws-sdk-swift/", "AWS SDK for Swift"),
    tool("aws-sdk-iOS/", "AWS SDK for iOS"),
    tool("aws-sdk-android/", "AWS SDK for Android"),
    tool("aws-sdk-cpp/", "AWS SDK for C++"),
    tool("aws-sdk-dotnet", "AWS SDK for .NET"),
    tool("aws-sdk-php/", "AWS SDK for PHP"),
    tool("aws-sdk-ruby", "AWS SDK for Ruby"),
    tool("aws-sdk-", "AWS SDK"),
    tool("Coral/", "AWS service or console (Coral)"),
    attack("python-requests/", "python-requests"),
    tool("Python-urllib/", "Python"),
    tool("PostmanRuntime/", "Postman"),
    tool("curl/", "curl"),
    tool("Go-http-client/", "Go program"),
    tool("HeadlessChrome/", "Headless Chrome"),
];

const CONSOLE: &str = "AWS console";
const SERVICE_OR_CONSOLE: &str = "AWS service or console";
/// What AWS's own MCP servers for local use call themselves: this, their name, `#`, their version.
const AWS_LABS: &str = "md/awslabs#mcp#";

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
            client.name = Some(CONSOLE);
        } else if let Some(part) = part_of_console(agent) {
            client.name = Some(CONSOLE);
            client.command = Some(part.into());
        } else if agent == "AWS Internal" {
            client.name = Some(SERVICE_OR_CONSOLE);
        } else if let Some((tool, at)) = TOOLS.iter().find_map(|tool| Some((tool, agent.find(tool.mark)?))) {
            client.name = Some(tool.name);
            client.note = tool.note;
            let behind = &agent[at + tool.mark.len()..];
            if tool.mark == AWS_LABS || tool.mark == "awslabs/mcp/" {
                let word = behind.split(' ').next().unwrap_or_default();
                let (server, number) = word.split_once(['#', '/']).unwrap_or((word, ""));
                client.command = Some(server).filter(|server| !server.is_empty()).map(Untrusted::from);
                client.version = version(number);
            } else if tool.name == CONSOLE {
                client.command = Some(tool.mark.trim_end_matches('/').into());
            } else if tool.name == SERVICE_OR_CONSOLE {
                // `RDS Console, aws-internal/3 aws-sdk-java/...`: its version is of something inside AWS.
                let part = agent[..at].trim_end_matches([' ', ',']);
                let part = part.split('/').next().unwrap_or_default();
                client.name = Some(if part.contains("Console") { CONSOLE } else { SERVICE_OR_CONSOLE });
                client.command = Some(part).filter(|part| !part.is_empty()).map(Untrusted::from);
            } else {
                client.version = version_of(tool, behind);
                client.command = command(agent);
                client.system = system(agent);
            }
        } else if let Some(browser) = woothee::parser::Parser::new().parse(agent)
            && matches!(browser.category, "pc" | "smartphone" | "mobilephone")
            && let Some(name) = browser_name(browser.name)
        {
            client.name = Some(name);
            client.version =
                version(browser.version).map(|v| v.split('.').next().unwrap_or_default().to_owned());
            client.system = system_of_browser(browser.os);
        }
        if let Some((_, name)) = ATTACKER_SYSTEMS.iter().find(|(mark, _)| has_word(agent, mark)) {
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
            None if is_service(self.raw.raw()) => {
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

/// Whether all of it is the name of an AWS service.
fn is_service(agent: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"].iter().any(|end| agent.ends_with(end))
        && agent.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

/// The part of the console that names itself: `console.ec2.amazonaws.com`.
fn part_of_console(agent: &str) -> Option<&str> {
    let part = agent.strip_prefix("console.")?.strip_suffix(".amazonaws.com")?;
    part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-').then_some(part)
}

/// The version behind a tool's mark, which may be cut short of the name's end: `aws-sdk-ruby3/3.190.0`.
fn version_of(tool: &Tool, behind: &str) -> Option<String> {
    let word = behind.split(' ').next().unwrap_or_default();
    match word.split_once('/') {
        Some((_, number)) if !tool.mark.ends_with('/') => version(number),
        _ => version(behind),
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
        ("os/ios", "iOS"),
        ("os/android", "Android"),
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

/// Whether a word stands in the text by itself: what is before it is no letter or digit, what is behind it no letter.
fn has_word(text: &str, word: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(word.len()).enumerate().any(|(at, window)| {
        let behind = bytes.get(at + word.len());
        window.eq_ignore_ascii_case(word.as_bytes())
            && !at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric())
            && !behind.is_some_and(u8::is_ascii_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
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
            ("console.ec2.amazonaws.com", "AWS console (ec2)"),
            (
                "EC2ConsoleFrontend, aws-internal/3 aws-sdk-java/1.11.848 Linux/4.9.217 OpenJDK_64-Bit_Server_VM/25.262-b10 java/1.8.0_262",
                "AWS console (EC2ConsoleFrontend)",
            ),
            (
                "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10.184 cfg/retry-mode/standard]",
                "AWS console (S3Console)",
            ),
            ("[S3Console/0.4]", "AWS console (S3Console)"),
            (
                "[AWSCloudTrail, aws-internal/3 aws-sdk-java/1.12.433 Linux/5.4.247]",
                "AWS service or console (AWSCloudTrail)",
            ),
            ("aws-internal/3 aws-sdk-java/1.12.433 Linux/5.4.247", "AWS service or console"),
            ("AWS Internal", "AWS service or console"),
            ("rds.amazonaws.com", "the AWS service rds.amazonaws.com"),
            ("health.amazonaws.com.cn", "the AWS service health.amazonaws.com.cn"),
            (
                "aws-cli/2.13.5 Python/3.11.4 Linux/4.14.255 exec-env/CloudShell exe/x86_64.amzn.2 prompt/off command/ec2.stop-instances",
                "AWS CLI 2.13.5 (ec2 stop-instances) on AWS CloudShell",
            ),
            ("[aws-cli/1.18.136 Python/3.8.5 Darwin/19.5.0 botocore/1.17.59]", "AWS CLI 1.18.136 on macOS"),
            ("aws-sdk-go/1.41.4 (go1.18.3; linux; amd64) amazon-ssm-agent/", "Amazon SSM Agent"),
            (
                "aws-sdk-go-v2/1.32.3 os/linux lang/go#1.23.1 exec-env/grimoire_0b1c9e5a api/sts#1.26.2",
                "Grimoire on Linux; a tool that attackers and security testers use",
            ),
            (
                "[stratus-red-team_0b1c9e5a]",
                "Stratus Red Team; a tool that attackers and security testers use",
            ),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.15.0-alpha20260204 (+https://www.terraform.io) terraform-provider-aws/6.32.1 aws-sdk-go-v2/1.41.1 ua/2.1 os/macos lang/go#1.25.7 api/sts#1.41.6 m/v,w",
                "Terraform 1.15.0 on macOS",
            ),
            ("APN/1.0 Pulumi/1.0 PulumiAwsNative/1.12", "Pulumi 1.12"),
            (
                "APN/1.0 OpenTofu/1.10.0 (+https://opentofu.org) aws-sdk-go-v2/1.41.1 os/linux",
                "OpenTofu 1.10.0 on Linux",
            ),
            (
                "aws-sdk-js/3.600.0 ua/2.0 os/linux lang/js md/nodejs#20.1 aws-cdk/2.150.0",
                "AWS CDK 2.150.0 on Linux",
            ),
            ("aws-sdk-ruby3/3.190.0 ua/2.1 os/linux", "AWS SDK for Ruby 3.190.0 on Linux"),
            (
                "aws-sdk-dotnet-coreclr/3.7.400.1 ua/2.0 os/windows#10",
                "AWS SDK for .NET 3.7.400.1 on Windows",
            ),
            ("aws-sdk-kotlin/1.3.81 ua/2.1 api/s3#1.3.81 os/android", "AWS SDK for Kotlin 1.3.81 on Android"),
            (
                "aws-sdk-js/3.600.0 ua/2.0 os/linux lang/js configure-aws-credentials-for-github-actions",
                "GitHub Actions (configure-aws-credentials) on Linux",
            ),
            ("aws-mcp.amazonaws.com", "AWS MCP Server; AI agents act through it"),
            (
                "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.1 lang/python#3.12 md/awslabs#mcp#eks-mcp-server#0.1.15",
                "AWS Labs MCP server 0.1.15 (eks-mcp-server); AI agents act through it",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari 18 on iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
                "Chrome 131 on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome 131 on Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
                "Samsung Internet 27 on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70",
                "Edge 131 on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 OPR/116.0.0.0",
                "Opera 116 on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/114.0",
                "Firefox 114 on Linux",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/133.0 Mobile/15E148 Safari/605.1.15",
                "Firefox 133 on iPad",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
                "Headless Chrome 131.0.0.0",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome 131 on ChromeOS",
            ),
            // A part of a word is not the word.
            ("alkaline/1.0", "alkaline/1.0"),
            ("cloudformation.amazonaws.com", "the AWS service cloudformation.amazonaws.com"),
            ("something new", "something new"),
            ("", "not recorded"),
        ] {
            assert_eq!(shown(agent), expected);
        }
    }

    #[test]
    fn both_languages_say_what_an_agent_is() {
        let client = Client::of(Some("aws-mcp.amazonaws.com"));
        assert_eq!(
            client.phrase(Lang::Ja).render(Channel::Terminal),
            "AWS MCP Server。AI エージェントが操作に使うツール"
        );
    }

    proptest! {
        #[test]
        fn no_user_agent_panics(
            parts in proptest::collection::vec(
                prop_oneof![any::<String>(), (0..TOOLS.len()).prop_map(|nth| TOOLS[nth].mark.to_owned()), Just(" ".to_owned())],
                0..6,
            ),
            long in 0_usize..400,
        ) {
            let agent = parts.concat() + &"あ".repeat(long);
            for lang in [Lang::En, Lang::Ja] {
                let client = Client::of(Some(&agent));
                prop_assert_eq!(client.phrase(lang).is_empty(), false);
            }
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
