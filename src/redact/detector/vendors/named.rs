//! Keys without a prefix of their own, known by the name of their variable.
//!
//! The vendor's name in the name of a variable decides; lengths and alphabets
//! are what the vendor's pages show.

use crate::redact::{
    detector::text::Class,
    entity::Entity::{
        self, AwsAccessKey, AwsSecretKey, AwsSessionToken, AzureSecret, DiscordToken, GithubToken,
        GitlabToken, HuggingfaceToken, NpmToken, OtpSeed, SendgridKey, SlackToken, StripeKey,
        TelegramBotToken, TwilioKey, VendorApiKey,
    },
};

/// A vendor and how its keys look; `name` is lower case without separators.
#[derive(Debug)]
pub(in crate::redact::detector) struct Named {
    pub(in crate::redact::detector) name: &'static str,
    pub(in crate::redact::detector) entity: Entity,
    class: Class,
    least: usize,
    most: usize,
}

impl Named {
    const fn key(name: &'static str, class: Class, least: usize, most: usize) -> Self {
        Self::of(VendorApiKey, name, class, least, most)
    }

    const fn of(
        entity: Entity,
        name: &'static str,
        class: Class,
        least: usize,
        most: usize,
    ) -> Self {
        Self {
            name,
            entity,
            class,
            least,
            most,
        }
    }

    /// Whether a value has the published length and alphabet.
    pub(in crate::redact::detector) fn fits(&self, value: &[u8]) -> bool {
        (self.least..=self.most).contains(&value.len())
            && value.iter().all(|byte| self.class.has(*byte))
    }
}

/// The first whose name is in a lower-case name without separators.
pub(in crate::redact::detector) fn vendor_of(name: &[u8]) -> Option<&'static Named> {
    NAMED
        .iter()
        .find(|one| memchr::memmem::find(name, one.name.as_bytes()).is_some())
}

