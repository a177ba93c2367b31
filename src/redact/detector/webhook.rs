//! Addresses that are secrets: whoever knows one can post. And `otpauth://`
//! URIs, which carry the seed of one-time passwords.

use super::{
    found::{Candidate, Found},
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

const HOST: Class = Class::SLUG.or(Class::DOT);
const PATH: Class = Class::LOCAL_PART.or(Class::COLON).or(Class::AT);
const LONGEST: usize = 400;
/// Shortest path that holds a secret.
const SECRET: usize = 24;

/// `at` is the first of two slashes.
pub(super) fn read(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let host_end = text.run(at + 2, HOST, 80);
    let host = text.slice(at + 2, host_end);
    let start = scheme(text, at);
    let known = HOOKS.iter().find(|hook| {
        host.strip_suffix(hook.host.as_bytes())
            .is_some_and(|head| head.is_empty() || head.ends_with(b"."))
            && text.starts(host_end, hook.path.as_bytes())
    });
    if let Some(hook) = known {
        let from = host_end + hook.path.len();
        let end = path_end(text, host_end);
        if end >= from + SECRET {
            let one = Candidate::new(start..end, hook.entity, Confidence::CERTAIN);
            found.offer(if hook.entity == Entity::VendorApiKey {
                one.of(hook.vendor)
            } else {
                one
            });
        }
    }
    if text.slice(start, at) == b"otpauth:" && (host == b"totp" || host == b"hotp") {
        let end = path_end(text, host_end);
        let seed = memchr::memmem::find(text.slice(at, end), b"secret=").is_some();
        if seed {
            found.offer(Candidate::new(
                start..end,
                Entity::OtpSeed,
                Confidence::CERTAIN,
            ));
        }
    }
    found.settle(text, start);
}

fn scheme(text: &Text<'_>, at: usize) -> usize {
    if text.before(at) != Some(b':') {
        return at;
    }
    text.run_back(at - 1, Class::ALPHA, 8)
}

fn path_end(text: &Text<'_>, from: usize) -> usize {
    let end = text.run(from, PATH, LONGEST);
    let kept = text
        .slice(from, end)
        .iter()
        .rposition(|byte| !b".:!?*{}|`".contains(byte));
    from + kept.map_or(0, |last| last + 1)
}

struct Hook {
    host: &'static str,
    path: &'static str,
    entity: Entity,
    vendor: &'static str,
}

const fn hook(
    host: &'static str,
    path: &'static str,
    entity: Entity,
    vendor: &'static str,
) -> Hook {
    Hook {
        host,
        path,
        entity,
        vendor,
    }
}

/// Each as the vendor's page on incoming webhooks shows it.
const HOOKS: &[Hook] = &[
    hook(
        "hooks.slack.com",
        "/services/",
        Entity::SlackWebhook,
        "slack",
    ),
    hook(
        "hooks.slack.com",
        "/workflows/",
        Entity::SlackWebhook,
        "slack",
    ),
    hook(
        "hooks.slack.com",
        "/triggers/",
        Entity::SlackWebhook,
        "slack",
    ),
    hook("discord.com", "/api/", Entity::DiscordToken, "discord"),
    hook("discordapp.com", "/api/", Entity::DiscordToken, "discord"),
    hook(
        "outlook.office.com",
        "/webhook/",
        Entity::AzureSecret,
        "microsoft-teams",
    ),
    hook(
        "webhook.office.com",
        "/webhookb2/",
        Entity::AzureSecret,
        "microsoft-teams",
    ),
    hook(
        "logic.azure.com",
        "/workflows/",
        Entity::AzureSecret,
        "azure-logic-apps",
    ),
    hook("guilded.gg", "/webhooks/", Entity::VendorApiKey, "guilded"),
    hook(
        "hooks.zapier.com",
        "/hooks/catch/",
        Entity::VendorApiKey,
        "zapier",
    ),
    hook("hook.eu1.make.com", "/", Entity::VendorApiKey, "make"),
    hook(
        "maker.ifttt.com",
        "/trigger/",
        Entity::VendorApiKey,
        "ifttt",
    ),
    hook(
        "open.feishu.cn",
        "/open-apis/bot/",
        Entity::VendorApiKey,
        "feishu",
    ),
    hook(
        "open.larksuite.com",
        "/open-apis/bot/",
        Entity::VendorApiKey,
        "lark",
    ),
    hook(
        "oapi.dingtalk.com",
        "/robot/send",
        Entity::VendorApiKey,
        "dingtalk",
    ),
    hook(
        "qyapi.weixin.qq.com",
        "/cgi-bin/webhook/",
        Entity::VendorApiKey,
        "wecom",
    ),
    hook(
        "chat.googleapis.com",
        "/v1/spaces/",
        Entity::GoogleApiKey,
        "google-chat",
    ),
    hook(
        "hooks.airtable.com",
        "/workflows/",
        Entity::VendorApiKey,
        "airtable",
    ),
];

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::{DiscordToken, OtpSeed, SlackWebhook};

    #[test]
    fn addresses_that_are_secrets_are_masked_whole() {
        let slack = format!(
            "https://{}/services/T0MADEUP1/B0MADEUP2/{}",
            "hooks.slack.com", "q7w2n9x4k1Zr8wQx2LmN5tYv"
        );
        assert_finds(&format!("post to {slack}."), SlackWebhook, &slack);
        let discord = format!(
            "https://discord.com/api/webhooks/123456789012345678/{}",
            "q7w2n9x4k1Zr8wQx2LmN5tYv"
        );
        assert_finds(&discord, DiscordToken, &discord);
        let seed = "otpauth://totp/Made:ana?secret=JBSWMADEUPPXP234&issuer=Made";
        assert_finds(seed, OtpSeed, seed);
    }

    #[test]
    fn other_pages_of_the_same_hosts_are_left() {
        assert_nothing(
            "https://discord.com/channels/123456789012345678/9",
            DiscordToken,
        );
        assert_nothing("https://hooks.slack.com/services/", SlackWebhook);
    }
}
