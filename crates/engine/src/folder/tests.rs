//! A folder as a source: what is delivered, when, and after a restart.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::FolderSource;
use crate::source::{Condition, Door, Source, Taken, Word};

/// A running folder source and the other side of its door.
struct Running {
    words: mpsc::Receiver<Word>,
    task: JoinHandle<()>,
    position: Option<String>,
}

impl Running {
    fn start(folder: &Path, position: Option<String>) -> Self {
        let (sender, words) = mpsc::channel(4);
        let source = Box::new(FolderSource::new("logs", folder, Duration::from_millis(20)));
        let task = tokio::spawn(source.listen(position.clone(), Door::new("logs", sender)));
        Self { words, task, position }
    }

    /// Delivered bodies by file name, up to a look that finds nothing more; conditions too.
    async fn until_quiet(&mut self) -> (Vec<(String, String)>, Vec<Condition>) {
        let (mut bodies, mut conditions, mut looks) = (Vec::new(), Vec::new(), 0);
        while looks < 3 {
            match self.words.recv().await.expect("the source lives") {
                Word::Arrival { arrival, answer, .. } => {
                    let name = arrival.label.rsplit('/').next().unwrap().to_owned();
                    bodies.push((name, String::from_utf8_lossy(&arrival.body).into_owned()));
                    self.position = arrival.position.or(self.position.take());
                    answer.send(Taken::default()).unwrap();
                    looks = 0;
                }
                Word::Condition { condition: Condition::Listening, .. } => looks += 1,
                Word::Condition { condition, .. } => {
                    looks += 1;
                    conditions.push(condition);
                }
            }
        }
        bodies.sort();
        (bodies, conditions)
    }

    async fn bodies(&mut self) -> Vec<(String, String)> {
        let (bodies, conditions) = self.until_quiet().await;
        assert_eq!(conditions, []);
        bodies
    }

    /// Killed and started again from the last position.
    async fn restart(self, folder: &Path) -> Self {
        self.task.abort();
        let _ = self.task.await;
        Self::start(folder, self.position)
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, body)| ((*name).to_owned(), (*body).to_owned())).collect()
}

#[tokio::test]
async fn what_appears_is_delivered_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join("2026/11")).unwrap();
    fs::write(path.join("2026/11/b.json"), "[2]").unwrap();
    fs::write(path.join("a.json"), "[1]").unwrap();
    let mut source = Running::start(path, None);
    assert_eq!(source.bodies().await, pairs(&[("a.json", "[1]"), ("b.json", "[2]")]));

    fs::write(path.join("c.json"), "[3]").unwrap();
    assert_eq!(source.bodies().await, pairs(&[("c.json", "[3]")]));

    let mut source = source.restart(path).await;
    assert_eq!(source.bodies().await, []);
    fs::write(path.join("d.json"), "[4]").unwrap();
    assert_eq!(source.bodies().await, pairs(&[("d.json", "[4]")]));
}

#[tokio::test]
async fn a_file_with_an_old_time_and_many_of_one_time_are_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_hours(300_000);
    let put = |name: &str, time| {
        let mut file = File::create(folder.path().join(name)).unwrap();
        file.write_all(b"[]").unwrap();
        file.set_modified(time).unwrap();
    };
    (0..50).for_each(|nth| put(&format!("{nth}.json"), time));
    let mut source = Running::start(folder.path(), None);
    assert_eq!(source.bodies().await.len(), 50);
    (50..60).for_each(|nth| put(&format!("{nth}.json"), time));
    put("older.json", time - Duration::from_hours(1000));
    let mut source = source.restart(folder.path()).await;
    assert_eq!(source.bodies().await.len(), 11);
}

#[tokio::test]
async fn a_document_waits_until_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = File::create(folder.path().join("a.json")).unwrap();
    file.write_all(b"{\"Records\":[").unwrap();
    let mut source = Running::start(folder.path(), None);
    match source.words.recv().await.unwrap() {
        Word::Condition { condition, .. } => assert_eq!(condition, Condition::Listening),
        Word::Arrival { arrival, .. } => panic!("delivered at the first look: {arrival:?}"),
    }
    // From here on it is a race with the second look; a file that was read too early is read again.
    file.write_all(b"]}").unwrap();
    let last = source.bodies().await.pop();
    assert_eq!(last, pairs(&[("a.json", "{\"Records\":[]}")]).pop());
}

