//! Tokens known by their shape and not by what they start with.

use super::{
    found::{Candidate, Found},
    shape,
    text::{Class, Text},
};
use crate::redact::entity::{Confidence, Entity};

/// Literals inside or at the end of a token, for the automaton of prefixes.
pub(super) const MARKS: &[Mark] = &[
    // Microsoft identity platform, client secrets: three characters, a digit,
    // `Q~`, 31 to 34 characters
    Mark {
        literal: "Q~",
        entity: Entity::AzureSecret,
        vendor: "azure",
        class: TOKEN,
        before: (4, 4),
        after: (31, 34),
    },
    // Azure DevOps and the common annotated key format of Microsoft
    Mark {
        literal: "AZDO",
        entity: Entity::AzureSecret,
        vendor: "azure",
        class: Class::ALNUM,
        before: (70, 80),
        after: (4, 8),
    },
    Mark {
        literal: "JQQJ99",
        entity: Entity::AzureSecret,
        vendor: "azure",
        class: Class::BASE64,
        before: (46, 52),
        after: (20, 30),
    },
    Mark {
        literal: ".apps.googleusercontent.com",
        entity: Entity::GoogleApiKey,
        vendor: "google",
        class: Class::SLUG,
        before: (20, 80),
        after: (0, 0),
    },
    Mark {
        literal: ".atlasv1.",
        entity: Entity::VendorApiKey,
        vendor: "terraform-cloud",
        class: Class::SLUG.or(Class::EQUALS),
        before: (14, 14),
        after: (60, 70),
    },
    Mark {
        literal: "NRAL",
        entity: Entity::VendorApiKey,
        vendor: "newrelic",
        class: Class::ALNUM,
        before: (36, 36),
        after: (0, 0),
    },
    Mark {
        literal: "_mmk",
        entity: Entity::VendorApiKey,
        vendor: "maxmind",
        class: Class::WORD,
        before: (36, 36),
        after: (0, 0),
    },
    Mark {
        literal: "-us",
        entity: Entity::VendorApiKey,
        vendor: "mailchimp",
        class: Class::HEX,
        before: (32, 32),
        after: (1, 2),
    },
];

const TOKEN: Class = Class::SLUG.or(Class::DOT).or(Class::TILDE);

/// A literal with so many characters of a class before and after it.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) literal: &'static str,
    entity: Entity,
    pub(super) vendor: &'static str,
    class: Class,
    before: (usize, usize),
    after: (usize, usize),
}

impl Mark {
    /// `at` is where the literal stands.
    pub(super) fn read(&self, text: &Text<'_>, at: usize, found: &mut Found<'_>) {
        let start = text.run_back(at, self.class, self.before.1);
        let from = at + self.literal.len();
        let end = text.run(from, self.class, self.after.1);
        let whole = !text.was(start, Class::ALNUM) && !text.is(end, Class::ALNUM);
        if at - start >= self.before.0 && end - from >= self.after.0 && whole {
            let one = Candidate::new(start..end, self.entity, Confidence::CERTAIN);
            let named = self.entity == Entity::VendorApiKey;
            found.offer(if named { one.of(self.vendor) } else { one });
        }
        found.settle(text, start);
    }
}

/// Discord bot tokens: a base64 user id, a time stamp, a signature.
pub(super) fn read_dotted(text: &Text<'_>, start: usize, end: usize, found: &mut Found<'_>) {
    let run = text.slice(start, end);
    let mut parts = run.split(|byte| *byte == b'.');
    let lengths =
        [parts.next(), parts.next(), parts.next()].map(|part| part.map_or(0, <[u8]>::len));
    let shaped = matches!(lengths, [23..=28, 6..=7, 27..=40]) && parts.next().is_none();
    if shaped && shape::turns_often(run) {
        found.offer(Candidate::new(
            start..end,
            Entity::DiscordToken,
            Confidence::HIGH,
        ));
    }
}

/// Telegram bot tokens: an account number, a colon, 35 characters; `at` is the
/// colon.
pub(super) fn read_colon(text: &Text<'_>, at: usize, found: &mut Found<'_>) {
    let start = text.run_back(at, Class::DIGIT, 17);
    if !(8..=16).contains(&(at - start)) {
        return;
    }
    let end = text.run(at + 1, Class::SLUG, 48);
    let secret = text.slice(at + 1, end);
    let shaped = (34..=36).contains(&secret.len())
        && secret
            .first()
            .is_some_and(|one| one.eq_ignore_ascii_case(&b'A'));
    if shaped && shape::turns_often(secret) {
        found.offer(Candidate::new(
            start..end,
            Entity::TelegramBotToken,
            Confidence::CERTAIN,
        ));
    }
    found.settle(text, start);
}

#[cfg(test)]
mod tests {
    use crate::redact::detector::testing::{assert_finds, assert_nothing};
    use crate::redact::entity::Entity::{AzureSecret, DiscordToken, TelegramBotToken};

    #[test]
    fn tokens_are_known_by_their_shape() {
        let azure = format!("Ab1{}", "8Q~q7w2n9x4k1Zr8wQx2LmN5tYvKp.Bc_DeFg");
        assert_finds(&format!("s = '{azure}'"), AzureSecret, &azure);
        let telegram = format!("123456789:{}", "AAq7w2n9x4k1Zr8wQx2LmN5tYvKpBcDeFgH");
        assert_finds(&telegram, TelegramBotToken, &telegram);
        let discord = format!(
            "{}.X0YmAd.{}",
            "MTk4NjIyNDgzNDcxOTI1MjQ4", "q7w2n9x4k1Zr8wQx2LmN5tYvKpB"
        );
        assert_finds(&discord, DiscordToken, &discord);
        assert_nothing("12345678:30 and some more words", TelegramBotToken);
    }
}
