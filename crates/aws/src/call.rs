//! One request to AWS before it is signed, in each of the protocols, and how its reply is read.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Place, Said};
use crate::service::Service;
use crate::xml::Element;

/// Most bytes of an ordinary reply. AWS's own limits are far below (a page of `LookupEvents` is 50 events of at most
/// 256 KiB; `GetRecords` and `FilterLogEvents` end at 10 MiB and 1 MiB).
const REPLY_LIMIT: usize = 32 * 1024 * 1024;
/// How long an ordinary call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What RFC 3986 leaves unescaped, which is what signature version 4 wants.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) operation: &'static str,
    /// The region it is signed for and sent to.
    pub(crate) region: String,
    /// A host in front of the service's own (S3's buckets).
    pub(crate) host: Option<String>,
    pub(crate) method: Method,
    /// Path and query, escaped; begins with `/`.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) limit: usize,
    pub(crate) timeout: Duration,
}

impl Call {
    fn new(service: Service, region: &str, operation: &'static str) -> Self {
        Self {
            service,
            operation,
            region: region.to_owned(),
            host: None,
            method: Method::POST,
            path: "/".to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            limit: REPLY_LIMIT,
            timeout: TIMEOUT,
        }
    }

    fn typed(mut self, content_type: &'static str) -> Self {
        self.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self
    }

    /// A call in AWS JSON.
    pub(crate) fn json(service: Service, region: &str, operation: &'static str, input: &Value) -> Self {
        let mut call = Self::new(service, region, operation);
        if let Some((target, content_type)) = service.json() {
            call = call.typed(content_type);
            if let Ok(target) = HeaderValue::try_from(format!("{target}.{operation}")) {
                call.headers.insert(HeaderName::from_static("x-amz-target"), target);
            }
        }
        call.body = input.to_string().into_bytes();
        call
    }

    /// A call in the query protocol: parameters in a form, XML back.
    pub(crate) fn query(
        service: Service,
        region: &str,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Self {
        let version = service.query_version().unwrap_or_default();
        let mut form = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            form.push('&');
            form.push_str(&escape(name));
            form.push('=');
            form.push_str(&escape(value));
        }
        let mut call = Self::new(service, region, operation).typed("application/x-www-form-urlencoded");
        call.body = form.into_bytes();
        call
    }

    /// A call of a REST service that takes JSON.
    pub(crate) fn rest(
        service: Service,
        region: &str,
        operation: &'static str,
        path: &str,
        input: &Value,
    ) -> Self {
        let mut call = Self::new(service, region, operation).typed("application/json");
        path.clone_into(&mut call.path);
        call.body = input.to_string().into_bytes();
        call
    }

    /// An object of a bucket. In the path where the endpoint is not AWS's own, or where the bucket's name would not match
    /// AWS's certificate; else in the host, as AWS wants it.
    pub(crate) fn object(region: &str, object: &Object<'_>, path_style: bool) -> Self {
        let operation = if object.version.is_some() { "GetObjectVersion" } else { "GetObject" };
        let mut call = Self::bucket(Method::GET, region, operation, object.bucket, object.key, path_style);
        if let Some(version) = object.version {
            call.path.push_str("?versionId=");
            call.path.push_str(&escape(version));
        }
        call
    }

    /// A call about a bucket (with an empty key) or about one of its objects, addressed as `object` is.
    pub(crate) fn bucket(
        method: Method,
        region: &str,
        operation: &'static str,
        bucket: &str,
        key: &str,
        path_style: bool,
    ) -> Self {
        let mut call = Self::new(Service::S3, region, operation);
        call.method = method;
        let key: Vec<String> = key.split('/').map(escape).collect();
        let key = key.join("/");
        call.path = if path_style || bucket.contains('.') {
            format!("/{}/{key}", escape(bucket))
        } else {
            call.host = Some(format!("{bucket}.{}", Service::S3.host(region)));
            format!("/{key}")
        };
        call
    }

    /// A call of a REST service that only reads.
    pub(crate) fn get(service: Service, region: &str, operation: &'static str, path: &str) -> Self {
        let mut call = Self::new(service, region, operation);
        call.method = Method::GET;
        path.clone_into(&mut call.path);
        call
    }

    pub(crate) const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) const fn at_most(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place { service: self.service, operation: self.operation, region: &self.region }
    }

    /// The reply as JSON of a known shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, reply: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(reply).map_err(|error| self.place().unreadable(error.to_string()))
    }

    /// The reply as XML.
    pub(crate) fn read_xml(&self, reply: &[u8]) -> Result<Element, Error> {
        let text = std::str::from_utf8(reply).map_err(|_| self.place().unreadable("it is not UTF-8"))?;
        Element::parse(text).map_err(|why| self.place().unreadable(why))
    }
}

/// Which object to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Object<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) version: Option<&'a str>,
}

