//! Keys of model providers, clouds and forges that have entities of their own.
//!
//! Each form as its vendor documents it or as its secret scanning partner
//! pattern says.

use crate::redact::{
    detector::{
        text::Class,
        token::{
            Form,
            Part::{Lit, Run},
        },
    },
    entity::Entity::{
        AnthropicKey, AwsAccessKey, AwsBedrockKey, DiscordToken, GithubToken, GitlabToken,
        GoogleApiKey, HuggingfaceToken, NpmToken, OpenaiKey, Password, PrivateKeyPem, PypiToken,
        SendgridKey, SlackToken, StripeKey, TwilioKey,
    },
};

const DOTTED: Class = Class::SLUG.or(Class::DOT);
const UPPER_DIGIT: Class = Class::UPPER.or(Class::DIGIT);

pub(super) const FORMS: &[Form] = &[
    // AWS IAM identifiers, "unique identifiers": user keys, STS keys, bearer
    Form::of(AwsAccessKey, "aws", "AKIA", &[Run(UPPER_DIGIT, 16, 16)]),
    Form::of(AwsAccessKey, "aws", "ASIA", &[Run(UPPER_DIGIT, 16, 16)]),
    Form::of(AwsAccessKey, "aws", "ABIA", &[Run(UPPER_DIGIT, 16, 16)]),
    Form::of(AwsAccessKey, "aws", "ACCA", &[Run(UPPER_DIGIT, 16, 16)]),
    Form::of(AwsAccessKey, "aws", "A3T", &[Run(UPPER_DIGIT, 17, 17)]),
    Form::of(AwsBedrockKey, "aws", "ABSK", &[Run(Class::BASE64, 80, 400)]),
    Form::of(
        AwsBedrockKey,
        "aws",
        "bedrock-api-key-",
        &[Run(Class::BASE64, 60, 1600)],
    ),
    // GitHub, "token formats": 36 characters with a CRC-32 in base 62
    Form::of(GithubToken, "github", "ghp_", &[Run(Class::ALNUM, 30, 255)]),
    Form::of(GithubToken, "github", "gho_", &[Run(Class::ALNUM, 30, 255)]),
    Form::of(GithubToken, "github", "ghu_", &[Run(Class::ALNUM, 30, 255)]),
    Form::of(GithubToken, "github", "ghs_", &[Run(Class::ALNUM, 30, 255)]),
    Form::of(GithubToken, "github", "ghr_", &[Run(Class::ALNUM, 30, 255)]),
    Form::of(
        GithubToken,
        "github",
        "github_pat_",
        &[Run(Class::WORD, 36, 255)],
    ),
    // OpenAI: legacy, project, service account and admin keys share `T3BlbkFJ`
    Form::of(
        OpenaiKey,
        "openai",
        "sk-proj-",
        &[Run(Class::SLUG, 20, 300)],
    ),
    Form::of(
        OpenaiKey,
        "openai",
        "sk-svcacct-",
        &[Run(Class::SLUG, 20, 300)],
    ),
    Form::of(
        OpenaiKey,
        "openai",
        "sk-admin-",
        &[Run(Class::SLUG, 20, 300)],
    ),
    Form::of(
        OpenaiKey,
        "openai",
        "sk-None-",
        &[Run(Class::SLUG, 20, 300)],
    ),
    Form::of(OpenaiKey, "openai", "sk-", &[Run(Class::ALNUM, 20, 64)]),
    Form::of(
        AnthropicKey,
        "anthropic",
        "sk-ant-",
        &[Run(Class::SLUG, 20, 300)],
    ),
    // Google: API keys, OAuth client secrets, access and refresh tokens
    Form::of(GoogleApiKey, "google", "AIza", &[Run(Class::SLUG, 35, 35)]),
    Form::of(
        GoogleApiKey,
        "google",
        "GOCSPX-",
        &[Run(Class::SLUG, 24, 40)],
    ),
    Form::of(
        GoogleApiKey,
        "google",
        "ya29.",
        &[Run(Class::SLUG.or(Class::DOT), 20, 2000)],
    ),
    Form::of(GoogleApiKey, "google", "1//0", &[Run(Class::SLUG, 30, 120)]),
    // GitLab, "token overview": personal, deploy, runner, trigger, feed, mail,
    // agent, OAuth secret, SCIM, feature flag, CI build
    Form::of(GitlabToken, "gitlab", "glpat-", &[Run(DOTTED, 20, 300)]),
    Form::of(GitlabToken, "gitlab", "gldt-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glrt-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glrtr-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glcbt-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glptt-", &[Run(Class::HEX, 40, 40)]),
    Form::of(GitlabToken, "gitlab", "glft-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glimt-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glagent-", &[Run(DOTTED, 40, 64)]),
    Form::of(GitlabToken, "gitlab", "gloas-", &[Run(DOTTED, 60, 70)]),
    Form::of(GitlabToken, "gitlab", "glsoat-", &[Run(DOTTED, 20, 64)]),
    Form::of(GitlabToken, "gitlab", "glffct-", &[Run(DOTTED, 20, 64)]),
    Form::of(
        GitlabToken,
        "gitlab",
        "GR1348941",
        &[Run(Class::SLUG, 20, 26)],
    ),
    Form::of(
        GitlabToken,
        "gitlab",
        "_gitlab_session=",
        &[Run(Class::ALNUM, 32, 32)],
    ),
    // Hugging Face: user and organisation tokens
    Form::of(
        HuggingfaceToken,
        "huggingface",
        "hf_",
        &[Run(Class::ALNUM, 30, 40)],
    ),
    Form::of(
        HuggingfaceToken,
        "huggingface",
        "api_org_",
        &[Run(Class::ALNUM, 30, 40)],
    ),
    Form::of(
        SendgridKey,
        "sendgrid",
        "SG.",
        &[Run(Class::SLUG, 16, 32), Lit("."), Run(Class::SLUG, 30, 64)],
    ),
    // Twilio, "API keys": key and account identifiers of 32 hexadecimal digits
    Form::of(TwilioKey, "twilio", "SK", &[Run(Class::HEX, 32, 32)]),
    Form::of(TwilioKey, "twilio", "AC", &[Run(Class::HEX, 32, 32)]),
    Form::of(NpmToken, "npm", "npm_", &[Run(Class::ALNUM, 30, 40)]),
    Form::of(PypiToken, "pypi", "pypi-AgE", &[Run(Class::SLUG, 40, 1000)]),
    Form::of(PypiToken, "pypi", "pypi-AgN", &[Run(Class::SLUG, 40, 1000)]),
    Form::of(
        DiscordToken,
        "discord",
        "mfa.",
        &[Run(Class::SLUG, 60, 100)],
    ),
    // HashiCorp Vault, "tokens": service, batch, recovery
    Form::key("hashicorp-vault", "hvs.", &[Run(Class::SLUG, 24, 300)]),
    Form::key("hashicorp-vault", "hvb.", &[Run(Class::SLUG, 24, 400)]),
    Form::key("hashicorp-vault", "hvr.", &[Run(Class::SLUG, 24, 300)]),
    Form::of(
        Password,
        "planetscale",
        "pscale_pw_",
        &[Run(Class::TOKEN.or(Class::EQUALS), 32, 70)],
    ),
    // age, "age(1)": Bech32 in upper case
    Form::of(
        PrivateKeyPem,
        "age",
        "AGE-SECRET-KEY-1",
        &[Run(UPPER_DIGIT, 50, 64)],
    ),
    // Slack: bot, user, app, configuration, refresh and legacy tokens
    Form::of(SlackToken, "slack", "xoxb-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xoxp-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xoxa-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xoxo-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xoxr-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xoxs-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xoxc-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(
        SlackToken,
        "slack",
        "xoxd-",
        &[Run(Class::SLUG.or(Class::PERCENT), 10, 250)],
    ),
    Form::of(
        SlackToken,
        "slack",
        "xoxe.",
        &[Run(Class::SLUG.or(Class::DOT), 10, 250)],
    ),
    Form::of(SlackToken, "slack", "xoxe-", &[Run(Class::SLUG, 10, 250)]),
    Form::of(SlackToken, "slack", "xapp-", &[Run(Class::SLUG, 10, 250)]),
    // Stripe, "API keys": secret, restricted, and webhook signing secrets
    Form::of(
        StripeKey,
        "stripe",
        "sk_live_",
        &[Run(Class::ALNUM, 10, 247)],
    ),
    Form::of(
        StripeKey,
        "stripe",
        "sk_test_",
        &[Run(Class::ALNUM, 10, 247)],
    ),
    Form::of(
        StripeKey,
        "stripe",
        "rk_live_",
        &[Run(Class::ALNUM, 10, 247)],
    ),
    Form::of(
        StripeKey,
        "stripe",
        "rk_test_",
        &[Run(Class::ALNUM, 10, 247)],
    ),
    Form::of(
        StripeKey,
        "stripe",
        "sk_prod_",
        &[Run(Class::ALNUM, 10, 247)],
    ),
    Form::of(
        StripeKey,
        "stripe",
        "rk_prod_",
        &[Run(Class::ALNUM, 10, 247)],
    ),
    Form::of(StripeKey, "stripe", "whsec_", &[Run(Class::BASE64, 24, 64)]),
];