#[tokio::test]
async fn complete_lines_are_delivered_at_once_and_the_rest_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"{\"a\":1}\n{\"a\":2}\n").unwrap();
    let mut source = Running::start(folder.path(), None);
    assert_eq!(source.bodies().await, pairs(&[("a.ndjson", "{\"a\":1}\n{\"a\":2}\n")]));

    file.write_all(b"{\"a\":3}\n").unwrap();
    assert_eq!(source.bodies().await, pairs(&[("a.ndjson", "{\"a\":3}\n")]), "only what is new");

    let mut source = source.restart(folder.path()).await;
    file.write_all(b"{\"a\":4}").unwrap();
    assert_eq!(source.bodies().await, pairs(&[("a.ndjson", "{\"a\":4}")]), "its last line has no end");

    fs::write(&path, "{\"b\":1}\n{\"b\":2}\n{\"b\":3}\n{\"b\":4}\n{\"b\":5}\n").unwrap();
    let again = source.bodies().await;
    let all: String = again.iter().map(|(_, body)| body.as_str()).collect();
    assert!(
        all.starts_with("{\"b\":1}\n") && all.ends_with("{\"b\":5}\n"),
        "another file of that name: {all}"
    );
}

#[tokio::test]
async fn a_large_file_of_lines_comes_in_pieces_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(999_990));
    let all = line.repeat(40);
    fs::write(folder.path().join("a.ndjson"), &all).unwrap();
    let mut source = Running::start(folder.path(), None);
    let pieces = source.bodies().await;
    assert!(pieces.len() >= 5 && pieces.iter().all(|(_, body)| body.ends_with('\n')));
    assert_eq!(pieces.iter().map(|(_, body)| body.len()).sum::<usize>(), all.len());
    let mut source = source.restart(folder.path()).await;
    assert_eq!(source.bodies().await, []);
}

#[tokio::test]
async fn names_of_unfinished_files_are_left_alone_and_a_rename_makes_them_heard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for name in [".a.json.Xy", "a.json.tmp", "a.json.gz.6eF3Ca12", "empty.json"] {
        fs::write(path.join(name), if name == "empty.json" { "" } else { "[]" }).unwrap();
    }
    let mut source = Running::start(path, None);
    assert_eq!(source.bodies().await, []);
    fs::rename(path.join("a.json.tmp"), path.join("a.json")).unwrap();
    assert_eq!(source.bodies().await, pairs(&[("a.json", "[]")]));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said_and_what_was_read_is_not_forgotten() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("logs");
    let away = parent.path().join("away");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("a.json"), "[]").unwrap();
    let mut source = Running::start(&path, None);
    assert_eq!(source.bodies().await.len(), 1);
    fs::rename(&path, &away).unwrap();
    let (bodies, conditions) = source.until_quiet().await;
    assert_eq!(bodies, []);
    assert!(
        matches!(&conditions[0], Condition::Failing(words) if words.contains("Create it")),
        "{conditions:?}"
    );
    fs::rename(&away, &path).unwrap();
    assert_eq!(source.bodies().await, []);
}

#[tokio::test]
async fn a_position_of_another_kind_is_said_and_everything_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), "[]").unwrap();
    let mut source = Running::start(folder.path(), Some("17".to_owned()));
    let (bodies, conditions) = source.until_quiet().await;
    assert_eq!(bodies.len(), 1);
    assert!(matches!(&conditions[..], [Condition::Remark(_)]));
}

#[tokio::test]
async fn what_was_not_safe_is_delivered_again() {
    let folder = tempfile::tempdir().unwrap();
    for nth in 0..20 {
        fs::write(folder.path().join(format!("{nth:02}.json")), "[]").unwrap();
    }
    let mut source = Running::start(folder.path(), None);
    let mut taken = 0;
    while taken < 10 {
        if let Word::Arrival { answer, arrival, .. } = source.words.recv().await.unwrap() {
            assert!(arrival.backlog, "there is more behind it");
            answer.send(Taken::default()).unwrap();
            taken += 1;
        }
    }
    let mut source = source.restart(folder.path()).await;
    assert_eq!(source.bodies().await.len(), 20, "no position had been noted");
    let mut source = source.restart(folder.path()).await;
    assert_eq!(source.bodies().await, []);
}

#[tokio::test]
async fn it_ends_when_the_door_closes() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, words) = mpsc::channel(4);
    let source = Box::new(FolderSource::new("logs", folder.path(), Duration::from_hours(1)));
    let task = tokio::spawn(source.listen(None, Door::new("logs", sender)));
    drop(words);
    task.await.unwrap();
}
