//! A small AWS on a loopback port that remembers: stacks, change sets, buckets, subscriptions. What `deploy` and `recipients` do to it can be
//! looked at afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

pub const ACCOUNT: &str = "123456789012";

/// What is there, and how it behaves.
#[derive(Debug, Default)]
pub struct Cloud {
    /// By region and name.
    pub stacks: BTreeMap<(String, String), Stack>,
    pub buckets: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    pub log_groups: BTreeSet<String>,
    /// Address and whether it has confirmed.
    pub subscriptions: Vec<(String, bool)>,
    pub trails: Vec<Value>,
    pub regions: Vec<&'static str>,
    /// The parameter with secrets.
    pub secrets: Option<String>,
    /// A bucket of that name is somebody else's, whatever the name.
    pub buckets_are_taken: bool,
    /// The bucket that is another account's.
    pub foreign: Option<&'static str>,
    /// The resource that cannot be made, and why.
    pub fails: Option<(&'static str, &'static str)>,
    /// Why a stack cannot be deleted.
    pub delete_fails: Option<&'static str>,
    /// Regions that are closed to whoever asks.
    pub closed: Vec<&'static str>,
    /// Regions where nothing can be made.
    pub broken: Vec<&'static str>,
    /// So many calls are refused as too many.
    pub throttled: u32,
    /// Everything that was asked: region and operation.
    pub asked: Vec<(String, String)>,
    pub kept_keys: Vec<String>,
    /// No key may be kept.
    pub keys_are_closed: bool,
    pub change_sets: BTreeMap<String, (bool, BTreeMap<String, String>)>,
    pub deleted: BTreeMap<String, Stack>,
}

#[derive(Debug, Clone, Default)]
pub struct Stack {
    pub status: String,
    pub parameters: BTreeMap<String, String>,
    pub events: Vec<String>,
}

pub type Shared = Arc<Mutex<Cloud>>;

/// Serves it until the test ends.
pub fn serve(cloud: Cloud) -> (u16, Shared) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let cloud = Arc::new(Mutex::new(cloud));
    let shared = Arc::clone(&cloud);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let cloud = Arc::clone(&cloud);
            thread::spawn(move || answer(stream, &cloud));
        }
    });
    (port, shared)
}

/// A request, as far as it matters.
struct Asked {
    method: String,
    path: String,
    query: String,
    region: String,
    operation: String,
    owner: String,
    body: Vec<u8>,
}

