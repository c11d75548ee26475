//! Whether the function is there and takes events.

use serde::Deserialize;

use crate::call::{Call, escape};
use crate::client::Aws;
use crate::error::Error;
use crate::service::Service;

/// How a Lambda function is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub struct FunctionState {
    /// `Active`, `Pending`, `Inactive`, `Failed`; empty where it is not said.
    pub state: String,
    /// Why, where it is not active.
    pub state_reason: String,
    /// `Successful`, `Failed`, `InProgress`.
    pub last_update_status: String,
    /// Bytes of its zip.
    pub code_size: u64,
}

impl Aws {
    /// How the function of that name or ARN is.
    ///
    /// # Errors
    /// Where it may not be asked, or there is no such function.
    pub async fn function(&self, region: &str, function: &str) -> Result<FunctionState, Error> {
        let path = format!("/2015-03-31/functions/{}/configuration", escape(function));
        let call = Call::get(Service::Lambda, region, "GetFunctionConfiguration", &path);
        call.read(&self.send(&call).await?)
    }
}
