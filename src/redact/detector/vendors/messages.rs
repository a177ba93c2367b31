//! Keys of mail, chat, support and marketing services.
//!
//! Prefix, alphabet and length as the vendor documents them, or as it gave them
//! to a secret scanning programme. Lengths have some room:
//! vendors change them without a word.

use crate::redact::detector::{
    text::Class,
    token::{
        Form,
        Part::{Lit, Run},
    },
};

const UPPER_DIGIT: Class = Class::UPPER.or(Class::DIGIT);

pub(super) const FORMS: &[Form] = &[
    Form::key("mailgun", "key-", &[Run(Class::HEX, 32, 32)]),
    Form::key("mailgun", "pubkey-", &[Run(Class::HEX, 32, 32)]),
    Form::key("mandrill", "md-", &[Run(Class::SLUG, 22, 22)]),
    Form::key(
        "brevo",
        "xkeysib-",
        &[Run(Class::HEX, 64, 64), Lit("-"), Run(Class::ALNUM, 16, 16)],
    ),
    Form::key(
        "brevo",
        "xsmtpsib-",
        &[Run(Class::HEX, 64, 64), Lit("-"), Run(Class::ALNUM, 16, 16)],
    ),
    Form::key("resend", "re_", &[Run(Class::WORD, 24, 40)]),
    Form::key(
        "onesignal",
        "os_v2_app_",
        &[Run(Class::LOWER_DIGIT, 50, 110)],
    ),
    Form::key("frameio", "fio-u-", &[Run(Class::SLUG, 60, 70)]),
    Form::key("courier", "dk_prod_", &[Run(UPPER_DIGIT, 20, 40)]),
    Form::key("klaviyo", "pk_", &[Run(Class::HEX, 32, 34)]),
    Form::key("typeform", "tfp_", &[Run(Class::TOKEN, 40, 80)]),
    Form::key("hubspot", "pat-na1-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("hubspot", "pat-eu1-", &[Run(Class::SLUG, 36, 36)]),
];
