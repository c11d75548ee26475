//! The known ways from a few rights to all of them.
//!
//! They are facts about AWS's own operations, published by many since 2018: who may write the policy, join the
//! group or make the key of an administrator is one; and who may hand an administrator's role to a machine,
//! function or job of their own acts with it.

/// What an action is done to, which decides the ARNs that can allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// A user's rights. Whoever may change their own has everything.
    UserRights,
    /// A user's password or keys. One's own are nothing new.
    UserCredentials,
    Group,
    Role,
    Policy,
    /// Identity Center's things, whose ARNs are of several kinds.
    Directory,
}

impl On {
    /// What stands before the name in an ARN of IAM; `None` for Identity Center's.
    pub(crate) const fn kind(self) -> Option<&'static str> {
        match self {
            Self::UserRights | Self::UserCredentials => Some("user/"),
            Self::Group => Some("group/"),
            Self::Role => Some("role/"),
            Self::Policy => Some("policy/"),
            Self::Directory => None,
        }
    }
}

/// Actions each of which is enough by itself, if it is allowed on everything of its kind.
pub(crate) const ALONE: &[(&str, &str, On)] = &[
    ("iam", "AttachUserPolicy", On::UserRights),
    ("iam", "PutUserPolicy", On::UserRights),
    ("iam", "AttachGroupPolicy", On::Group),
    ("iam", "PutGroupPolicy", On::Group),
    ("iam", "AddUserToGroup", On::Group),
    ("iam", "AttachRolePolicy", On::Role),
    ("iam", "PutRolePolicy", On::Role),
    ("iam", "UpdateAssumeRolePolicy", On::Role),
    ("iam", "CreatePolicyVersion", On::Policy),
    ("iam", "SetDefaultPolicyVersion", On::Policy),
    ("iam", "CreateAccessKey", On::UserCredentials),
    ("iam", "CreateLoginProfile", On::UserCredentials),
    ("iam", "UpdateLoginProfile", On::UserCredentials),
    // Every role that trusts the account is open to whoever has this.
    ("sts", "AssumeRole", On::Role),
    ("sso", "CreateAccountAssignment", On::Directory),
    ("sso", "PutInlinePolicyToPermissionSet", On::Directory),
    ("sso", "AttachManagedPolicyToPermissionSet", On::Directory),
    ("sso-directory", "AddMemberToGroup", On::Directory),
    ("identitystore", "CreateGroupMembership", On::Directory),
];

/// What takes a role by `iam:PassRole` and then does one's own bidding with it.
pub(crate) struct Taker {
    /// What it needs, by the action that says what it is first.
    pub(crate) actions: &'static [&'static str],
    /// Whom the role is handed to, as `iam:PassedToService` names it.
    pub(crate) principal: &'static str,
}

const fn taker(actions: &'static [&'static str], principal: &'static str) -> Taker {
    Taker { actions, principal }
}

/// The best known first: a person reads few of them.
pub(crate) const TAKERS: &[Taker] = &[
    taker(&["lambda:CreateFunction"], "lambda.amazonaws.com"),
    taker(&["ec2:RunInstances"], "ec2.amazonaws.com"),
    taker(&["cloudformation:CreateStack"], "cloudformation.amazonaws.com"),
    taker(&["ecs:RegisterTaskDefinition", "ecs:RunTask"], "ecs-tasks.amazonaws.com"),
    taker(&["ecs:RegisterTaskDefinition", "ecs:CreateService"], "ecs-tasks.amazonaws.com"),
    taker(&["ecs:RegisterTaskDefinition", "ecs:UpdateService"], "ecs-tasks.amazonaws.com"),
    taker(&["ecs:RegisterTaskDefinition", "ecs:StartTask"], "ecs-tasks.amazonaws.com"),
    taker(&["glue:CreateJob"], "glue.amazonaws.com"),
    taker(&["glue:UpdateJob"], "glue.amazonaws.com"),
    taker(&["glue:CreateDevEndpoint"], "glue.amazonaws.com"),
    taker(&["glue:CreateSession"], "glue.amazonaws.com"),
    taker(&["sagemaker:CreateNotebookInstance"], "sagemaker.amazonaws.com"),
    taker(&["sagemaker:CreateTrainingJob"], "sagemaker.amazonaws.com"),
    taker(&["sagemaker:CreateProcessingJob"], "sagemaker.amazonaws.com"),
    taker(&["codebuild:CreateProject"], "codebuild.amazonaws.com"),
    taker(&["codebuild:UpdateProject"], "codebuild.amazonaws.com"),
    taker(&["states:CreateStateMachine"], "states.amazonaws.com"),
    taker(&["states:UpdateStateMachine"], "states.amazonaws.com"),
    taker(&["ec2:AssociateIamInstanceProfile"], "ec2.amazonaws.com"),
    taker(&["ec2:ReplaceIamInstanceProfileAssociation"], "ec2.amazonaws.com"),
    taker(&["ec2:RequestSpotInstances"], "ec2.amazonaws.com"),
    taker(
        &["autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"],
        "ec2.amazonaws.com",
    ),
    taker(&["ec2:CreateLaunchTemplate", "autoscaling:CreateAutoScalingGroup"], "ec2.amazonaws.com"),
    taker(&["lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode"], "lambda.amazonaws.com"),
    taker(&["cloudformation:UpdateStack"], "cloudformation.amazonaws.com"),
    taker(
        &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
        "cloudformation.amazonaws.com",
    ),
    taker(
        &["cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"],
        "cloudformation.amazonaws.com",
    ),
    taker(
        &["datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"],
        "datapipeline.amazonaws.com",
    ),
    taker(&["elasticmapreduce:RunJobFlow"], "elasticmapreduce.amazonaws.com"),
    taker(&["emr-serverless:StartJobRun"], "emr-serverless.amazonaws.com"),
    taker(&["batch:RegisterJobDefinition", "batch:SubmitJob"], "ecs-tasks.amazonaws.com"),
    taker(&["ssm:StartAutomationExecution"], "ssm.amazonaws.com"),
    taker(&["codepipeline:CreatePipeline"], "codepipeline.amazonaws.com"),
    taker(&["apprunner:CreateService"], "tasks.apprunner.amazonaws.com"),
    taker(&["scheduler:CreateSchedule"], "scheduler.amazonaws.com"),
    taker(
        &["bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:InvokeCodeInterpreter"],
        "bedrock-agentcore.amazonaws.com",
    ),
    taker(
        &["bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:InvokeAgentRuntime"],
        "bedrock-agentcore.amazonaws.com",
    ),
    taker(&["airflow:CreateEnvironment"], "airflow.amazonaws.com"),
    taker(&["elasticbeanstalk:CreateEnvironment"], "ec2.amazonaws.com"),
    taker(&["eks:CreatePodIdentityAssociation"], "pods.eks.amazonaws.com"),
    taker(&["gamelift:CreateFleet"], "gamelift.amazonaws.com"),
    taker(
        &["imagebuilder:CreateInfrastructureConfiguration", "imagebuilder:CreateImage"],
        "ec2.amazonaws.com",
    ),
    taker(&["omics:StartRun"], "omics.amazonaws.com"),
    taker(&["braket:CreateJob"], "braket.amazonaws.com"),
    taker(&["databrew:CreateRecipeJob"], "databrew.amazonaws.com"),
    taker(&["amplify:CreateApp"], "amplify.amazonaws.com"),
];