pub(super) const NAMED: &[Named] = &[
    Named::of(AwsSecretKey, "awssecret", Class::BASE64, 40, 40),
    Named::of(AwsSecretKey, "secretaccesskey", Class::BASE64, 40, 40),
    Named::of(AwsSessionToken, "sessiontoken", Class::BASE64, 100, 1200),
    Named::of(AwsAccessKey, "appsync", Class::SLUG, 29, 30),
    Named::of(AwsAccessKey, "awsapi", Class::SLUG, 16, 40),
    Named::of(AzureSecret, "azure", Class::TOKEN, 32, 88),
    Named::of(AzureSecret, "accountkey", Class::BASE64, 86, 88),
    Named::of(AzureSecret, "sharedaccesskey", Class::BASE64, 43, 88),
    Named::of(DiscordToken, "discord", Class::SLUG, 24, 72),
    Named::of(GithubToken, "github", Class::HEX, 40, 40),
    Named::of(GitlabToken, "gitlab", Class::SLUG, 20, 64),
    Named::of(HuggingfaceToken, "huggingface", Class::WORD, 30, 40),
    Named::of(NpmToken, "npm", Class::SLUG, 36, 40),
    Named::of(OtpSeed, "totp", Class::ALNUM, 16, 64),
    Named::of(OtpSeed, "otpsecret", Class::ALNUM, 16, 64),
    Named::of(SendgridKey, "sendgrid", Class::TOKEN, 60, 72),
    Named::of(SlackToken, "slack", Class::SLUG, 20, 120),
    Named::of(StripeKey, "stripe", Class::WORD, 24, 120),
    Named::of(
        TelegramBotToken,
        "telegr",
        Class::SLUG.or(Class::COLON),
        43,
        47,
    ),
    Named::of(TwilioKey, "twilio", Class::HEX, 32, 32),
    Named::key("adobe", Class::HEX, 32, 32),
    Named::key("airbrake", Class::HEX, 32, 32),
    Named::key("airtable", Class::ALNUM, 17, 17),
    Named::key("algolia", Class::LOWER_DIGIT, 32, 32),
    Named::key("alibaba", Class::ALNUM, 30, 30),
    Named::key("amplitude", Class::HEX, 32, 32),
    Named::key("apollo", Class::SLUG, 22, 64),
    Named::key("appcenter", Class::LOWER_DIGIT, 40, 40),
    Named::key("artifactory", Class::TOKEN, 64, 80),
    Named::key("asana", Class::LOWER_DIGIT, 32, 32),
    Named::key("assemblyai", Class::HEX, 32, 32),
    Named::key("atlassian", Class::ALNUM, 24, 24),
    Named::key("auth0", Class::SLUG, 32, 80),
    Named::key("baidu", Class::ALNUM, 24, 32),
    Named::key("beamer", Class::TOKEN, 44, 48),
    Named::key("binance", Class::ALNUM, 64, 64),
    Named::key("bitbucket", Class::SLUG, 32, 64),
    Named::key("bittrex", Class::LOWER_DIGIT, 32, 32),
    Named::key("blynk", Class::SLUG, 32, 40),
    Named::key("bugsnag", Class::HEX, 32, 40),
    Named::key("caspio", Class::HEX, 32, 50),
    Named::key("cloudflare", Class::SLUG, 37, 40),
    Named::key("cloudinary", Class::SLUG, 27, 27),
    Named::key("codacy", Class::LOWER_DIGIT, 20, 32),
    Named::key("codeclimate", Class::HEX, 64, 64),
    Named::key("codecov", Class::ALNUM, 32, 36),
    Named::key("cohere", Class::ALNUM, 40, 40),
    Named::key("coinbase", Class::SLUG, 64, 64),
    Named::key("confluent", Class::LOWER_DIGIT, 16, 64),
    Named::key("contentful", Class::SLUG, 43, 43),
    Named::key("coveralls", Class::ALNUM, 32, 34),
    Named::key("databricks", Class::HEX, 32, 36),
    Named::key("datadog", Class::LOWER_DIGIT, 32, 40),
    Named::key("deepgram", Class::HEX, 40, 40),
    Named::key("deepl", Class::SLUG.or(Class::COLON), 36, 39),
    Named::key("deepseek", Class::SLUG, 32, 40),
    Named::key("drone", Class::ALNUM, 32, 32),
    Named::key("dropbox", Class::SLUG, 15, 160),
    Named::key("etsy", Class::LOWER_DIGIT, 24, 24),
    Named::key("facebook", Class::HEX, 32, 32),
    Named::key("fastly", Class::SLUG, 32, 32),
    Named::key("finicity", Class::LOWER_DIGIT, 20, 32),
    Named::key("finnhub", Class::LOWER_DIGIT, 20, 40),
    Named::key("flickr", Class::HEX, 16, 32),
    Named::key("foursquare", Class::ALNUM, 48, 48),
    Named::key("freshbooks", Class::LOWER_DIGIT, 64, 64),
    Named::key("gandi", Class::ALNUM, 24, 40),
    Named::key("ghost", Class::HEX.or(Class::COLON), 89, 89),
    Named::key("giphy", Class::ALNUM, 32, 32),
    Named::key("gitea", Class::HEX, 40, 40),
    Named::key("gitter", Class::SLUG, 40, 40),
    Named::key("gumroad", Class::SLUG, 43, 43),
    Named::key("hashicorp", Class::TOKEN, 20, 120),
    Named::key("helpscout", Class::ALNUM, 32, 40),
    Named::key("heroku", Class::SLUG, 36, 36),
    Named::key("hetzner", Class::ALNUM, 64, 64),
    Named::key("hubspot", Class::SLUG, 36, 36),
    Named::key("instapaper", Class::ALNUM, 32, 60),
    Named::key("intercom", Class::BASE64, 60, 60),
    Named::key("jenkins", Class::HEX, 32, 34),
    Named::key("jfrog", Class::ALNUM, 64, 80),
    Named::key("jira", Class::ALNUM, 24, 24),
    Named::key("kraken", Class::BASE64, 56, 90),
    Named::key("kucoin", Class::SLUG, 24, 36),
    Named::key("launchdarkly", Class::SLUG, 40, 44),
    Named::key("linkedin", Class::ALNUM, 14, 16),
    Named::key("linode", Class::HEX, 64, 64),
    Named::key("lokalise", Class::HEX, 40, 40),
    Named::key("looker", Class::LOWER_DIGIT, 20, 24),
    Named::key("mailchimp", Class::SLUG, 36, 37),
    Named::key("mailjet", Class::HEX, 32, 32),
    Named::key("mattermost", Class::LOWER_DIGIT, 26, 26),
    Named::key("messagebird", Class::LOWER_DIGIT, 25, 36),
    Named::key("mistral", Class::ALNUM, 32, 32),
    Named::key("mixpanel", Class::HEX, 32, 32),
    Named::key("netlify", Class::SLUG, 40, 46),
    Named::key("newyorktimes", Class::SLUG, 32, 32),
    Named::key("nytimes", Class::SLUG, 32, 32),
    Named::key("okta", Class::SLUG, 42, 42),
    Named::key("opsgenie", Class::SLUG, 36, 36),
    Named::key("optimizely", Class::SLUG.or(Class::COLON), 50, 56),
    Named::key("pagerduty", Class::SLUG.or(Class::PLUS), 20, 32),
    Named::key("particle", Class::HEX, 40, 40),
    Named::key("paypal", Class::SLUG, 60, 84),
    Named::key("pendo", Class::SLUG, 36, 40),
    Named::key("plaid", Class::SLUG, 24, 64),
    Named::key("postmark", Class::SLUG, 36, 36),
    Named::key("privateai", Class::LOWER_DIGIT, 32, 32),
    Named::key("pusher", Class::HEX, 20, 20),
    Named::key("rapidapi", Class::SLUG, 50, 50),
    Named::key("recaptcha", Class::SLUG, 40, 40),
    Named::key("rollbar", Class::HEX, 32, 32),
    Named::key("salesforce", Class::TOKEN, 60, 130),
    Named::key("saucelabs", Class::SLUG, 36, 36),
    Named::key("sauce", Class::SLUG, 36, 36),
    Named::key("segment", Class::ALNUM, 32, 32),
    Named::key("sendbird", Class::SLUG, 36, 40),
    Named::key("sentry", Class::HEX, 64, 64),
    Named::key("shodan", Class::ALNUM, 32, 32),
    Named::key("sidekiq", Class::HEX.or(Class::COLON), 17, 17),
    Named::key("bundleenterprise", Class::HEX.or(Class::COLON), 17, 17),
    Named::key("snyk", Class::SLUG, 36, 36),
    Named::key("sonar", Class::LOWER_DIGIT.or(Class::UNDERSCORE), 40, 44),
    Named::key("sparkpost", Class::HEX, 40, 40),
    Named::key("splunk", Class::SLUG, 36, 36),
    Named::key("spotify", Class::HEX, 32, 32),
    Named::key("squarespace", Class::SLUG, 36, 36),
    Named::key("stackhawk", Class::TOKEN, 46, 46),
    Named::key("strava", Class::HEX, 40, 40),
    Named::key("sumologic", Class::ALNUM, 64, 64),
    Named::key("sumo", Class::ALNUM, 14, 64),
    Named::key("travis", Class::SLUG, 20, 22),
    Named::key("trello", Class::ALNUM, 32, 64),
    Named::key("twitch", Class::LOWER_DIGIT, 30, 30),
    Named::key("twitter", Class::TOKEN, 25, 120),
    Named::key("typeform", Class::TOKEN, 40, 64),
    Named::key("unsplash", Class::SLUG, 43, 43),
    Named::key("vercel", Class::ALNUM, 24, 24),
    Named::key("virustotal", Class::HEX, 64, 64),
    Named::key("vonage", Class::ALNUM, 16, 16),
    Named::key("vultr", Class::ALNUM, 36, 36),
    Named::key("wandb", Class::HEX, 40, 40),
    Named::key("wakatime", Class::SLUG, 36, 41),
    Named::key("webex", Class::SLUG, 64, 110),
    Named::key("yandex", Class::TOKEN, 32, 300),
    Named::key("zendesk", Class::LOWER_DIGIT, 40, 40),
    Named::key("zoho", Class::TOKEN, 60, 80),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::detector::testing::found;

    #[test]
    fn the_name_of_a_variable_gives_the_vendor() {
        let value = "q7w2n9x4k1".repeat(3) + "ab";
        let one = &found(&format!("DATADOG_API_KEY={value}"))[0];
        assert_eq!((one.entity, one.subtype), (VendorApiKey, Some("datadog")));
        let one = &found(&format!("twilioToken = \"{}\"", "0a1b2c3d".repeat(4)))[0];
        assert_eq!((one.entity, one.subtype), (TwilioKey, None));
    }

    #[test]
    fn names_are_lower_case_without_separators() {
        for one in NAMED {
            assert!(
                one.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            );
            assert!(one.least <= one.most);
        }
    }
}
