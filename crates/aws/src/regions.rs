//! Which regions an account has: asked of Account Management, else of EC2, else what every account has.

use serde::Deserialize;
use serde_json::json;

use crate::call::Call;
use crate::client::Aws;
use crate::error::{Error, settings};
use crate::region::{default_enabled, home, is_region, partition};
use crate::service::Service;

/// The regions of an account, and how much that list is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    /// Their names, sorted.
    pub names: Vec<String>,
    /// Where AWS would not say which are enabled: why. Then these are the regions every account has, and one that was
    /// switched on besides is not among them.
    pub guessed: Option<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    regions: Vec<ListedRegion>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedRegion {
    region_name: String,
}

impl Aws {
    /// The regions enabled for the account.
    ///
    /// # Errors
    /// Where AWS cannot be reached, or knows no such credentials; a refusal to say is not an error but a guess.
    pub async fn enabled_regions(&self) -> Result<Regions, Error> {
        let region = self.home_region();
        let first = match self.list_regions(&region).await {
            Ok(names) if !names.is_empty() => return Ok(Regions { names, guessed: None }),
            outcome => outcome.err(),
        };
        // Account Management has one host for a whole partition, which a network may not let out, or an emulator not
        // have: whether it is the key, EC2 tells.
        match self.describe_regions(&region).await {
            Ok(names) if !names.is_empty() => Ok(Regions { names, guessed: None }),
            Err(error) if error.is_about_credentials() || error.is_transient() => Err(error),
            outcome => {
                let why = outcome.err().or(first).unwrap_or_else(|| settings("its list is empty"));
                Ok(Regions { names: default_enabled(&region), guessed: Some(why) })
            }
        }
    }

    async fn list_regions(&self, region: &str) -> Result<Vec<String>, Error> {
        // The one host of a partition (AWS General Reference, "AWS Account Management endpoints").
        let host_region = if partition(region) == "aws-cn" { "cn-northwest-1" } else { home(region) };
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut input =
                json!({ "MaxResults": 50, "RegionOptStatusContains": ["ENABLED", "ENABLED_BY_DEFAULT"] });
            if let Some(token) = &token {
                input["NextToken"] = json!(token);
            }
            let call = Call::rest(Service::Account, host_region, "ListRegions", "/listRegions", &input);
            let listed: Listed = call.read(&self.send_once(&call).await?)?;
            names.extend(listed.regions.into_iter().map(|region| region.region_name));
            token = listed.next_token.filter(|token| !token.is_empty());
            // AWS has some forty regions; a list that does not end is no list of regions.
            if token.is_none() || names.len() > 500 {
                return Ok(tidy(names));
            }
        }
    }

    async fn describe_regions(&self, region: &str) -> Result<Vec<String>, Error> {
        let call = Call::query(Service::Ec2, region, "DescribeRegions", &[]);
        let reply = call.read_xml(&self.send(&call).await?)?;
        let items = reply.find("regionInfo").map(|info| info.children.as_slice()).unwrap_or_default();
        Ok(tidy(items.iter().filter_map(|item| item.text_of("regionName").map(str::to_owned)).collect()))
    }
}

fn tidy(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| is_region(name));
    names.sort_unstable();
    names.dedup();
    names
}
