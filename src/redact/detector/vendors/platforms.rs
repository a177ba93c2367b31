//! Keys of clouds, hosting, databases and networks.
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
const DOTTED: Class = Class::SLUG.or(Class::DOT);

pub(super) const FORMS: &[Form] = &[
    Form::key("digitalocean", "dop_v1_", &[Run(Class::HEX, 60, 70)]),
    Form::key("digitalocean", "doo_v1_", &[Run(Class::HEX, 60, 70)]),
    Form::key("digitalocean", "dor_v1_", &[Run(Class::HEX, 60, 70)]),
    Form::key("alibaba", "LTAI", &[Run(Class::ALNUM, 12, 24)]),
    Form::key("tencent", "AKID", &[Run(Class::ALNUM, 28, 40)]),
    Form::key("scaleway", "SCW", &[Run(UPPER_DIGIT, 17, 17)]),
    Form::key(
        "cloudflare",
        "v1.0-",
        &[Run(Class::HEX, 24, 24), Lit("-"), Run(Class::HEX, 100, 160)],
    ),
    Form::key("heroku", "HRKU-", &[Run(Class::SLUG, 30, 70)]),
    Form::key("flyio", "fm1_", &[Run(Class::BASE64, 60, 800)]),
    Form::key("flyio", "fm2_", &[Run(Class::BASE64, 60, 800)]),
    Form::key("flyio", "fm1r_", &[Run(Class::BASE64, 60, 800)]),
    Form::key("flyio", "fo1_", &[Run(Class::SLUG, 40, 50)]),
    Form::key("render", "rnd_", &[Run(Class::ALNUM, 24, 60)]),
    Form::key("vercel", "vck_", &[Run(Class::ALNUM, 24, 80)]),
    Form::key("netlify", "nfp_", &[Run(Class::ALNUM, 30, 60)]),
    Form::key("netlify", "nfc_", &[Run(Class::ALNUM, 30, 60)]),
    Form::key("supabase", "sbp_", &[Run(Class::HEX, 36, 50)]),
    Form::key("supabase", "sb_secret_", &[Run(Class::SLUG, 20, 60)]),
    Form::key("neon", "napi_", &[Run(Class::ALNUM, 50, 80)]),
    Form::key("planetscale", "pscale_tkn_", &[Run(Class::TOKEN, 32, 64)]),
    Form::key("planetscale", "pscale_oauth_", &[Run(Class::TOKEN, 32, 64)]),
    Form::key("mongodb", "mdb_sa_sk_", &[Run(Class::SLUG, 30, 60)]),
    Form::key("cockroach", "CCDB1_", &[Run(Class::ALNUM, 20, 80)]),
    Form::key("databricks", "dapi", &[Run(Class::HEX, 32, 40)]),
    Form::key("aiven", "AVNS_", &[Run(Class::SLUG, 16, 24)]),
    Form::key("elastic", "essu_", &[Run(Class::BASE64, 40, 120)]),
    Form::key("clickhouse", "4b1d", &[Run(Class::ALNUM, 38, 38)]),
    Form::key("yandex", "AQVN", &[Run(Class::SLUG, 35, 38)]),
    Form::key("yandex", "t1.", &[Run(DOTTED, 60, 300)]),
    Form::key("yandex", "y0_", &[Run(Class::SLUG, 50, 80)]),
    Form::key("yandex", "YCAJE", &[Run(Class::SLUG, 20, 20)]),
    Form::key("yandex", "YCM", &[Run(Class::SLUG, 37, 37)]),
    Form::key("tailscale", "tskey-", &[Run(Class::SLUG, 14, 90)]),
    Form::key("openshift", "sha256~", &[Run(Class::SLUG, 43, 43)]),
    Form::key("defined", "dnkey-", &[Run(Class::SLUG, 40, 100)]),
    Form::key("scalingo", "tk-us-", &[Run(Class::SLUG, 48, 48)]),
    Form::key("upcloud", "ucat_", &[Run(Class::ALNUM, 20, 40)]),
    Form::key("exoscale", "EXO", &[Run(Class::HEX, 24, 24)]),
    Form::key("deno", "ddp_", &[Run(Class::ALNUM, 30, 50)]),
    Form::key("deno", "ddo_", &[Run(Class::ALNUM, 30, 50)]),
    Form::key("xata", "xau_", &[Run(Class::ALNUM, 30, 50)]),
    Form::key("fauna", "fnA", &[Run(Class::SLUG, 37, 45)]),
];
