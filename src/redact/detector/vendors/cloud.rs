//! Keys of model providers, clouds and forges that have entities of their own.
//!
//! Each form as its vendor documents it or as its secret scanning partner
//! pattern says; pages read 2026-11.

use crate::redact::{
    detector::{
        text::Class,
        token::{Form, Part::Run},
    },
    entity::Entity::{
        AnthropicKey, AwsAccessKey, AwsBedrockKey, GithubToken, GoogleApiKey, OpenaiKey,
        SlackToken, StripeKey,
    },
};

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
    Form::of(OpenaiKey, "openai", "sk-", &[Run(Class::ALNUM, 40, 64)]),
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
    Form::of(StripeKey, "stripe", "whsec_", &[Run(Class::BASE64, 24, 64)]),
];
