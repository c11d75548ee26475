//! A bucket of the account's: the one the function's code passes through, and any that a stack leaves behind.
//!
//! Every call names the account that has to own it (`x-amz-expected-bucket-owner`): names of buckets are the whole world's, and
//! ours can be guessed. Nothing is put into a bucket of somebody else's, nor code taken from one.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Method};
use sha2::{Digest as _, Sha256};

use super::listing::{Lying, Page, deletion};
use crate::call::{Call, Object, escape};
use crate::client::Aws;
use crate::error::{Error, settings};
use crate::region::{dns_suffix, partition};
use crate::service::Service;

const OWNER: HeaderName = HeaderName::from_static("x-amz-expected-bucket-owner");
const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");
const ALGORITHM: HeaderName = HeaderName::from_static("x-amz-sdk-checksum-algorithm");
const OWNERSHIP: HeaderName = HeaderName::from_static("x-amz-object-ownership");

/// A name that was just given up cannot be taken again at once: how often that is tried.
const TRIES: u32 = 5;
/// How long sending an object may take.
const UPLOAD: Duration = Duration::from_mins(10);

/// A bucket that has to be this account's.
#[derive(Debug, Clone)]
pub struct Bucket {
    aws: Aws,
    region: String,
    account: String,
    name: String,
}

impl Bucket {
    /// The bucket of that name.
    pub fn new(aws: Aws, region: &str, account: &str, name: &str) -> Self {
        Self { aws, region: region.to_owned(), account: account.to_owned(), name: name.to_owned() }
    }

    /// The bucket that what a stack is made of passes through: one for each account, region and stack.
    pub fn for_uploads(aws: Aws, region: &str, account: &str, stack: &str) -> Self {
        let hash = Sha256::digest(stack.as_bytes());
        let short = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
        Self::new(aws, region, account, &format!("trailbell-{account}-{region}-{short:08x}"))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL that CloudFormation reads an object at.
    pub fn url(&self, key: &str) -> String {
        let key: Vec<String> = key.split('/').map(escape).collect();
        let key = key.join("/");
        match self.aws.endpoint(Service::S3) {
            Some(endpoint) => format!("{}/{}/{key}", endpoint.as_str().trim_end_matches('/'), self.name),
            None => format!("https://{}.s3.{}.{}/{key}", self.name, self.region, dns_suffix(&self.region)),
        }
    }

    /// Whether it is there and this account's.
    ///
    /// # Errors
    /// Where it is another account's, or may not be looked at.
    pub async fn is_there(&self) -> Result<bool, Error> {
        match self.aws.send(&self.call(Method::HEAD, "HeadBucket", "", "", Vec::new())).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            // The answer to HEAD has no body that would say which of the two it is.
            Err(error) if error.status() == Some(403) => Err(settings(format!(
                "the bucket {} is another account's, or you may not look at it: {error}; if it is not yours, choose another \
                 --stack-name, which its name is made from",
                self.name
            ))),
            Err(error) => Err(error),
        }
    }

