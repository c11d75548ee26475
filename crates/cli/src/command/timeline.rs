//! `timeline`: what has been told lately.

use std::io::{self, BufWriter, Write as _};

use trailbell_engine::worded;
use trailbell_outbox::Listed;
use trailbell_text::{Channel, Untrusted};

use super::ledger;
use crate::args::Timeline;
use crate::context::{Context, Failure};

pub(crate) fn run(timeline: &Timeline, context: &Context) -> Result<u8, Failure> {
    let rules = context.rules()?;
    let reader = context.reader()?;
    let listed = Listed {
        since: context.time("--since", timeline.window.since.as_deref())?,
        until: context.time("--until", timeline.window.until.as_deref())?,
        minimum: timeline.minimum,
        limit: timeline.limit,
    };
    let mut ledger = ledger::open(&timeline.ledger, context)?;
    let mut notices = ledger.notices(&listed)?;
    // The newest are listed, the newest last: nearest to the prompt.
    notices.reverse();
    let mut out = BufWriter::new(io::stdout().lock());
    for owed in &notices {
        let notice = match worded(owed, &rules, &reader, None) {
            Ok(notice) => notice,
            Err(error) => {
                writeln!(io::stderr(), "trailbell: notice {}: {error}", owed.notice)?;
                continue;
            }
        };
        if context.json {
            writeln!(out, "{}", notice.json_line())?;
            continue;
        }
        let at = owed.time.unwrap_or(owed.told_at).to_zoned_datetime(context.zone.clone());
        let id = Untrusted::from(owed.event_id.as_deref().unwrap_or("-")).render(Channel::Terminal);
        writeln!(
            out,
            "{}  {:<8}  {}  {id}",
            at.strftime("%Y-%m-%d %H:%M %Z"),
            owed.severity,
            notice.page().headline.render(Channel::Terminal),
        )?;
    }
    out.flush()?;
    if notices.is_empty() && !context.quiet {
        writeln!(io::stderr(), "trailbell: nothing has been told in this time")?;
    }
    Ok(0)
}
