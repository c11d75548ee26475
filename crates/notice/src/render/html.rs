//! The HTML part of a mail: one column, a table for the facts, everything inline, readable in light and dark.
//!
//! No picture, no script, no remote thing, at most one link, whose text shows where it goes: sign-in mails are
//! the most copied lure there is, and this one must not look like those.

use std::fmt::Write as _;

use trailbell_text::{Channel, Phrase, Severity};

use super::{ours, severity};
use crate::lang::Lang;
use crate::page::{Item, Page};

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI','Hiragino Sans','Noto Sans JP',Meiryo,sans-serif";
const MONO: &str = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace";

/// The page as a whole HTML document.
pub fn html(page: &Page) -> String {
    let lang = page.lang;
    let headline = show(&page.headline);
    let (colour, tint) = colours(page.severity);
    let mut rows = String::new();
    for fact in &page.facts {
        // Writing to a String cannot fail.
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\" align=\"left\" valign=\"top\" class=\"quiet\" style=\"padding:5px 16px 5px 0;font-weight:normal;white-space:nowrap;color:#5c6670\">{}</th><td valign=\"top\" style=\"padding:5px 0;word-break:break-word\">{}</td></tr>",
            show(&fact.label),
            show(&fact.text)
        );
    }
    let mut body = String::new();
    if !rows.is_empty() {
        let table = "<table cellpadding=\"0\" cellspacing=\"0\" style=\"font-size:14px;line-height:1.5\">";
        let _ = writeln!(body, "{table}\n{rows}</table>");
    }
    body.push_str(&items(&page.items, lang));
    if let Some(calm) = &page.calm {
        let _ = writeln!(body, "<p style=\"margin:20px 0 0\">{}</p>", show(calm));
    }
    if !page.steps.is_empty() {
        body.push_str(&steps(page));
    }
    let mut links = String::new();
    if let Some(command) = &page.details {
        let _ = writeln!(links, "{} {}<br>", own(lang.pick("Details:", "詳細:")), code(command));
    }
    for (label, link) in page.links() {
        let (label, link) = (show(&label), own(link));
        let _ = writeln!(
            links,
            "{label}: <a href=\"{link}\" style=\"color:#0b62c4;word-break:break-all\" class=\"link\">{link}</a><br>"
        );
    }
    if !links.is_empty() {
        let _ = writeln!(body, "<p style=\"margin:24px 0 0;font-size:13px\">{links}</p>");
    }
    let footer: Vec<String> = page.footer.iter().chain(&page.verification).map(show).collect();
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
         {body}\
         <div class=\"quiet rule\" style=\"margin-top:20px;padding-top:14px;border-top:1px solid #e6e9ec;color:#5c6670;font-size:12px;line-height:1.6;word-break:break-word\">\n{footer}\n</div>\n\
         </td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n",
        word = own(severity(page.severity, lang)),
        footer = footer.join("<br>\n"),
    )
}

/// The things of a digest, each behind the word for how much it matters.
fn items(items: &[Item], lang: Lang) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut out = "<ul style=\"margin:16px 0 0;padding-left:20px;font-size:14px\">\n".to_owned();
    for item in items {
        let (colour, tint) = colours(item.severity);
        let word = match item.severity {
            Severity::Info => String::new(),
            grave => format!(
                "<span style=\"padding:0 6px;border-radius:8px;background:{tint};color:{colour};font-size:11px;font-weight:600\">{}</span> ",
                own(severity(grave, lang))
            ),
        };
        let _ = writeln!(
            out,
            "<li style=\"margin:0 0 6px;word-break:break-word\">{word}{}</li>",
            show(&item.text)
        );
    }
    out.push_str("</ul>\n");
    out
}

fn steps(page: &Page) -> String {
    let mut out = String::new();
    if let Some(words) = &page.steps_for {
        let _ = writeln!(out, "<p style=\"margin:14px 0 6px;font-weight:600\">{}</p>", show(words));
    }
    for line in &page.preamble {
        let _ = writeln!(
            out,
            "<p class=\"quiet\" style=\"margin:0;color:#5c6670;font-size:13px\">{}</p>",
            show(line)
        );
    }
    if let Some(check) = &page.check_first {
        out.push_str(&command_box(check));
    }
    out.push_str("<ol style=\"margin:10px 0 0;padding-left:22px\">\n");
    for step in &page.steps {
        let _ = write!(out, "<li style=\"margin:0 0 12px\">{}", show(&step.text));
        for line in &step.commands {
            if let Some(label) = line.purpose.label(page.lang) {
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