    /// Makes it where it is not there, and sees to it that nothing in it is public and everything encrypted. Whether it was made.
    ///
    /// # Errors
    /// Where it is another account's, or may not be made.
    pub async fn make(&self) -> Result<bool, Error> {
        let is_new = !self.is_there().await?;
        if is_new {
            self.create().await?;
        }
        let public = "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                      <BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
                      <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>\
                      </PublicAccessBlockConfiguration>";
        let encryption = "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>\
                          <ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
                          </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
        let statement = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "OnlyOverTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [
                format!("arn:{}:s3:::{}", partition(&self.region), self.name),
                format!("arn:{}:s3:::{}/*", partition(&self.region), self.name),
            ],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }] });
        for (operation, query, body) in [
            ("PutPublicAccessBlock", "publicAccessBlock=", public.to_owned()),
            ("PutBucketEncryption", "encryption=", encryption.to_owned()),
            ("PutBucketPolicy", "policy=", statement.to_string()),
        ] {
            self.aws.send(&self.call(Method::PUT, operation, "", query, body.into_bytes())).await?;
        }
        Ok(is_new)
    }

    async fn create(&self) -> Result<(), Error> {
        // us-east-1 is where a bucket is when nothing is said, and may not be said.
        let body = if self.region == "us-east-1" {
            Vec::new()
        } else {
            format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{}\
                 </LocationConstraint></CreateBucketConfiguration>",
                self.region
            )
            .into_bytes()
        };
        let mut call = self.call(Method::PUT, "CreateBucket", "", "", body);
        call.headers.remove(OWNER);
        call.headers.insert(OWNERSHIP, HeaderValue::from_static("BucketOwnerEnforced"));
        let mut tried = 0;
        loop {
            tried += 1;
            match self.aws.send(&call).await {
                Err(error) if error.has_code(&["BucketAlreadyOwnedByYou"]) => return Ok(()),
                Err(error) if error.has_code(&["BucketAlreadyExists"]) => {
                    return Err(settings(format!(
                        "the bucket {} is another account's: choose another --stack-name, which its name is made from",
                        self.name
                    )));
                }
                Err(error) if error.has_code(&["OperationAborted"]) && tried < TRIES => {
                    tokio::time::sleep(self.aws.patience(Duration::from_secs(15))).await;
                }
                outcome => return outcome.map(drop),
            }
        }
    }

    /// Puts an object into it.
    ///
    /// # Errors
    /// Where it may not be put there.
    pub async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Error> {
        self.aws.send(&self.call(Method::PUT, "PutObject", key, "", body).within(UPLOAD)).await.map(drop)
    }

    /// Fetches an object of at most `limit` bytes; `None` where it is not there.
    ///
    /// # Errors
    /// Where it may not be fetched.
    pub async fn get(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        self.get_version(key, None, limit).await
    }

    /// The same of one version, in a bucket that keeps them.
    ///
    /// # Errors
    /// Where it may not be fetched.
    pub async fn get_version(
        &self,
        key: &str,
        version: Option<&str>,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let path_style = self.is_path_style();
        let object = Object { bucket: &self.name, key, version };
        let mut call = Call::object(&self.region, &object, path_style).at_most(limit).within(UPLOAD);
        self.owned(&mut call);
        match self.aws.send(&call).await {
            Err(error) if error.is_missing() => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// The keys in it that begin so; at most a thousand.
    ///
    /// # Errors
    /// Where they may not be listed.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, Error> {
        Ok(self.page(prefix, None).await?.lying.into_iter().map(|one| one.key).collect())
    }

    /// Deletes one object.
    ///
    /// # Errors
    /// Where it may not be deleted.
    pub async fn remove(&self, key: &str) -> Result<(), Error> {
        self.aws.send(&self.call(Method::DELETE, "DeleteObject", key, "", Vec::new())).await.map(drop)
    }

    /// Deletes everything in it, in every version. `progress` hears how many have gone so far.
    ///
    /// # Errors
    /// Where something may not be deleted.
    pub async fn empty(&self, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        let mut gone = 0;
        let mut next = None;
        loop {
            let page = match self.page("", next.as_ref()).await {
                Err(error) if error.is_missing() => return Ok(()),
                page => page?,
            };
            if !page.lying.is_empty() {
                self.delete_all(&page.lying).await?;
                gone += page.lying.len() as u64;
                progress(gone);
            }
            if page.next.is_none() || page.next == next {
                return Ok(());
            }
            next = page.next;
        }
    }

    /// Deletes it, which must be empty. That it is not there is no error.
    ///
    /// # Errors
    /// Where it may not be deleted, or is not empty.
    pub async fn delete(&self) -> Result<(), Error> {
        match self.aws.send(&self.call(Method::DELETE, "DeleteBucket", "", "", Vec::new())).await {
            Err(error) if error.is_missing() => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    async fn page(&self, prefix: &str, from: Option<&(String, String)>) -> Result<Page, Error> {
        // In the order of a signature's canonical query.
        let mut query = "encoding-type=url".to_owned();
        if let Some((key, version)) = from {
            query = format!("{query}&key-marker={}", escape(key));
            if !version.is_empty() {
                query = format!("{query}&version-id-marker={}", escape(version));
            }
        }
        if !prefix.is_empty() {
            query = format!("{query}&prefix={}", escape(prefix));
        }
        query.push_str("&versions=");
        let call = self.call(Method::GET, "ListObjectVersions", "", &query, Vec::new());
        Ok(Page::read(&call.read_xml(&self.aws.send(&call).await?)?))
    }

    async fn delete_all(&self, lying: &[Lying]) -> Result<(), Error> {
        if let Some(body) = deletion(lying) {
            let call = self.call(Method::POST, "DeleteObjects", "", "delete=", body.into_bytes());
            let reply = self.aws.send(&call).await?;
            // Quiet: it names only what was not deleted.
            let refused = call.read_xml(&reply).ok().and_then(|xml| xml.find("Error").cloned());
            return refused.map_or(Ok(()), |error| {
                let said = crate::error::Said {
                    code: error.child_text("Code"),
                    message: format!(
                        "{} was not deleted: {}",
                        error.child_text("Key"),
                        error.child_text("Message")
                    ),
                    request_id: None,
                };
                Err(call.place().answer(200, said, None))
            });
        }
        for Lying { key, version } in lying {
            let query =
                if version.is_empty() { String::new() } else { format!("versionId={}", escape(version)) };
            self.aws.send(&self.call(Method::DELETE, "DeleteObject", key, &query, Vec::new())).await?;
        }
        Ok(())
    }

    fn is_path_style(&self) -> bool {
        self.aws.endpoint(Service::S3).is_some()
    }

    fn owned(&self, call: &mut Call) {
        // An account's id is digits; a name that AWS does not know makes the call fail, which is what it should.
        if let Ok(account) = HeaderValue::try_from(self.account.as_str()) {
            call.headers.insert(OWNER, account);
        }
    }

    fn call(&self, method: Method, operation: &'static str, key: &str, query: &str, body: Vec<u8>) -> Call {
        let path_style = self.is_path_style();
        let mut call = Call::bucket(method, &self.region, operation, &self.name, key, path_style);
        if !query.is_empty() {
            call.path = format!("{}?{query}", call.path);
        }
        self.owned(&mut call);
        if !body.is_empty() {
            // Some calls must have a checksum of their body, and no call minds one.
            if let Ok(sum) = HeaderValue::try_from(STANDARD.encode(Sha256::digest(&body))) {
                call.headers.insert(CHECKSUM, sum);
                call.headers.insert(ALGORITHM, HeaderValue::from_static("SHA256"));
            }
        }
        call.body = body;
        call
    }
}
