//! Keys of work, design, social and identity services.
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
const BASE32: Class = Class::UPPER.or(Class::DIGIT);
const DOTTED: Class = Class::SLUG.or(Class::DOT);

pub(super) const FORMS: &[Form] = &[
    Form::key(
        "airtable",
        "pat",
        &[Run(Class::ALNUM, 14, 14), Lit("."), Run(Class::HEX, 64, 64)],
    ),
    Form::key("airtable", "key", &[Run(Class::ALNUM, 14, 14)]),
    Form::key("notion", "ntn_", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("notion", "secret_", &[Run(Class::ALNUM, 43, 43)]),
    Form::key("linear", "lin_api_", &[Run(Class::ALNUM, 32, 48)]),
    Form::key("linear", "lin_oauth_", &[Run(Class::HEX, 60, 70)]),
    Form::key(
        "clickup",
        "pk_",
        &[Run(Class::DIGIT, 6, 9), Lit("_"), Run(UPPER_DIGIT, 32, 32)],
    ),
    Form::key("figma", "figd_", &[Run(Class::SLUG, 38, 60)]),
    Form::key("figma", "figu_", &[Run(Class::SLUG, 38, 60)]),
    Form::key("contentful", "CFPAT-", &[Run(Class::SLUG, 40, 50)]),
    Form::key("adobe", "p8e-", &[Run(Class::SLUG, 30, 34)]),
    Form::key("dropbox", "sl.", &[Run(Class::SLUG, 100, 1200)]),
    Form::key("mapbox", "sk.eyJ", &[Run(DOTTED, 60, 200)]),
    Form::key("mapbox", "pk.eyJ", &[Run(DOTTED, 60, 200)]),
    Form::key("facebook", "EAA", &[Run(Class::ALNUM, 90, 400)]),
    Form::key(
        "twitter",
        "AAAAAAAAAAAAAAAAAAAAA",
        &[Run(Class::TOKEN, 40, 120)],
    ),
    Form::key("linkedin", "WPL_AP", &[Run(DOTTED, 20, 60)]),
    Form::key("stytch", "secret-live-", &[Run(Class::TOKEN, 36, 40)]),
    Form::key("stytch", "secret-test-", &[Run(Class::TOKEN, 36, 40)]),
    Form::key("canva", "cnvca", &[Run(Class::SLUG, 40, 60)]),
    Form::key("calcom", "cal_live_", &[Run(Class::HEX, 30, 40)]),
    Form::key(
        "asana",
        "1/",
        &[Run(Class::DIGIT, 16, 17), Lit(":"), Run(Class::HEX, 32, 32)],
    ),
    Form::key(
        "asana",
        "2/",
        &[
            Run(Class::DIGIT, 16, 17),
            Lit("/"),
            Run(Class::DIGIT, 16, 17),
            Lit(":"),
            Run(Class::HEX, 32, 32),
        ],
    ),
    Form::key("retool", "retool_", &[Run(Class::SLUG, 24, 60)]),
    Form::key("sanity", "sk", &[Run(Class::ALNUM, 150, 200)]),
    Form::key("apify", "apify_api_", &[Run(Class::ALNUM, 30, 50)]),
    Form::key("instagram", "IGQV", &[Run(Class::SLUG, 80, 250)]),
    Form::key("pinterest", "pina_", &[Run(UPPER_DIGIT, 40, 120)]),
    Form::key("twitch", "oauth:", &[Run(Class::LOWER_DIGIT, 30, 30)]),
    Form::key("vk", "vk1.a.", &[Run(Class::SLUG, 60, 220)]),
    Form::key(
        "salesforce",
        "00D",
        &[
            Run(Class::ALNUM, 12, 15),
            Lit("!"),
            Run(Class::TOKEN, 60, 130),
        ],
    ),
    Form::key("nats", "SU", &[Run(BASE32, 56, 56)]),
    Form::key("nats", "SO", &[Run(BASE32, 56, 56)]),
    Form::key("nats", "SA", &[Run(BASE32, 56, 56)]),
    Form::key("akamai", "akab-", &[Run(Class::SLUG, 33, 33)]),
    Form::key("wakatime", "waka_", &[Run(Class::SLUG, 36, 36)]),
    Form::key(
        "onfido",
        "api_live.",
        &[Run(Class::SLUG, 10, 14), Lit("."), Run(Class::SLUG, 30, 40)],
    ),
    Form::key(
        "persona",
        "persona_production_",
        &[Run(Class::SLUG, 36, 60)],
    ),
    Form::key("ory", "ory_pat_", &[Run(Class::ALNUM, 32, 40)]),
    Form::key("ory", "ory_st_", &[Run(Class::ALNUM, 32, 40)]),
];