impl Asked {
    fn parameter(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(&self.body);
        pairs.into_owned().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> String {
        self.parameter(name).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn answer(stream: TcpStream, cloud: &Shared) {
    let mut reader = BufReader::new(stream);
    let (mut lines, mut line, mut length) = (Vec::new(), String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        lines.push(line.trim_end().to_owned());
        line.clear();
    }
    let mut body = vec![0; length];
    if lines.is_empty() || reader.read_exact(&mut body).is_err() {
        return;
    }
    let header = |name: &str| {
        let found = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let mut first = lines[0].split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut asked = Asked {
        method: method.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        region: header("authorization").split('/').nth(2).unwrap_or_default().to_owned(),
        operation: header("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned(),
        owner: header("x-amz-expected-bucket-owner"),
        body,
    };
    if asked.operation.is_empty() {
        asked.operation = asked.text("Action");
    }
    let mut cloud = cloud.lock().unwrap();
    let (status, reply) = cloud.reply(&asked);
    drop(cloud);
    let head = if method == "HEAD" { Vec::new() } else { reply };
    let start = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", head.len());
    let stream = reader.get_mut();
    // Whoever asked may have gone.
    let _ = stream.write_all(start.as_bytes()).and_then(|()| stream.write_all(&head));
}

type Reply = (u16, Vec<u8>);

fn good(text: impl Into<String>) -> Reply {
    (200, text.into().into_bytes())
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body.into_bytes())
}

fn id(region: &str, name: &str) -> String {
    format!("arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{name}/1")
}

/// `arn:...:stack/NAME/1` or `NAME`.
fn name_of(text: &str) -> String {
    text.split('/').nth(1).unwrap_or(text).to_owned()
}

impl Cloud {
    fn reply(&mut self, asked: &Asked) -> Reply {
        if asked.operation.is_empty() && asked.path.starts_with("/2015-03-31/functions/") {
            self.asked.push((asked.region.clone(), "GetFunctionConfiguration".to_owned()));
            return good(
                json!({ "State": "Active", "LastUpdateStatus": "Successful", "CodeSize": 4096 }).to_string(),
            );
        }
        if asked.operation.is_empty() && asked.path == "/listRegions" {
            let regions: Vec<Value> = self.regions.iter().map(|name| json!({ "RegionName": name })).collect();
            return good(json!({ "Regions": regions }).to_string());
        }
        if asked.operation.is_empty() {
            return self.s3(asked);
        }
        self.asked.push((asked.region.clone(), asked.operation.clone()));
        if self.throttled > 0 && asked.operation.starts_with("Describe") {
            self.throttled -= 1;
            return refusal(400, "Throttling", "Rate exceeded");
        }
        match asked.operation.as_str() {
            "GetCallerIdentity" => {
                good(format!("<R><Arn>arn:aws:iam::{ACCOUNT}:user/me</Arn><Account>{ACCOUNT}</Account></R>"))
            }
            "GetParameter" => match &self.secrets {
                Some(secrets) => good(json!({ "Parameter": { "Value": secrets } }).to_string()),
                None => (400, json!({ "__type": "AccessDeniedException" }).to_string().into_bytes()),
            },
            "DescribeTrails" => good(json!({ "trailList": self.trails }).to_string()),
            "GetTrailStatus" => good(json!({ "IsLogging": true }).to_string()),
            "GetEventSelectors" => good(
                json!({ "EventSelectors": [{ "IncludeManagementEvents": true, "ReadWriteType": "All" }] })
                    .to_string(),
            ),
            "DeleteLogGroup" => {
                self.log_groups.remove(asked.json()["logGroupName"].as_str().unwrap());
                good("")
            }
            "CancelKeyDeletion" if self.keys_are_closed => {
                (400, json!({ "__type": "AccessDeniedException" }).to_string().into_bytes())
            }
            "CancelKeyDeletion" => {
                self.kept_keys.push(asked.json()["KeyId"].as_str().unwrap().to_owned());
                good("{}")
            }
            "EnableKey" => good("{}"),
            "Subscribe" => {
                let address = asked.text("Endpoint");
                if !self.subscriptions.iter().any(|(known, _)| *known == address) {
                    self.subscriptions.push((address, false));
                }
                good("<R/>")
            }
            "Unsubscribe" => {
                let arn = asked.text("SubscriptionArn");
                let address = arn.rsplit(':').next().unwrap().replace("-at-", "@");
                self.subscriptions.retain(|(known, _)| *known != address);
                good("<R/>")
            }
            "ListSubscriptionsByTopic" => {
                let member = |(address, confirmed): &(String, bool)| {
                    let arn = if *confirmed {
                        format!("arn:aws:sns:eu-west-1:{ACCOUNT}:t:{}", address.replace('@', "-at-"))
                    } else {
                        "PendingConfirmation".to_owned()
                    };
                    format!(
                        "<member><Protocol>email</Protocol><Endpoint>{address}</Endpoint><SubscriptionArn>{arn}</SubscriptionArn></member>"
                    )
                };
                let members: String = self.subscriptions.iter().map(member).collect();
                good(format!("<R><Subscriptions>{members}</Subscriptions></R>"))
            }
            _ if self.closed.contains(&asked.region.as_str()) => {
                refusal(403, "AccessDenied", "closed by a policy")
            }
            _ => self.cloudformation(asked),
        }
    }

    fn cloudformation(&mut self, asked: &Asked) -> Reply {
        let name = name_of(&asked.text("StackName"));
        let place = (asked.region.clone(), name.clone());
        match asked.operation.as_str() {
            "CreateChangeSet" if self.broken.contains(&asked.region.as_str()) => {
                refusal(400, "InsufficientCapabilitiesException", "not here")
            }
            "CreateChangeSet" => {
                let is_new = asked.text("ChangeSetType") == "CREATE";
                let was = self.stacks.get(&place).map(|stack| stack.parameters.clone()).unwrap_or_default();
                let mut parameters = BTreeMap::new();
                for at in 1.. {
                    let Some(key) = asked.parameter(&format!("Parameters.member.{at}.ParameterKey")) else {
                        break;
                    };
                    let value = asked.parameter(&format!("Parameters.member.{at}.ParameterValue"));
                    let value = value.or_else(|| was.get(&key).cloned()).unwrap_or_default();
                    parameters.insert(key, value);
                }
                // CloudFormation fills in the template's defaults; one of them matters here.
                if parameters.contains_key("CodeKey") {
                    parameters.entry("WatchWithLogs".to_owned()).or_insert_with(|| "yes".to_owned());
                }
                if is_new {
                    let proposed = Stack { status: "REVIEW_IN_PROGRESS".to_owned(), ..Stack::default() };
                    self.stacks.insert(place, proposed);
                }
                self.change_sets.insert(format!("{}/{name}", asked.region), (is_new, parameters));
                good(format!("<R><Id>cs</Id><StackId>{}</StackId></R>", id(&asked.region, &name)))
            }
            "DescribeChangeSet" => {
                let Some((is_new, parameters)) = self.change_sets.get(&format!("{}/{name}", asked.region))
                else {
                    return refusal(404, "ChangeSetNotFound", "no");
                };
                if self.stacks.get(&place).is_some_and(|stack| stack.parameters == *parameters) {
                    return good(
                        "<R><Status>FAILED</Status><StatusReason>The submitted information didn't contain changes.</StatusReason></R>",
                    );
                }
                let action = if *is_new { "Add" } else { "Modify" };
                let change = |resource: &str, kind: &str| {
                    format!(
                        "<member><ResourceChange><Action>{action}</Action><LogicalResourceId>{resource}</LogicalResourceId>\
                         <ResourceType>{kind}</ResourceType></ResourceChange></member>"
                    )
                };
                good(format!(
                    "<R><Status>CREATE_COMPLETE</Status><Changes>{}{}</Changes></R>",
                    change("Function", "AWS::Lambda::Function"),
                    change("Topic", "AWS::SNS::Topic")
                ))
            }
            "DeleteChangeSet" => {
                self.change_sets.remove(&format!("{}/{name}", asked.region));
                good("<R/>")
            }
            "ExecuteChangeSet" => {
                let (is_new, parameters) =
                    self.change_sets.remove(&format!("{}/{name}", asked.region)).unwrap();
                let stack = self.stacks.get_mut(&place).unwrap();
                let word = if is_new { "CREATE" } else { "UPDATE" };
                let event = |resource: &str, kind: &str, status: &str, reason: &str| {
                    event(&asked.region, &name, resource, kind, status, reason)
                };
                let of_stack = |status: &str| event(&name, "AWS::CloudFormation::Stack", status, "");
                let mut events = vec![of_stack(&format!("{word}_IN_PROGRESS"))];
                if let Some((resource, reason)) = self.fails {
                    let cancelled = "Resource creation cancelled";
                    events.push(event("Table", "AWS::DynamoDB::Table", &format!("{word}_FAILED"), cancelled));
                    events.push(event(resource, "AWS::KMS::Key", &format!("{word}_FAILED"), reason));
                    let back = if is_new { "ROLLBACK_COMPLETE" } else { "UPDATE_ROLLBACK_COMPLETE" };
                    stack.status = String::from(back);
                    if is_new {
                        stack.parameters = parameters;
                    }
                } else {
                    events.push(event("Topic", "AWS::SNS::Topic", &format!("{word}_COMPLETE"), ""));
                    stack.status = format!("{word}_COMPLETE");
                    resubscribe(
                        &mut self.subscriptions,
                        stack.parameters.get("EmailAddresses").map_or("", String::as_str),
                        parameters.get("EmailAddresses").map_or("", String::as_str),
                    );
                    if parameters.get("CreateTrail").is_some_and(|value| value == "yes") {
                        self.buckets
                            .entry(format!("{name}-newtrailbucket-x"))
                            .or_default()
                            .insert("AWSLogs/1".to_owned(), vec![1]);
                        self.log_groups.insert(format!("{name}-NewTrailLogGroup-x"));
                    }
                    stack.parameters = parameters;
                }
                events.push(of_stack(&stack.status));
                stack.events.extend(events);
                good("<R/>")
            }
            "DeleteStack" => {
                let Some(mut stack) = self.stacks.remove(&place) else { return good("<R/>") };
                if stack.status == "REVIEW_IN_PROGRESS" {
                    return good("<R/>");
                }
                let event = |resource: &str, kind: &str, status: &str, reason: &str| {
                    event(&asked.region, &name, resource, kind, status, reason)
                };
                let of_stack = |status: &str| event(&name, "AWS::CloudFormation::Stack", status, "");
                stack.events.push(of_stack("DELETE_IN_PROGRESS"));
                if let Some(reason) = self.delete_fails {
                    stack.events.push(event("NewTrailBucket", "AWS::S3::Bucket", "DELETE_FAILED", reason));
                    stack.events.push(of_stack("DELETE_FAILED"));
                    stack.status = String::from("DELETE_FAILED");
                    self.stacks.insert(place, stack);
                    return good("<R/>");
                }
                for (resource, kind, physical) in kept(&name, &stack) {
                    let skipped = event(resource, kind, "DELETE_SKIPPED", "")
                        .replace(&format!("p-{resource}"), &physical);
                    stack.events.push(skipped);
                }
                stack.events.push(of_stack("DELETE_COMPLETE"));
                stack.status = String::from("DELETE_COMPLETE");
                if name == "trailbell" {
                    self.subscriptions.clear();
                }
                self.deleted.insert(id(&asked.region, &name), stack);
                good("<R/>")
            }
            "DescribeStacks" => {
                let by_id = self.deleted.get(&asked.text("StackName"));
                let Some(stack) = self.stacks.get(&place).or(by_id) else {
                    return refusal(400, "ValidationError", &format!("Stack with id {name} does not exist"));
                };
                good(described(&asked.region, &name, stack))
            }
            "DescribeStackEvents" => {
                let by_id = self.deleted.get(&asked.text("StackName"));
                let Some(stack) = self.stacks.get(&place).or(by_id) else {
                    return refusal(400, "ValidationError", &format!("Stack with id {name} does not exist"));
                };
                let numbered = stack
                    .events
                    .iter()
                    .enumerate()
                    .map(|(at, event)| event.replace("EVENT-ID", &format!("e{at}")));
                let mut events: Vec<String> = numbered.collect();
                events.reverse();
                good(format!("<R><StackEvents>{}</StackEvents></R>", events.concat()))
            }
            "ListStackResources" => {
                let Some(stack) = self.stacks.get(&place) else {
                    return refusal(400, "ValidationError", &format!("Stack with id {name} does not exist"));
                };
                let resource = |(logical, kind, physical): (&str, &str, String)| {
                    format!(
                        "<member><LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
                         <ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
                    )
                };
                let mut all = kept(&name, stack);
                all.push(("Key", "AWS::KMS::Key", "key-1".to_owned()));
                all.push(("Topic", "AWS::SNS::Topic", "arn:t".to_owned()));
                let members: String = all.into_iter().map(resource).collect();
                good(format!("<R><StackResourceSummaries>{members}</StackResourceSummaries></R>"))
            }
            other => refusal(400, "AccessDenied", &format!("may not call {other}")),
        }
    }

    fn s3(&mut self, asked: &Asked) -> Reply {
        let path = asked.path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned();
        let operation =
            format!("{} {}", asked.method, asked.query.split('&').next_back().unwrap_or_default());
        self.asked.push((asked.region.clone(), operation));
        if self.buckets_are_taken || self.foreign == Some(bucket) {
            return refusal(403, "AccessDenied", "");
        }
        let is_creation = asked.method == "PUT" && key.is_empty() && asked.query.is_empty();
        assert!(is_creation || asked.owner == ACCOUNT, "{} {path} names no owner", asked.method);
        if is_creation {
            self.buckets.insert(bucket.to_owned(), BTreeMap::new());
            return good("");
        }
        let Some(objects) = self.buckets.get_mut(bucket) else { return refusal(404, "NoSuchBucket", "") };
        match (asked.method.as_str(), key.as_str()) {
            ("DELETE", "") if objects.is_empty() => {
                self.buckets.remove(bucket);
                good("")
            }
            ("DELETE", "") => refusal(409, "BucketNotEmpty", "it is not empty"),
            ("DELETE", key) => {
                objects.remove(key);
                good("")
            }
            ("GET", "") => {
                let prefix =
                    asked.query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
                let prefix = prefix.replace("%2F", "/");
                let keys = objects.keys().filter(|key| key.starts_with(&prefix));
                let versions: Vec<String> = keys
                    .map(|key| format!("<Version><Key>{key}</Key><VersionId>null</VersionId></Version>"))
                    .collect();
                good(format!("<L>{}</L>", versions.concat()))
            }
            ("GET", key) => {
                objects.get(key).map_or_else(|| refusal(404, "NoSuchKey", ""), |body| (200, body.clone()))
            }
            ("POST", _) => {
                let body = String::from_utf8_lossy(&asked.body).into_owned();
                objects.retain(|key, _| !body.contains(&format!("<Key>{key}</Key>")));
                good("<DeleteResult/>")
            }
            ("PUT", key) if !key.is_empty() => {
                objects.insert(key.to_owned(), asked.body.clone());
                good("")
            }
            _ => good(""),
        }
    }
}

/// Each place is a subscription. What another address stands at is subscribed first, which answers with a subscription that is
/// there; then the one that stood there is ended, whoever has it by now.
fn resubscribe(subscriptions: &mut Vec<(String, bool)>, was: &str, is: &str) {
    let (was, is): (Vec<&str>, Vec<&str>) = (was.split(',').collect(), is.split(',').collect());
    let changed = |one: &[&str], other: &[&str]| -> Vec<String> {
        let others = one.iter().enumerate().filter(|(at, address)| other.get(*at) != Some(address));
        others.map(|(_, address)| (*address).to_owned()).filter(|address| !address.is_empty()).collect()
    };
    for address in changed(&is, &was) {
        if !subscriptions.iter().any(|(known, _)| *known == address) {
            subscriptions.push((address, false));
        }
    }
    let ended = changed(&was, &is);
    subscriptions.retain(|(known, _)| !ended.contains(known));
}

/// What a stack with a trail of its own keeps.
fn kept(name: &str, stack: &Stack) -> Vec<(&'static str, &'static str, String)> {
    if stack.parameters.get("CreateTrail").is_none_or(|value| value != "yes") {
        return Vec::new();
    }
    vec![
        ("NewTrailBucket", "AWS::S3::Bucket", format!("{name}-newtrailbucket-x")),
        ("NewTrailLogGroup", "AWS::Logs::LogGroup", format!("{name}-NewTrailLogGroup-x")),
    ]
}

fn event(region: &str, name: &str, resource: &str, kind: &str, status: &str, reason: &str) -> String {
    let physical = if kind.ends_with("::Stack") { id(region, name) } else { format!("p-{resource}") };
    format!(
        "<member><EventId>EVENT-ID</EventId><Timestamp>2026-11-24T10:00:00Z</Timestamp>\
         <LogicalResourceId>{resource}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
         <ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus>\
         <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
    )
}

fn described(region: &str, name: &str, stack: &Stack) -> String {
    let parameter = |(key, value): (&String, &String)| {
        let value = value.replace('&', "&amp;");
        format!("<member><ParameterKey>{key}</ParameterKey><ParameterValue>{value}</ParameterValue></member>")
    };
    let parameters: String = stack.parameters.iter().map(parameter).collect();
    let outputs: Vec<String> = [
        ("TopicArn", format!("arn:aws:sns:{region}:{ACCOUNT}:t")),
        ("FunctionName", "f".to_owned()),
        ("EventBusArn", format!("arn:aws:events:{region}:{ACCOUNT}:event-bus/default")),
    ]
    .iter()
    .map(|(key, value)| {
        format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
    })
    .collect();
    format!(
        "<R><Stacks><member><StackId>{}</StackId><StackName>{name}</StackName><StackStatus>{}</StackStatus>\
         <StackStatusReason>because</StackStatusReason><Parameters>{parameters}</Parameters><Outputs>{}</Outputs></member></Stacks></R>",
        id(region, name),
        stack.status,
        outputs.concat()
    )
}
