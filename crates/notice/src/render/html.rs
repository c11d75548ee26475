//! The HTML part of a mail: one column, a table for the facts, everything inline, readable in light and dark.
//!
//! No picture, no script, no remote thing, at most one link, whose text shows where it goes: sign-in mails are
//! the most copied lure there is, and this one must not look like those.

use std::fmt::Write as _;

use trailbell_text::{Channel, Phrase, Severity};

use super::{calm, explain, if_not, ours, severity};
use crate::notice::Notice;

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI','Hiragino Sans','Noto Sans JP',Meiryo,sans-serif";
const MONO: &str = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace";

/// The notice as a whole HTML document.
pub fn html(notice: &Notice) -> String {
    let lang = notice.lang;
    let headline = show(&notice.headline);
    let (colour, tint) = colours(notice.severity);
    let mut facts = String::new();
    for fact in &notice.facts {
        // Writing to a String cannot fail.
        let _ = writeln!(
            facts,
            "<tr><th scope=\"row\" align=\"left\" valign=\"top\" class=\"quiet\" style=\"padding:5px 16px 5px 0;font-weight:normal;white-space:nowrap;color:#5c6670\">{}</th><td valign=\"top\" style=\"padding:5px 0;word-break:break-word\">{}</td></tr>",
            own(fact.name.label(lang)),
            show(&fact.text)
        );
    }
    let mut body = String::new();
    let _ = writeln!(body, "<p style=\"margin:20px 0 0\">{}</p>", own(calm(notice)));
    if !notice.advice.steps.is_empty() {
        body.push_str(&steps(notice));
    }
    let mut links = String::new();
    if let Some(command) = explain(notice) {
        let _ = writeln!(links, "{} {}<br>", own(lang.pick("Details:", "詳細:")), code(&command));
    }
    if let Some(link) = &notice.link {
        let link = own(link);
        let _ = writeln!(
            links,
            "CloudTrail: <a href=\"{link}\" style=\"color:#0b62c4;word-break:break-all\" class=\"link\">{link}</a>"
        );
    }
    let footer: Vec<String> = notice.footer.iter().chain(&notice.verification).map(show).collect();
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>{headline}</title>\n\
         <style>\n@media (prefers-color-scheme: dark) {{\n.page {{ background:#15191e !important; color:#e6e9ec !important }}\n\
         .card {{ background:#1e242b !important; border-left-color:#39424c !important; border-right-color:#39424c !important; border-bottom-color:#39424c !important }}\n.quiet {{ color:#a0abb6 !important }}\n\
         .code {{ background:#11151a !important; color:#e6e9ec !important }}\n.link {{ color:#7db7ff !important }}\n\
         .rule {{ border-color:#39424c !important }}\n}}\n</style>\n</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:#f4f5f7;color:#1c2126\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" class=\"page\" style=\"background:#f4f5f7;color:#1c2126\">\n\
         <tr><td align=\"center\" style=\"padding:24px 12px\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" class=\"card\" \
         style=\"max-width:640px;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid {colour};border-radius:6px;{FONT};font-size:15px;line-height:1.55;text-align:left\">\n\
         <tr><td style=\"padding:24px 28px\">\n\
         <span style=\"display:inline-block;padding:1px 9px;border-radius:10px;background:{tint};color:{colour};font-size:12px;font-weight:600;letter-spacing:.04em\">{word}</span>\n\
         <h1 style=\"margin:10px 0 16px;font-size:20px;line-height:1.4;font-weight:600\">{headline}</h1>\n\
         <table cellpadding=\"0\" cellspacing=\"0\" style=\"font-size:14px;line-height:1.5\">\n{facts}</table>\n{body}\
         <p style=\"margin:24px 0 0;font-size:13px\">{links}</p>\n\
         <div class=\"quiet rule\" style=\"margin-top:20px;padding-top:14px;border-top:1px solid #e6e9ec;color:#5c6670;font-size:12px;line-height:1.6;word-break:break-word\">\n{footer}\n</div>\n\
         </td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n",
        word = own(severity(notice.severity, lang)),
        footer = footer.join("<br>\n"),
    )
}

fn steps(notice: &Notice) -> String {
    let mut out = String::new();
    if let Some(words) = if_not(notice) {
        let _ = writeln!(out, "<p style=\"margin:14px 0 6px;font-weight:600\">{}</p>", own(words));
    }
    for line in &notice.preamble {
        let _ = writeln!(
            out,
            "<p class=\"quiet\" style=\"margin:0;color:#5c6670;font-size:13px\">{}</p>",
            show(line)
        );
    }
    if let Some(check) = &notice.check_first {
        out.push_str(&command_box(check));
    }
    out.push_str("<ol style=\"margin:10px 0 0;padding-left:22px\">\n");
    for step in &notice.advice.steps {
        let _ = write!(out, "<li style=\"margin:0 0 12px\">{}", show(&step.text));
        for line in &step.commands {
            if let Some(label) = line.purpose.label(notice.lang) {
                let _ = write!(
                    out,
                    "<div class=\"quiet\" style=\"margin-top:6px;color:#5c6670;font-size:13px\">{}</div>",
                    own(label)
                );
            }
            out.push_str(&command_box(&line.line));
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ol>\n");
    out
}

fn command_box(line: &str) -> String {
    format!(
        "<pre class=\"code\" style=\"margin:6px 0 0;padding:9px 11px;background:#f1f3f5;color:#1c2126;border-radius:4px;{MONO};font-size:12.5px;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere\">{}</pre>",
        own(line)
    )
}

fn code(text: &str) -> String {
    format!("<code style=\"{MONO};font-size:12.5px;word-break:break-all\">{}</code>", own(text))
}

fn show(phrase: &Phrase) -> String {
    phrase.render(Channel::Html)
}

fn own(text: &str) -> String {
    ours(text, Channel::Html)
}

/// The colour of a severity, and a pale one behind it; both hold their contrast in dark mode.
const fn colours(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("#b3141d", "#fde8e8"),
        Severity::High => ("#b84a00", "#fdeee0"),
        Severity::Medium => ("#8a6100", "#fbf3d9"),
        Severity::Low => ("#2a5d9f", "#e8f0fa"),
        Severity::Info => ("#56606a", "#eceff2"),
    }
}