/// A text as one piece of a path, a query or a form.
pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// What an error reply says, in whichever of the protocols it says it.
pub(crate) fn said(headers: &HeaderMap, body: &[u8]) -> Said {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut said = Said {
        code: header("x-amzn-errortype").map(bare).unwrap_or_default().to_owned(),
        message: String::new(),
        request_id: ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
            .into_iter()
            .find_map(header)
            .map(str::to_owned),
    };
    let text = String::from_utf8_lossy(body);
    if let Ok(json) = serde_json::from_str::<Value>(&text) {
        let string = |name: &str| json.get(name).and_then(Value::as_str);
        if let Some(code) = string("__type").or_else(|| string("code")).filter(|_| said.code.is_empty()) {
            bare(code).clone_into(&mut said.code);
        }
        string("message").or_else(|| string("Message")).unwrap_or_default().clone_into(&mut said.message);
    } else if let Ok(xml) = Element::parse(text.trim_start()) {
        // `<ErrorResponse><Error>`, EC2's `<Response><Errors><Error>`, S3's bare `<Error>`.
        if let Some(error) = xml.find("Error") {
            error.text_of("Code").unwrap_or_default().clone_into(&mut said.code);
            error.text_of("Message").unwrap_or_default().clone_into(&mut said.message);
        }
        let id = xml.text_of("RequestId").or_else(|| xml.text_of("RequestID"));
        said.request_id = id.map(str::to_owned).or(said.request_id);
    }
    said
}

/// Why DynamoDB cancelled a transaction, one code an item; empty for any other reply.
pub(crate) fn reasons(body: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Reply {
        #[serde(rename = "CancellationReasons", default)]
        reasons: Vec<Reason>,
    }
    #[derive(Deserialize)]
    struct Reason {
        #[serde(rename = "Code")]
        code: Option<String>,
    }
    let reply: Option<Reply> = serde_json::from_slice(body).ok();
    let reasons = reply.map(|reply| reply.reasons).unwrap_or_default();
    reasons.into_iter().map(|reason| reason.code.unwrap_or_else(|| "None".to_owned())).collect()
}

/// `com.amazonaws.sqs#QueueDoesNotExist:http://...` -> `QueueDoesNotExist`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(headers: &[(&'static str, &'static str)], body: &str) -> Said {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        said(&headers, body.as_bytes())
    }

    #[test]
    fn an_error_is_read_in_every_protocol() {
        let json = reply(
            &[("x-amzn-requestid", "r-1")],
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#,
        );
        assert_eq!((json.code.as_str(), json.message.as_str()), ("QueueDoesNotExist", "no such queue"));
        assert_eq!(json.request_id.as_deref(), Some("r-1"));

        let rest = reply(
            &[("x-amzn-errortype", "AccessDeniedException:http://internal.amazon.com/coral/")],
            r#"{"Message":"no"}"#,
        );
        assert_eq!((rest.code.as_str(), rest.message.as_str()), ("AccessDeniedException", "no"));

        let query = reply(
            &[],
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
             <Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>q-1</RequestId></ErrorResponse>",
        );
        assert_eq!((query.code.as_str(), query.request_id.as_deref()), ("NotFound", Some("q-1")));

        let ec2 = reply(
            &[],
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>UnauthorizedOperation</Code>\
             <Message>no</Message></Error></Errors><RequestID>e-1</RequestID></Response>",
        );
        assert_eq!((ec2.code.as_str(), ec2.request_id.as_deref()), ("UnauthorizedOperation", Some("e-1")));

        let s3 = reply(&[], "<Error><Code>NoSuchKey</Code><Message>gone</Message><Key>k</Key></Error>");
        assert_eq!(s3.code, "NoSuchKey");

        assert_eq!(reply(&[], "<html>502 Bad Gateway"), Said::default());
    }

    #[test]
    fn the_reasons_of_a_cancelled_transaction_are_read() {
        let body = br#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message":"Transaction cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed",
            "Message":"The conditional request failed"},{}]}"#;
        assert_eq!(reasons(body), ["None", "ConditionalCheckFailed", "None"]);
        assert_eq!(reasons(b"<html>"), Vec::<String>::new());
    }

    #[test]
    fn objects_with_odd_names_are_addressed_exactly() {
        let object = Object { bucket: "logs", key: "a b/ü+&=?#%/c.json.gz", version: Some("v/1") };
        let call = Call::object("eu-west-1", &object, false);
        assert_eq!(call.host.as_deref(), Some("logs.s3.eu-west-1.amazonaws.com"));
        assert_eq!(call.path, "/a%20b/%C3%BC%2B%26%3D%3F%23%25/c.json.gz?versionId=v%2F1");
        let dotted = Object { bucket: "my.logs", key: "k", version: None };
        let call = Call::object("eu-west-1", &dotted, false);
        assert_eq!((call.host, call.path.as_str()), (None, "/my.logs/k"));
    }

    #[test]
    fn query_parameters_cannot_become_others() {
        let call = Call::query(Service::Sns, "eu-west-1", "Publish", &[("Message", "a&Subject=b c\n")]);
        assert_eq!(
            String::from_utf8(call.body).unwrap(),
            "Action=Publish&Version=2010-03-31&Message=a%26Subject%3Db%20c%0A"
        );
    }
}
