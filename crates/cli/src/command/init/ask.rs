//! Asking: a question, its default, and a line of answer.

use std::io::{BufRead, Read as _, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use trailbell_notice::Lang;
use trailbell_text::Secret;

use crate::context::Failure;

/// Longest answer, in bytes.
const MAX_ANSWER: u64 = 16 * 1024;

/// Somebody at a terminal.
pub(super) struct Asker<'a> {
    pub(super) lang: Lang,
    pub(super) input: &'a mut dyn BufRead,
    pub(super) out: &'a mut dyn Write,
    /// Whether standard input is a terminal, which shows what is typed.
    pub(super) echoes: bool,
}

impl Asker<'_> {
    /// Of two wordings, the one in their language.
    pub(super) const fn pick(&self, english: &'static str, japanese: &'static str) -> &'static str {
        match self.lang {
            Lang::En => english,
            Lang::Ja => japanese,
        }
    }

    pub(super) fn say(&mut self, words: &str) -> Result<(), Failure> {
        writeln!(self.out, "{words}")?;
        Ok(())
    }

    /// A line; nothing typed takes the default, where there is one.
    pub(super) fn line(&mut self, question: &str, default: Option<&str>) -> Result<String, Failure> {
        loop {
            match default {
                Some(default) if !default.is_empty() => write!(self.out, "{question} [{default}]: ")?,
                _ => write!(self.out, "{question}: ")?,
            }
            self.out.flush()?;
            let answer = self.read()?;
            match (answer.trim(), default) {
                ("", Some(default)) => return Ok(default.to_owned()),
                ("", None) => {}
                (answer, _) => return Ok(answer.to_owned()),
            }
        }
    }

    pub(super) fn yes(&mut self, question: &str, default: bool) -> Result<bool, Failure> {
        loop {
            let answer = self.line(&format!("{question} (y/n)"), Some(if default { "y" } else { "n" }))?;
            match answer.to_lowercase().as_str() {
                "y" | "yes" | "はい" => return Ok(true),
                "n" | "no" | "いいえ" => return Ok(false),
                _ => {}
            }
        }
    }

    /// The place of the chosen one; the first is the default.
    pub(super) fn choose(&mut self, question: &str, options: &[&str]) -> Result<usize, Failure> {
        self.say(&format!("\n{question}"))?;
        for (at, option) in options.iter().enumerate() {
            writeln!(self.out, "  {:>2}  {option}", at + 1)?;
        }
        loop {
            let answer = self.line(self.pick("Number", "番号"), Some("1"))?;
            if let Some(at) = answer.parse::<usize>().ok().filter(|at| (1..=options.len()).contains(at)) {
                return Ok(at - 1);
            }
        }
    }

    /// A secret: what is typed is not shown.
    pub(super) fn secret(&mut self, question: &str) -> Result<Secret, Failure> {
        loop {
            write!(self.out, "{question}{}: ", self.pick(" (not shown)", "(表示されません)"))?;
            self.out.flush()?;
            let hidden = self.echoes.then(Hidden::new).flatten();
            let answer = self.read();
            let was_hidden = hidden.is_some();
            drop(hidden);
            if was_hidden {
                writeln!(self.out)?;
            }
            let answer = answer?;
            if !answer.trim().is_empty() {
                return Ok(Secret::new(answer.trim()));
            }
        }
    }

    fn read(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        let read = self.input.take(MAX_ANSWER).read_line(&mut line)?;
        if read == 0 {
            return Err(Failure::Told("the answers ended before the questions; nothing was written".into()));
        }
        Ok(line)
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn new() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Now, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing is left to be done about a terminal that has gone.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}
