//! Keys of monitoring, analytics and feature services.
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

pub(super) const FORMS: &[Form] = &[
    Form::key("newrelic", "NRAK-", &[Run(Class::ALNUM, 26, 30)]),
    Form::key("newrelic", "NRII-", &[Run(Class::SLUG, 30, 34)]),
    Form::key("newrelic", "NRIQ-", &[Run(Class::SLUG, 30, 34)]),
    Form::key("newrelic", "NRRA-", &[Run(Class::HEX, 40, 44)]),
    Form::key("newrelic", "NRAA-", &[Run(Class::HEX, 26, 28)]),
    Form::key("newrelic", "NRSP-", &[Run(Class::SLUG, 30, 70)]),
    Form::key("newrelic", "NRJS-", &[Run(Class::HEX, 18, 20)]),
    Form::key("grafana", "glsa_", &[Run(Class::WORD, 38, 60)]),
    Form::key("grafana", "glc_", &[Run(Class::BASE64, 32, 400)]),
    Form::key("honeycomb", "hcaik_", &[Run(Class::LOWER_DIGIT, 58, 64)]),
    Form::key("honeycomb", "hcbik_", &[Run(Class::LOWER_DIGIT, 58, 64)]),
    Form::key("honeycomb", "hcxik_", &[Run(Class::LOWER_DIGIT, 58, 64)]),
    Form::key(
        "dynatrace",
        "dt0c01.",
        &[
            Run(Class::ALNUM, 24, 24),
            Lit("."),
            Run(Class::ALNUM, 60, 70),
        ],
    ),
    Form::key(
        "dynatrace",
        "dt0s01.",
        &[
            Run(Class::ALNUM, 8, 24),
            Lit("."),
            Run(Class::ALNUM, 60, 70),
        ],
    ),
    Form::key(
        "dynatrace",
        "dt0s02.",
        &[
            Run(Class::ALNUM, 8, 24),
            Lit("."),
            Run(Class::ALNUM, 60, 70),
        ],
    ),
    Form::key("sentry", "sntrys_", &[Run(Class::TOKEN, 60, 400)]),
    Form::key("sentry", "sntryu_", &[Run(Class::HEX, 60, 70)]),
    Form::key("posthog", "phx_", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("posthog", "phs_", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("pixie", "px-api-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("pixie", "px-dep-", &[Run(Class::SLUG, 36, 36)]),
    Form::key(
        "uptimerobot",
        "ur",
        &[Run(Class::DIGIT, 6, 8), Lit("-"), Run(Class::HEX, 24, 24)],
    ),
    Form::key("checkly", "cu_", &[Run(Class::HEX, 32, 32)]),
    Form::key("axiom", "xaat-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("axiom", "xapt-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("logfire", "pylf_v1_", &[Run(Class::WORD, 40, 80)]),
    Form::key(
        "configcat",
        "configcat-sdk-1/",
        &[Run(Class::SLUG, 22, 22), Lit("/"), Run(Class::SLUG, 22, 22)],
    ),
    Form::key("flagsmith", "ser.", &[Run(Class::ALNUM, 20, 40)]),
];
